"""docs/training.md runs from top to bottom: each of its commands, in order, with few pictures and epochs."""

from __future__ import annotations

import importlib.util
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
from snippets import ROOT, snippets

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

PAGE = "docs/training.md"
STEPS = sorted(
    (snippet.line, language, snippet)
    for language in ("bash", "toml", "python")
    for snippet in snippets(language)
    if snippet.page == PAGE
)
CLASSES = {"happy": 3, "surprise": 5, "neutral": 6}
"""Class to its number in FER-2013."""


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
        case ["mimik", "app", *words]:
            build_parser("app").parse_args(["app", *words])
        case ["mimik", *words]:
            words += ["--epochs", "1"] if words[0] == "train" else []
            # Some pictures of that folder are damaged, which evaluate answers by 1.
            assert main(words) in ((0, 1) if "evening/pictures" in words else (0,)), command
        case _:
            pytest.fail(f"{PAGE} has a command that isn't tried: {command}")


def test_the_tutorial_runs_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "examples", "examples")
    write_fer2013(Path("DATA/fer2013/fer2013.csv"))
    for folder in ("recordings", "others"):
        draw_voices(Path(folder), ("angry", "sad"), people=6)
    for _, language, snippet in STEPS:
        if language == "toml":
            Path(snippet.text.splitlines()[0].removeprefix("# ")).write_text(snippet.text, encoding="utf-8")
        elif language == "python":
            exec(compile(snippet.text, str(snippet), "exec"), {"__name__": "__main__"})
        else:
            for command in snippet.commands():
                do(command, monkeypatch)
    told = capsys.readouterr().out
    assert "training should leave out" in told and "task smile, a task of its own" in told
    assert "more was trained on 17 of the pictures" in told  # The eighteenth was held.
    models = {path.name for path in Path("evening").rglob("*.onnx")}
    assert models == {"emotion.pictures.onnx", "emotion.mine.onnx", "emotion.more.onnx", "smile.quick.onnx"}
    assert all(
        (path / "report.html").exists() for path in Path("evening").glob("*/") if list(path.glob("*.onnx"))
    )
