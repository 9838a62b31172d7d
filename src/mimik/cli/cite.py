"""``mimik cite``: a methods section and its references, of a results file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from mimik.cli.options import place
from mimik.errors import OptionError, OutputExistsError


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "cite",
        help="a methods section and BibTeX of what made a results file",
        description="Write what made a results file as a methods section: mimik, models and what they were "
        "trained on, settings, numbers of sources and frames, limits; and its references as BibTeX.",
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "results",
        type=place,
        help=".jsonl, .csv or .parquet with its .run file beside it; a .run file itself; or the folder "
        "(out/, s3://bucket/out/) of results in parts",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="write both to a file; to a .bib the BibTeX alone"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")


def run(args: argparse.Namespace) -> int:
    """Print or write both."""
    from mimik.results.cite.methods import cite
    from mimik.storage.whole import write_whole

    output: Path | None = args.output
    if output and output.suffix.lower() not in (".txt", ".md", ".bib"):
        raise OptionError(f"{output}: a citation is written as .txt, .md or .bib")
    if output and output.exists() and not args.overwrite:
        raise OutputExistsError(f"{output}: exists; choose another name or --overwrite")
    found = cite(args.results)
    for model in found.unknown:
        print(
            f"mimik: {model} isn't among the models here ('mimik models list'), so the text says what "
            "OUT.run says of it; add what it learned from, and how well it reads",
            file=sys.stderr,
        )
    alone = output is not None and output.suffix.lower() == ".bib"
    text = f"{found.bibtex}\n" if alone else f"{found.methods}\n\n{found.bibtex}\n"
    if output:
        write_whole(output, text)
    else:
        print(text, end="")
    return 0
