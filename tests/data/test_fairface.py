from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from mimik.data.fairface import FairFace
from mimik.errors import DataError, SourceNotFoundError

HEADER = "file,age,gender,race,service_test"


@pytest.fixture
def faces(tmp_path: Path, save_picture) -> Path:
    root = tmp_path / "fairface"
    save_picture(root / "train/1.jpg", 1)
    save_picture(root / "train/2.jpg", 2)
    save_picture(root / "val/1.jpg", 3)
    (root / "fairface_label_train.csv").write_text(
        f"{HEADER}\ntrain/1.jpg,more than 70,Male,Latino_Hispanic,False\ntrain/2.jpg,3-9,Female,Black,True\n"
    )
    (root / "fairface_label_val.csv").write_text(f"{HEADER}\nval/1.jpg,20-29,Female,White,True\n")
    return root


def test_labels_and_splits(faces: Path) -> None:
    samples = list(FairFace().read(faces))
    assert [s.key for s in samples] == ["train/1.jpg", "train/2.jpg", "val/1.jpg"]
    assert samples[0].labels == {"gender": "male", "age_group": "70+"}
    assert samples[0].subgroup["ethnicity"] == "Latino Hispanic"
    assert [s.key for s in FairFace().read(faces, "val")] == ["val/1.jpg"]
    assert samples[2].load().shape == (48, 48, 3)


def test_parent_and_zips(faces: Path, zipped) -> None:
    for path in (faces.parent, zipped(faces), zipped(faces, "fairface")):
        samples = list(FairFace().read(path))
        assert len(samples) == 3
        assert samples[0].load().shape == (48, 48, 3)


def test_the_compact_archive(tmp_path: Path, save_picture) -> None:
    with zipfile.ZipFile(tmp_path / "fairface.zip", "w") as archive:
        archive.writestr("labels.csv", f"{HEADER}\ntrain/1.jpg,3-9,Male,White,False\n")
        archive.write(save_picture(tmp_path / "1.webp"), "train/1.webp")
    (sample,) = FairFace().read(tmp_path)
    assert sample.key == "train/1.jpg"
    assert sample.load().shape == (48, 48, 3)


@pytest.mark.parametrize(("old", "new"), [("3-9", "old"), ("Female", "F"), (",Black,True", "")])
def test_damaged_rows_are_named(faces: Path, old: str, new: str) -> None:
    table = faces / "fairface_label_train.csv"
    table.write_text(table.read_text().replace(old, new))
    with pytest.raises(DataError, match=r"fairface_label_train\.csv, line 3: expected"):
        list(FairFace().read(faces))


def test_missing_column_picture_and_set(faces: Path) -> None:
    (faces / "train/2.jpg").unlink()
    with pytest.raises(SourceNotFoundError, match=r"2\.jpg: the picture is missing"):
        list(FairFace().read(faces))[1].load()
    (faces / "fairface_label_val.csv").write_text("file,age\nval/1.jpg,3-9\n")
    with pytest.raises(DataError, match="header with gender, race"):
        list(FairFace().read(faces))
    with pytest.raises(DataError, match=r"expected fairface_label_train\.csv"):
        list(FairFace().read(faces / "train"))
