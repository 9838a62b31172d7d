from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimik.data.base import Skipped, load_reader, read_samples
from mimik.data.fer2013 import FERPLUS, Fer2013, fer_rows, majority
from mimik.data.labels import EMOTIONS
from mimik.errors import DataError, DecodeError, UnknownNameError

ROWS = [(0, 10, "Training"), (3, 20, "Training"), (6, 30, "PublicTest"), (1, 40, "PrivateTest")]
VOTES = [
    (0, 0, 0, 2, 7, 0, 0, 0, 1, 0),
    (1, 9, 0, 0, 0, 0, 0, 0, 0, 0),
    (4, 0, 0, 1, 3, 2, 0, 0, 0, 0),
    (0, 0, 0, 0, 0, 0, 0, 0, 0, 10),
]


def test_rows_labels_and_splits(fer_folder) -> None:
    folder = fer_folder(ROWS)
    samples = list(Fer2013().read(folder))
    assert [s.key for s in samples] == ["0", "1", "2", "3"]
    assert [s.labels["emotion"] for s in samples] == ["angry", "happy", "neutral", "disgust"]
    assert [s.split for s in samples] == ["train", "train", "public", "private"]
    image = samples[1].load()
    assert image.shape == (48, 48, 3)
    assert image.dtype == np.uint8
    assert np.all(image == 20)
    assert [s.key for s in Fer2013().read(folder, "public")] == ["2"]
    assert not samples[0].votes


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz", ".zip"])
@pytest.mark.parametrize("named", ["file", "folder", "parent"])
def test_every_packing_is_found(fer_folder, packed, suffix: str, named: str) -> None:
    folder = fer_folder(ROWS, VOTES)
    file = packed(folder / "fer2013.csv", suffix)
    packed(folder / "fer2013new.csv", suffix)
    path = {"file": file, "folder": folder, "parent": folder.parent}[named]
    assert Fer2013().fits(path)
    samples = list(Fer2013().read(path, "train"))
    assert len(samples) == 2
    assert np.all(samples[0].load() == 10)
    if not (named == "file" and suffix == ".zip"):  # a zip can't see what lies beside it
        assert samples[0].votes["emotion"].tolist() == [7, 0, 0, 0, 2, 0, 0]


def test_the_folder_in_a_zip(fer_folder, zipped) -> None:
    folder = fer_folder(ROWS, VOTES)
    for inside in ("", "fer2013"):
        samples = list(Fer2013().read(zipped(folder, inside)))
        assert len(samples) == 4
        assert samples[0].votes


def test_votes_are_in_class_order_and_aligned_by_row(fer_folder) -> None:
    samples = list(Fer2013().read(fer_folder(ROWS, VOTES)))
    assert samples[1].votes["emotion"].tolist() == [0, 0, 0, 9, 0, 0, 1]
    assert samples[2].votes["emotion"].tolist() == [3, 2, 0, 0, 1, 0, 4]
    assert samples[0].votes["emotion"].dtype == np.float32
    assert "emotion" not in samples[3].votes


def test_votes_that_go_on_after_the_pictures(fer_folder) -> None:
    folder = fer_folder(ROWS, VOTES)
    text = (folder / "fer2013.csv").read_text().splitlines()
    (folder / "fer2013.csv").write_text("\n".join(text[:-1]) + "\n")
    assert len(list(Fer2013().read(folder))) == 3


def test_votes_of_other_rows_are_refused(fer_folder) -> None:
    folder = fer_folder(ROWS, VOTES)
    text = (folder / "fer2013new.csv").read_text()
    (folder / "fer2013new.csv").write_text(text.replace("PublicTest", "Training"))
    with pytest.raises(DataError, match=r"row 2 doesn't belong"):
        list(Fer2013().read(folder))
    (folder / "fer2013new.csv").write_text("\n".join(text.splitlines()[:2]) + "\n")
    with pytest.raises(DataError, match="row 1 doesn't belong"):
        list(Fer2013().read(folder))
    (folder / "fer2013new.csv").write_text(text.replace(",9,", ",nine,"))
    with pytest.raises(DataError, match=r"fer2013new.csv, line 3.*ten vote counts"):
        list(Fer2013().read(folder))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("20 20 20", "20", r"line 3: expected 2304 pixels, found 768"),
        ("20 20 20", "x", r"line 3: expected 2304 numbers"),
        ("20 20 20", "20 20 300", r"line 3: expected pixels from 0 to 255"),
        ("\n3,", "\n9,", r"line 3: expected an emotion from 0 to 6, found '9'"),
        ("\n3,", "\n,", r"line 3: expected an emotion from 0 to 6, found ''"),
        ("PublicTest", "Test", r"line 4: expected Usage to be"),
        ("emotion,pixels,Usage", "pixels,Usage", r"expected a header with emotion, found pixels, Usage"),
        ("emotion,pixels,Usage", "version https://git-lfs.github.com/spec/v1", "Git LFS pointer"),
    ],
)
def test_damage_is_named(fer_folder, old: str, new: str, message: str) -> None:
    file = fer_folder(ROWS) / "fer2013.csv"
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(DataError, match=message) as caught:
        list(Fer2013().read(file))
    assert str(file) in str(caught.value)


def test_a_file_cut_in_the_middle_of_a_row(fer_folder) -> None:
    file = fer_folder(ROWS) / "fer2013.csv"
    file.write_bytes(file.read_bytes()[:-5000])
    with pytest.raises(DataError, match=r"line 5.*Usage|line 5.*pixels"):
        list(Fer2013().read(file))


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".zip"])
def test_packed_files_cut_short(fer_folder, packed, suffix: str) -> None:
    file = packed(fer_folder(ROWS * 50) / "fer2013.csv", suffix)
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(DataError, match=r"fer2013\.csv"):
        list(Fer2013().read(file))


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_data_error_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes
) -> None:
    for name in ("fer2013.csv", "fer2013.csv.gz", "fer2013.csv.xz", "fer2013.csv.zip"):
        file = tmp_path_factory.getbasetemp() / name
        file.write_bytes(junk)
        with pytest.raises(DataError):
            list(Fer2013().read(file))


def test_the_contests_own_tables(tmp_path: Path) -> None:
    pixels = " ".join(["7"] * 2304)
    (tmp_path / "icml_face_data.csv").write_text(f"emotion, Usage, pixels\n4, PublicTest, {pixels}\n")
    (sample,) = Fer2013().read(tmp_path)
    assert (sample.labels["emotion"], sample.split) == ("sad", "public")
    (tmp_path / "icml_face_data.csv").unlink()
    (tmp_path / "train.csv").write_text(f"emotion,pixels\n4,{pixels}\n")
    (sample,) = Fer2013().read(tmp_path)
    assert sample.split == "train"


def test_the_folder_layout(tmp_path: Path, save_picture, zipped) -> None:
    root = tmp_path / "fer"
    save_picture(root / "train/angry/00000.png", 1)
    save_picture(root / "train/Happy/00001.png", 2)
    save_picture(root / "test/sadness/00002.png", 3)
    save_picture(root / "test/sadness/PrivateTest_7.png", 4)
    (root / "test/sadness/notes.txt").write_text("no picture")
    for path in (root, zipped(root), zipped(root, "archive")):
        samples = {s.key: s for s in Fer2013().read(path)}
        assert samples["test/sadness/00002.png"].split == "public"
        assert samples["test/sadness/PrivateTest_7.png"].split == "private"
        assert samples["test/sadness/00002.png"].labels == {"emotion": "sad"}
        assert samples["train/Happy/00001.png"].load().shape == (48, 48, 3)
        assert len(samples) == 4
    save_picture(root / "validation/fear/1.png")
    assert {s.split for s in Fer2013().read(root) if s.key.startswith("test")} == {"private"}


def test_the_compact_archive(tmp_path: Path, save_picture) -> None:
    header = "row,emotion,usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt"
    rows = ["0,0,Training,a.png,4,0,0,1,3,2,0,0,0,0", "1,3,PublicTest,b.png,0,9,1,0,0,0,0,0,0,0"]
    with zipfile.ZipFile(tmp_path / "fer2013.zip", "w") as archive:
        archive.writestr("labels.csv", "\n".join([f"{header},unknown,NF", *rows]) + "\n")
        for row in (0, 1):
            archive.write(save_picture(tmp_path / f"{row:05d}.webp", row), f"{row:05d}.webp")
    for path in (tmp_path / "fer2013.zip", tmp_path):
        first, second = Fer2013().read(path)
        assert first.load().shape == (48, 48, 3)
        assert second.split == "public"
        assert first.votes["emotion"].tolist() == [3, 2, 0, 0, 1, 0, 4]


def test_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("")
    with pytest.raises(DataError, match=r"expected fer2013\.csv.*found readme\.txt"):
        list(Fer2013().read(tmp_path))
    with pytest.raises(DataError, match="no such file or folder"):
        list(Fer2013().read(tmp_path / "none"))
    with pytest.raises(DataError, match=r"found a file of kind '\.txt'"):
        list(Fer2013().read(tmp_path / "readme.txt"))
    (tmp_path / "empty.zip").write_bytes(b"")
    with pytest.raises(DataError, match="not a readable zip"):
        list(Fer2013().read(tmp_path / "empty.zip"))
    with pytest.raises(UnknownNameError, match="did you mean 'public'"):
        list(Fer2013().read(tmp_path, "publik"))
    assert not Fer2013().fits(tmp_path)


def test_a_damaged_picture_in_a_zip(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("train/angry/1.png", b"pixels" * 100)
    data = content.getvalue().replace(b"pixels", b"xixels", 1)
    (tmp_path / "fer.zip").write_bytes(data)
    (sample,) = Fer2013().read(tmp_path / "fer.zip")
    with pytest.raises(DecodeError, match=r"fer\.zip.*CRC"):
        sample.load()


def test_ferplus_takes_the_majority(fer_folder) -> None:
    samples, skipped = read_samples(load_reader("ferplus"), fer_folder(ROWS, VOTES))
    assert [(s.key, s.labels["emotion"]) for s in samples] == [("0", "angry"), ("1", "happy")]
    assert skipped == [Skipped("2"), Skipped("3")]
    assert samples[0].votes["emotion"].tolist() == [7, 0, 0, 0, 2, 0, 0, 0]
    assert len(samples[0].votes["emotion"]) == len(FERPLUS)


@pytest.mark.parametrize(
    ("votes", "label"),
    [
        ((5, 1, 1, 1, 1, 1, 0, 0, 0, 0), "neutral"),  # single votes are taken away
        ((5, 5, 0, 0, 0, 0, 0, 0, 0, 0), None),
        ((4, 2, 0, 0, 0, 0, 0, 0, 4, 0), None),
        ((0, 0, 0, 0, 0, 0, 0, 6, 4, 0), "contempt"),
        ((0, 0, 0, 0, 0, 0, 0, 0, 9, 1), None),
        ((0, 0, 0, 0, 0, 0, 0, 0, 0, 0), None),
        ((1, 1, 1, 1, 1, 1, 1, 1, 1, 1), None),
    ],
)
def test_majority_rule(votes: tuple[int, ...], label: str | None) -> None:
    assert majority(np.array(votes, np.float32)) == label


def test_ferplus_needs_votes(fer_folder, tmp_path: Path, save_picture) -> None:
    with pytest.raises(DataError, match=r"expected fer2013new\.csv"):
        list(load_reader("ferplus").read(fer_folder(ROWS)))
    save_picture(tmp_path / "other/train/angry/0.png")
    with pytest.raises(DataError, match="aligned by row"):
        list(fer_rows(tmp_path / "other", votes_needed=True))


def test_a_few_class_folders_are_not_taken_for_the_set(tmp_path: Path, save_picture) -> None:
    for name in ("happy", "sad"):
        (tmp_path / "test" / name).mkdir(parents=True)
    assert not Fer2013().fits(tmp_path)
    for name in EMOTIONS:
        (tmp_path / "train" / name).mkdir(parents=True, exist_ok=True)
    assert Fer2013().fits(tmp_path)
    # Eight classes are another set: contempt would be lost.
    save_picture(tmp_path / "test" / "Contempt" / "a.png")
    assert not Fer2013().fits(tmp_path)
