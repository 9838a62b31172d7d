from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from mimik.data.base import Skipped, read_samples
from mimik.data.cover import SHAPES, TEXTURES, cover
from mimik.data.covered import Covered
from mimik.errors import DataError
from mimik.faces.crop import Square


@pytest.fixture
def fairface(tmp_path: Path, save_picture) -> Path:
    for split, count in (("train", 40), ("val", 6)):
        with (tmp_path / f"fairface_label_{split}.csv").open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["file", "age", "gender", "race", "service_test"])
            for number in range(count):
                rows.writerow([f"{split}/{number}.jpg", "20-29", "Female", "White", "True"])
                save_picture(tmp_path / split / f"{number}.jpg", number)
    return tmp_path


@pytest.mark.parametrize("part", list(SHAPES))
def test_a_part_is_painted_over_and_the_rest_stays(part: str) -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (140, 120, 3), np.uint8)
    places = {"eyes": (70, 20 + 37), "mouth": (70, 20 + 78)}
    for _ in range(30):
        painted = cover(image, Square((70, 70), 100), part, rng)
        changed = np.abs(painted.astype(int) - image).max(axis=2) > 3
        assert painted.shape == image.shape and painted.dtype == np.uint8
        assert 0.02 < changed.mean() < 0.8
        if part in places:
            x, y = places[part]
            assert changed[y - 4 : y + 4, x - 30 : x + 30].mean() > 0.3
            other = places["mouth" if part == "eyes" else "eyes"]
            assert changed[other[1] - 3 : other[1] + 3, other[0] - 3 : other[0] + 3].mean() < 0.5
        else:
            assert changed[:, :40].mean() > 0.5 or changed[:, 100:].mean() > 0.5


def test_grey_pictures_stay_grey() -> None:
    rng = np.random.default_rng(1)
    grey = np.repeat(rng.integers(0, 255, (48, 48, 1), np.uint8), 3, axis=2)
    for _ in range(4 * len(TEXTURES)):
        assert not np.ptp(cover(grey, Square((24, 24), 40), "mouth", rng), axis=2).any()


def test_half_are_covered_alike_each_time(fairface: Path) -> None:
    samples = list(Covered().read(fairface, "train"))
    labels = [s.labels["cover"] for s in samples]
    assert len(samples) == 40 and all(s.split == "train" for s in samples)
    assert 8 < labels.count("none") < 32 and set(labels) == {"none", *SHAPES}
    again = {s.key: s for s in Covered().read(fairface)}
    assert len(again) == 46
    for sample in samples:
        twin = again[sample.key]
        assert twin.labels == sample.labels
        assert np.array_equal(twin.load(), sample.load())
    assert [s.split for s in Covered().read(fairface, "test")] == ["test"] * 6


def test_what_a_set_leaves_out_is_named_once(tmp_path: Path, save_picture) -> None:
    save_picture(tmp_path / "UTKFace" / "26_1_4_20170116000000001.jpg.chip.jpg", 0)
    save_picture(tmp_path / "UTKFace" / "cover.jpg", 1)
    samples, skipped = read_samples(Covered(), tmp_path)
    assert len(samples) == 1 and skipped == [Skipped("utkface/cover.jpg")]


def test_nothing_to_paint_on(tmp_path: Path) -> None:
    assert not Covered().fits(tmp_path)
    with pytest.raises(DataError, match="expected one or more of fairface, utkface, fer2013"):
        list(Covered().read(tmp_path))
