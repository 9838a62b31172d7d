"""Where a run was made: versions, the commit of the working directory, and the machine."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

import torch

from mimik._version import __version__
from mimik.pipeline.versions import libraries


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


def commit(folder: Path) -> str:
    """The git commit that a folder is at, and whether files were changed since; empty if there is none."""
    if not shutil.which("git"):
        return ""
    head = _git(folder, "rev-parse", "HEAD")
    return f"{head}, with changes" if head and _git(folder, "status", "--porcelain", "-uno") else head


def _git(folder: Path, *words: str) -> str:
    """What a git command says; nothing if it fails."""
    done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
