"""mimik cite: a methods section and BibTeX, printed or written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def results(analyze: Run, examples: Path, tmp_path: Path) -> Path:
    """Results of models that aren't in the catalogue, of a picture that was read and one that wasn't."""
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    out = tmp_path / "o.csv"
    assert analyze(examples / "astronaut.jpg", tmp_path / "bad.jpg", "-o", out, "--quiet").code == 1
    return out


def test_it_prints_the_paragraphs_and_then_bibtex(mimik: Run, results: Path) -> None:
    ran = mimik("cite", results)
    assert ran.code == 0
    text, at, bibtex = ran.out.partition("\n\n@misc{mimik-")
    assert text.startswith("Faces were analysed with mimik ") and at and bibtex.endswith("}\n")
    assert "Of 2 sources, 1 was analysed in full and 1 could not be read" in text
    assert "emotion.tiny" in ran.err and "isn't among the models here" in ran.err


def test_it_writes_both_or_bibtex_alone(mimik: Run, results: Path, tmp_path: Path) -> None:
    both, alone = tmp_path / "methods.txt", tmp_path / "references.bib"
    assert mimik("cite", results, "-o", both).code == mimik("cite", results, "-o", alone).code == 0
    assert both.read_text("utf-8") == mimik("cite", results).out
    assert alone.read_text("utf-8").startswith("@misc{mimik-")
    ran = mimik("cite", results, "-o", both)
    assert ran.code == 2 and "exists; choose another name or --overwrite" in ran.err
    assert mimik("cite", results, "-o", both, "--overwrite").code == 0


@pytest.mark.parametrize(
    ("name", "code", "why"),
    [("o.csv", 1, "o.csv.run isn't beside it"), ("nope.csv", 1, "no such file")],
)
def test_what_cannot_be_cited_is_said(mimik: Run, results: Path, name: str, code: int, why: str) -> None:
    results.with_name("o.csv.run").unlink()
    ran = mimik("cite", results.with_name(name))
    assert ran.code == code and why in ran.complaint


def test_another_kind_of_output_is_bad_use(mimik: Run, results: Path, tmp_path: Path) -> None:
    ran = mimik("cite", results, "-o", tmp_path / "methods.docx")
    assert ran.code == 2 and "written as .txt, .md or .bib" in ran.complaint
