"""docs/cli.md is what the command line says today."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from mimik.cli.parser import COMMANDS, build_parser

DOCS = Path(__file__).parent.parent / "docs"
REMEDY = "run 'python docs/make_cli.py' and commit docs/cli.md"


@pytest.fixture(scope="module")
def make_cli() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_cli", DOCS / "make_cli.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def parsers() -> dict[str, argparse.ArgumentParser]:
    (commands,) = (a for a in build_parser()._actions if isinstance(a, argparse._SubParsersAction))
    return dict(commands.choices)


def test_the_page_is_up_to_date(make_cli: ModuleType) -> None:
    assert make_cli.TARGET == DOCS / "cli.md"
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == make_cli.text(), REMEDY


@pytest.mark.parametrize("columns", ["40", "200"])
def test_the_page_does_not_depend_on_the_terminal(
    make_cli: ModuleType, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    before = make_cli.text()
    monkeypatch.setenv("COLUMNS", columns)
    assert make_cli.text() == before


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_on_the_page(command: str) -> None:
    page = (DOCS / "cli.md").read_text(encoding="utf-8")
    section = page.split(f"## mimik {command}\n")[1].split("\n## ")[0]
    for action in parsers()[command]._actions:
        for name in action.option_strings:
            assert isinstance(action, argparse._HelpAction) or f"`{name}" in section, f"{name}: {REMEDY}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_says_what_it_does(command: str) -> None:
    for action in parsers()[command]._actions:
        assert action.help, f"mimik {command}: {action.option_strings or action.dest} has no help"
