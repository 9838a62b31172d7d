"""What was named and isn't read is counted and named: at the end, in the journal, in the report."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mimik import Job, run_batch
from mimik.cli.main import main
from mimik.cli.options import seconds
from mimik.errors import OptionError

JOB = Job(tasks=("emotion",), models="mini")
WORDS = ["--tasks", "emotion", "--models", "mini"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    folder.mkdir()
    pages = [Image.fromarray(np.full((40, 40, 3), 40 * i, np.uint8)) for i in range(4)]
    pages[0].save(folder / "scan.tiff", save_all=True, append_images=pages[1:])
    pages[0].save(folder / "a.png")
    for name in ("b.xyz", "c.xyz"):
        (folder / name).write_bytes(b"x")
    return folder


def entries(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()[1:]]


def test_the_command_says_it_at_the_end(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "o.jsonl"
    assert main(["analyze", str(folder), "-o", str(output), *WORDS]) == 0
    said = "mimik: left out: 2 files of unknown kind (.xyz), 3 further pages of scan.tiff\n"
    assert said in capsys.readouterr().err
    found = {(Path(str(e["source"])).name, e["status"]): e for e in entries(Path(f"{output}.run"))}
    assert found["b.xyz", "left out"]["error"] == "unknown kind"
    assert found["scan.tiff", "done"]["left_out"] == ["3 further pages"]
    assert "left_out" not in found["a.png", "done"]
    # Again: told anew, but kept once.
    assert main(["analyze", str(folder), "-o", str(output), *WORDS]) == 0
    assert said in capsys.readouterr().err
    assert len(entries(Path(f"{output}.run"))) == 4


@pytest.mark.parametrize("workers", [1, 2])
def test_the_report_has_it(folder: Path, tmp_path: Path, workers: int) -> None:
    report = run_batch(folder, tmp_path / "o.csv", JOB, workers=workers)
    assert [(Path(name).name, why) for name, why in report.left_out] == [
        ("b.xyz", "unknown kind"),
        ("c.xyz", "unknown kind"),
        ("scan.tiff", "3 further pages"),
    ]
    assert report.clean and report.done == 2


def test_quiet_says_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", str(folder), "--quiet", *WORDS]) == 0
    assert "left out" not in capsys.readouterr().err


def test_what_is_piped_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, examples: Path) -> None:
    class Piped:
        buffer = io.BytesIO((examples / "astronaut.jpg").read_bytes())

    monkeypatch.setattr("sys.stdin", Piped)
    output = tmp_path / "o.jsonl"
    assert main(["analyze", "-", "-o", str(output), *WORDS]) == 0
    assert json.loads(output.read_text())["source"] == "stdin" == entries(Path(f"{output}.run"))[0]["source"]
    with pytest.raises(OptionError, match="piped in reaches one process only"):
        run_batch(["-", examples / "group.jpg"], tmp_path / "p.jsonl", JOB, workers=2)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("90", 90),
        ("90s", 90),
        ("1.5", 1.5),
        ("1:30", 90),
        ("1:02:03.5", 3723.5),
        ("1m30s", 90),
        ("1m", 60),
        ("2h", 7200),
        ("-1", -1),
    ],
)
def test_times_of_the_command_line(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "a", "1:90", "1m30x", "::"])
def test_what_is_no_time(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["analyze", "x.mp4", "--start", text])
    assert "is no time: write seconds (90), 1:30 or 1m30s" in capsys.readouterr().err
