"""How pictures become batches: what is done to them, where they are kept, and by how many."""

from __future__ import annotations

import dataclasses
import errno
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from tiny_recipe import held_in_memory, recipe

from mimik.errors import OutputError, RecipeError
from mimik.models.inputs import MEAN, STD, CropSpec
from mimik.train.inputs.augment import augmented
from mimik.train.inputs.batches import training_batches
from mimik.train.inputs.camera import moved, occluded
from mimik.train.inputs.parts import load_parts
from mimik.train.inputs.shelf import Shelf, most_bytes, spill_folder
from mimik.train.loop import train
from mimik.train.recipe.changes import AugmentOptions
from mimik.train.recipe.options import (
    LoadingOptions,
    OptimOptions,
)

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

STILL = AugmentOptions(flip=False, rotate_deg=0, scale=0, shift=0, contrast=0, brightness=0)
ALL = AugmentOptions(noise=0.02, blur=0.3, grey=0.3, erase=0.4, occlude=0.5, motion=0.5, jpeg=0.5, gamma=0.1)


def faces(count: int = 12, side: int = 40) -> list[np.ndarray]:
    """Smooth colour pictures, all different."""
    rng = np.random.default_rng(0)
    small = rng.integers(0, 255, (count, 6, 6, 3), dtype=np.uint8)
    return [
        np.asarray(cv2.resize(one, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8) for one in small
    ]


def seen(options: AugmentOptions, seed: int = 1, channels: int = 3) -> np.ndarray:
    """What a network gets of the pictures, as values from 0 to 255."""
    pictures = held_in_memory(faces())
    rng = np.random.default_rng(seed)
    chosen = np.arange(len(pictures))
    batch = augmented(pictures, chosen, CropSpec(size=40, channels=channels), options, rng, MEAN, STD)
    return (batch * STD + MEAN) * 255


def changed(**options: Any) -> np.ndarray:
    """Mean difference of each picture from itself without changes, in values of 255."""
    return np.abs(seen(dataclasses.replace(STILL, **options)) - seen(STILL)).mean((1, 2, 3))


def test_what_is_left_at_0_changes_no_number() -> None:
    before = AugmentOptions(noise=0.02, blur=0.3, grey=0.3, erase=0.4, gamma=0.1)
    assert seen(before).mean((1, 2, 3)) == pytest.approx(PUBLISHED, abs=0.05)


PUBLISHED = [92.05, 111.94, 155.13, 149.28, 67.67, 93.33, 169.18, 110.98, 158.4, 159.2, 134.94, 79.26]
"""Means of the pictures under those changes as they were before there were occlusion, motion and JPEG."""


def test_a_share_of_the_pictures_is_changed() -> None:
    for name in ("occlude", "motion", "jpeg"):
        assert (changed(**{name: 1.0}) > 0.1).all(), name
        some = changed(**{name: 0.5}) > 0.1
        assert 0 < some.sum() < len(some), name


def test_motion_blurs_along_its_line_alone() -> None:
    image = np.zeros((41, 41), np.uint8)
    image[20, 20] = 255
    across = moved(image, 8.0, 0.0).astype(int)
    assert (across[20] > 0).sum() >= 8 and across[:18].sum() == 0 == across[23:].sum()
    upright = moved(image, 8.0, np.pi / 2)
    assert np.abs(upright.T.astype(int) - across).max() <= 1
    flat = np.full((30, 30, 3), 90, np.uint8)
    assert np.abs(moved(flat, 7.3, 0.6).astype(int) - 90).max() <= 1, "light stays, at the borders, too"


def test_a_worse_jpeg_is_further_from_the_picture() -> None:
    worst = changed(jpeg=1.0, jpeg_worst=1).mean()
    assert worst > 1.5 * changed(jpeg=1.0, jpeg_worst=90).mean() > 0


def test_occlusion_covers_a_part_and_leaves_grey_pictures_grey() -> None:
    spec = CropSpec(size=40, channels=3, scale=1.08, shift_y=0.05)
    for seed in range(6):
        image = faces()[seed]
        covered = np.abs(occluded(image, spec, np.random.default_rng(seed)).astype(int) - image).max(2) > 8
        assert 0.03 < covered.mean() < 0.9
    assert occluded(faces()[0][..., 0], spec, np.random.default_rng(0)).shape == (40, 40)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"jpeg": 1.2}, "jpeg is a share"),
        ({"jpeg_worst": 0}, "jpeg_worst is a quality, 1 to 95"),
        ({"motion_most": 0.6}, "motion_most must be above 0"),
    ],
)
def test_changes_out_of_range(options: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        AugmentOptions(**options)
    with pytest.raises(RecipeError, match="workers must be 1"):
        LoadingOptions(workers=0)
    with pytest.raises(RecipeError, match="memory_gb must be 0"):
        LoadingOptions(memory_gb=-1)


def test_batches_are_the_same_by_any_number_of_workers() -> None:
    pictures = held_in_memory(faces(50))
    one = recipe(augment=ALL, crop=CropSpec(size=24, channels=3), optim=OptimOptions(batch=8))

    def batches(workers: int) -> list[tuple[np.ndarray, np.ndarray]]:
        options = dataclasses.replace(one.course[0].epochs, workers=workers)
        return list(training_batches(pictures, options, 3, MEAN, STD))

    alone = batches(1)
    assert len(alone) == 6
    for workers in (2, 5):
        for (rows, batch), (same_rows, same) in zip(alone, batches(workers), strict=True):
            assert np.array_equal(rows, same_rows) and np.array_equal(batch, same)


def test_an_error_of_a_worker_is_told() -> None:
    good = held_in_memory(faces(16))
    pictures = dataclasses.replace(good, items=[*good.items[:-1], np.zeros((0, 0, 3), np.uint8)])
    for workers in (1, 3):
        options = recipe(loading=LoadingOptions(workers=workers), crop=CropSpec(size=24, channels=3))
        with pytest.raises((cv2.error, ValueError, ZeroDivisionError)):
            list(training_batches(pictures, options.course[0].epochs, 0, MEAN, STD))


def test_arrays_on_the_disk_are_those_in_memory(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    shapes = [(4, 4), (3, 5, 3), (1, 1), (2, 2), (0, 3)]
    arrays = [rng.integers(0, 255, shape, dtype=np.uint8) for shape in shapes]
    arrays += [rng.random((3, 2), np.float32), arrays[1][:, ::-1]]
    shelf, memory = Shelf(30, tmp_path), Shelf(1e9)
    for array in arrays:
        shelf.append(array)
        memory.append(array)
    assert shelf.on_disk and not memory.on_disk
    assert not list(tmp_path.iterdir()), "the file has no name, so that nobody has to delete it"
    for one in (shelf, memory):
        assert all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(one, arrays, strict=True))
        assert np.array_equal(one.take([5, 0])[1], arrays[0]) and len(one[1:3]) == 2
    with pytest.raises(ValueError, match="read-only"):
        shelf[0][0, 0] = 1
    shelf.append(arrays[0])
    assert np.array_equal(shelf[-1], arrays[0]) and np.array_equal(shelf[1], arrays[1])


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OutputError, match="can't be written"):
        Shelf(0, tmp_path / "none").append(np.zeros(3))

    class Full:
        def write(self, data: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", lambda **words: Full())
    with pytest.raises(OutputError, match="free some space"):
        Shelf(0, tmp_path).append(np.zeros(3))


def test_where_and_how_much(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert spill_folder() == tmp_path
    assert most_bytes(LoadingOptions(memory_gb=2)) == 2e9
    assert most_bytes(LoadingOptions()) > 1e8


def test_a_set_on_the_disk_trains_the_same_model(bars: Path, tmp_path: Path) -> None:
    short = recipe(optim=OptimOptions(epochs=1, batch=8, ema=0.9))
    tight = dataclasses.replace(short, loading=LoadingOptions(memory_gb=1e-6, workers=2))
    kept = load_parts(tight, bars, short.crop)
    assert kept.trained.items.on_disk and not load_parts(short, bars, short.crop).trained.items.on_disk
    whole = train(short, bars, tmp_path / "memory", device="cpu")
    assert train(tight, bars, tmp_path / "disk", device="cpu").read_bytes() == whole.read_bytes()
    assert train(tight, bars, tmp_path / "memory", device="cpu").exists(), "a run goes on under other values"
    sheet = cv2.imread(str(tmp_path / "disk" / "plots" / "batch.png"))
    assert sheet is not None and sheet.std() > 10
