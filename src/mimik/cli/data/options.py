"""What the commands of ``mimik data`` share: which set, which part of it, and where the figures go."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimik.errors import OutputError
from mimik.tasks.words import one_of

if TYPE_CHECKING:
    from mimik.data.base import Skipped


def add_set(parser: argparse.ArgumentParser, split: bool = True) -> None:
    """Add PATH, --reader and, unless it means something else, --split."""
    from mimik.data.base import READERS

    parser.add_argument(
        "data",
        type=Path,
        metavar="PATH",
        help="the data set's folder, zip or CSV, or the folder that holds it",
    )
    parser.add_argument(
        "--reader", metavar="LAYOUT", help=f"{one_of(list(READERS))} (default: guessed from the layout)"
    )
    if split:
        parser.add_argument("--split", default="all", metavar="NAME", help="one split (default: all of them)")


def add_splits(parser: argparse.ArgumentParser) -> None:
    """Add --splits."""
    parser.add_argument(
        "--splits", type=Path, metavar="FILE", help="divide the set as this file of mimik data split does"
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add --json."""
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures; - is the terminal")


def say(figures: Mapping[str, Any], text: str, file: Path | None) -> None:
    """Print what a person reads, or the figures; write the figures where they are wanted.

    Raises:
        OutputError: The file can't be written.
    """
    as_json = json.dumps(figures, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    to_terminal = file is not None and str(file) == "-"
    print(as_json if to_terminal else text, end="")
    if file is not None and not to_terminal:
        from mimik.storage.whole import write_whole

        write_whole(file, as_json)


def check_folder_of(*files: Path | None) -> None:
    """Find out before the work whether its results can be kept.

    Raises:
        OutputError: A file's folder isn't there.
    """
    for file in files:
        if file is not None and str(file) != "-" and not file.absolute().parent.is_dir():
            raise OutputError(f"{file}: its folder isn't there; make it first")


def skipped_lines(skipped: Sequence[Skipped]) -> list[str]:
    """A line for each reason for which a reader left out files or rows: how many, and the first of them."""
    from mimik.data.left_out import by_reason, left_out_lines

    return [f"left out, {line}" for line in left_out_lines(by_reason(skipped))]


def progress(done: int, of: int) -> None:
    """A line on the terminal that counts pictures; nothing in a pipe or file."""
    if sys.stderr.isatty() and (done == of or done % 200 == 0):
        print(f"\r\x1b[Kpictures {done:,} of {of:,}", end="\r\x1b[K" if done == of else "", file=sys.stderr)
