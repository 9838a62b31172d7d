"""``mimik publish``: a finished model as a folder for others."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "publish",
        help="write a finished model for others: card, README, licences, checksums",
        description="Write a model's ONNX file and cards into a folder, with a README that the Hugging Face "
        "Hub understands, its figures, the terms of weights and data, a citation and checksums. Nothing is "
        "uploaded, pictures of people and paths of this machine are left out, and mimik models add takes the "
        "folder.",
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "source", metavar="RUN", help="a run's folder, an .onnx file with its card, or a model's name"
    )
    parser.add_argument(
        "target",
        metavar="DIR",
        type=Path,
        help="folder to write: a new or empty one, or one that was published before, which is replaced",
    )


def run(args: argparse.Namespace) -> int:
    """Write the folder."""
    from mimik.publish.publish import publish

    for name in publish(args.source, args.target):
        print(args.target / name)
    folder = shlex.quote(str(args.target))
    print(
        f"\nRead {args.target / 'README.md'} before you hand it on. To use it here: mimik models add {folder}"
    )
    return 0
