"""The parser of the command line, all commands in it, and its exit codes."""

from __future__ import annotations

import argparse
import importlib
from typing import NoReturn

from mimik._version import __version__

COMMANDS = (
    "analyze",
    "app",
    "serve",
    "explain",
    "summary",
    "plot",
    "cite",
    "convert",
    "evaluate",
    "models",
    "bench",
    "train",
    "completion",
)
"""Commands in the order of the help; each is the module ``mimik.cli.NAME``."""

DONE, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: all done; some items failed; wrong use; stopped with Ctrl-C."""


class Parser(argparse.ArgumentParser):
    """Says what was wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """End the program: wrong use."""
        self.exit(WRONG_USE, f"mimik: {message}; see '{self.prog} --help'\n")


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The whole parser.

    Args:
        only: The one command that is needed; all if None.
    """
    parser = Parser(
        prog="mimik",
        description="Reads faces: emotion, action units, gender and age, offline. "
        "An expression is not a feeling.",
        epilog="Exit codes: 0 done, 1 some items failed, 2 wrong use, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"mimik {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS if only is None else (only,):
        importlib.import_module(f"mimik.cli.{name}").add_parser(commands)
    return parser
