"""Tables that people keep: as spreadsheets, pandas and R save them, and with the slips that people make."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from mimik.data.base import Sample, Skipped, read_samples
from mimik.data.labels import tasks_of
from mimik.data.left_out import read_left_out
from mimik.data.manifest import TWICE, Manifest
from mimik.data.split_file import read_split_file
from mimik.errors import DataError

PLAIN = ("path,label,split,subject", "1.png,happy,train,P1", "2.png,sad,test,P2")
ROWS = [("1.png", {"emotion": "happy"}, "train", "P1"), ("2.png", {"emotion": "sad"}, "test", "P2")]


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "m.csv"
    path.write_bytes(text.encode(encoding))
    return path


def read(path: Path, split: str = "all") -> list[Sample]:
    return read_samples(Manifest(), path, split)[0]


def lines(*found: str, end: str = "\n") -> str:
    return end.join(found) + end


@pytest.mark.parametrize(
    "text",
    [
        lines(*PLAIN),
        "\ufeff" + lines(*PLAIN, end="\r\n"),
        lines(*PLAIN, end="\r"),
        lines("sep=,", *PLAIN),
        lines("sep=;", *PLAIN).replace(",", ";"),
        lines(*PLAIN).replace(",", ";"),
        lines(*PLAIN).replace(",", "\t"),
        lines("Path,LABEL,Split,Subject ", *PLAIN[1:]),
        lines(PLAIN[0], "1.png , happy,train ,P1", " 2.png,sad,test, P2 "),
        lines(*(f"{line},,," for line in PLAIN), ",,,,,,", ""),
        lines(*(f'"{line}"'.replace(",", '","') for line in PLAIN)),
    ],
    ids=["plain", "windows", "cr", "sep", "sep;", ";", "tab", "capitals", "padded", "empty", "quoted"],
)
def test_a_table_is_read_as_it_was_saved(tmp_path: Path, text: str) -> None:
    found = read(table(tmp_path, text))
    assert [(s.key, s.labels, s.split, s.group) for s in found] == ROWS


def test_decimal_commas_are_numbers(tmp_path: Path) -> None:
    (one,) = read(table(tmp_path, "path;age;subject\n1.png;34,5;7\n"))
    assert (one.labels, one.group) == ({"age": 34.5}, "7")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,label,Label\n1.png,happy,train\n", "two columns are called 'label'; rename one"),
        ("path,label\na,b.png,happy\n", "line 2: it has 3 cells, and the first line 2; put quotes"),
        ('path,label,note\n1.png,happy,"a\n2.png,sad,x\n', "line 3: no CSV: unexpected end of data"),
        (lines(*PLAIN[:2], "2.png,sad,Train,P2"), "the splits 'train' and 'Train' differ by capitals"),
        ("path,label\n1.png,happy\n2.png,sad\n1.png,sad\n", "lines 2 and 4 say different things of 1.png"),
        ("path,voice,subject,split\na.wav,sad,P1,train\nb.wav,sad,P1 ,test\n", "P1 is heard in several"),
        (
            "path,voice,subject,split\na.wav,sad,J\u00f6rg,train\nb.wav,sad,Jo\u0308rg,test\n",
            "J\u00f6rg is heard in several splits",
        ),
        ("path,voice,subject,split\na.wav,sad,1.0,train\nb.wav,sad,1,test\n", "1 is heard in several"),
    ],
)
def test_slips_are_told(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(table(tmp_path, text))


def test_another_encoding_says_how_to_save(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a CSV in UTF-8: save the table as 'CSV UTF-8'"):
        read(table(tmp_path, "path,label,subject\n1.png,happy,J\u00f6rg\n", "latin-1"))


def test_a_row_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    path = table(tmp_path, "path,label\n1.png,happy\n2.png,sad\n1.png,happy\n")
    samples, skipped = read_samples(Manifest(), path)
    assert [s.key for s in samples] == ["1.png", "2.png"] and skipped == [Skipped("1.png", TWICE)]


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["male", "female", "NA"], "gender"),
        (["Male", "female", "other"], "gender"),
        (["34.0", "20"], "age"),
        (["34", "nan", "?"], "age"),
        (["34", "old"], "age"),
        (["3-9", "70+", "-"], "age_group"),
        (["happy", "male"], "emotion"),
        (["happy", "34"], "emotion"),
        (["cheerful"], "emotion"),
    ],
)
def test_the_task_of_labels_of_which_some_are_missing_or_odd(names: Sequence[str], wanted: str) -> None:
    assert tasks_of(names)[0] == wanted


def test_a_word_for_no_label_is_none(tmp_path: Path) -> None:
    found = read(table(tmp_path, "path,label\n1.png,34.0\n2.png,NA\n3.png,20.0\n"))
    assert [sample.labels for sample in found] == [{"age": 34.0}, {}, {"age": 20.0}]


def test_lists_and_divisions_are_such_tables_too(tmp_path: Path) -> None:
    path = table(tmp_path, "\ufeffKey;Reason;Of\r\n1.png;copy;2.png\r\n3.png;;\r\n;;\r\n")
    assert [(item.key, item.reason, item.of) for item in read_left_out(path)] == [
        ("1.png", "copy", "2.png"),
        ("3.png", "listed", ""),
    ]
    with pytest.raises(DataError, match="no CSV: unexpected end of data; look at the quotes"):
        read_left_out(table(tmp_path, 'key,reason\n1.png,"blurred,\n2.png,copy\n'))
    parts = read_split_file(table(tmp_path, "Key;Split;Fold\n1.png;train ;2\n2.png;test;\n"))
    assert [(part.split, part.fold) for part in parts.values()] == [("train", 2), ("test", -1)]
