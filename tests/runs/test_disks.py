"""Real disks that are full or may not be written: what a user sees, and what is there afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

KB = 1024
SIZE_KB = 512


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of half a megabyte."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounting a disk needs root on Linux")
    place = tmp_path / "disk"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_KB}k", "tmpfs", str(place)]
    if subprocess.run(words, capture_output=True).returncode:
        pytest.skip("no disk may be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def analyze(examples: Path, output: Path, *more: str) -> tuple[int, list[str]]:
    """Read a second of the example's video; the exit code, and the lines that tell of errors."""
    words = [str(examples / "two_people.mp4"), "--end", "1", "--tasks", "emotion,au", "--every", "2"]
    run = [sys.executable, "-m", "mimik", "analyze", *words, "-o", str(output), *more]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, [line for line in done.stderr.splitlines() if line.startswith("mimik: ")]


def leave(disk: Path, kb: int) -> Path:
    """Fill a disk but for so much; returns the file that fills it."""
    ballast = disk / "ballast"
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize
    ballast.write_bytes(bytes(free - kb * KB))
    return ballast


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_a_run_goes_on_once_there_is_room(tmp_path: Path, disk: Path, examples: Path, suffix: str) -> None:
    whole = tmp_path / f"whole{suffix}"
    assert analyze(examples, whole)[0] == 0
    path = disk / f"out{suffix}"
    ballast = leave(disk, 8)
    code, told = analyze(examples, path)
    assert code == 1 and len(told) == 1, told
    assert "can't be written" in told[0] and "No space left" in told[0]
    ballast.unlink()
    assert analyze(examples, path)[0] == 0
    if suffix != ".parquet":  # Whose footer tells when it was made.
        assert path.read_bytes() == whole.read_bytes()
    assert path.stat().st_size == pytest.approx(whole.stat().st_size, rel=0.01)


def test_a_full_disk_leaves_no_half_a_picture(disk: Path, tmp_path: Path, examples: Path) -> None:
    leave(disk, 8)
    drawn = disk / "drawn.mp4"
    code, told = analyze(examples, tmp_path / "out.jsonl", "--render", str(drawn))
    assert code == 1 and len(told) == 1 and str(drawn) in told[0], told
    assert not drawn.exists()


def test_a_disk_that_may_not_be_written_is_told(disk: Path, examples: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    code, told = analyze(examples, disk / "out.jsonl")
    assert code in (1, 2) and len(told) == 1, told
    assert "Read-only file system" in told[0] and str(disk) in told[0]
