"""Each snippet of the documentation runs by itself."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from mimik.cli import main
from mimik.cli.parser import build_parser
from snippets import ROOT, Snippet, make_inputs, snippets

PYTHON, BASH = snippets("python"), snippets("bash")
ELSEWHERE = {
    "docs/adding.md": "tests/outside builds a package of these files, and uses it",
    "docs/app.md": "tests/app runs them with a server",
    "docs/training.md": "tests/train runs the page from top to bottom",
}
"""Pages whose Python is tried in another way."""
THEIRS = ("pyreadstat", "duckdb", "polars")
"""Packages that a snippet tells its reader to install."""
LATER = {
    r".*\bevening/": "a step of the tutorial, which tests/train runs from top to bottom",
    r"analyze (0|mic|rtsp:)": "a camera, microphone or stream",
    r"analyze -$": "a pipe: tests/cli",
    r"analyze '?(gs|https|zip):|.*s3://": "a store: tests/runs, tests/sources",
    r"(app|serve)\b": "runs until it is stopped: tests/app",
    r"(train|tune|evaluate|compare)\b": "a data set: tests/train, tests/evaluate",
    r"data \w+ DATA": "a data set: tests/data, tests/cli",
    r"data record": "a camera, and somebody who agrees: tests/cli",
    r"explain .*--at": "somebody who speaks at that time of a video: tests/explain",
    r"bench\b": "measures for ten seconds: tests/cli",
    r"models (add|remove)|.*=emotion\.(mine|transfer)\b": "a model that was added before: tests/cli",
    r"models fetch .*@|.*=emotion\.base@": "a clone with all of its history: tests/models",
    r".*(--device cuda|[= ]runs/)": "a GPU, or a model that the text has trained before",
}
"""Commands of mimik that are only parsed, and what they would need."""
OTHERS = {
    "RAY_ADDRESS=10.0.0.5:6379": "needs that cluster",
    **dict.fromkeys(("pip", "make", "python", "python3", "source"), "changes the environment"),
    "podman": "builds an image",
    "sha256sum": "checks files that were published before: tests/publish",
    "curl": "asks a server: tests/app",
    "torchrun": "trains in several processes: tests/train/test_distributed.py",
    "openapi-python-client": "makes a client of a server: tests/app",
    **dict.fromkeys(("cat", "cp", "head", "eval", "mkdir", "umask", "export", "cd", "sed"), "the shell's"),
    "MIMIK_DATA=DATA": "a data set: tests/data",
}
"""Other commands that snippets have, and why they aren't run."""


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    make_inputs(folder)
    return folder


@pytest.fixture
def here(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh folder with all that is named, which is the current one."""
    shutil.copytree(inputs, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.mark.parametrize("snippet", [s for s in PYTHON if s.page not in ELSEWHERE], ids=str)
@pytest.mark.usefixtures("here")
def test_python_runs_by_itself(snippet: Snippet) -> None:
    for package in THEIRS:
        if f"import {package}" in snippet.text:
            pytest.importorskip(package)
    exec(compile(snippet.text, str(snippet), "exec"), {"__name__": "__main__"})


def own(command: list[str]) -> list[str] | None:
    """The words for mimik, of a command that is its."""
    return command[1:] if command[0] in ("mimik", ".venv/bin/mimik") else None


def reason(words: list[str]) -> str | None:
    """Why a command of mimik isn't run."""
    return next((why for form, why in LATER.items() if re.match(form, " ".join(words))), None)


@pytest.mark.parametrize("snippet", BASH, ids=str)
@pytest.mark.usefixtures("here")
@pytest.mark.filterwarnings("default::mimik.errors.MimikWarning")  # a terminal prints them
def test_bash_is_understood_and_runs(snippet: Snippet) -> None:
    commands = list(snippet.commands())
    for words in commands:
        if "-o" in words:
            Path(words[words.index("-o") + 1]).unlink(missing_ok=True)
    for command in commands:
        words = own(command)
        if words is None:
            assert command[0] in OTHERS, f"{snippet}: say why {command[0]!r} isn't run"
            continue
        build_parser(words[0]).parse_args(words)
        if reason(words) is None:
            assert main(words) == 0, f"{snippet}: mimik {' '.join(words)}"


def test_every_exception_is_needed() -> None:
    commands = [command for snippet in BASH for command in snippet.commands()]
    mine = [words for command in commands if (words := own(command)) is not None]
    assert {command[0] for command in commands if own(command) is None} == set(OTHERS)
    assert {reason(words) for words in mine} == {*LATER.values(), None}
    assert all((ROOT / page).exists() for page in ELSEWHERE)
