"""``mimik data split``: divides a data set, and keeps the division in a file."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mimik.cli.data.options import add_json, add_set, progress, skipped_lines
from mimik.cli.options import listed
from mimik.cli.output import check_outputs, say
from mimik.errors import OutputExistsError, some_of
from mimik.tasks.words import fitted

MOST_COLUMNS = 10
"""With more folds only their sizes are said."""
MOST_SHARES = 4
"""With more parts the table has no shares."""


def add_parser(actions: Any) -> None:
    """Add the command to the parser."""
    parser = actions.add_parser(
        "split",
        help="divide a set by person, group or near copies",
        description="Divide a data set and write which part each picture is in, as a CSV that recipes "
        '(splits = "FILE") and mimik evaluate (--splits FILE) read. People and other groups stay together, '
        "near copies where no group is named; each part has its share of each class. The same set is "
        "divided alike everywhere.",
    )
    add_set(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("splits.csv"),
        metavar="FILE",
        help="the CSV with key, split, fold and group (default: %(default)s); one that is there is replaced, "
        "and what changes is said",
    )
    parser.add_argument(
        "--shares",
        type=shares,
        default={},
        metavar="A=N,B=N",
        help="splits and their shares (default: train=0.8,val=0.1,test=0.1, unless there are folds)",
    )
    parser.add_argument(
        "--folds", type=int, default=0, metavar="K", help="K equal folds, of train if there are shares, too"
    )
    parser.add_argument("--leave-one-out", action="store_true", help="a fold for each person or other group")
    parser.add_argument(
        "--by",
        metavar="A,B",
        help="labels or subgroups of which each part gets its share (default: the set's first label)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="another division (default: %(default)s)"
    )
    add_json(parser)
    parser.set_defaults(run=run)


def shares(text: str) -> dict[str, float]:
    """Shares of the command line: train=0.8,test=0.2.

    Raises:
        argparse.ArgumentTypeError: They have another form.
    """
    found: dict[str, float] = {}
    for word in text.split(","):
        split, _, share = (part.strip() for part in word.partition("="))
        try:
            found[split] = float(share)
        except ValueError:
            split = ""
        if not split:
            raise argparse.ArgumentTypeError(f"shares are written train=0.8,val=0.1,test=0.1, not {text!r}")
    return found


def run(args: argparse.Namespace) -> int:
    """Divide, write and report."""
    from mimik.data.bonds import find_bonds
    from mimik.data.divide import DivideOptions, divide
    from mimik.data.division import describe_division
    from mimik.data.open_set import open_set
    from mimik.data.split_file import compare_parts, read_split_file, write_split_file

    options = DivideOptions(args.shares, args.folds, args.leave_one_out, listed(args.by) or (), args.seed)
    check_outputs(args.output, args.json)
    before = read_split_file(args.output) if args.output.exists() else None
    name, samples, skipped = open_set(args.data, args.reader, args.split)
    keys = [sample.key for sample in samples]
    bonds = find_bonds(samples, progress)
    parts = divide(samples, bonds, options)
    found = {
        "data": {"path": str(args.data), "reader": name, "split": args.split},
        "file": str(args.output),
        **describe_division(samples, bonds, parts, options),
        "changed": None if before is None else compare_parts(before, dict(zip(keys, parts, strict=True))),
        "skipped": [asdict(item) for item in skipped],
    }
    if found["changed"] and len(found["changed"]["new"]) == len(keys):
        raise OutputExistsError(f"{args.output}: divides another set; name another file with -o")
    write_split_file(args.output, keys, parts)
    say(found, "\n".join([*lines(found), *skipped_lines(skipped)]) + "\n", args.json)
    return 0


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """The division as a person reads it."""
    yield f"{found['file']}: {found['n']:,} {found['holds']} in {found['units']:,} groups ({found['kinds']})"
    if len(found["splits"]) > 1:
        yield from _tables(found["classes"], list(found["splits"]))
    if found["folds"]:
        yield from _fold_lines(found)
    yield ""
    if joined := found["joined"]:
        pairs = some_of(" and ".join(groups) for groups in joined)
        yield f"groups that hold the same pictures, kept together: {len(joined):,} ({pairs})"
    if copies := found["copies_of_groups"]:
        yield f"pictures without a person or group that copy one's photo, kept with it: {copies:,}"
    if found["copies"]:
        ((name, size),) = found["largest"].items()
        yield f"groups of near copies, kept together: {found['copies']:,}, the largest of {size:,} ({name})"
    if bad := found["undecodable"]:
        yield f"can't be decoded, so their copies are unknown: {len(bad):,} ({some_of(bad)})"
    if large := found["large"]:
        named = some_of(f"{name} {n:,}" for name, n in large.items())
        yield f"groups larger than the smallest part should be: {len(large):,} ({named})"
    yield from _small_lines(found["small"], found["holds"])
    if found["changed"]:
        yield _changes(found["changed"])


def _tables(labels: Mapping[str, Any], parts: list[str]) -> Iterator[str]:
    for name, classes in labels.items():
        yield ""
        yield from fitted(table(name, classes, parts))


def table(name: str, classes: Mapping[str, Any], parts: list[str]) -> list[tuple[str, ...]]:
    """A row a class: its pictures in each part and their share of it."""
    shown = len(parts) <= MOST_SHARES
    rows = [(name, *(cell for part in parts for cell in [part] + [""] * shown))]
    sums = {part: sum(row["splits"].get(part, 0) for row in classes.values()) for part in parts}
    for label, row in [*classes.items(), ("all", {"splits": sums})]:
        counts = [row["splits"].get(part, 0) for part in parts]
        of = max(1, sum(counts))
        cells = [cell for n in counts for cell in [f"{n:,}"] + [f"{100 * n / of:.1f} %"] * shown]
        rows.append((label or "unknown", *cells))
    return rows


def _fold_lines(found: Mapping[str, Any]) -> Iterator[str]:
    folds = found["folds"]
    if len(folds) <= MOST_COLUMNS:
        yield from _tables(found["fold_classes"], [f"fold{fold}" for fold in folds])
    else:
        sizes = " to ".join(f"{size:,}" for size in sorted({min(folds.values()), max(folds.values())}))
        yield f"{len(folds):,} folds of {sizes} {found['holds']}"


def _small_lines(small: list[Mapping[str, Any]], kind: str) -> Iterator[str]:
    """Classes that a part has too few of, or none."""
    for none, said in (
        (True, f"without {kind}"),
        (False, f"with fewer than 10 {kind}, too few to judge by"),
    ):
        found = [row for row in small if (row["n"] == 0) == none]
        if found:
            named = some_of(f"{row['class'] or 'unknown'} in {row['part']}" for row in found)
            yield f"classes {said}: {len(found):,} ({named})"


def _changes(changed: Mapping[str, list[str]]) -> str:
    if not any(changed.values()):
        return "the file that was there held the same division"
    kinds = (("moved", "changed sides"), ("new", "new"), ("gone", "gone"))
    said = [f"{len(changed[kind]):,} {word}" for kind, word in kinds]
    moved = f" ({some_of(changed['moved'])})" if changed["moved"] else ""
    return f"against the file that was there: {', '.join(said)}{moved}"
