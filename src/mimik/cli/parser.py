"""The parser of the command line, all commands in it, and its exit codes."""

from __future__ import annotations

import argparse
import importlib
from typing import NoReturn

from mimik._version import __version__
from mimik.tasks.words import aligned, terminal_width

GROUPS: dict[str, tuple[str, ...]] = {
    "reading faces": ("analyze", "app", "serve", "explain"),
    "what was read": ("summary", "plot", "cite", "convert"),
    "models": ("evaluate", "compare", "models", "bench", "train", "tune", "publish"),
    "data sets": ("data",),
    "this program": ("completion",),
}
"""What commands are about, and which they are, in the order of the help; each is the module
``mimik.cli.NAME``."""
COMMANDS = tuple(name for group in GROUPS.values() for name in group)
"""All of them. One that has commands of its own (``mimik data info``) is a package with a module each."""

DONE, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: all done; some items failed; wrong use; stopped with Ctrl-C."""
MORE = """mimik help COMMAND tells a command's options, mimik --version the version.
To begin with: mimik analyze photo.jpg, or mimik app for the page in a browser."""
"""What is said below the commands."""


class Parser(argparse.ArgumentParser):
    """Says what was wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """End the program: wrong use."""
        self.exit(WRONG_USE, f"mimik: {message}; see '{self.prog} --help'\n")


class _Program(Parser):
    """The parser of the program itself, whose help is the list of commands."""

    def format_help(self) -> str:
        """What there is, by groups, with a line each."""
        about = {c.dest: c.help or "" for a in self._actions for c in getattr(a, "_choices_actions", ())}
        width = terminal_width()
        rows = [(name, about[name]) for names in GROUPS.values() for name in names]
        lines = dict(zip(COMMANDS, aligned(rows, "  ", width), strict=True))
        above, more, codes = (
            "\n".join(aligned([(line,) for line in f"{text}".split("\n")], width=width))
            for text in (self.description, MORE, self.epilog)
        )
        groups = [
            "\n".join((f"{title}:", *(lines[name] for name in names))) for title, names in GROUPS.items()
        ]
        return "\n\n".join([above, "usage: mimik COMMAND [OPTIONS]", *groups, more, codes]) + "\n"


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The whole parser.

    Args:
        only: The one command that is needed; all if None.
    """
    parser = _Program(
        prog="mimik",
        description="Reads faces and voices: emotion, action units, gender and age, offline. "
        "An expression is not a feeling.",
        epilog="Exit codes: 0 done, 1 some items failed, 2 wrong use, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"mimik {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)
    for name in COMMANDS if only is None else (only,):
        importlib.import_module(f"mimik.cli.{name}").add_parser(commands)
    return parser
