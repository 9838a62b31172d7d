"""IMDB-Clean, in the layouts that its authors' script leaves, and as it comes damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from imdb_files import face_picture, save_image
from mimik.data.base import read_samples
from mimik.data.guess import guess_reader
from mimik.data.imdbclean import ImdbClean
from mimik.data.imdbwiki import NO_GENDER, ODD_AGE
from mimik.data.left_out import by_reason
from mimik.errors import DataError, DecodeError, SourceNotFoundError
from mimik.faces.detect.base import load_detector

HEADER = "filename,age,gender,x_min,y_min,x_max,y_max,head_roll,head_yaw,head_pitch"
ROWS = {
    "train": [
        "38/nm2679438_rm3695806976_1989-8-15_2009.jpg,20,M,20,30,40,60,7.78,1.79,2.22",
        "38/nm2679438_rm1_1989-8-15_2010.jpg,21,M,0,0,48,48,0,0,0",
    ],
    "valid": [
        "13/nm0000313_rm1851819008_1949-12-4_2010.jpg,61,F,10,10,20,20,0,0,0",
        "13/nm0000314_rm2_1949-12-4_2010.jpg,130,F,10,10,20,20,0,0,0",
    ],
    "test": ["07/nm0000007_rm3_1949-12-4_2010.jpg,8,,10,10,20,20,0,0,0"],
}


def write_csvs(folder: Path, ending: str = "_new_1024") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for split, rows in ROWS.items():
        (folder / f"imdb_{split}{ending}.csv").write_text("\n".join([HEADER, *rows]) + "\n")


def write_pictures(folder: Path, save_picture: Callable[..., Path]) -> None:
    for rows in ROWS.values():
        for number, row in enumerate(rows):
            save_picture(folder / row.split(",")[0], number, 100)


@pytest.fixture
def clean(tmp_path: Path, save_picture: Callable[..., Path]) -> Path:
    """As the authors' repository is after their script has run."""
    root = tmp_path / "imdb-clean"
    write_csvs(root / "csvs")
    write_pictures(root / "data/imdb-clean-1024", save_picture)
    return root


def test_labels_people_and_splits(clean: Path) -> None:
    samples, skipped = read_samples(ImdbClean(), clean)
    assert [(s.split, s.group, s.labels) for s in samples] == [
        ("train", "nm2679438", {"gender": "male", "age": 20.0}),
        ("train", "nm2679438", {"gender": "male", "age": 21.0}),
        ("val", "nm0000313", {"gender": "female", "age": 61.0}),
    ]
    assert samples[0].key == "38/nm2679438_rm3695806976_1989-8-15_2009.jpg"
    assert samples[2].subgroup == {"gender": "female", "age_group": "60-69"}
    assert by_reason(skipped) == {
        ODD_AGE: ["13/nm0000314_rm2_1949-12-4_2010.jpg"],
        NO_GENDER: ["07/nm0000007_rm3_1949-12-4_2010.jpg"],
    }
    assert len(read_samples(ImdbClean(), clean, "val")[0]) == 1


def test_pictures_are_cut_to_the_box_and_a_margin(clean: Path) -> None:
    inner, edge, _ = read_samples(ImdbClean(), clean)[0]
    assert inner.load().shape == (54, 36, 3)  # 1.8 times 30 and 20
    assert edge.load().shape == (67, 67, 3)  # from the picture's corner on
    assert inner.scene


def test_the_face_of_the_box_is_found(tmp_path: Path, examples: Path) -> None:
    """Not a larger one that stands beside it."""
    small, large = face_picture(examples, 1), face_picture(examples, 0)
    canvas = np.zeros((max(len(small), len(large)), small.shape[1] + large.shape[1], 3), np.uint8)
    canvas[: len(small), : small.shape[1]] = small
    canvas[: len(large), small.shape[1] :] = large
    save_image(tmp_path / "00/nm1_rm1_1980-1-1_2000.jpg", canvas)
    left, top = round(0.4 * 108), round(0.4 * 140)
    row = f"00/nm1_rm1_1980-1-1_2000.jpg,20,M,{left},{top},{left + 108},{top + 140},0,0,0"
    (tmp_path / "imdb_train_new_1024.csv").write_text(f"{HEADER}\n{row}\n")
    (sample,) = ImdbClean().read(tmp_path)
    close, whole = (load_detector().detect(image)[0].box_xyxy for image in (sample.load(), canvas))
    assert whole[0] > small.shape[1]
    assert np.abs(np.subtract(close, (left, top, left + 108, top + 140))).max() < 12


def test_other_places_of_the_same_files(clean: Path, tmp_path: Path, save_picture, zipped) -> None:
    keys = [s.key for s in read_samples(ImdbClean(), clean)[0]]
    together, beside, raw = (tmp_path / name for name in ("imdb-clean-1024", "beside", "raw"))
    write_csvs(together)
    write_pictures(together, save_picture)
    write_csvs(beside)
    write_pictures(beside / "imdb-clean-1024", save_picture)
    write_csvs(raw, "_new")
    write_pictures(raw / "imdb", save_picture)
    assert guess_reader(together) == "imdbclean"
    for path in (together, beside, raw, clean.parent, zipped(clean, "imdb-clean-master"), zipped(together)):
        samples = read_samples(ImdbClean(), path)[0]
        assert [s.key for s in samples] == keys
        assert samples[0].load().shape == (54, 36, 3)


def test_damage_is_named(clean: Path) -> None:
    table, pictures = clean / "csvs/imdb_train_new_1024.csv", clean / "data/imdb-clean-1024"
    first, second, *_ = read_samples(ImdbClean(), clean)[0]
    (pictures / first.key).unlink()
    with pytest.raises(SourceNotFoundError, match="the picture is missing"):
        first.load()
    whole = table.read_text()
    table.write_text(whole.replace("0,0,48,48", "120,0,148,48"))
    with pytest.raises(
        DecodeError, match=r"box \(120, 0, 148, 48\) lies outside of the picture of 100 x 100"
    ):
        list(ImdbClean().read(clean))[1].load()
    for old, new in ((",21,M", ",old,M"), (",21,M,0", ",21,M,"), ("38/nm2679438_rm1_1989-8-15_2010.jpg", "")):
        table.write_text(whole.replace(old, new))
        with pytest.raises(DataError, match=r"imdb_train_new_1024\.csv, line 3: expected"):
            list(ImdbClean().read(clean))
    table.write_text("filename,age\n")
    with pytest.raises(DataError, match="header with gender, x_min"):
        list(ImdbClean().read(clean))
    assert second.load().any()
