"""Names that are empty, or would move the terminal's cursor."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mimik.results.read import read_rows

Run = Callable[..., Any]


@pytest.fixture
def portrait(examples: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(examples / "astronaut.jpg", tmp_path))


def test_an_empty_name_is_named(analyze: Run) -> None:
    ran = analyze("")
    assert ran.code == 1 and ran.complaint == (
        "mimik: the name of a source is empty; name a picture, video or folder\n"
    )


def test_a_name_with_line_breaks_and_escapes_stays_on_its_line(analyze: Run, portrait: Path) -> None:
    odd = portrait.rename(portrait.with_name("a\nb\x1b[2K é.jpg"))
    ran = analyze(odd)
    assert ran.code == 0
    assert ran.out.splitlines()[0].endswith("a\\nb\\x1b[2K é.jpg: 512 x 512, 1 face")
    assert "\x1b" not in ran.out


def test_it_is_whole_in_the_results(analyze: Run, portrait: Path, tmp_path: Path) -> None:
    odd = portrait.rename(portrait.with_name("a\nb.jpg"))
    analyze(odd, "-o", tmp_path / "o.csv")
    assert {row["source"] for row in read_rows(tmp_path / "o.csv")} == {str(odd)}


def test_a_folder_that_is_not_there_is_named_once(analyze: Run, tmp_path: Path) -> None:
    ran = analyze(f"{tmp_path}/nothere/")
    assert ran.code == 1 and ran.complaint == f"mimik: {tmp_path}/nothere: no such file; check the path\n"
