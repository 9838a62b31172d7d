"""A Ray cluster on loopback, as ``ray start`` begins one; who needs it skips where there is none."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

PATIENCE_S = 90
"""How long a busy machine may take to start it."""


@contextmanager
def ray_cluster(workers: int = 2) -> Iterator[None]:
    """The cluster that RAY_ADDRESS names, for a ``with`` block."""
    if find_spec("ray") is None:
        pytest.skip("ray isn't installed: pip install 'mimik[ray]'")
    # Sockets' paths have 107 characters at most, which pytest's folders take by themselves.
    folder = Path(tempfile.mkdtemp(prefix="ray-"))
    command = [str(Path(sys.executable).with_name("ray")), "start", "--head", "--block", "--port", "0"]
    command += ["--num-cpus", str(workers), "--object-store-memory", "100000000", "--disable-usage-stats"]
    command += ["--include-dashboard", "false", "--node-ip-address", "127.0.0.1", "--temp-dir", str(folder)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "disabled")  # Nobody else is on loopback; a token may be there or not.
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        with (folder / "said").open("w") as said:
            process = subprocess.Popen(command, stdout=said, stderr=said)
        try:
            patch.setenv("RAY_ADDRESS", _address(folder, process))
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
            shutil.rmtree(folder, ignore_errors=True)


def _address(folder: Path, process: subprocess.Popen[bytes]) -> str:
    noted, deadline = folder / "ray_current_cluster", time.monotonic() + PATIENCE_S
    while not noted.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.skip(f"Ray didn't start here: {(folder / 'said').read_text()[-300:]}")
        time.sleep(0.1)
    return noted.read_text().strip()
