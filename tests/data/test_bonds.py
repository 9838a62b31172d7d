"""What stays together when a set is divided."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from mimik.data import near
from mimik.data.base import Sample
from mimik.data.bonds import Bonds, find_bonds
from mimik.errors import DecodeError
from mimik.types import Image


def sample(key: str, load: Callable[[], Image], group: str = "") -> Sample:
    return Sample(key, load, "all", {"emotion": "happy"}, group=group)


def photo(seed: int) -> Image:
    rough = np.random.default_rng(seed).integers(0, 255, (24, 24, 3), np.uint8)
    return np.asarray(cv2.resize(rough, (96, 96), interpolation=cv2.INTER_CUBIC), np.uint8)


def turned(image: Image, angle_deg: float) -> Image:
    turn = cv2.getRotationMatrix2D((47.5, 47.5), angle_deg, 1.0)
    return np.asarray(cv2.warpAffine(image, turn, (96, 96), borderMode=cv2.BORDER_REFLECT), np.uint8)


def cropped(image: Image) -> Image:
    return np.asarray(cv2.resize(image[5:-5, 5:-5], (96, 96)), np.uint8)


def damaged() -> Image:
    raise DecodeError("a.png: not a picture")


def test_near_copies_without_a_group_are_joined() -> None:
    samples = [
        sample("0", lambda: photo(1)),
        sample("1", lambda: photo(2)),
        sample("2", lambda: photo(1)[:, ::-1]),
        sample("3", damaged),
    ]
    assert find_bonds(samples) == Bonds(("0", "", "0", ""), 1, ("3",))


def test_turned_and_cropped_copies_are_joined_in_a_small_set() -> None:
    samples = [sample(str(n), lambda n=n: photo(n)) for n in range(30)]  # type: ignore[misc]
    samples += [sample("turned", lambda: turned(photo(4), 4)), sample("cropped", lambda: cropped(photo(5)))]
    names = find_bonds(samples).names
    assert names[30:] == ("4", "5") and names[4:6] == ("4", "5") and names.count("") == 28


@pytest.mark.parametrize("few", [4000, 1])
def test_a_copy_without_a_name_stays_with_the_person_it_shows(
    monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(near, "EXACT", few)
    samples = [
        sample("ann/1", lambda: photo(1), "ann"),
        sample("same", lambda: photo(1)),
        sample("darker", lambda: photo(1)[:, ::-1] // 2),
        sample("ben/1", lambda: photo(2), "ben"),
        sample("other", lambda: photo(3)),
    ]
    assert find_bonds(samples) == Bonds(("ann", "ann", "ann", "ben", ""), 0)


def test_people_with_the_same_picture_count_as_one_but_not_by_blank_ones() -> None:
    def blank() -> Image:
        return np.zeros((96, 96, 3), np.uint8)

    samples = [
        *(sample(f"{who}/1", lambda n=n: photo(n), who) for n, who in enumerate(("cat", "ann", "dan"))),  # type: ignore[misc]
        sample("cat/2", lambda: photo(1), "cat"),
        *(sample(f"{who}/3", blank, who) for who in ("cat", "dan")),
    ]
    found = find_bonds(samples)
    assert found.names == ("ann", "ann", "dan", "ann", "ann", "dan")
    assert found.joined == (("ann", "cat"),)
