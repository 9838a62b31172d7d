"""Classes of a task of one's own in folders and tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from mimik.data.base import load_reader, read_samples
from mimik.data.own import NO_OWN, OwnTasks

GLASSES = OwnTasks({"glasses": ("none", "Clear", "dark")})


def labels(reader: str, path: Path, own: OwnTasks) -> list[dict[str, object]]:
    return [dict(sample.labels) for sample in read_samples(load_reader(reader, own), path)[0]]


def folder(root: Path, save_picture, *names: str) -> Path:
    for name in names:
        save_picture(root / name / "1.png")
    return root


@pytest.mark.parametrize(
    ("own", "names", "found"),
    [
        (("none", "Clear"), ("NONE", "clear"), ("none", "Clear")),
        (("happy", "sad"), ("Happy", "sad"), ("happy", "sad")),
        (("0", "1"), ("0", "1"), ("0", "1")),
        (("1900", "2000"), ("1900", "2000"), ("1900", "2000")),
        (("Joy", "none"), ("joy", "none"), ("Joy", "none")),
        (("a", "b"), ("b", "Other"), ("b", "Other")),
    ],
)
def test_folders_names_are_its_classes(tmp_path: Path, save_picture, own, names, found) -> None:
    path = folder(tmp_path / "set", save_picture, *names)
    read = labels("folder", path, OwnTasks({"mine": own}))
    assert sorted(str(one["mine"]) for one in read) == sorted(found)
    assert all(list(one) == ["mine"] for one in read)


def test_a_folder_of_another_task_is_that_tasks(tmp_path: Path, save_picture) -> None:
    own = OwnTasks({"glasses": ("none", "clear")}, alone=False)
    faces = folder(tmp_path / "faces", save_picture, "happy", "sad")
    assert labels("folder", faces, own) == [{"emotion": "happy"}, {"emotion": "sad"}]
    eyes = folder(tmp_path / "eyes", save_picture, "clear", "none")
    assert labels("folder", eyes, own) == [{"glasses": "clear"}, {"glasses": "none"}]
    assert labels("folder", faces, NO_OWN) == labels("folder", faces, own)


@pytest.mark.parametrize("column", ["glasses", "label"])
def test_a_table_has_a_column_of_its_name_or_of_labels(tmp_path: Path, column: str) -> None:
    (tmp_path / "m.csv").write_text(f"path,{column},age\n1.png,CLEAR,30\n2.png,,\n3.png,Broken,\n")
    clear, nothing, broken = labels("csv", tmp_path / "m.csv", GLASSES)
    assert clear == {"glasses": "Clear", "age": 30}
    assert nothing == {}
    assert broken == {"glasses": "Broken"}


def test_a_table_with_both_columns_has_another_tasks_labels(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("path,label,glasses\n1.png,joy,dark\n")
    assert labels("csv", tmp_path / "m.csv", GLASSES) == [{"emotion": "happy", "glasses": "dark"}]


def test_only_general_readers_serve_it() -> None:
    assert load_reader("folder", GLASSES).serves("glasses")
    assert not load_reader("fer2013", GLASSES).serves("glasses")
    assert not load_reader("folder").serves("glasses")
