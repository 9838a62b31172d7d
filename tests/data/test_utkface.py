from __future__ import annotations

from pathlib import Path

import pytest

from mimik.data.base import read_samples
from mimik.data.splits import hash_split
from mimik.data.utkface import SHARES, UtkFace, date_field, duplicate_groups
from mimik.errors import DataError, DecodeError

NAMES = [
    "1_0_0_20161219140623097.jpg.chip.jpg",
    "26_1_4_20170116000000001.jpg.chip.jpg",
    "55_0_0_20170116232725357jpg.chip.jpg",
    "24_0_1_20170116220224657 .jpg.chip.jpg",
    "30_1_9_20170116000000002.jpg.chip.jpg",
    "61_1_20170109150557335.jpg.chip.jpg",
    "20_7_1_20170109150557335.jpg.chip.jpg",
    "cover.jpg",
]


@pytest.fixture
def faces(tmp_path: Path, save_picture) -> Path:
    for number, name in enumerate(NAMES):
        save_picture(tmp_path / "UTKFace" / name, number, 20)
    return tmp_path / "UTKFace"


def test_names_are_read(faces: Path) -> None:
    found, skipped = read_samples(UtkFace(), faces)
    samples = {s.key: s for s in found}
    first = samples["1_0_0_20161219140623097"]
    assert first.labels == {"gender": "male", "age": 1.0}
    assert first.subgroup == {"gender": "male", "age_group": "0-2", "ethnicity": "White"}
    assert samples["26_1_4_20170116000000001"].subgroup["ethnicity"] == "Others"
    assert samples["26_1_4_20170116000000001"].labels["gender"] == "female"
    assert samples["55_0_0_20170116232725357jpg"].group == "20170116232725357"
    assert samples["24_0_1_20170116220224657 "].group == "20170116220224657"
    assert "ethnicity" not in samples["30_1_9_20170116000000002"].subgroup
    assert sorted(item.key for item in skipped) == sorted(NAMES[5:])
    assert first.load().shape == (20, 20, 3)


def test_folder_parent_and_zip_are_alike(faces: Path, zipped) -> None:
    keys = [s.key for s in read_samples(UtkFace(), faces)[0]]
    for path in (faces.parent, zipped(faces), zipped(faces, "UTKFace"), zipped(faces, "archive")):
        samples = read_samples(UtkFace(), path)[0]
        assert [s.key for s in samples] == keys
        assert samples[0].load().shape == (20, 20, 3)


def test_splits_depend_on_the_group_alone(faces: Path) -> None:
    for sample in read_samples(UtkFace(), faces)[0]:
        assert sample.split == hash_split(sample.group, SHARES)
    parts = [read_samples(UtkFace(), faces, split)[0] for split in UtkFace.splits]
    assert sum(map(len, parts)) == 5


def test_near_duplicates_share_a_group() -> None:
    groups = duplicate_groups()
    assert len(set(groups.values())) > 700
    assert all(groups[first] == first for first in groups.values())
    assert all(date.isdecimal() for date in groups)


def test_lfs_pointers_are_named(tmp_path: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    (tmp_path / NAMES[0]).write_text(pointer)
    (sample,) = UtkFace().read(tmp_path)
    with pytest.raises(DecodeError, match=r"Git LFS pointer.*git lfs pull"):
        sample.load()


def test_date_field() -> None:
    assert date_field(NAMES[0]) == "20161219140623097"
    assert date_field("cover.jpg") == ""


def test_no_faces(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="age_gender_race_date"):
        list(UtkFace().read(tmp_path))
