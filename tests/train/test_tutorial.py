"""The tutorials run from top to bottom: each of their commands, in order, with few pictures and epochs."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from tiny_voices import draw_voices

from mimik.cli import main
from mimik.cli.parser import build_parser
from snippets import ROOT, Snippet, snippets

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

FIRST, FURTHER = "docs/training.md", "docs/workshop.md"
CLASSES = {"happy": 3, "surprise": 5, "neutral": 6}
"""Class to its number in FER-2013."""


def steps(page: str) -> list[tuple[int, str, Snippet]]:
    """Line, language and text of each block of a page, from top to bottom."""
    return sorted(
        (snippet.line, language, snippet)
        for language in ("bash", "toml", "python")
        for snippet in snippets(language)
        if snippet.page == page
    )


def evening() -> ModuleType:
    """The script that makes the tutorial's pictures, set to make fewer of them."""
    spec = importlib.util.spec_from_file_location("evening", ROOT / "benchmarks" / "evening.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.PICTURES, module.OTHERS, module.COPIED, module.COPIES, module.BROKEN = 36, 18, 3, 2, 3
    return module


def write_fer2013(path: Path) -> None:
    """30 coarse patterns of each class to train on, and 6 to test on, in FER-2013's layout."""
    rng = np.random.default_rng(0)
    lines = ["emotion,pixels,Usage"]
    for usage, count in (("Training", 30), ("PublicTest", 6)):
        for number in sorted(CLASSES.values()) * count:
            image = cv2.resize(rng.integers(0, 256, (6, 6), np.uint8), (48, 48))
            lines.append(f"{number},{' '.join(map(str, image.flatten()))},{usage}")
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def do(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Do what a line of the page says, in its short form."""
    match command:
        case ["pip", *_]:
            return
        case ["python", "benchmarks/evening.py", *_]:
            monkeypatch.setattr("sys.argv", command[1:])
            evening().main()
        case ["mkdir" | "cp", *_]:
            subprocess.run(command, check=True)
        case ["sed", what, path, ">", target]:
            made = subprocess.run(["sed", what, path], check=True, capture_output=True)
            Path(target).write_bytes(made.stdout)
        case ["mimik", "app", *words]:
            build_parser("app").parse_args(["app", *words])
        case ["mimik", *words]:
            words += ["--epochs", "1"] if "--quick" in words else []
            words = [
                "2" if before == "--trials" else word
                for before, word in zip(["", *words], words, strict=False)
            ]
            # Some pictures of that folder are damaged, which evaluate answers by 1.
            assert main(words) in ((0, 1) if "evening/pictures" in words else (0,)), command
        case _:
            pytest.fail(f"the tutorial has a command that isn't tried: {command}")


def run(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do all that a page says, in an empty folder."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("MIMIK_CACHE", str(folder / "cache"))
    shutil.copytree(ROOT / "examples", "examples")
    write_fer2013(Path("DATA/fer2013/fer2013.csv"))
    for _, language, snippet in steps(page):
        if language == "toml":
            short = re.sub(r"^epochs = \d+", "epochs = 1", snippet.text, flags=re.MULTILINE)
            Path(short.splitlines()[0].removeprefix("# ")).write_text(short, encoding="utf-8")
        elif language == "python":
            exec(compile(snippet.text, str(snippet), "exec"), {"__name__": "__main__"})
        else:
            for command in snippet.commands():
                do(command, monkeypatch)


def test_the_first_tutorial_runs_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("recordings", "others"):
        draw_voices(tmp_path / folder, ("angry", "sad"), people=6)
    run(FIRST, tmp_path, monkeypatch)
    told = capsys.readouterr().out
    assert "training should leave out" in told and "task smile, a task of its own" in told
    assert "more was trained on 17 of the pictures" in told  # The eighteenth was held.
    models = {path.name for path in Path("evening").rglob("*.onnx")}
    assert models == {"emotion.pictures.onnx", "emotion.mine.onnx", "emotion.more.onnx", "smile.quick.onnx"}
    assert all(
        (path / "report.html").exists() for path in Path("evening").glob("*/") if list(path.glob("*.onnx"))
    )


def test_the_further_tutorial_runs_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("optuna", reason="tuning needs Optuna: pip install 'mimik[tune]'")
    run(FURTHER, tmp_path, monkeypatch)
    told = capsys.readouterr().out
    assert "starts from the weights of emotion.mini 3; afresh: classes.weight, classes.bias" in told
    assert "emotion.transfer, 3 folds:" in told and "the best so far" in told
    models = {path.name for path in Path("evening").glob("*/*.onnx")}
    assert models == {"emotion.fresh.onnx", "emotion.transfer.onnx", "emotion.stack.onnx"}
    assert Path("evening/stack/student/emotion.student.onnx").exists()
    assert Path("evening/tune/best.toml").exists() and Path("evening/published/README.md").exists()
    assert not list(Path("cache").glob("*.onnx")), "what was added was removed"
