"""The parser of the command line, and what errors become there."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from mimik import __version__
from mimik.errors import MimikError, MissingExtraError, OptionError, OutputExistsError, RecipeError

COMMANDS = ("analyze", "summary", "convert", "evaluate", "models", "bench", "train", "completion")
"""Commands in the order of the help; each is the module ``mimik.cli.NAME``."""

DONE, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: all done; some items failed; wrong use; stopped with Ctrl-C."""


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The whole parser.

    Args:
        only: The one command that is needed; all if None.
    """
    parser = argparse.ArgumentParser(
        prog="mimik",
        description="Reads faces: emotion, gender and age, offline. An expression is not a feeling.",
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
    words = list(sys.argv[1:] if argv is None else argv)
    parser = build_parser(words[0] if words and words[0] in COMMANDS else None)
    args = parser.parse_args(words)
    try:
        return int(args.run(args))
    except KeyboardInterrupt:
        print("mimik: interrupted; what was finished is kept", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (``| head``); nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except MimikError as error:
        print(f"mimik: {' '.join(str(error).split())}", file=sys.stderr)
        wrong_use = (OptionError, OutputExistsError, RecipeError, MissingExtraError)
        return WRONG_USE if isinstance(error, wrong_use) else FAILED
