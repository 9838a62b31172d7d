"""The parser of the command line, and what errors become there."""

from __future__ import annotations

import argparse
import difflib
import importlib
import io
import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from mimik import __version__
from mimik.errors import (
    MimikError,
    MissingExtraError,
    OptionError,
    OutputExistsError,
    RecipeError,
    UnknownNameError,
)

COMMANDS = (
    "analyze",
    "app",
    "serve",
    "explain",
    "summary",
    "plot",
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


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: Arguments without the program's name; the process's own if None.

    Returns:
        The exit code.
    """
    # What an item's unexpected error was is in its own message; a log would add a traceback.
    logging.getLogger("mimik").addHandler(logging.NullHandler())
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A file name may hold what the terminal can't show.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = _run(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("mimik: interrupted; what was finished is kept", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (``| head``); nothing more can be said.
        _give_up_stdout()
        return FAILED
    except MimikError as error:
        print(f"mimik: {' '.join(str(error).split())}", file=sys.stderr)
        wrong_use = (OptionError, OutputExistsError, RecipeError, MissingExtraError)
        return WRONG_USE if isinstance(error, wrong_use) else FAILED
    except OSError as error:
        print(f"mimik: {error}", file=sys.stderr)
        _give_up_stdout()
        return FAILED


def _give_up_stdout() -> None:
    """Keep Python from a second try to write what the output wouldn't take, at its exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(words: list[str]) -> int:
    """Find the command and run it."""
    first = words[0] if words else ""
    if first and not first.startswith("-") and first not in COMMANDS:
        raise UnknownNameError("command", first, COMMANDS)
    parser = build_parser(first if first in COMMANDS else None)
    args, unknown = parser.parse_known_args(words)
    if unknown:
        raise OptionError(_unknown(args.command, unknown))
    return int(args.run(args))


def _unknown(command: str, words: Sequence[str]) -> str:
    """What to say of arguments that a command doesn't know."""
    from mimik.cli.completion import command_words

    near = difflib.get_close_matches(words[0], command_words()[command], n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"unrecognized arguments: {' '.join(words)}{hint}; see 'mimik {command} --help'"
