"""Validation shares no person, group or near copy with training, and has each class's share."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from tiny_recipe import recipe

from mimik.data.base import Sample
from mimik.data.left_out import LeftOut, by_reason, left_out_lines, read_left_out
from mimik.errors import DataError, MimikWarning, RecipeError
from mimik.models.inputs import CropSpec
from mimik.train.inputs.labels import check_labels, with_listed_labels
from mimik.train.inputs.parts import load_parts
from mimik.train.inputs.pictures import Pictures, load_pictures
from mimik.train.inputs.split import Split, split_holdout
from mimik.train.recipe.options import DataOptions, HeadOptions

pytestmark = pytest.mark.train
EMOTIONS = (HeadOptions("emotion.test", "emotion", ("happy", "sad", "fear")),)


def soft(rng: np.random.Generator) -> np.ndarray:
    """A picture that no other nearly copies."""
    return cv2.resize(rng.integers(0, 255, (6, 6), np.uint8), (48, 48), interpolation=cv2.INTER_CUBIC)


def look_alike(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.clip(image + rng.normal(0, 6, image.shape), 0, 255).astype(np.uint8)


def pictures(
    images: list[np.ndarray], groups: list[str] | None = None, labels: list[str] | None = None
) -> Pictures:
    count = len(images)
    samples = [
        Sample(
            str(i),
            lambda: None,  # type: ignore[arg-type, return-value]
            "train",
            {"gender": "male"} if labels is None else {"emotion": labels[i]},
            group=groups[i] if groups else "",
        )
        for i in range(count)
    ]
    return Pictures(images, samples, np.ones(count), np.zeros(count, np.int8))


def keys(part: Pictures) -> set[int]:
    return {int(sample.key) for sample in part.samples}


def labels_of(split: Split) -> Counter[str]:
    return Counter(str(sample.labels["emotion"]) for sample in split.held.samples)


def test_where_most_are_look_alikes_whole_groups_are_held() -> None:
    rng = np.random.default_rng(0)
    sources = [soft(rng) for _ in range(42)]
    images = [one for source in sources for one in (source, *(look_alike(source, rng) for _ in range(4)))]
    split = split_holdout(pictures(images), 0.2)
    held, trained = ({key // 5 for key in keys(part)} for part in (split.held, split.trained))
    assert 4 <= len(held) <= 15 and not held & trained
    assert len(split.held) == 5 * len(held) and len(split.held) + len(split.trained) == 210
    assert split.notes == (
        "most pictures nearly copy another, so near copies are kept together: 210 pictures without a person "
        "or group in 42 groups",
    )


def test_look_alikes_of_one_picture_leave_nothing_to_judge_by() -> None:
    rng = np.random.default_rng(0)
    source = soft(rng)
    images = [look_alike(source, rng) for _ in range(60)]
    with pytest.raises(RecipeError, match=r"nearly all of the 60 are near copies .* hold = true"):
        split_holdout(pictures(images), 0.2)
    with pytest.raises(RecipeError, match="of one person or group"):
        split_holdout(pictures([soft(rng) for _ in range(60)], ["ann"] * 60), 0.2)


def test_people_with_a_picture_in_common_are_on_one_side() -> None:
    rng = np.random.default_rng(1)
    images, groups = [soft(rng) for _ in range(200)], [f"p{i // 2}" for i in range(200)]
    for person in range(0, 100, 2):  # the second picture of every other person is the next one's first
        images[2 * person + 1] = images[2 * person + 2].copy()
    split = split_holdout(pictures(images, groups), 0.3)
    pairs = [{key // 4 for key in keys(part)} for part in (split.held, split.trained)]
    assert 5 < len(pairs[0]) < 25 and not pairs[0] & pairs[1]
    assert "count as one: p0 and p1, p2 and p3, p4 and p5, p6 and p7 and 46 more" in split.notes[0]


def test_people_are_not_joined_by_near_copies() -> None:
    rng = np.random.default_rng(1)
    source = soft(rng)
    images = [look_alike(source, rng) for _ in range(100)]
    split = split_holdout(pictures(images, [f"p{i // 2}" for i in range(100)]), 0.3)
    assert 10 <= len(split.held) <= 50 and not split.notes


def test_a_held_person_is_not_trained_on_without_the_name() -> None:
    rng = np.random.default_rng(2)
    images = [cv2.resize(soft(rng), (64, 64)) for _ in range(120)]
    images[100:] = [cv2.GaussianBlur(one, (0, 0), 0.6) if i % 2 else one for i, one in enumerate(images[:20])]
    whole = pictures(images, [f"p{i}" if i < 20 else "" for i in range(120)])
    whole = dataclasses.replace(whole, hold=np.where(np.arange(120) < 20, 1, 0).astype(np.int8))
    split = split_holdout(whole, 0.1)
    assert not keys(split.trained) & {*range(100, 120)}
    held_copies = keys(split.held) & {*range(100, 120)}
    assert len(split.left_out) == 20 - len(held_copies)
    assert {item.reason for item in split.left_out} == {"copies a picture of validation"}


def test_a_crop_of_a_held_person_is_not_trained_on_either() -> None:
    rng = np.random.default_rng(5)
    rough = [cv2.resize(rng.integers(0, 255, (24, 24), np.uint8), (96, 96)) for _ in range(60)]
    images = [cv2.addWeighted(cv2.resize(soft(rng), (96, 96)), 0.7, one, 0.3, 0) for one in rough]
    images[50:] = [cv2.resize(one[5:-5, 5:-5], (96, 96)) for one in images[:10]]
    whole = pictures(images, [f"p{i}" if i < 10 else "" for i in range(60)])
    whole = dataclasses.replace(whole, hold=np.where(np.arange(60) < 10, 1, 0).astype(np.int8))
    assert not keys(split_holdout(whole, 0.1).trained) & {*range(50, 60)}


def test_every_class_has_its_share() -> None:
    rng = np.random.default_rng(3)
    labels = ["happy"] * 300 + ["sad"] * 12 + ["fear"] * 1
    images = [soft(rng) for _ in labels]
    whole = pictures(images, labels=labels)
    plain, fair = split_holdout(whole, 0.1), split_holdout(whole, 0.1, EMOTIONS)
    assert labels_of(fair)["happy"] == labels_of(plain)["happy"] > 15
    assert labels_of(fair)["sad"] == 1 and keys(plain.held) <= keys(fair.held)
    assert fair.notes == (
        "validation has no picture of fear (emotion): too few people, or pictures that don't copy each other",
    )
    assert len(fair.trained) + len(fair.held) == 313


def test_a_class_gets_its_share_without_parting_copies() -> None:
    rng = np.random.default_rng(4)
    images, labels = [soft(rng) for _ in range(300)], ["happy"] * 300
    for _ in range(8):  # eight people are sad, five times each
        source = soft(rng)
        images += [look_alike(source, rng) for _ in range(5)]
        labels += ["sad"] * 5
    split = split_holdout(pictures(images, labels=labels), 0.1, EMOTIONS)
    held, trained = (
        {(key - 300) // 5 for key in keys(part) if key >= 300} for part in (split.held, split.trained)
    )
    assert len(held) == 1 and len(trained) == 7 and not held & trained


def test_training_keeps_the_larger_part_of_every_class() -> None:
    rng = np.random.default_rng(5)
    source = soft(rng)
    images = [soft(rng) for _ in range(30)] + [look_alike(source, rng) for _ in range(60)]
    images += [soft(rng) for _ in range(10)]
    labels = ["happy"] * 30 + ["sad"] * 70
    split = split_holdout(pictures(images, labels=labels), 0.9, EMOTIONS)
    assert {*range(30, 90)} <= keys(split.trained)
    assert {"happy", "sad"} == {*labels_of(split)}
    assert {"happy", "sad"} == {str(s.labels["emotion"]) for s in split.trained.samples}


@pytest.fixture
def faulty(bars: Path) -> Path:
    """The pictures of ``bars``, with a broken one, a blank one and one of another class."""
    folder = bars / "train" / "male"
    (folder / "0.png").write_bytes(b"no picture")
    cv2.imwrite(str(folder / "1.png"), np.full((24, 24, 3), 90, np.uint8))
    return bars


def test_what_is_left_out_is_counted_and_named(faulty: Path) -> None:
    (faulty.parent / "list.csv").write_text("key,reason,of\ntrain/male/2.png,near copy,train/male/3.png\n")
    found = load_pictures(
        (DataOptions("folder", "train", leave_out="../list.csv"),), faulty, CropSpec(size=24)
    )
    assert found.left_out == [
        LeftOut("train/male/2.png", "listed", "train/male/3.png"),
        LeftOut("train/male/0.png", "undecodable"),
        LeftOut("train/male/1.png", "blank"),
    ]
    assert len(found) == 77
    assert left_out_lines(by_reason(found.left_out))[1] == "undecodable: 1 (train/male/0.png)"
    split = load_parts(recipe(), faulty, CropSpec(size=24))
    assert [item.key for item in split.left_out] == ["train/male/0.png", "train/male/1.png"]


def test_a_list_of_another_set_is_said(faulty: Path) -> None:
    entry = DataOptions("folder", "train", leave_out="../list.csv")
    with pytest.raises(DataError, match=r"list\.csv: no such list of pictures to leave out"):
        load_pictures((entry,), faulty, CropSpec(size=24))
    (faulty.parent / "list.csv").write_text("file\n1.png\n")
    with pytest.raises(DataError, match="expected a header with key, found file"):
        read_left_out(faulty.parent / "list.csv")
    (faulty.parent / "list.csv").write_text("key\n1.png\n")
    with pytest.warns(MimikWarning, match=r"none of its 1 keys is in folder's split 'train'"):
        load_pictures((entry,), faulty, CropSpec(size=24))


def test_a_faceless_picture_is_named(bars: Path) -> None:
    for file in sorted((bars / "train" / "male").iterdir())[3:]:
        file.unlink()
    found = load_pictures((DataOptions("folder", "train", detect=True),), bars, CropSpec(size=24))
    assert {item.reason for item in found.left_out} == {"no face"} and len(found.left_out) == 43


def test_a_split_that_is_not_there_names_those_that_are(bars: Path) -> None:
    with pytest.raises(RecipeError, match=r"no samples in split 'val'; there is test, train"):
        load_pictures((DataOptions("folder", "val"),), bars, CropSpec(size=24))


def test_a_label_in_another_spelling() -> None:
    rng = np.random.default_rng(0)
    whole = pictures([soft(rng) for _ in range(6)], labels=["happy", "sad"] * 3)
    heads = (HeadOptions("emotion.test", "emotion", ("Happiness", "sad")),)
    with pytest.raises(
        RecipeError, match=r"labelled 'Happiness'; .* sad \(3\); write 'happy' for 'Happiness' in"
    ):
        check_labels(whole.samples, heads)
    with pytest.raises(RecipeError, match=r"'fear'; .* take it out of labels, or add pictures of it"):
        check_labels(whole.samples, EMOTIONS)


def test_labels_that_are_not_listed_are_left_out_by_name() -> None:
    rng = np.random.default_rng(0)
    labels = ["happy", "sad", "fear", "contempt", "contempt"]
    whole = pictures([soft(rng) for _ in labels], labels=labels)
    kept = with_listed_labels(whole, EMOTIONS)
    assert keys(kept) == {0, 1, 2}
    assert left_out_lines(by_reason(kept.left_out)) == ["labelled 'contempt', not in labels: 2 (3, 4)"]
    assert len(with_listed_labels(whole, EMOTIONS, guess=True)) == 5
    either = (*EMOTIONS, HeadOptions("other.test", "emotion", ("contempt",)))
    assert len(with_listed_labels(whole, either)) == 5
    alone = (dataclasses.replace(EMOTIONS[0], one_versus_all=True),)
    assert len(with_listed_labels(whole, alone)) == 5
