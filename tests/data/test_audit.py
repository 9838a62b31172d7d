"""What an audit finds in small sets with one fault of each kind, and the counts that it gives."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mimik.data.audit.audit import Audit, AuditOptions, audit_sets
from mimik.data.audit.labels import disputed
from mimik.data.audit.leave_out import tables
from mimik.data.audit.page import audit_page
from mimik.data.base import Sample
from mimik.errors import DataError, OptionError
from mimik.types import Image


def scene(seed: int, side: int = 96) -> Image:
    """A picture with coarse shapes and fine detail that depend on the seed."""
    rng = np.random.default_rng(seed)
    coarse = cv2.resize(rng.integers(20, 235, (6, 6, 3)).astype(np.float32), (side, side))
    fine = cv2.resize(rng.normal(0, 25, (32, 32, 3)).astype(np.float32), (side, side))
    return np.clip(coarse + fine, 0, 255).astype(np.uint8)


def flat(value: int, side: int = 96) -> Image:
    return np.full((side, side, 3), value, np.uint8)


class Maker:
    """Makes a set as a CSV beside its pictures."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.rows = folder, list[dict[str, str]]()
        folder.mkdir(parents=True)

    def add(self, name: str, image: Image | bytes, label: str, split: str = "train", **more: str) -> None:
        if isinstance(image, bytes):
            (self.folder / name).write_bytes(image)
        else:
            cv2.imwrite(str(self.folder / name), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        self.rows.append({"path": name, "label": label, "split": split, "subject": "", **more})

    def audit(self, *others: Maker, **options: Any) -> Audit:
        for one in (self, *others):
            with (one.folder / "set.csv").open("w", newline="") as file:
                table = csv.DictWriter(file, ["path", "label", "split", "subject"])
                table.writeheader()
                table.writerows(one.rows)
        paths = [one.folder for one in (self, *others)]
        return audit_sets(paths, ["csv"] * len(paths), options=AuditOptions(**options))


@pytest.fixture
def own(tmp_path: Path) -> Maker:
    return Maker(tmp_path / "set")


def keys(found: Audit, kind: str) -> list[Any]:
    """The keys of a finding: by group, if it has groups of several."""
    one = found.to_dict()["findings"][kind]
    if "groups" in one:
        return [[picture["key"] for picture in group] for group in one["groups"]]
    return one.get("names") or [picture["key"] for picture in one["pictures"]]


def leaving(found: Audit) -> list[tuple[str, str, str]]:
    text = tables(found.pictures, found.leaving)["leave_out.csv"]
    return [(row["key"], row["reason"], row["of"]) for row in csv.DictReader(text.splitlines())]


def test_exact_copies_are_counted_by_decoded_pixels(own: Maker) -> None:
    for name in ("a.png", "b.bmp", "c.png"):
        own.add(name, scene(1), "happy")
    own.add("d.png", scene(2), "sad")
    found = own.audit()
    assert found.to_dict()["exact_copies"] == 2
    assert keys(found, "exact_copies") == [["a.png", "b.bmp", "c.png"]]
    assert leaving(found) == [("b.bmp", "exact copy", "a.png"), ("c.png", "exact copy", "a.png")]


def test_twins_across_splits_leave_training(own: Maker) -> None:
    own.add("a.png", scene(1), "happy")
    own.add("b.png", scene(1), "happy", "test")
    own.add("c.png", scene(2), "happy", "test")
    own.add("d.png", scene(2), "happy", "test")
    found = own.audit()
    assert found.to_dict()["findings"]["exact_copies"]["across"] == {
        "train": {"test": 1},
        "test": {"train": 1},
    }
    assert found.to_dict()["findings"]["exact_copies"]["within"] == {"train": 0, "test": 1}
    assert leaving(found) == [("a.png", "copy of a test picture", "b.png")]


def changed(image: Image, how: str) -> Image:
    """The same photo in another state."""
    if how == "mirrored":
        return np.ascontiguousarray(image[:, ::-1])
    if how == "moved":
        return np.roll(image, 2, axis=1)
    if how == "darker":
        return np.asarray(image * 0.7, np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, 40]
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_COLOR), np.uint8)


@pytest.mark.parametrize("how", ["mirrored", "moved", "darker", "compressed"])
def test_near_copies_are_found(own: Maker, how: str) -> None:
    own.add("a.png", scene(1), "happy")
    own.add("b.png", changed(scene(1), how), "happy")
    own.add("c.png", scene(2), "happy")
    found = own.audit()
    assert keys(found, "near_copies") == [["a.png", "b.png"]]
    assert found.to_dict()["exact_copies"] == 0
    assert not leaving(found)


def test_near_copies_on_the_other_side_leave_training(own: Maker) -> None:
    own.add("a.png", scene(1), "happy")
    own.add("b.png", changed(scene(1), "compressed"), "happy", "test")
    found = own.audit()
    assert found.to_dict()["findings"]["near_copies"]["across"]["test"] == {"train": 1}
    assert leaving(found) == [("a.png", "near copy of a test picture", "b.png")]


def test_look_alikes_of_other_detail_are_no_near_copies(own: Maker) -> None:
    """As aligned faces of different people: alike when they are small."""
    for name, seed in (("a.png", 1), ("b.png", 2)):
        fine = np.kron(np.random.default_rng(seed).normal(0, 20, (32, 32, 1)), np.ones((3, 3, 1)))
        coarse = cv2.resize(
            np.random.default_rng(9).integers(20, 235, (4, 4, 3)).astype(np.float32), (96, 96)
        )
        own.add(name, np.clip(coarse + fine, 0, 255).astype(np.uint8), "happy")
    found = own.audit().to_dict()["findings"]
    assert (found["look_alikes"]["pairs"], found["near_copies"]["pairs"]) == (1, 0)


def test_equal_pictures_with_other_labels_all_leave(own: Maker) -> None:
    own.add("a.png", scene(1), "happy")
    own.add("b.png", scene(1), "sad")
    own.add("c.png", scene(2), "sad")
    own.add("d.png", changed(scene(2), "moved"), "fear")
    found = own.audit()
    assert keys(found, "conflicts") == [["a.png", "b.png"]]
    assert keys(found, "near_conflicts") == [["c.png", "d.png"]]
    assert found.to_dict()["findings"]["same_photo"] == {"count": 2, "by_task": {"emotion": 2}}
    reason = "equal pictures, other labels"
    assert leaving(found) == [("a.png", reason, "b.png"), ("b.png", reason, "a.png")]


def sample(**labels: str | float) -> Sample:
    return Sample("", lambda: flat(0), "train", labels)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([{"age": 30.0}, {"age": 39.0}], ()),
        ([{"age": 30.0}, {"age": 40.0}], ("age",)),
        ([{"age_group": "20-29"}, {"age_group": "30-39"}], ()),
        ([{"age_group": "20-29"}, {"age_group": "40-49"}], ("age_group",)),
        ([{"gender": "male", "age": 3.0}, {"gender": "female", "age": 4.0}], ("gender",)),
        ([{"emotion": "sad", "ferplus": "sad"}, {"emotion": "sad", "ferplus": "fear"}], ()),
        ([{"emotion": "sad"}, {"gender": "male"}], ()),
    ],
)
def test_labels_contradict_each_other(labels: Sequence[dict[str, Any]], expected: tuple[str, ...]) -> None:
    assert disputed([sample(**own) for own in labels]) == expected


def test_pictures_that_show_nothing_are_named(own: Maker) -> None:
    nearly = flat(100)
    nearly[40:44, 40:44] = 160
    sign = flat(0)
    sign[:40] = scene(3)[:40]
    own.add("blank.png", flat(0), "happy")
    own.add("nearly.png", nearly, "happy")
    own.add("sign.png", sign, "happy")
    own.add("broken.png", b"no picture", "happy")
    own.add("good.png", scene(1), "happy")
    found = own.audit()
    assert [keys(found, kind) for kind in ("blank", "nearly_blank", "one_shade", "undecodable")] == [
        ["blank.png"],
        ["nearly.png"],
        ["sign.png"],
        ["broken.png"],
    ]
    assert "broken.png" in found.to_dict()["findings"]["undecodable"]["pictures"][0]["note"]
    assert [(key, reason) for key, reason, _ in leaving(found)] == [
        ("blank.png", "blank"),
        ("nearly.png", "nearly blank"),
        ("broken.png", "undecodable"),
    ]


def test_pictures_without_a_face_are_looked_for_when_asked(own: Maker) -> None:
    own.add("none.png", flat(60) + scene(1) // 3, "happy")
    assert "faceless" not in own.audit().to_dict()["findings"]
    found = own.audit(faces=True)
    assert keys(found, "faceless") == ["none.png"]
    assert leaving(found) == [("none.png", "no face", "")]


def test_people_on_both_sides_leave_training(own: Maker) -> None:
    own.add("a.png", scene(1), "happy", subject="ann")
    own.add("b.png", scene(2), "happy", "test", subject="ann")
    own.add("c.png", scene(3), "happy", subject="bob")
    found = own.audit()
    assert found.to_dict()["findings"]["both_sides"]["which"] == ["ann"]
    assert leaving(found) == [("a.png", "person or group is tested on", "b.png")]


def test_small_and_empty_classes_are_named(own: Maker) -> None:
    for number in range(40):
        own.add(f"{number}.png", scene(number, 24), "happy" if number < 25 else "sad")
    own.add("t.png", scene(99), "happy", "test")
    found = own.audit(judged=2)
    assert keys(found, "small_classes") == [
        "emotion happy in train: 25, 1 if 5 % are held",
        "emotion sad in train: 15, 1 if 5 % are held",
        "emotion happy in test: 1",
    ]
    assert keys(found, "empty_classes") == ["emotion sad in test"]


def test_several_sets_are_compared(own: Maker, tmp_path: Path) -> None:
    other = Maker(tmp_path / "other")
    own.add("a.png", scene(1), "happy", "all")
    own.add("b.png", scene(2), "happy", "all")
    other.add("x.png", scene(1), "happy", "all")
    found = own.audit(other)
    sides = found.to_dict()["findings"]["exact_copies"]["across"]
    assert sides == {"set: all": {"other: all": 1}, "other: all": {"set: all": 1}}
    lists = tables(found.pictures, found.leaving)
    assert lists["leave_out_1.csv"] == "key,reason,of\na.png,copy of a test picture,other/x.png\n"
    assert lists["leave_out_2.csv"] == "key,reason,of\n"


def test_the_page_holds_its_pictures_and_escapes_names(own: Maker) -> None:
    own.add("a&b.png", scene(1), "happy")
    own.add("b.png", scene(1), "happy")
    page = audit_page(own.audit())
    assert page.count("data:image/jpeg;base64,") == 2
    assert "a&amp;b.png" in page and "a&b.png" not in page
    assert "http" not in page


def test_a_set_without_a_readable_picture_is_audited(own: Maker) -> None:
    own.add("a.png", b"", "happy")
    found = own.audit().to_dict()
    assert (found["pictures"], found["exact_copies"], found["counts"]["undecodable"]) == (1, 0, 1)


def test_impossible_options_and_places_are_refused(own: Maker, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="--smallest must be 1 or more, not 0"):
        own.audit(judged=0)
    with pytest.raises(DataError, match="no such file or folder"):
        audit_sets([tmp_path / "none"], [None])
