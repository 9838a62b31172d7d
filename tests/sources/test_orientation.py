from __future__ import annotations

import struct

import numpy as np
import pytest

from mimik.sources.orientation import matrix_orientation, upright

UPRIGHT = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)


def lying(orientation: int) -> np.ndarray:
    """How a camera stores UPRIGHT for each orientation, by EXIF's own words on rows and columns."""
    stored = {
        1: UPRIGHT,
        2: UPRIGHT[:, ::-1],
        3: UPRIGHT[::-1, ::-1],
        4: UPRIGHT[::-1],
        5: UPRIGHT.transpose(1, 0, 2),
        6: np.rot90(UPRIGHT),
        7: UPRIGHT[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(UPRIGHT, -1),
    }
    return np.ascontiguousarray(stored[orientation])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_way_to_lie(orientation: int) -> None:
    assert np.array_equal(upright(lying(orientation), orientation), UPRIGHT)


@pytest.mark.parametrize("orientation", [0, 9, -1, 400])
def test_an_unknown_way_counts_as_upright(orientation: int) -> None:
    assert upright(UPRIGHT, orientation) is UPRIGHT


@pytest.mark.parametrize(
    ("abcd", "orientation"),
    [
        ((1, 0, 0, 1), 1),
        ((-1, 0, 0, 1), 2),
        ((-1, 0, 0, -1), 3),
        ((1, 0, 0, -1), 4),
        ((0, 1, 1, 0), 5),
        ((0, 1, -1, 0), 6),
        ((0, -1, -1, 0), 7),
        ((0, -1, 1, 0), 8),
    ],
)
def test_display_matrix(abcd: tuple[int, int, int, int], orientation: int) -> None:
    a, b, c, d = (65536 * v for v in abcd)
    assert matrix_orientation(struct.pack("=9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)) == orientation


def test_a_damaged_matrix_counts_as_upright() -> None:
    assert matrix_orientation(b"") == 1
    assert matrix_orientation(bytes(35)) == 1
