"""What the commands of ``mimik data`` share: which set, which part of it, and what it left out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mimik.cli.options import add_reader

if TYPE_CHECKING:
    from mimik.data.base import Skipped


def add_set(parser: argparse.ArgumentParser, split: bool = True) -> None:
    """Add PATH, --reader and, unless it means something else, --split."""
    parser.add_argument(
        "data",
        type=Path,
        metavar="PATH",
        help="the data set's folder, zip or CSV, or the folder that holds it",
    )
    add_reader(parser)
    if split:
        parser.add_argument("--split", default="all", metavar="NAME", help="one split (default: all of them)")


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add --json."""
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures; - is the terminal")


def skipped_lines(skipped: Sequence[Skipped]) -> list[str]:
    """A line for each reason for which a reader left out files or rows: how many, and the first of them."""
    from mimik.data.left_out import by_reason, left_out_lines

    return [f"left out, {line}" for line in left_out_lines(by_reason(skipped))]


def progress(done: int, of: int) -> None:
    """A line on the terminal that counts what is decoded; nothing in a pipe or file."""
    if sys.stderr.isatty() and (done == of or done % 200 == 0):
        print(f"\r\x1b[K{done:,} of {of:,} decoded", end="\r\x1b[K" if done == of else "", file=sys.stderr)
