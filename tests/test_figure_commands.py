"""Every command beside a figure can be run: the program or script is there, and knows its options."""

from __future__ import annotations

import ast
import json
import re
import runpy
import shlex
import sys
from pathlib import Path

import pytest

from mimik.cli.parser import build_parser

ROOT = Path(__file__).parent.parent
PAGES = tuple(
    f"docs/{name}.md"
    for name in (
        *("results", "models", "experiments", "training", "data", "recipes", "evaluating", "decisions"),
        *("mesh", "scale", "reliability"),
    )
)
CARDS = sorted((ROOT / "src" / "mimik" / "models" / "files").glob("*.json"))
RECIPES = sorted((ROOT / "recipes").glob("*.toml"))
SCRIPT = re.compile(r"python (benchmarks/\w+\.py)")


def commands() -> list[str]:
    """The commands of cards, of pages (in backticks or indented by four), and of the heads of recipes."""
    found = {f["command"] for path in CARDS for f in json.loads(path.read_text("utf-8"))["figures"]}
    for page in PAGES:
        text = (ROOT / page).read_text("utf-8")
        found |= set(re.findall(r"`((?:mimik|python) [^`\n]+)`", text))
        found |= set(re.findall(r"^ {4}((?:mimik|python) .+)$", text, re.MULTILINE))
    for path in RECIPES:
        head = path.read_text("utf-8").split("\nname = ")[0]
        found |= set(re.findall(r"^#   ((?:mimik|python) .+?)(?: {2,}.*)?$", head, re.MULTILINE))
    return sorted(command for command in found if "..." not in command)


MIMIK = [command for command in commands() if command.startswith("mimik ")]
SCRIPTS = [command for command in commands() if SCRIPT.match(command)]
RUN_BY_PAGE = sorted({SCRIPT.match(command)[1] for command in SCRIPTS})  # type: ignore[index]


def test_there_are_commands_of_each_kind() -> None:
    assert len(MIMIK) > 30 and len(RUN_BY_PAGE) > 8


@pytest.mark.parametrize("command", MIMIK)
def test_the_command_line_knows_it(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(command)[1:]
    names = [word for word in words if word.isalpha()]
    options = [word for word in words if word.startswith("--")]
    if len(names) + len(options) < len(words):
        build_parser().parse_args(words)
        return
    # A text may name a command and an option alone, without what they need.
    with pytest.raises(SystemExit) as stopped:
        build_parser().parse_args([*names, "--help"])
    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    assert all(option in shown for option in options)


@pytest.mark.parametrize("command", SCRIPTS)
def test_the_script_is_there_and_knows_the_options(command: str) -> None:
    script, *words = shlex.split(command)[1:]
    tree = ast.parse((ROOT / script).read_text("utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    shared = ast.parse((ROOT / "benchmarks" / "figures.py").read_text("utf-8"))
    texts |= {node.value for node in ast.walk(shared) if isinstance(node, ast.Constant)}
    assert {word.strip("[]") for word in words if word.strip("[]").startswith("--")} <= texts
    runs = [word for word in words if word.startswith("recipes/")]
    assert all((ROOT / word).exists() for word in runs)


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("script", RUN_BY_PAGE)
def test_the_script_can_be_run(
    script: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [script, "--help"])
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    try:
        with pytest.raises(SystemExit) as stopped:
            runpy.run_path(str(ROOT / script), run_name="__main__")
    except ModuleNotFoundError as error:
        assert not (ROOT / "benchmarks" / f"{error.name}.py").exists() and "mimik" not in str(error.name)
        pytest.skip(f"needs {error.name}")
    assert stopped.value.code == 0
    assert "usage:" in capsys.readouterr().out


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_what_a_recipe_needs_is_made_by_its_head_or_ships(path: Path) -> None:
    text = path.read_text("utf-8")
    head = text.split("\nname = ")[0]
    for run in set(re.findall(r'"runs/([\w.-]+)/', text)):
        recipe = re.sub(r"-seed\d+$", "", run)
        chain = head
        for other in re.findall(r"recipes/([\w.]+)\.toml", head):
            if other != path.stem:
                chain += (ROOT / "recipes" / f"{other}.toml").read_text("utf-8").split("\nname = ")[0]
        assert f"recipes/{recipe}.toml" in chain or f"runs/{run}/" in chain
