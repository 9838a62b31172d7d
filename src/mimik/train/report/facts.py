"""Where a run was made: versions, the commit of the working directory, and the machine."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import torch

from mimik._version import __version__
from mimik.pipeline.versions import libraries
from mimik.train.recipe.source import commit


def run_facts(device: str, threads: int) -> dict[str, str]:
    """What to know to make a run again.

    Args:
        device: Where it was trained: "cpu", "cuda:0".
        threads: Of the CPU, for each operation.
    """
    told = libraries() | {"torch": torch.__version__}
    cores = os.cpu_count() or 1
    hardware = f"{_processor()}, {cores} core{'s' * (cores > 1)}, {threads} used"
    if device != "cpu":
        hardware = f"{torch.cuda.get_device_name(torch.device(device))}; {hardware}"
    return {
        "mimik": __version__,
        "versions": ", ".join(f"{name} {version}" for name, version in told.items()),
        "commit": commit(Path.cwd()),
        "hardware": hardware,
        "system": platform.platform(),
    }


def _processor() -> str:
    """The processor's name, as far as the system tells it."""
    table = Path("/proc/cpuinfo")
    lines = table.read_text(encoding="utf-8", errors="replace").splitlines() if table.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()
