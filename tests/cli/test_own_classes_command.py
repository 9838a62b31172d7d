"""A task of one's own, which only a card describes, through the commands."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mimik.pipeline.analyzer import Analyzer
from mimik.results.frames import read_frames
from mimik.results.read import read_rows

LABELS = ("bare", "Clear", "not dark")
Run = Callable[..., Any]


@pytest.fixture
def glasses(make_model: Callable[..., Path]) -> Path:
    return make_model("eye_wear", labels=LABELS, kind="classes")


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Twelve pictures in a folder a class, written otherwise, and one of a class that no model has."""
    rng = np.random.default_rng(0)
    names = ["BARE", "clear", "Not dark"] * 4 + ["broken"]
    for number, name in enumerate(names):
        folder = tmp_path / "set" / name
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (24, 24, 3), np.uint8)).save(folder / f"{number}.png")
    return tmp_path / "set"


def known(rows: Any) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def test_results_of_every_format_say_the_same(
    mimik: Run, model_words: Callable[..., list[str]], glasses: Path, examples: Path, tmp_path: Path
) -> None:
    own = [f"--model={glasses}", *model_words("emotion"), "--tasks", "eye_wear,emotion"]
    read = {}
    for kind in ("jsonl", "csv", "parquet"):
        out = tmp_path / f"out.{kind}"
        ran = mimik("analyze", examples / "group.jpg", *own, "-o", out, "--render", tmp_path / f"{kind}.png")
        assert ran.code == 0, ran.err
        read[kind] = known(read_rows(out))
        assert list(next(read_frames(out))["faces"][0]["eye_wear"]["probabilities"]) == list(LABELS)
        summary = mimik("summary", out)
        assert "  eye_wear" in summary.out.splitlines()[0]
    assert read["jsonl"] == read["csv"] == read["parquet"]
    first = read["csv"][0]
    assert [name for name in first if name.startswith("eye_wear_")] == [
        *("eye_wear_label", "eye_wear_bare", "eye_wear_Clear", "eye_wear_not dark"),
        *("eye_wear_raw_bare", "eye_wear_raw_Clear", "eye_wear_raw_not dark"),
    ]
    head = json.loads((tmp_path / "out.csv.run").read_text().splitlines()[0])
    assert head["tasks"] == ["emotion", "eye_wear"]
    assert head["columns"]["eye_wear"]["label"] == "text"


def test_what_is_read_needs_no_model_any_more(
    mimik: Run, glasses: Path, examples: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    assert (
        mimik(
            "analyze", examples / "astronaut.jpg", f"--model={glasses}", "--tasks", "eye_wear", "-o", out
        ).code
        == 0
    )
    glasses.unlink()
    glasses.with_suffix(".json").unlink()
    assert " eye_wear " in mimik("summary", out).out.splitlines()[0]
    cited = mimik("cite", out)
    assert "Eye_wear was estimated by eye_wear.tiny" in cited.out
    deepface = mimik("convert", out, "--to", "deepface", "-o", tmp_path / "other.json")
    assert deepface.code == 1 and "these results hold eye_wear" in deepface.complaint


def test_cite_describes_it_where_the_model_is_at_hand(
    mimik: Run, glasses: Path, examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIMIK_CACHE", str(glasses.parent))
    out = tmp_path / "out.csv"
    words = ("--model=eye_wear=eye_wear.tiny", "--tasks", "eye_wear", "-o", out)
    assert mimik("analyze", examples / "astronaut.jpg", *words).code == 0
    assert "Eye_wear was classified as bare, Clear or not dark" in mimik("cite", out).out
    assert "eye_wear.tiny" in mimik("models", "list").out


def test_evaluate_with_folders_and_with_a_table(
    mimik: Run, glasses: Path, folders: Path, tmp_path: Path
) -> None:
    rows = [f"{path},{path.parent.name}" for path in sorted(folders.rglob("*.png"))]
    tables = [tmp_path / f"{column}.csv" for column in ("eye_wear", "label")]
    for table in tables:
        table.write_text("\n".join([f"path,{table.stem}", *rows]) + "\n")
    reports = [json.loads(mimik("evaluate", glasses, data, "--json", "-").out) for data in (folders, *tables)]
    assert [report["data"]["reader"] for report in reports] == ["folder", "csv", "csv"]
    for report in reports:
        assert (report["task"], report["kind"], report["n"]) == ("eye_wear", "classes", 12)
        assert list(report["per_class"]) == list(LABELS)
        assert report["left_out"] == {"broken": 1}
        assert report["accuracy"] == reports[0]["accuracy"]
    shown = mimik("evaluate", glasses, folders).out
    assert "not dark  4 " in shown and "rows labelled 'broken', left out: 1" in shown


def test_evaluate_names_the_labels_that_fit_none(mimik: Run, make_model, folders: Path) -> None:
    ran = mimik("evaluate", make_model("mood", labels=("good", "bad"), kind="classes"), folders)
    said = "it knows the labels BARE, Not dark, broken, clear, and the model good, bad"
    assert ran.code == 1 and said in ran.complaint


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--tasks", "eye_wear"], "'eye_wear': there is .*; one of your own needs a model whose card"),
        (["--model=eyewear={model}"], "eye_wear.tiny reads eye_wear, not eyewear"),
        (
            ["--model={model}", "--tasks", "emotion"],
            "a model is named for 'eye_wear', but the tasks are emotion",
        ),
        (["--model=mood=cover.mini"], "unknown task 'mood'"),
        (["--model={model}", "--model=eye_wear={model}"], "names two models for eye_wear"),
    ],
)
def test_slips_are_told_in_a_line(
    mimik: Run, glasses: Path, examples: Path, words: list[str], said: str
) -> None:
    ran = mimik("analyze", examples / "astronaut.jpg", *(word.format(model=glasses) for word in words))
    assert ran.code == 2
    assert re.search(said, ran.complaint), ran.complaint


def test_a_card_with_an_impossible_name_is_refused(mimik: Run, make_model, examples: Path) -> None:
    model = make_model("score", labels=("a", "b"), kind="classes")
    ran = mimik("analyze", examples / "astronaut.jpg", f"--model={model}")
    assert ran.code == 1 and "can't be called 'score'" in ran.complaint


def test_from_python(glasses: Path, tiny_models: dict[str, Path], examples: Path) -> None:
    analyzer = Analyzer(
        ["eye_wear", "emotion"], model={"eye_wear": glasses, "emotion": tiny_models["emotion"]}
    )
    assert analyzer.tasks == ("emotion", "eye_wear")
    results = list(analyzer.stream(examples / "two_people.mp4"))
    face = next(face for result in results for face in result.faces)
    assert face.readings["eye_wear"].label in (*LABELS, "uncertain")
    assert any(
        face.readings["eye_wear"].probabilities != face.readings["eye_wear"].raw
        for result in results[1:]
        for face in result.faces
    )


def test_workers_read_it(mimik: Run, glasses: Path, examples: Path, tmp_path: Path) -> None:
    own = (f"--model={glasses}", "--tasks", "eye_wear")
    pictures = (examples / "astronaut.jpg", examples / "group.jpg")
    for workers in ("1", "2"):
        ran = mimik("analyze", *pictures, *own, "--workers", workers, "-o", tmp_path / f"{workers}.csv")
        assert ran.code == 0, ran.err
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()


def test_plot_draws_its_classes(mimik: Run, glasses: Path, examples: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="plots need matplotlib: pip install 'mimik[plots]'")
    out = tmp_path / "out.jsonl"
    assert (
        mimik(
            "analyze", examples / "two_people.mp4", f"--model={glasses}", "--tasks", "eye_wear", "-o", out
        ).code
        == 0
    )
    assert mimik("plot", out, "-o", tmp_path / "plot.svg").code == 0
    assert "eye_wear" in (tmp_path / "plot.svg").read_text() or (tmp_path / "plot.svg").stat().st_size > 5000
