"""A task, its model, a reader and more from outside, through the commands that they add to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PACKAGE = Path(__file__).parent / "glasses"
DOCS = TESTS.parent / "docs"
Run = Callable[..., str]

READ = """
import json, sys
from mimik.results.read import read_rows
print(json.dumps([list(read_rows(path)) for path in sys.argv[1:]]))
"""


def test_results_of_every_format_say_the_same(mimik: Run, python: Run, model: Path, examples: Path) -> None:
    pictures = [examples / "astronaut.jpg", examples / "group.jpg"]
    names = ["out.jsonl", "out.csv", "out.parquet"]
    for name in names:
        mimik("analyze", *pictures, "--tasks", "glasses,emotion", "--model", f"glasses={model}", "-o", name)
    jsonl, csv, parquet = json.loads(python("-c", READ, *names))
    known = [{name: value for name, value in row.items() if value is not None} for row in jsonl]
    for rows in (csv, parquet):
        assert [{name: value for name, value in row.items() if value is not None} for row in rows] == known
    assert list(known[0]).index("glasses_label") > list(known[0]).index("emotion_label")
    assert {row["glasses_label"] for row in known} <= {"bare", "clear", "dark"}
    assert sum(known[0][f"glasses_{label}"] for label in ("bare", "clear", "dark")) == pytest.approx(
        1, abs=1e-3
    )
    summaries = {mimik("summary", name) for name in names}
    assert len(summaries) == 1
    assert " glasses " in summaries.pop().splitlines()[0]


def test_a_task_without_a_model_asks_for_one(mimik: Run, examples: Path) -> None:
    words = ("analyze", examples / "astronaut.jpg", "--tasks", "glasses")
    mimik(*words, code=2, error="no model for 'glasses' is here: name one, --model glasses=FILE.onnx")
    mimik(
        *words[:2],
        "--tasks",
        "glases",
        code=2,
        error="cover, emotion, filmed, gender, glasses, mesh, voice; did you mean 'glasses'",
    )


def test_from_python(python: Run, model: Path, examples: Path) -> None:
    code = """
import sys
from mimik import Analyzer
analyzer = Analyzer(["emotion", "glasses"], models={"glasses": sys.argv[1]})
face = analyzer.image(sys.argv[2]).faces[0]
print(*face.readings, face.readings["glasses"].text)
"""
    words = python("-c", code, model, examples / "astronaut.jpg").split()
    assert words[:2] == ["emotion", "glasses"]
    assert words[2] in ("bare", "clear", "dark")


def test_a_detector_and_a_form(mimik: Run, model: Path, examples: Path, tmp_path: Path) -> None:
    own = ("--tasks", "glasses", "--model", f"glasses={model}", "--detector", "bright", "-o", "out.jsonl")
    mimik("analyze", examples / "astronaut.jpg", *own)
    mimik("convert", "out.jsonl", "--to", "boxes", "-o", "boxes.json")
    mimik("convert", "boxes.json", "--from", "boxes", "-o", "back.jsonl")
    there, back = (json.loads((tmp_path / name).read_text()) for name in ("out.jsonl", "back.jsonl"))
    assert there["detector"] == "bright"
    assert [face["box_xyxy"] for face in back["faces"]] == [face["box_xyxy"] for face in there["faces"]]


def evaluated(mimik: Run, model: Path, data: Path, reader: str) -> dict[str, object]:
    report = json.loads(mimik("evaluate", model, data, "--json", "-"))
    assert (report["task"], report["data"]["reader"]) == ("glasses", reader)
    assert set(report["per_class"]) == {"bare", "clear", "dark"}
    return dict(report)


def test_evaluate_with_every_reader(
    mimik: Run, model: Path, spectacles: Path, folders: Path, table: Callable[[str], Path]
) -> None:
    assert evaluated(mimik, model, spectacles, "spectacles")["data"]["split"] == "test"
    same = [evaluated(mimik, model, folders, "folder")]
    same += [evaluated(mimik, model, table(column), "csv") for column in ("glasses", "label")]
    for report in same:
        assert report["n"] == 15
        assert report["accuracy"] == same[0]["accuracy"]
        assert not report["left_out"]


@pytest.mark.train
@pytest.mark.parametrize("source", ["folder", "csv", "spectacles"])
def test_train(
    mimik: Run, tmp_path: Path, folders: Path, spectacles: Path, table: Callable[[str], Path], source: str
) -> None:
    pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")
    data = {"folder": folders, "csv": table("glasses"), "spectacles": spectacles}[source]
    recipe = (PACKAGE / "glasses.toml").read_text().replace('reader = "spectacles"', f'reader = "{source}"')
    (tmp_path / "glasses.toml").write_text(recipe)
    mimik("train", "glasses.toml", "--data", data, "--run", "run", "--device", "cpu")
    card = json.loads((tmp_path / "run" / "glasses.mini.json").read_text())
    assert (card["task"], card["labels"], card["format"]) == ("glasses", ["bare", "clear", "dark"], 1)
    assert evaluated(mimik, tmp_path / "run" / "glasses.mini.onnx", data, source)["accuracy"] > 0.9


CONTRACTS = {
    "tasks/test_tasks.py": "glasses",
    "data/test_readers.py": "spectacles",
    "faces/detect/test_detectors.py": "bright",
    "results/test_interop.py": "boxes",
}


def held(python: Run, contracts: dict[str, str]) -> None:
    """Every file's tests over its table take up the entry from outside, and pass."""
    files, entries = [TESTS / name for name in contracts], " or ".join(contracts.values())
    told = python("-m", "pytest", "-vv", "-p", "no:cacheprovider", *files, "-k", entries)
    for name, entry in contracts.items():
        lines = [line for line in told.splitlines() if f"{name}::" in line and entry in line]
        assert lines, name
        assert all("PASSED" in line for line in lines), lines


def test_the_contract_tests_hold_what_comes_from_outside(python: Run) -> None:
    held(python, CONTRACTS)


@pytest.mark.train
def test_the_contract_test_of_networks_does(python: Run) -> None:
    pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")
    held(python, {"train/test_networks.py": "linear"})


def test_the_page_shows_this_package() -> None:
    page = (DOCS / "adding.md").read_text(encoding="utf-8")
    for file in sorted(PACKAGE.rglob("*.*")):
        if file.suffix in (".py", ".toml") and file.name != "__init__.py":
            name = file.relative_to(PACKAGE).as_posix()
            assert f"`{name}`:" in page, name
            assert file.read_text(encoding="utf-8").strip() in page, f"{name} and docs/adding.md differ"
