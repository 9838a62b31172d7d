from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mimik.data.base import Sample
from mimik.data.classes import by_number
from mimik.data.guess import guess_reader
from mimik.data.info import describe_set
from mimik.data.sheet import SheetOptions, Tile, choose_pictures, contact_sheet, load_tiles
from mimik.errors import DataError, OptionError, UnknownNameError


@pytest.fixture
def faces(tmp_path: Path, save_picture) -> Path:
    root = tmp_path / "faces"
    for key, size in (
        ("happy/P1/1.png", 48),
        ("happy/P1/2.png", 48),
        ("happy/P2/3.png", 64),
        ("sad/4.png", 48),
    ):
        save_picture(root / key, 1, size)
    (root / "sad/5.png").write_bytes(b"no picture")
    (root / "sad/notes.txt").write_text("")
    return root


def test_a_folder_is_counted(faces: Path) -> None:
    found = describe_set(faces)
    assert (found["n"], found["splits"], found["data"]["reader"]) == (5, {"all": 5}, "folder")
    assert found["tasks"] == {
        "emotion": {
            "n": 5,
            "classes": {
                "happy": {"n": 3, "splits": {"all": 3}, "groups": 2},
                "sad": {"n": 2, "splits": {"all": 2}, "groups": 0},
            },
        }
    }
    assert found["groups"] == {
        "n": 2,
        "largest": {"P1": 2, "P2": 1},
        "without": 2,
        "in_several_splits": [],
    }
    pictures = found["pictures"]
    assert pictures["sizes"] == {"48x48": 3, "64x64": 1}
    assert [item["key"] for item in pictures["undecodable"]] == ["sad/5.png"]
    assert (pictures["grey"], pictures["blank"]) == (0, [])
    assert found["skipped"] == [{"key": "sad/notes.txt", "reason": "not a picture"}]
    assert describe_set(faces, decode=False)["pictures"] is None


def test_ages_subgroups_and_people_on_two_sides(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(
        "path,age,age_group,ethnicity,split,subject\n1.png,31,,Asian,train,A\n2.png,,70+,White,test,A\n"
        "3.png,5,,White,test,B\n"
    )
    found = describe_set(tmp_path / "m.csv", decode=False)
    assert list(found["tasks"]["age"]["classes"]) == ["3-9", "30-39", "70+"]
    assert found["tasks"]["age"]["years"] == {"n": 2, "least": 5.0, "median": 18.0, "most": 31.0}
    assert found["subgroups"]["ethnicity"] == {"Asian": 1, "White": 2}
    assert found["groups"]["in_several_splits"] == ["A"]


def test_classes_of_ones_own_are_no_emotions(tmp_path: Path, save_picture) -> None:
    for name in ("glasses", "bare"):
        save_picture(tmp_path / name / "1.png")
    assert list(describe_set(tmp_path)["tasks"]) == ["class"]


def test_a_split_without_pictures(faces: Path, save_picture) -> None:
    save_picture(faces / "train/happy/1.png")
    with pytest.raises(DataError, match="folder has nothing in split 'test'"):
        describe_set(faces, split="test")


def test_numbers_sort_as_numbers() -> None:
    names = ["70+", "20-29", "3-9", "female, 20-29", "female, 3-9"]
    assert sorted(names, key=by_number) == ["female, 3-9", "female, 20-29", "3-9", "20-29", "70+"]


def test_any_reader_is_guessed_but_painted_ones(faces: Path, save_picture) -> None:
    assert guess_reader(faces) == "folder"
    save_picture(faces.parent / "UTKFace/20_0_0_20170112213500903.jpg.chip.jpg")
    assert guess_reader(faces.parent / "UTKFace") == "utkface"
    (faces / "m.csv").write_text("path,label\nhappy/P1/1.png,happy\n")
    with pytest.raises(OptionError, match=r"folder and csv fit; name one with .*, or the set's own folder"):
        guess_reader(faces)


def picture(key: str, label: str, value: int = 0) -> Sample:
    return Sample(key, lambda: np.full((10, 20, 3), value, np.uint8), "all", {"emotion": label})


def test_pictures_are_spread_or_drawn() -> None:
    samples = [picture(str(i), "happy") for i in range(11)] + [picture("s", "sad")]
    chosen = choose_pictures(samples, "emotion", (), SheetOptions(per_class=3))
    assert {name: [s.key for s in own] for name, own in chosen.items()} == {
        "happy": ["0", "5", "10"],
        "sad": ["s"],
    }
    drawn = choose_pictures(samples, "emotion", ("happy",), SheetOptions(per_class=3, seed=1))
    assert list(drawn) == ["happy"] and drawn == choose_pictures(
        samples, "emotion", ("happy",), SheetOptions(per_class=3, seed=1)
    )
    with pytest.raises(UnknownNameError, match="unknown class 'angry': there is happy, sad"):
        choose_pictures(samples, "emotion", ("angry",), SheetOptions())


def test_pictures_keep_their_shape_on_a_sheet() -> None:
    tiles = [*load_tiles([picture("a/1.png", "happy", 7)], 40), Tile(None, "2")]
    assert (tiles[0].caption, tiles[0].image.shape) == ("1", (20, 40, 3))
    sheet = contact_sheet({"happy: 2 of 2": tiles}, side=40, columns=2)
    assert sheet.shape[1] == 2 * 46 + 6
    black = (sheet == 7).all(axis=2)
    assert black.sum() == 20 * 40 and black[:, 6:46].sum() == 20 * 40
    grey = (sheet[:, 52:92] == 225).all(axis=2)
    assert grey.sum() > 1000


@pytest.mark.parametrize("option", [{"per_class": 0}, {"side": 4}, {"columns": 0}])
def test_bad_sheets(option: dict[str, int]) -> None:
    with pytest.raises(OptionError, match=f"{next(iter(option))} must be"):
        SheetOptions(**option)
