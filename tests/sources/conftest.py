"""Videos for the tests of sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from numbered_video import write_video


@pytest.fixture
def video(tmp_path: Path) -> Callable[..., Path]:
    """Makes a video file of a given name."""

    def make(name: str, stamps: Sequence[int] = tuple(range(0, 1000, 40)), **options: Any) -> Path:
        write_video(str(tmp_path / name), stamps, **options)
        return tmp_path / name

    return make
