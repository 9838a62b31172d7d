"""IMDB-WIKI, as MATLAB writes its metadata, and as it comes damaged."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from imdb_files import Row, cells, datenum, table, write_table
from mimik.data.base import load_reader, read_samples
from mimik.data.guess import guess_reader
from mimik.data.imdbwiki import NO_AGE, NO_FACE, NO_GENDER, ODD_AGE, SECOND, SHARES, ImdbWiki
from mimik.data.left_out import by_reason
from mimik.data.splits import hash_split
from mimik.errors import DataError, DecodeError, MissingExtraError, SourceNotFoundError

PEOPLE = ("Ann Example", "Ben Example", "Cy Example")
GOOD = (
    Row("01/nm0000001_rm1_1970-3-4_2000.jpg"),
    Row("02/nm0000002_rm2_1970-7-1_2000.jpg", date(1970, 7, 1), 2000, 1.0, "Ben Example", celeb_id=2),
    Row("02/nm0000002_rm3_1970-7-2_2000.jpg", date(1970, 7, 2), 2000, 1.0, "", celeb_id=2),
    Row("03/nm0000003_rm4_1999-12-31_2000.jpg", date(1999, 12, 31), 2000, celeb_id=3, name=""),
    Row("04/nm0000004_rm5_1900-1-1_2000.jpg", date(1900, 1, 1), 2000, name="", celeb_id=np.nan),
)
BAD = {
    NO_FACE: Row("05/a.jpg", face_score=-np.inf),
    SECOND: Row("05/b.jpg", second_face_score=0.3),
    NO_GENDER: Row("05/c.jpg", gender=np.nan),
    NO_AGE: Row("05/d.jpg", born=np.nan),
    f"{ODD_AGE}": Row("05/e.jpg", born=date(1890, 1, 1)),
}


@pytest.fixture
def imdb(tmp_path: Path, save_picture: Callable[..., Path]) -> Path:
    """A folder with imdb_crop and wiki_crop."""
    root = tmp_path / "sets"
    rows = (*GOOD, *BAD.values(), Row("05/f.jpg", second_face_score=-0.5))
    for number, row in enumerate(rows):
        save_picture(root / "imdb_crop" / row.full_path, number)
    write_table(root / "imdb_crop/imdb.mat", table(rows, PEOPLE))
    wiki = (
        Row("17/10_1981-05-05_2009.jpg", date(1981, 5, 5), 2009, 1.0, "BEN Example "),
        Row("17/11_1981-05-05_2009.jpg", date(2010, 5, 5), 2009),
        Row("18/12_0-00-00_2009.jpg", 0.0, 2009),
        Row("19/13_1981-05-05_0.jpg", date(1981, 5, 5), np.nan),
        Row("", date(1981, 5, 5), 2009),
    )
    for row in wiki[:1]:
        save_picture(root / "wiki_crop" / row.full_path, 9)
    write_table(root / "wiki_crop/wiki.mat", table(wiki))
    return root


def test_matlabs_days() -> None:
    """As its functions give them: datenum(1970,1,1) and datenum(2000,1,1)."""
    assert (datenum(date(1970, 1, 1)), datenum(date(2000, 1, 1))) == (719_529, 730_486)


def test_ages_genders_and_people(imdb: Path) -> None:
    samples = {s.key: s for s in read_samples(ImdbWiki(), imdb)[0]}
    ages = {key: sample.labels["age"] for key, sample in samples.items()}
    assert ages == {
        "imdb/01/nm0000001_rm1_1970-3-4_2000.jpg": 30.0,
        "imdb/02/nm0000002_rm2_1970-7-1_2000.jpg": 30.0,  # 30 on that very day
        "imdb/02/nm0000002_rm3_1970-7-2_2000.jpg": 29.0,
        "imdb/03/nm0000003_rm4_1999-12-31_2000.jpg": 0.0,
        "imdb/04/nm0000004_rm5_1900-1-1_2000.jpg": 100.0,
        "imdb/05/f.jpg": 30.0,
        "wiki/17/10_1981-05-05_2009.jpg": 28.0,
    }
    first, second, third, fourth, fifth, *_, wiki = samples.values()
    assert (first.labels["gender"], second.labels["gender"]) == ("female", "male")
    assert [s.group for s in (first, second, third, fourth, fifth, wiki)] == [
        *("ann example", "ben example", "ben example", "cy example", "nm0000004", "ben example")
    ]
    assert first.subgroup == {"gender": "female", "age_group": "30-39"}
    assert first.scene
    assert wiki.load().shape == (48, 48, 3)
    assert all(s.split == hash_split(s.group, SHARES) for s in samples.values())


def test_what_is_left_out_is_named_by_its_reason(imdb: Path) -> None:
    found = by_reason(read_samples(ImdbWiki(), imdb)[1])
    assert found == {
        **{
            reason: [f"imdb/{row.full_path}"]
            for reason, row in BAD.items()
            if reason not in (NO_AGE, ODD_AGE)
        },
        NO_AGE: ["imdb/05/d.jpg", "wiki/18/12_0-00-00_2009.jpg", "wiki/19/13_1981-05-05_0.jpg"],
        ODD_AGE: ["imdb/05/e.jpg", "wiki/17/11_1981-05-05_2009.jpg"],
        "no path": ["wiki, row 5"],
    }


def test_a_person_without_a_known_name_is_their_number(tmp_path: Path) -> None:
    rows = (Row("01/a_1.jpg", name="", celeb_id=7), Row("01/b_2.jpg", name="", celeb_id=1))
    write_table(tmp_path / "imdb.mat", table(rows, ("", "Ben")))
    assert [s.group for s in ImdbWiki().read(tmp_path)] == ["celeb 7", "celeb 1"]


def test_a_half_alone_its_holder_and_zips_are_alike(imdb: Path, zipped: Callable[..., Path]) -> None:
    both = [s.key for s in read_samples(ImdbWiki(), imdb)[0]]
    halves = [s.key for part in ("imdb", "wiki") for s in read_samples(ImdbWiki(), imdb / f"{part}_crop")[0]]
    assert halves == both
    for path in (zipped(imdb), zipped(imdb / "imdb_crop", "imdb_crop")):
        samples = read_samples(ImdbWiki(), path)[0]
        assert [s.key for s in samples] == [key for key in both if path.stem == "sets" or key[:4] == "imdb"]
        assert samples[0].load().shape == (48, 48, 3)


def test_splits_are_disjoint_in_people(imdb: Path) -> None:
    parts = {split: read_samples(ImdbWiki(), imdb, split)[0] for split in ImdbWiki.splits}
    assert sum(map(len, parts.values())) == 7
    assert not any(s.split != split for split, samples in parts.items() for s in samples)


def test_it_is_told_from_folders_of_ages(imdb: Path) -> None:
    """00 to 99 would otherwise be ages in years."""
    assert guess_reader(imdb / "imdb_crop") == guess_reader(imdb, "gender") == "imdbwiki"


def test_missing_and_damaged_pictures_fail_alone(imdb: Path) -> None:
    crops = imdb / "imdb_crop"
    (crops / GOOD[0].full_path).unlink()
    (crops / GOOD[1].full_path).write_bytes(b"no picture")
    first, second, third, *_ = read_samples(ImdbWiki(), crops)[0]
    with pytest.raises(SourceNotFoundError, match=r"1970-3-4_2000\.jpg: the picture is missing"):
        first.load()
    with pytest.raises(DecodeError):
        second.load()
    assert third.load().any()


def test_other_forms_of_numbers_are_read(tmp_path: Path) -> None:
    """MATLAB keeps whole numbers as small as they fit."""
    fields = table(GOOD, PEOPLE)
    fields |= {
        "photo_taken": fields["photo_taken"].astype(np.uint16),
        "dob": fields["dob"].astype(np.int32).T,
        "gender": fields["gender"].astype(np.uint8),
    }
    write_table(tmp_path / "imdb.mat", fields)
    assert [s.labels["age"] for s in ImdbWiki().read(tmp_path)] == [30, 30, 29, 0, 100]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dob": None}, r"imdb\.mat: expected dob in the struct 'imdb', found photo_taken, full_path"),
        ({"gender": np.zeros((1, 3))}, r"fields of different lengths: dob 5, .*gender 3"),
        ({"gender": cells("abcde")}, r"imdb\.mat, row 1: "),
        ({"celeb_id": np.zeros((1, 2)), "name": cells([""] * 5)}, r"imdb\.mat, row 3: "),
    ],
)
def test_other_structs_are_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    fields = {k: v for k, v in {**table(GOOD, PEOPLE), **change}.items() if v is not None}
    write_table(tmp_path / "imdb.mat", fields)
    with pytest.raises(DataError, match=message):
        read_samples(ImdbWiki(), tmp_path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "imdb.mat"
    savemat(file, {"wiki": {"dob": 1}})
    with pytest.raises(DataError, match=r"imdb\.mat: expected a struct 'imdb', found wiki$"):
        read_samples(ImdbWiki(), tmp_path)
    savemat(file, {"imdb": np.zeros(3)})
    with pytest.raises(DataError, match="expected a struct 'imdb', found a variable of another kind"):
        read_samples(ImdbWiki(), tmp_path)
    file.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    with pytest.raises(DataError, match=r"imdb\.mat: a Git LFS pointer"):
        read_samples(ImdbWiki(), tmp_path)
    file.write_bytes(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(400))
    with pytest.raises(DataError, match=r"imdb\.mat: the MATLAB file can't be read: .*fetch it again"):
        read_samples(ImdbWiki(), tmp_path)


def test_damaged_files_give_a_data_error_or_rows(tmp_path: Path) -> None:
    """Cut short anywhere, or with a few bytes changed."""
    whole = write_table(tmp_path / "imdb.mat", table(GOOD, PEOPLE)).read_bytes()
    chance, refused = random.Random(0), 0
    for number in range(200):
        spoilt = bytearray(whole[: chance.randrange(len(whole))] if number % 2 else whole)
        for _ in range(0 if number % 2 else 4):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        (tmp_path / "imdb.mat").write_bytes(spoilt)
        try:
            read_samples(ImdbWiki(), tmp_path)
        except DataError as error:
            refused += 1
            assert str(error).startswith(str(tmp_path)) and "\n" not in str(error)
    assert refused > 150


def test_without_scipy_the_extra_is_named(imdb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.io", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'mimik\[mat\]'"):
        read_samples(load_reader("imdbwiki"), imdb)
    assert ImdbWiki().fits(imdb)
