"""Age groups of equal width, from the command line, in every format, and from Python."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mimik import Analyzer, Job, run_batch
from mimik.errors import OptionError
from mimik.results.read import read_rows
from mimik.tasks.years import group_of

Run = Callable[..., Any]


@pytest.fixture
def people(examples: Path, tmp_path: Path) -> Path:
    """Three faces."""
    return Path(shutil.copy(examples / "group.jpg", tmp_path / "group.jpg"))


@pytest.fixture
def clip(examples: Path, tmp_path: Path) -> Path:
    """Two people."""
    return Path(shutil.copy(examples / "two_people.mp4", tmp_path / "clip.mp4"))


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
@pytest.mark.parametrize("width", [5, 10])
def test_every_results_file_tells_the_band_of_its_years(
    analyze: Run, people: Path, tmp_path: Path, suffix: str, width: int
) -> None:
    out = tmp_path / f"o{suffix}"
    assert analyze(people, "--age-groups", str(width), "-o", out).code == 0
    rows = list(read_rows(out))
    assert len(rows) == 3
    assert all(row["age_group"] == group_of(row["age_years"], width) for row in rows)  # type: ignore[arg-type]
    assert json.loads(Path(f"{out}.run").read_text().splitlines()[0])["settings"]["age_groups"] == width


def test_the_table_tells_the_groups(analyze: Run, people: Path, clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "o.csv"
    ran = analyze(people, "--age-groups", "5", "-o", out)
    groups = [str(row["age_group"]) for row in read_rows(out)]
    faces = [line for line in ran.out.splitlines() if line.startswith("  #")]
    assert [face.rpartition("group ")[2].split()[0] for face in faces] == groups
    ran = analyze(clip, "--age-groups", "10", "--max-fps", "4")
    persons = [line for line in ran.out.splitlines() if line.startswith("  #")]
    assert len(persons) == 2 and all("0-" in person and "9 in " in person for person in persons)


def test_in_csv_the_group_is_words(analyze: Run, people: Path, tmp_path: Path) -> None:
    out = tmp_path / "o.csv"
    analyze(people, "--age-groups", "5", "-o", out)
    with out.open(newline="") as stream:
        assert all(" to " in row["age_group"] for row in csv.DictReader(stream))


def test_other_groups_on_the_same_output_are_refused(analyze: Run, people: Path, tmp_path: Path) -> None:
    out = tmp_path / "o.jsonl"
    assert analyze(people, "--age-groups", "5", "-o", out).code == 0
    ran = analyze(people, "-o", out)
    assert ran.code == 2 and "settings.age_groups was 5, now null" in ran.complaint


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--age-groups", "7"), "must be 5 or 10 years wide, not 7"),
        (("--age-groups", "5", "--tasks", "emotion"), "the tasks are emotion: add age"),
    ],
)
def test_groups_that_cannot_be_told_are_bad_use(mimik: Run, people: Path, words: list[str], why: str) -> None:
    ran = mimik("analyze", people, *words)
    assert ran.code == 2 and why in ran.complaint


def test_the_same_from_python(tiny_models: dict[str, Path], people: Path, tmp_path: Path) -> None:
    models = {"age": tiny_models["age"]}
    analyzer = Analyzer(("age",), models=models, age_groups=5)
    assert analyzer.info().settings["age_groups"] == 5
    for face in analyzer.image(people).faces:
        assert face.age is not None and face.age.group == group_of(face.age.years, 5)
    out = tmp_path / "o.jsonl"
    run_batch([people], out, Job(tasks=("age",), models=models, age_groups=10))
    assert all(row["age_group"] == group_of(row["age_years"], 10) for row in read_rows(out))  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="5 or 10 years wide"):
        Analyzer(("age",), models=models, age_groups=20)
    assert "age_groups" not in Analyzer(("age",), models=models).info().settings
