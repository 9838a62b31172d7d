from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from mimik.data.base import Skipped, read_samples
from mimik.data.cover import SHAPES, clear_glasses, cover
from mimik.data.cover_textures import TEXTURES
from mimik.data.covered import CHANCES, Covered
from mimik.data.damage import DAMAGES, STYLES, compressed, drawn, jpeg, pixelated
from mimik.errors import DataError
from mimik.faces.crop import Square
from mimik.sources.decode import decode_image


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


def _seen(image: np.ndarray, painted: np.ndarray, rows: slice, columns: slice) -> float:
    """How much of a picture is left there; a shadow changes nothing of it."""
    one, other = image[rows, columns].ravel(), painted[rows, columns].ravel()
    return 0.0 if other.std() == 0 else float(np.corrcoef(one, other)[0, 1])


@pytest.mark.parametrize("part", list(SHAPES))
def test_a_part_is_painted_over_and_the_rest_can_be_seen(part: str) -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (140, 120, 3), np.uint8)
    places = {"eyes": (slice(54, 60), slice(40, 100)), "mouth": (slice(93, 103), slice(55, 85))}
    left = {name: list[float]() for name in (*places, "sides")}
    for _ in range(40):
        painted = cover(image, Square((70, 70), 100), part, rng)
        assert painted.shape == image.shape and painted.dtype == np.uint8 and (painted != image).any()

        for name, place in places.items():
            left[name].append(_seen(image, painted, *place))
        left["sides"].append(
            min(_seen(image, painted, slice(20, 120), side) for side in (slice(20, 45), slice(95, 120)))
        )
    seen_most = {name: float(np.median(shares)) for name, shares in left.items()}
    if part in places:
        other = "mouth" if part == "eyes" else "eyes"
        assert seen_most[part] < 0.6 < 0.9 < seen_most[other]
    else:
        assert seen_most["sides"] < 0.7


def test_grey_pictures_stay_grey() -> None:
    rng = np.random.default_rng(1)
    grey = np.repeat(rng.integers(0, 255, (48, 48, 1), np.uint8), 3, axis=2)
    for _ in range(4 * len(TEXTURES)):
        assert not np.ptp(cover(grey, Square((24, 24), 40), "mouth", rng), axis=2).any()


def test_clear_glasses_leave_the_eyes_to_be_seen() -> None:
    rng = np.random.default_rng(2)
    image = rng.integers(0, 255, (140, 120, 3), np.uint8)
    for _ in range(20):
        painted = clear_glasses(image, Square((70, 70), 100), rng)
        eyes = (slice(54, 60), slice(48, 53))
        assert np.corrcoef(image[eyes].ravel(), painted[eyes].ravel())[0, 1] > 0.6
        assert (painted != image).any()


def test_pixels_become_cells() -> None:
    rng = np.random.default_rng(3)
    image = rng.integers(0, 255, (112, 112, 3), np.uint8)
    for _ in range(20):
        cells = pixelated(image, Square((56, 56), 100), rng)
        edges = (np.abs(np.diff(cells.astype(int), axis=1)).max((0, 2)) > 0).sum()
        assert cells.shape == image.shape and 3 <= edges <= 18


def test_a_poor_jpeg_loses_much_and_a_fair_one_little(examples: Path) -> None:
    image = decode_image(examples / "astronaut.jpg")[50:250, 130:330]
    rng, face = np.random.default_rng(4), Square((100, 100), 180)
    lost = [np.abs(compressed(image, face, rng).astype(int) - image).mean() for _ in range(10)]
    kept = [np.abs(jpeg(image, face, rng).astype(int) - image).mean() for _ in range(10)]
    assert min(lost) > 1.5 * max(kept)


def test_drawings_differ_from_their_photograph(examples: Path) -> None:
    image = decode_image(examples / "astronaut.jpg")[50:250, 130:330]
    rng = np.random.default_rng(5)
    for style in STYLES:
        picture = style(image, rng)
        assert picture.shape == image.shape and picture.dtype == np.uint8
        assert np.abs(picture.astype(int) - image).mean() > 4
    assert drawn(image, Square((100, 100), 180), rng).shape == image.shape


def test_a_share_is_covered_or_spoilt_alike_each_time(fairface: Path) -> None:
    samples = list(Covered().read(fairface, "train"))
    labels = [s.labels["cover"] for s in samples]
    assert len(samples) == 40 and all(s.split == "train" for s in samples)
    assert 6 < labels.count("none") < 28 and {"none", "eyes", "mouth"} <= set(labels) <= set(CHANCES)
    assert set(CHANCES) == {"none", *SHAPES, *DAMAGES} and sum(CHANCES.values()) == pytest.approx(1)
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
