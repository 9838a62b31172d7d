from __future__ import annotations

from pathlib import Path

import pytest

from mimik.data.folder import Folder
from mimik.data.split_file import Part, compare_parts, read_divided, read_split_file, write_split_file
from mimik.errors import DataError, MimikWarning, OptionError


@pytest.fixture
def faces(tmp_path: Path, save_picture) -> Path:
    for number, key in enumerate(("happy/1.png", "happy/2.png", "sad/P1/3.png", "sad/4, old.png")):
        save_picture(tmp_path / "faces" / key, number)
    return tmp_path / "faces"


def test_what_is_written_is_read(tmp_path: Path) -> None:
    keys = ["happy/1.png", "sad/4, old.png"]
    parts = [Part("train", 2, "P1"), Part("test")]
    write_split_file(tmp_path / "s.csv", keys, parts)
    text = 'key,split,fold,group\nhappy/1.png,train,2,P1\n"sad/4, old.png",test,,\n'
    assert (tmp_path / "s.csv").read_bytes().decode() == text
    assert read_split_file(tmp_path / "s.csv") == dict(zip(keys, parts, strict=True))


def test_a_set_as_a_file_divides_it(faces: Path, tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    file.write_text(
        "key,split,fold,group\nhappy/1.png,train,0,happy/1.png\nhappy/2.png,train,1,\nsad/P1/3.png,test,,\n"
        '"sad/4, old.png",test,,\n'
    )
    keys = lambda split: [s.key for s in read_divided(Folder(), faces, split, file)[0]]  # noqa: E731
    assert keys("train") == ["happy/1.png", "happy/2.png"]
    assert keys("test") == ["sad/4, old.png", "sad/P1/3.png"]
    assert keys("fold1") == ["happy/2.png"]
    assert len(keys("all")) == 4
    first, *_, last = read_divided(Folder(), faces, "all", file)[0]
    assert (first.split, first.fold, first.group) == ("train", 0, "happy/1.png")
    assert (last.split, last.fold, last.group) == ("test", -1, "P1")
    with pytest.raises(OptionError, match="no split 'val': there is test, train, fold0 to fold1, all"):
        keys("val")


def test_what_set_and_file_do_not_share_is_named(faces: Path, tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    file.write_text("key,split\nhappy/1.png,train\nhappy/9.png,train\n")
    with pytest.warns(MimikWarning) as warned:
        samples, _ = read_divided(Folder(), faces, "train", file)
    assert [s.key for s in samples] == ["happy/1.png"]
    unlisted, absent = (str(warning.message) for warning in warned)
    assert "doesn't list 3 pictures of" in unlisted and unlisted.endswith(
        "left out: happy/2.png, sad/4, old.png, sad/P1/3.png"
    )
    assert "1 of its pictures isn't in" in absent and absent.endswith(": happy/9.png")
    file.write_text("key,split\n0001,train\n")
    with pytest.raises(DataError, match=r"lists none of the pictures of .*faces \(happy/1.png.*, but 0001"):
        read_divided(Folder(), faces, "train", file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("key,fold\n", "expected a header with split"),
        ("key,split\na,\n", "line 2: expected key, split, fold and group, found 'a, '"),
        ("key,split,fold\na,train,one\n", "line 2: expected key, split, fold and group"),
        ("key,split\na,train\na,test\n", "line 3: a is in two parts"),
    ],
)
def test_bad_files(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        read_split_file(tmp_path / "s.csv")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such split file; mimik data split makes one"):
        read_split_file(tmp_path / "s.csv")


def test_two_divisions_compared() -> None:
    before = {"a": Part("train"), "b": Part("train", 1), "c": Part("test")}
    after = {"a": Part("test"), "b": Part("train", 1, "P1"), "d": Part("test")}
    assert compare_parts(before, after) == {"moved": ["a"], "new": ["d"], "gone": ["c"]}
