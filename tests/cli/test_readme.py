"""The README's commands work one after another as they stand there."""

from __future__ import annotations

import csv
import shlex
import shutil
from pathlib import Path

import pytest

from mimik.cli.main import main

ROOT = Path(__file__).parent.parent.parent


def commands(about: str) -> list[list[str]]:
    """The README's commands that name a file, without their comments."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    found = (shlex.split(line, comments=True) for line in lines if line.startswith("mimik "))
    return [words[1:] for words in found if about in words]


def test_what_is_made_of_a_talk_follows_from_how_it_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(ROOT / "examples" / "two_people.mp4", tmp_path / "talk.mp4")
    monkeypatch.chdir(tmp_path)
    order = commands("talk.jsonl")
    assert order[0][0] == "analyze" and {"plot", "summary", "convert"} <= {words[0] for words in order}
    for words in order:
        assert main([*words, "--end", "0.2"] if words[0] == "analyze" else words) == 0
    assert "as the results hold none" not in capsys.readouterr().err
    with Path("talk.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert any(row["AU12_c"] in ("0", "1") for row in rows)
