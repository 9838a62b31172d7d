"""Writes docs/cli.md from the command line's own parser: python docs/make_cli.py.

The parser's help is laid out here and not by argparse, whose layout follows the terminal's width and
differs between versions of Python.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from mimik.cli.parser import build_parser

TARGET = Path(__file__).with_name("cli.md")
HEAD = """# The command line

Made by `python docs/make_cli.py` from the program itself; `mimik COMMAND --help` says the same.

{description}

{epilog}
"""


def text() -> str:
    """The whole page."""
    parser = build_parser()
    parts = [HEAD.format(description=parser.description, epilog=parser.epilog)]
    for name, command in _commands(parser).items():
        parts.append("\n".join(_section(name, command, "##")) + "\n")
        for own_name, own in _commands(command).items():
            parts.append("\n".join(_section(f"{name} {own_name}", own, "###")) + "\n")
    return "\n".join(parts)


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands of the program, or those of a command; none if it has none."""
    found = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return {name: own for action in found for name, own in action.choices.items()}


def _section(name: str, command: argparse.ArgumentParser, mark: str) -> Iterator[str]:
    """A command: how it is called, what it is for, and its arguments in their groups."""
    options = [action for action in command._actions if action.option_strings]
    words = [_place(action) for action in command._actions if not action.option_strings]
    words += [f"{action.option_strings[-1]} {_value(action)}" for action in options if action.required]
    words += ["[OPTIONS]"] if len(options) > 1 else []
    yield f"{mark} mimik {name}"
    yield from ("", f"    mimik {name} {' '.join(words)}", "")
    yield command.description or ""
    for group in command._action_groups:
        actions = [a for a in group._group_actions if not isinstance(a, argparse._HelpAction)]
        if actions:
            title = group.title or ""
            yield from ("", f"**{title[:1].upper()}{title[1:]}**", "")
            yield from (_line(action) for action in actions)


def _place(action: argparse.Action) -> str:
    """A positional argument in the call."""
    name = _value(action)
    return {"+": f"{name}...", "?": f"[{name}]", "*": f"[{name}...]"}.get(str(action.nargs), name)


def _value(action: argparse.Action) -> str:
    """What stands for an argument's value."""
    if action.metavar is not None:
        return action.metavar if isinstance(action.metavar, str) else " ".join(action.metavar)
    if action.choices is not None:
        return "|".join(map(str, action.choices))
    return action.dest.upper()


def _line(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else f" {_value(action)}"
    names = ", ".join(f"`{name}{value}`" for name in action.option_strings) or f"`{value.strip()}`"
    about = (action.help or "") % {**vars(action), "prog": "mimik"}
    return f"- {names}: {about}" if about else f"- {names}"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
