"""Nowhere a branch on a task's name but in the tasks: a task from outside is treated as a built-in one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "src" / "mimik"
NAMES = frozenset({"emotion", "gender", "age", "au", "cover", "mesh", "voice", "filmed"})
"""The built-in tasks."""
FREE = ("tasks", "data", "results/interop", "plots", "explain")
"""Rooms that may name a task: readers and forms know what others call it, the others show what it means."""
SPARED = {
    "types.py": "shortcuts of Face",
    "readings.py": "the sides of a fused reading, face and voice",
    "models/sets.py": "the table of sets of models",
    "results/events.py": "the table of what is counted over time",
    "train/recipe/recipe.py": "the network that is trained where none is named",
    "train/networks/base.py": "the table of networks, one of which is for voices",
    "cli/explain.py": "explain's command",
    "app/report/tally.py": "what the report counts",
    "app/report/drawing.py": "what the report plots",
    "app/report/words.py": "the page's texts",
}
"""File to why it may, too."""
FILES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))


def named(text: str) -> Iterator[tuple[int, str]]:
    """Line and name of each literal that is a task's name, wherever it stands; texts don't count."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and node.value in NAMES:
            yield node.lineno, node.value


@pytest.mark.parametrize(
    "name", [name for name in FILES if not name.startswith(tuple(f"{r}/" for r in FREE))]
)
def test_no_room_asks_for_a_tasks_name(name: str) -> None:
    found = list(named((ROOT / name).read_text(encoding="utf-8")))
    if name in SPARED:
        assert found, f"{name} names no task any more: take it out of SPARED"
    else:
        assert not found, f"{name} asks for a task's name; let the task say what is wanted: {found}"


def test_the_check_sees_every_form_of_a_branch() -> None:
    lines = (
        "if task == 'age': pass",
        "if task in ('au', 'x'): pass",
        "{'emotion': 1}",
        "row['gender']",
        "row.get('cover')",
        "match task:\n    case 'age': pass",
        "SHOWN = ['emotion']",
        "{'plot': 'au'}",
        "task.startswith('age')",
        "print('emotion, age')",
        "row['raw_age']",
    )
    found = [name for line in lines for _, name in named(line)]
    assert found == ["age", "au", "emotion", "gender", "cover", "age", "emotion", "au", "age"]
