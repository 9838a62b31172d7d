"""Probabilities of classes in a table: what they become, and what is said against them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mimik.data.audit.audit import audit_sets
from mimik.data.base import load_reader
from mimik.data.manifest import Manifest
from mimik.data.own import OwnTasks
from mimik.errors import DataError
from mimik.tasks.emotion import Emotion

HEADER = "path,emotion_happy,emotion_sad,emotion_neutral"
CONTEMPT = f"{HEADER},emotion_contempt"


def table(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "m.csv"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def test_probabilities_come_in_the_order_of_the_task_and_the_likeliest_is_the_label(tmp_path: Path) -> None:
    path = table(tmp_path, "1.png,0.25,0.75,0", "2.png,,,", "3.png,0.5,0.5,0")
    first, second, third = Manifest().read(path)
    assert dict(zip(Emotion.labels, first.votes["emotion"].tolist(), strict=True)) == {
        **dict.fromkeys(Emotion.labels, 0), "happy": 0.25, "sad": 0.75,
    }  # fmt: skip
    assert first.labels == {"emotion": "sad"}
    assert (second.labels, second.votes) == ({}, {})
    assert third.labels == {"emotion": "happy"}


def test_a_label_beside_them_stays(tmp_path: Path) -> None:
    path = table(tmp_path, "1.png,0.25,0.75,0,happy", header=f"{HEADER},label")
    (only,) = Manifest().read(path)
    assert only.labels == {"emotion": "happy"}
    assert only.votes["emotion"].max() == 0.75


def test_tasks_of_ones_own_and_voices_have_them_too(tmp_path: Path) -> None:
    path = table(tmp_path, "1.png,0.1,0.9", header="path,glasses_none,glasses_dark")
    reader = load_reader("csv", OwnTasks({"glasses": ("none", "dark")}))
    (seen,) = reader.read(path)
    assert seen.labels == {"glasses": "dark"}
    assert seen.votes["glasses"].tolist() == pytest.approx([0.1, 0.9])
    path = table(tmp_path, "1.wav,0.4,0.6,ann", header="path,voice_happy,voice_calm,subject")
    (heard,) = load_reader("csv").read(path)
    assert heard.labels == {"voice": "calm"}
    assert heard.votes["voice"].sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1.png,x,0,1", "line 2: expected emotion_happy as a number, 0 or more, found 'x'"),
        ("1.png,-0.1,0,1", "expected emotion_happy"),
        ("1.png,0.5,,0.5", "expected emotion_sad as a number, 0 or more, found ''"),
        ("1.png,0,0,0", "probabilities of emotion are all 0; leave the cells empty"),
    ],
)
def test_damaged_cells_name_file_and_line(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        list(Manifest().read(table(tmp_path, row)))


def test_the_audit_names_rows_that_do_not_sum_to_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name in "1234":
        cv2.imwrite(str(tmp_path / f"{name}.png"), rng.integers(0, 255, (24, 24, 3), np.uint8))
    rows = ("1.png,0.7,0.3,0", "2.png,0.7,0.2,0", "3.png,7,2,1", "4.png,0.8,0.4,0")
    audit = audit_sets([table(tmp_path, *rows)], ["csv"])
    (doubts,) = [one for one in audit.findings if one.kind == "doubts"]
    assert doubts.count == 2
    assert "sum to other than 1" in doubts.title
    assert [audit.pictures.samples[row].key for (row,) in doubts.groups] == ["2.png", "4.png"]


def test_contempt_is_a_class_where_it_has_a_column(tmp_path: Path) -> None:
    first, second = Manifest().read(table(tmp_path, "1.png,0.1,0,0.2,0.7", "2.png,1,0,0,0", header=CONTEMPT))
    assert (first.labels, second.labels) == ({"emotion": "contempt"}, {"emotion": "happy"})
    assert first.votes["emotion"][-1] == np.float32(0.7)


@pytest.mark.parametrize("name", ["emotion_hapy", "emotion_happy_", "emotion_envy"])
def test_a_column_of_no_class_is_told(tmp_path: Path, name: str) -> None:
    path = table(tmp_path, "1.png,0.6,0.1,0.3", header=f"path,{name},emotion_sad,emotion_Neutral")
    with pytest.raises(DataError, match=f"line 2: {name} is no class of emotion .angry, disgust, .*neutral"):
        list(Manifest().read(path))
    said = table(tmp_path, "1.png,me,0.1,0.3", header=f"path,{name},emotion_sad,emotion_Neutral")
    assert [sample.labels for sample in Manifest().read(said)] == [{"emotion": "neutral"}]


def test_what_is_not_known_may_be_said_in_words(tmp_path: Path) -> None:
    first, second = Manifest().read(table(tmp_path, "1.png,NA,NA,NA", "2.png,1,0,0"))
    assert (first.votes, second.labels) == ({}, {"emotion": "happy"})
