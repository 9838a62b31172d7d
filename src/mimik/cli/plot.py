"""``mimik plot``: a picture of a results file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from mimik.cli.options import add_results


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "plot",
        help="emotions, action units and voices over time, as a picture",
        description="Draw a results file: emotions over time, action units over time, and a face shaded by "
        "its action units; a row a person, those seen longest first. Below them, on the same axis of time, "
        "utterances by what is heard in them; recordings alone have rows of their own.",
    )
    parser.set_defaults(run=run)
    add_results(parser)
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="the picture: .png, .svg or .pdf"
    )
    parser.add_argument("--source", metavar="NAME", help="only this source, by name or the end of its path")
    parser.add_argument("--id", type=int, metavar="N", help="only the person of this id")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")


def run(args: argparse.Namespace) -> int:
    """Draw, and say what was left out."""
    from mimik.errors import OutputExistsError
    from mimik.plots.results import plot_results

    if args.output.exists() and not args.overwrite:
        raise OutputExistsError(f"{args.output}: exists; choose another name or --overwrite")
    drawn = plot_results(args.results, args.output, args.source, args.id)
    if drawn.people < drawn.of:
        counts = f"{drawn.people} of {drawn.of} people are drawn"
        print(f"{counts}; choose with --source and --id", file=sys.stderr)
    if drawn.voices < drawn.of_voices:
        counts = f"the voices of {drawn.voices} of {drawn.of_voices} sources are drawn"
        print(f"{counts}; choose with --source", file=sys.stderr)
    for note in drawn.notes:
        print(f"mimik: {note}", file=sys.stderr)
    return 0
