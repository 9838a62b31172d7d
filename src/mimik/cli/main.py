"""The command line: a command is found and run, and errors become a line and an exit code."""

from __future__ import annotations

import argparse
import difflib
import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mimik.cli.completion import command_words
from mimik.cli.parser import COMMANDS, FAILED, INTERRUPTED, WRONG_USE, build_parser
from mimik.errors import (
    MimikError,
    MimikWarning,
    MissingExtraError,
    OptionError,
    OutputExistsError,
    RecipeError,
    UnknownNameError,
)


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
    words = words or ["--help"]
    if words[0] == "help":
        words = [*(word for word in words[1:3] if word != "help"), "--help"]
    first = words[0]
    if not first.startswith("-") and first not in COMMANDS:
        raise UnknownNameError("command", first, COMMANDS)
    with _plain_warnings():
        parser = build_parser(first if first in COMMANDS else None)
        args, unknown = parser.parse_known_args(words)
        if unknown:
            raise OptionError(_unknown(_whole_name(args), unknown))
        return int(args.run(args))


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Show a MimikWarning as errors are shown, once, without the line of code that gave it."""
    with warnings.catch_warnings():
        usual, told = warnings.showwarning, set[str]()

        def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            if issubclass(category, MimikWarning):
                if str(message) in told:
                    return
                told.add(str(message))
                print(f"mimik: {' '.join(str(message).split())}", file=sys.stderr)
            else:
                usual(message, category, *where, **more)

        warnings.showwarning = show
        yield


def _whole_name(args: argparse.Namespace) -> str:
    """The command, with the command of it that was called, if it has some: "data info"."""
    own = f"{args.command} {getattr(args, 'action', '')}"
    return own if own in command_words() else str(args.command)


def _unknown(command: str, words: Sequence[str]) -> str:
    """What to say of arguments that a command doesn't know."""
    near = difflib.get_close_matches(words[0], command_words()[command], n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"unrecognized arguments: {' '.join(words)}{hint}; see 'mimik {command} --help'"
