"""What a million clips cost, by a measurement whose sums can be done by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "cost.py"
BENCH = {
    **{"source": "a.mp4", "width": 640, "height": 480, "faces": 1.0, "threads": 1, "frames_per_s": 100.0},
    "stages_ms": {"decode": {"median": 2.0, "p95": 3.0}},
}


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, *map(str, words)], capture_output=True, text=True)


def test_the_sums(tmp_path: Path) -> None:
    bench, told = tmp_path / "bench.json", tmp_path / "cost.json"
    bench.write_text(json.dumps(BENCH))
    words = ["--clips", 1000, "--fps", 25, "--core-hour", 0.1, "--busy", 0.5, "--mb", 10, "--egress", 0.09]
    done = run(bench, *words, "--json", told)
    assert done.returncode == 0 and "| all |" in done.stdout, done.stderr
    found = json.loads(told.read_text())
    assert found["core_hours"] == pytest.approx(1000 * 60 * 25 / 100 / 3600 / 0.5)
    assert found["gets"] == 1000 * (10 + 3) and found["puts"] == 2000 and found["gb"] == 10
    assert found["requests_usd"] == pytest.approx(13 * 0.0004 + 2 * 0.005)
    whole = found["core_hours"] * 0.1 + found["requests_usd"] + 0.9
    assert found["all_usd"] == pytest.approx(whole)
    sampled = run(bench, *words, "--fps", 5, "--video-fps", 25, "--json", told)
    assert sampled.returncode == 0, sampled.stderr
    read_s = 5 / 100 + 20 * 0.002
    assert json.loads(told.read_text())["core_hours"] == pytest.approx(1000 * 60 * read_s / 3600 / 0.5)


@pytest.mark.parametrize(
    ("changes", "words", "message"),
    [
        ({"threads": 2}, [], "by 2 threads; measure one core with --threads 1"),
        ({"frames_per_s": None}, [], "no report of mimik bench"),
        ({}, ["--busy", "0"], "--busy must be above 0"),
        ({}, ["--mb", "-1"], "--mb must be 0 or more"),
        ({}, ["--frames-per-s", "9"], "and not both"),
        ({}, ["--video-fps", "5"], "not below --fps"),
    ],
)
def test_what_cant_be_counted(
    tmp_path: Path, changes: dict[str, object], words: list[str], message: str
) -> None:
    bench = tmp_path / "bench.json"
    bench.write_text(json.dumps(BENCH | changes))
    done = run(bench, *words)
    assert done.returncode and message in done.stderr and "Traceback" not in done.stderr
