from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mimik.data.base import Skipped, read_samples
from mimik.data.folder import Folder
from mimik.data.labels import class_tasks, tasks_of
from mimik.data.manifest import Manifest
from mimik.errors import DataError, SourceNotFoundError, UnknownNameError
from mimik.tasks.base import TASKS, ClassTask


def test_a_folder_of_classes(tmp_path: Path, save_picture, zipped) -> None:
    root = tmp_path / "set"
    save_picture(root / "Anger/1.png")
    save_picture(root / "happy/2.jpg")
    (root / "empty").mkdir()
    for path in (root, zipped(root), zipped(root, "set")):
        samples, skipped = read_samples(Folder(), path)
        assert [(s.key, s.labels, s.split, s.group) for s in samples] == [
            ("Anger/1.png", {"emotion": "angry"}, "all", ""),
            ("happy/2.jpg", {"emotion": "happy"}, "all", ""),
        ]
        assert samples[0].load().shape == (48, 48, 3)
        assert skipped == [Skipped("empty/", "a folder without pictures")]


def test_an_undivided_folder_is_its_own_training_and_test_set(tmp_path: Path, save_picture) -> None:
    save_picture(tmp_path / "happy/1.png")
    for split in ("all", "train", "test"):
        assert [s.split for s in Folder().read(tmp_path, split)] == ["all"]
    with pytest.raises(UnknownNameError, match="unknown split 'val': there is all, test, train"):
        list(Folder().read(tmp_path, "val"))


def test_a_folder_too_high_and_videos_are_told(tmp_path: Path, save_picture) -> None:
    save_picture(tmp_path / "outer/faces/happy/1.png")
    with pytest.raises(DataError, match=r"found faces/; name .*faces$"):
        list(Folder().read(tmp_path / "outer"))
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "a.MP4").write_bytes(b"")
    for path in (tmp_path / "films", tmp_path / "films" / "a.MP4"):
        with pytest.raises(DataError, match=r"mimik data record FOLDER .* --source VIDEO"):
            list(Folder().read(path))


def test_a_folder_of_recordings_is_told(tmp_path: Path, save_sound) -> None:
    save_sound(tmp_path / "happy/1.wav")
    with pytest.raises(DataError, match=r"recordings are named by a CSV .* path, voice and subject"):
        list(Folder().read(tmp_path))


def test_photos_of_phones_are_pictures(tmp_path: Path, save_picture) -> None:
    save_picture(tmp_path / "happy/1.png")
    (tmp_path / "happy/2.HEIC").write_bytes(b"")
    samples, skipped = read_samples(Folder(), tmp_path)
    assert [sample.key for sample in samples] == ["happy/1.png", "happy/2.HEIC"] and not skipped


@pytest.mark.parametrize(("above", "split"), [("", "all"), ("train/", "train")])
def test_people_below_the_classes(tmp_path: Path, save_picture, zipped, above: str, split: str) -> None:
    root = tmp_path / "set"
    keys = [f"{above}{k}" for k in ("happy/P1/1.png", "happy/P2/1.png", "sad/0.png", "sad/P1/7.png")]
    for key in keys:
        save_picture(root / key)
    for path in (root, zipped(root)):
        samples, skipped = read_samples(Folder(), path)
        found = {s.key: (s.group, s.split, s.labels["emotion"]) for s in samples}
        assert found == {
            keys[0]: ("P1", split, "happy"),
            keys[1]: ("P2", split, "happy"),
            keys[2]: ("", split, "sad"),
            keys[3]: ("P1", split, "sad"),
        }
        assert skipped == []


def test_what_a_folder_leaves_out_is_named(tmp_path: Path, save_picture) -> None:
    for key in ("train/happy/P1/1.png", "train/happy/P1/day/2/3.png", "loose.png", "dev/happy/1.png"):
        save_picture(tmp_path / key)
    for key in ("train/happy/notes.txt", "train/.DS_Store", "readme.md"):
        (tmp_path / key).write_text("")
    samples, skipped = read_samples(Folder(), tmp_path)
    assert [s.key for s in samples] == ["train/happy/P1/1.png"]
    assert {item.key: item.reason for item in skipped} == {
        "train/happy/P1/day/2/3.png": "deeper than class/person/picture",
        "train/happy/notes.txt": "not a picture",
        "readme.md": "not a picture",
        "loose.png": "in no class",
        "dev/happy/1.png": "in no class",
    }


def test_classes_below_people_are_refused(tmp_path: Path, save_picture) -> None:
    for person in ("ann", "ben"):
        for name in ("happy", "Sadness"):
            save_picture(tmp_path / person / name / "1.png")
    with pytest.raises(DataError, match=r"classes \(Sadness, happy\) lie within ann, ben; .* train, val and"):
        list(Folder().read(tmp_path))


def test_a_table_without_splits_is_undivided(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("path,label\n1.png,happy\n")
    assert [s.split for s in Manifest().read(tmp_path / "m.csv", "train")] == ["all"]
    with pytest.raises(UnknownNameError, match="unknown split 'val'"):
        list(Manifest().read(tmp_path / "m.csv", "val"))
    (tmp_path / "n.csv").write_text("path,label,split\n1.png,happy,\n2.png,sad,train\n")
    assert [s.split for s in Manifest().read(tmp_path / "n.csv")] == ["test", "train"]


def test_splits_above_the_classes(tmp_path: Path, save_picture) -> None:
    save_picture(tmp_path / "Training/Woman/1.png")
    save_picture(tmp_path / "valid/Man/2.png")
    samples = list(Folder().read(tmp_path))
    assert [(s.split, s.labels["gender"]) for s in samples] == [("train", "female"), ("val", "male")]
    assert [s.key for s in Folder().read(tmp_path, "val")] == ["valid/Man/2.png"]


def test_ages_as_folders(tmp_path: Path, save_picture) -> None:
    save_picture(tmp_path / "001/1.png")
    save_picture(tmp_path / "45/1.png")
    assert [s.labels["age"] for s in Folder().read(tmp_path)] == [1.0, 45.0]


def test_no_face_is_three_hundred_years_old(tmp_path: Path, save_picture) -> None:
    save_picture(tmp_path / "300/1.png")
    with pytest.raises(DataError, match=r"300: no face is 300 years old"):
        list(Folder().read(tmp_path))


def test_no_classes(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="folders named like classes"):
        list(Folder().read(tmp_path))


@pytest.mark.parametrize(
    ("names", "task"),
    [
        (["female", "male"], "gender"),
        (["0-2", "70+"], "age_group"),
        (["3 to 9", "70+"], "age_group"),
        (["3", "40"], "age"),
        (["happy", "male"], "emotion"),
        (["Happiness", "contempt"], "emotion"),
        (["None", "eyes"], "cover"),
        (["none", "ears"], "emotion"),
    ],
)
def test_tasks_of(names: list[str], task: str) -> None:
    assert tasks_of(names)[0] == task


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz", ".zip"])
def test_a_manifest_with_one_label(tmp_path: Path, save_picture, packed, suffix: str) -> None:
    save_picture(tmp_path / "a/1.png")
    (tmp_path / "faces.csv").write_text(
        "path,label,split,subject\na/1.png,Happiness,val,S1\na/2.png,sad,test,S2\n"
    )
    file = packed(tmp_path / "faces.csv", suffix)
    for path in (file, tmp_path) if suffix != ".zip" else (tmp_path,):
        first, second = Manifest().read(path)
        assert (first.labels, first.split, first.group) == ({"emotion": "happy"}, "val", "S1")
        assert first.load().shape == (48, 48, 3)
        with pytest.raises(SourceNotFoundError, match="missing"):
            second.load()
        assert [s.key for s in Manifest().read(path, "val")] == ["a/1.png"]
        with pytest.raises(UnknownNameError, match="there is all, test, val"):
            list(Manifest().read(path, "train"))


def test_a_manifest_with_a_column_a_task(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(
        "path,emotion,gender,age,age_group,ethnicity\n1.png,joy,woman,31.5,,Asian\n2.png,,,,more than 70,\n"
    )
    first, second = Manifest().read(tmp_path / "m.csv")
    assert first.labels == {"emotion": "happy", "gender": "female", "age": 31.5}
    assert first.subgroup == {"gender": "female", "ethnicity": "Asian"}
    assert first.split == "all"
    assert second.labels == {"age_group": "70+"}


def test_any_task_of_classes_may_have_a_column(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("path,emotion,cover,au\n1.png,neutral, Mouth,AU12\n")
    (sample,) = Manifest().read(tmp_path / "m.csv")
    assert sample.labels == {"emotion": "neutral", "cover": "mouth"}
    assert {"emotion", "gender", "age", "cover"} <= set(Manifest().tasks)
    assert "au" not in Folder().tasks


class Open(ClassTask):
    """A task of classes in its shortest form: its labels are those of its models."""

    name = "open"


@pytest.fixture
def open_task(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(TASKS._built_in, "open", f"{__name__}:Open")
    monkeypatch.setattr(TASKS, "_listed", None)
    class_tasks.cache_clear()
    yield
    monkeypatch.undo()
    class_tasks.cache_clear()


@pytest.mark.usefixtures("open_task")
def test_a_task_that_names_no_labels_takes_any_classes(tmp_path: Path, save_picture) -> None:
    for name in ("Bare", "clear"):
        save_picture(tmp_path / "set" / "train" / name / "1.png")
    assert [s.labels["open"] for s in Folder().read(tmp_path / "set")] == ["bare", "clear"]
    (tmp_path / "m.csv").write_text("path,label,open\n1.png,bare,\n2.png,clear,Dark\n")
    labels = [(s.labels["open"], s.labels["emotion"]) for s in Manifest().read(tmp_path / "m.csv")]
    assert labels == [("bare", "bare"), ("dark", "clear")]
    assert tasks_of(["none", "eyes"]) == ("cover",)
    assert "open" in Folder().tasks


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,label\n", "expected a header with path, found file, label"),
        ("", "expected a header with path, found nothing"),
        ("path,label\n,happy\n", "line 2: expected a path"),
        ("path,age\n1.png,nan\n", "line 2: expected an age in years, found 'nan'"),
        ("path,age\n1.png,old\n", "line 2: expected an age in years, found 'old'"),
    ],
)
def test_bad_manifests(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "m.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        list(Manifest().read(tmp_path / "m.csv"))


def test_two_manifests(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("path,label\n")
    with pytest.raises(DataError, match=r"one CSV.*found a\.csv, b\.csv"):
        list(Manifest().read(tmp_path))
    assert not Manifest().fits(tmp_path)
    assert Manifest().fits(tmp_path / "a.csv")
