"""Free memory goes back to the system."""

from __future__ import annotations

import ctypes
import platform
from pathlib import Path

import pytest

from mimik.sources.freed import give_back


def resident_mb() -> float:
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmRSS"].split()[0]) / 1024


def test_what_was_freed_in_between_is_given_back() -> None:
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("needs glibc")
    libc = ctypes.CDLL("libc.so.6")
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    blocks = [libc.malloc(60_000) for _ in range(2000)]
    for block in blocks:
        ctypes.memset(block, 1, 60_000)
    for block in blocks[:-1]:  # The last one keeps the rest from shrinking by itself.
        libc.free(block)
    before_mb = resident_mb()
    assert give_back()
    assert resident_mb() < before_mb - 100
    libc.free(blocks[-1])
    give_back()
