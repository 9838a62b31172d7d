"""``mimik data audit``: what is wrong with a data set."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimik.cli.data.options import add_json, progress
from mimik.cli.output import check_outputs, say
from mimik.errors import some_of
from mimik.tasks.words import fitted, one_of

if TYPE_CHECKING:
    from mimik.data.audit.audit import Audit


def add_parser(actions: Any) -> None:
    """Add the command to the parser."""
    from mimik.data.base import READERS

    parser = actions.add_parser(
        "audit",
        help="find copies, wrong labels, and pictures that show nothing",
        description="Find what is wrong with a data set, and between several: exact and near copies, equal "
        "pictures with other labels, labels that held-out predictions contradict, pictures that are blank, "
        "damaged or without a face, people on both sides of a split, classes too small to validate. Trains "
        "nothing.",
    )
    parser.add_argument(
        "data",
        type=Path,
        nargs="+",
        metavar="PATH",
        help="a data set's folder, zip or CSV; the first is trained on",
    )
    parser.add_argument(
        "--reader",
        metavar="LAYOUT",
        help=f"{one_of(list(READERS))}, or one for each PATH with commas (default: guessed from the layout)",
    )
    parser.add_argument("--split", default="all", metavar="NAME", help="one split (default: all of them)")
    _add_search(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FOLDER",
        help="write a page with contact sheets, and leave_out.csv",
    )
    add_json(parser)
    parser.set_defaults(run=run)


def _add_search(parser: argparse.ArgumentParser) -> None:
    """Add what says what is looked for."""
    parser.add_argument(
        "--predictions",
        type=Path,
        metavar="FILE",
        help="a file of evaluate --predictions, of pictures that its model didn't learn from",
    )
    parser.add_argument(
        "--faces",
        action="store_true",
        help="look for pictures without a face, too: takes several times as long",
    )
    parser.add_argument(
        "--smallest",
        type=int,
        default=30,
        metavar="N",
        help="a class with fewer pictures to judge it by is too small (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Look, and print what was found."""
    from mimik.data.audit.audit import AuditOptions, audit_sets

    check_outputs(args.json)
    if args.output:
        _make(args.output)
    options = AuditOptions(args.predictions, args.faces, args.smallest)
    found = audit_sets(args.data, _readers(args), args.split, options, progress)
    files = _write(found, args.output) if args.output else []
    text = "\n".join([*lines(found), *files])
    say(found.to_dict(), text + "\n", args.json)
    return 0


def _make(folder: Path) -> None:
    """Make the output's folder before the work."""
    from mimik.storage.whole import output_errors

    check_outputs(folder)
    with output_errors(folder):
        folder.mkdir(exist_ok=True)


def _readers(args: argparse.Namespace) -> list[str | None]:
    """The reader of each set.

    Raises:
        OptionError: There are as many neither as one nor as sets.
    """
    from mimik.errors import OptionError

    names = args.reader.split(",") if args.reader else [None]
    if len(names) not in (1, len(args.data)):
        raise OptionError(
            f"--reader names {len(names)} layouts for {len(args.data)} PATHs: name one, or one each"
        )
    return names * len(args.data) if len(names) == 1 else names


def lines(found: Audit) -> Iterator[str]:
    """The findings as a person reads them."""
    from mimik.data.audit.leave_out import reasons

    kind = found.pictures.kind
    for one in found.pictures.sets:
        of = "" if one.split == "all" else f", split {one.split}"
        yield f"{one.path}: {one.title or kind} read by {one.reader}{of}: {len(one.samples):,} {kind}"
    yield ""
    rows = [(f.title, f"{f.count:,}", f.line(found.pictures)) for f in found.findings if f.count]
    yield from fitted(rows)
    if none := [f.title.partition(",")[0] for f in found.findings if not f.count]:
        yield f"{'' if rows else 'nothing found: '}none: {', '.join(none)}"
    yield ""
    why = ", ".join(f"{reason} {n:,}" for reason, n in reasons(found.leaving).items())
    yield f"training should leave out {len(found.leaving):,} {kind}{': ' * bool(why)}{why}"


def _write(found: Audit, folder: Path) -> list[str]:
    """Write the page and the lists; say what was written."""
    from mimik.data.audit.leave_out import tables
    from mimik.data.audit.page import audit_page
    from mimik.storage.whole import write_whole

    files = {"audit.html": audit_page(found), **tables(found.pictures, found.leaving)}
    for name, text in files.items():
        write_whole(folder / name, text)
    stale = [path.name for path in sorted(folder.glob("leave_out*.csv")) if path.name not in files]
    told = [f"of an earlier audit in this folder: {some_of(stale)}; don't train by it"] * bool(stale)
    return [*(f"-> {folder / name}" for name in files), *told]
