"""Nowhere a branch on a task's name but in the tasks: a task from outside is treated as a built-in one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "src" / "mimik"
NAMES = frozenset({"emotion", "gender", "age", "au", "cover"})
"""The built-in tasks."""
FREE = ("tasks", "data", "results/interop", "plots", "explain")
"""Rooms that may name a task: readers and forms know what others call it, the others show what it means."""
SPARED = {
    "types.py": "shortcuts of Face",
    "models/store.py": "the table of default models",
    "results/groups.py": "valence and arousal, which are made of two tasks",
    "app/report/tally.py": "what the report counts",
    "app/report/words.py": "the page's texts",
}
"""File to why it may, too."""
FILES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))


def branches(text: str) -> Iterator[tuple[int, str]]:
    """Line and name of each comparison with a task's name, and of each dictionary that is asked for one."""
    for node in ast.walk(ast.parse(text)):
        values: list[ast.expr | None] = []
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            values = [v for side in sides for v in (side, *getattr(side, "elts", ()))]
        elif isinstance(node, ast.Dict):
            values = [*node.keys]
        elif isinstance(node, ast.Subscript):
            values = [node.slice]
        elif isinstance(node, ast.MatchValue):
            values = [node.value]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("get", "pop"):
            values = [*node.args[:1]]
        for value in values:
            if isinstance(value, ast.Constant) and value.value in NAMES:
                yield value.lineno, value.value


@pytest.mark.parametrize(
    "name", [name for name in FILES if not name.startswith(tuple(f"{r}/" for r in FREE))]
)
def test_no_room_asks_for_a_tasks_name(name: str) -> None:
    found = list(branches((ROOT / name).read_text(encoding="utf-8")))
    if name in SPARED:
        assert found, f"{name} names no task any more: take it out of SPARED"
    else:
        assert not found, f"{name} asks for a task's name; let the task say what is wanted: {found}"


def test_the_check_sees_every_form_of_a_branch() -> None:
    text = (
        "if task == 'age': pass\nif task in ('au', 'x'): pass\n{'emotion': 1}\nrow['gender']\n"
        "row.get('cover')\nmatch task:\n    case 'age': pass\nprint('emotion')\nrow['raw_age']\n"
    )
    assert sorted(branches(text)) == [
        (1, "age"),
        (2, "au"),
        (3, "emotion"),
        (4, "gender"),
        (5, "cover"),
        (7, "age"),
    ]
