"""Age groups in CSV are words, since a spreadsheet makes dates of 3-9 and 10-19; they read alike."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from mimik.errors import OutputExistsError
from mimik.readings import columns
from mimik.results.dataframe import to_dataframe
from mimik.results.read import read_rows
from mimik.results.summarise import summarise
from mimik.runs.results import Results
from mimik.runs.writer import open_writer
from synthetic_results import INFO, make_face, make_result

YEARS = {5.0: ("3-9", "3 to 9"), 15.0: ("10-19", "10 to 19"), 75.0: ("70+", "70+")}
"""Years to their group, and how CSV has it."""


@dataclass(frozen=True)
class Room:
    """A reading of a task from outside, whose text looks like an age group."""

    label = word = text = "3-9"

    def to_dict(self) -> dict[str, Any]:
        return {"group": self.label, "raw": {}}


def results() -> Iterator[Any]:
    for number, years in enumerate(YEARS):
        face = make_face(0, years=years)
        yield make_result("3-9", number, replace(face, readings={**face.readings, "room": Room()}))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A CSV of a source that is called 3-9, with a task from outside that says 3-9."""
    info = replace(
        INFO, tasks=(*INFO.tasks, "room"), columns={**INFO.columns, "room": columns("text", "group")}
    )
    path = tmp_path / "o.csv"
    with open_writer(path, info) as writer:
        for result in results():
            writer.write(result)
    return path


def test_only_the_age_group_is_written_in_words(table: Path) -> None:
    with table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["age_group"] for row in rows] == [text for _, text in YEARS.values()]
    assert {row["source"] for row in rows} == {row["room_group"] for row in rows} == {"3-9"}


@pytest.mark.parametrize("old", [False, True], ids=["words", "as older files have it"])
def test_both_forms_are_read_back_as_jsonl_has_it(table: Path, old: bool) -> None:
    if old:
        table.write_text(table.read_text().replace("3 to 9", "3-9").replace("10 to 19", "10-19"))
    groups = [group for group, _ in YEARS.values()]
    assert [row["age_group"] for row in read_rows(table)] == groups
    assert to_dataframe(table)["age_group"].tolist() == groups
    assert {row["room_group"] for row in read_rows(table)} == {"3-9"}
    (person,) = summarise(table)
    assert person["age_group"] in groups


def test_a_file_of_both_forms_is_read(table: Path) -> None:
    first, *rest = table.read_text().splitlines(keepends=True)
    table.write_text("".join([first, rest[0].replace("3 to 9", "3-9"), *rest]))
    assert [row["age_group"] for row in read_rows(table)] == ["3-9", "3-9", "10-19", "70+"]


def test_a_plus_that_a_spreadsheet_dropped_is_read(table: Path) -> None:
    """LibreOffice Calc 7.4 makes the number 70 of 70+ if it detects special numbers."""
    table.write_text(table.read_text().replace("70+", "70"))
    assert [row["age_group"] for row in read_rows(table)][-1] == "70+"


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_jsonl_and_parquet_keep_groups_as_they_are(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"o{suffix}"
    with open_writer(path, INFO) as writer:
        writer.write(make_result("a", 0, make_face(0, years=5.0)))
    assert [row["age_group"] for row in read_rows(path)] == ["3-9"]
    assert b"3-9" in path.read_bytes() and b"3 to 9" not in path.read_bytes()


def test_an_older_mimiks_csv_is_not_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    with open_writer(path, INFO) as writer:
        writer.write(make_result("a", 0, make_face(0, years=5.0)))
    before = path.read_bytes()
    with (
        pytest.raises(OutputExistsError, match=r'mimik was "0\.0\.1", now "9"'),
        Results(path, replace(INFO, version="9")),
    ):
        pass
    assert path.read_bytes() == before and json.loads(path.with_name("o.csv.run").read_text().split("\n")[0])
