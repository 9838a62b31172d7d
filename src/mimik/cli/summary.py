"""``mimik summary``: what a results file says about each person."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any

from mimik.cli.options import add_results, width
from mimik.cli.parser import DONE
from mimik.errors import OptionError, OutputError, OutputExistsError, printable
from mimik.results.csv import as_csv, csv_line
from mimik.results.dataset import Dataset, is_same, located
from mimik.results.rows import Row
from mimik.results.summary_columns import ACTIVE, LABEL, RAW
from mimik.results.tally import ACTIVITY
from mimik.storage.whole import write_whole
from mimik.tasks.words import fitted

if TYPE_CHECKING:
    from mimik.results.summarise import Part, Summary

YEARS = "_years_median"
"""What the name of a column ends with that is an age."""


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "summary",
        help="time in each emotion, action units, age, voices and more, per person and clip",
        description="Sum a results file up: a row per source and person, with mean, standard deviation, "
        "median, peak, share of time and number of activations of each emotion and action unit; and a row "
        "per source of what is heard in its voices.",
    )
    parser.set_defaults(run=run)
    add_results(parser)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="write all figures to a .csv or .json file"
    )
    parser.add_argument("--raw", action="store_true", help="sum the values before smoothing up, too")
    parser.add_argument(
        "--people",
        type=Path,
        metavar="MAP.csv",
        help="who is who: a line a person with file or id (or both), participant, group and whatever else "
        "is to be added as columns",
    )
    parser.add_argument(
        "--age-groups",
        type=width,
        metavar="5|10",
        help="age groups of so many years (default: those of the results)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")


def run(args: argparse.Namespace) -> int:
    """Print the table, or write the file."""
    from mimik.results.summarise import sum_up

    output: Path | None = args.output
    if output:
        _check_output(args)
    results = located(args.results)
    summary = sum_up(results, raw=args.raw, people=args.people, age_groups=args.age_groups)
    if output:
        as_json = output.suffix.lower() == ".json"
        write_whole(output, json_text(summary) if as_json else csv_text(summary))
    else:
        print(table(summary))
    lost = () if summary.complete or isinstance(results, Dataset) else (_lost(results),)
    for note in (*summary.notes, *lost):
        print(f"mimik: {note}", file=sys.stderr)
    return DONE


def _lost(results: Path) -> str:
    """That nothing tells of sources that failed, and why."""
    run = results.with_name(f"{results.name}.run")
    why = f"{run.name} is damaged" if run.exists() else f"no {run.name} lies beside it"
    return f"{results}: {why}, so sources that failed have no row"


def _check_output(args: argparse.Namespace) -> None:
    output: Path = args.output
    if output.suffix.lower() not in (".csv", ".json"):
        raise OptionError(f"{output}: a summary can be written as .csv or .json")
    for given, what in ((located(args.results), "the results file"), (args.people, "the table of people")):
        if given and is_same(output, given):
            raise OutputError(f"{output}: is {what} itself; choose another name")
    if output.exists() and not args.overwrite:
        raise OutputExistsError(f"{output}: exists; choose another name or --overwrite")


def json_text(summary: Summary) -> Iterator[str]:
    """The summary as JSON, a list of objects, piece by piece."""
    if not summary.records:
        yield "[]\n"
        return
    for number, record in enumerate(summary.records):
        yield ",\n" if number else "[\n"
        yield indent(json.dumps(record, indent=2, ensure_ascii=False), "  ")
    yield "\n]\n"


def csv_text(summary: Summary) -> Iterator[str]:
    """The summary as CSV, line by line, an empty cell where nothing is known."""
    yield csv_line(summary.columns)
    yield from (csv_line(as_csv(row).values()) for row in summary.rows)


def table(summary: Summary) -> str:
    """The summary as people read it: a table of faces, one of voices."""
    if not summary.rows:
        return "no sources"
    told = ((_voices if part.heard else _faces)(part) for part in summary.parts if part.rows)
    return "\n\n".join(told)


def _voices(part: Part) -> str:
    """Each source, then a line of what is heard in it."""
    names = part.columns
    who = names[1 : names.index("status")]
    tasks = [name.removesuffix(LABEL) for name in names if name.endswith(LABEL)]
    head = [*who, "utterances", "from s", "to s", "speech s", *tasks, "untrusted"]
    lines = [head, *(_heard(row, who, tasks) for row in part.rows)]
    first, *rows = fitted(lines, "  ")
    for line, row in zip(rows, part.rows, strict=True):
        ending = [_ending(row)] if row["problem"] or not row["utterances"] else []
        shown = [line] if row["utterances"] else []
        first += "\n" + "\n".join((printable(str(row["source"])), *ending, *shown))
    return first


def _heard(row: Row, who: Sequence[str], tasks: Sequence[str]) -> list[str]:
    if not row["utterances"]:
        return []
    return [
        *("-" if row[name] is None else printable(str(row[name])) for name in (*who, "utterances")),
        *(f"{row[name]:.2f}" for name in ("first_s", "last_s", "speech_seconds")),
        *(_shares(row, task) for task in tasks),
        _untrusted(row),
    ]


def _faces(summary: Part) -> str:
    """Each source, then a line a person."""
    names = summary.columns
    who = names[1 : names.index("id")]
    tasks = [name.rpartition("_")[0] for name in names if name.endswith((LABEL, ACTIVE))]
    ages = [name.removesuffix(YEARS) for name in names if name.endswith(YEARS)]
    head = ["id", *who, "frames", "from s", "to s", *tasks, *ages, "untrusted"]
    lines = [head, *(_line(row, who, tasks, ages) for row in summary.rows)]
    first, *rows = fitted(lines, "  ")
    told = zip(rows, summary.rows, strict=True)
    for source, group in groupby(told, key=lambda pair: pair[1]["source"]):
        people = list(group)
        partial = [_ending(row) for _, row in people if row["frames"] and row["problem"]][:1]
        shown = (line if row["frames"] else _ending(row) for line, row in people)
        first += "\n" + "\n".join((printable(str(source)), *partial, *shown))
    return first


def _ending(row: Row) -> str:
    """What there is to say of a source that shows nobody, or ended early."""
    problem = str(row["problem"] or "").removeprefix(f"{row['source']}: ")
    text = f"{row['status']}: {printable(problem)}" if problem else str(row["status"])
    return fitted([(text,)], "  ")[0]


def _line(row: Row, who: Sequence[str], tasks: Sequence[str], ages: Sequence[str]) -> list[str]:
    if not row["frames"]:
        return []
    return [
        *("-" if row[name] is None else printable(str(row[name])) for name in ("id", *who, "frames")),
        *("-" if row[name] is None else f"{row[name]:.2f}" for name in ("first_s", "last_s")),
        *(_shares(row, task) for task in tasks),
        *(_age(row, task) for task in ages),
        _untrusted(row),
    ]


def _shares(row: Row, task: str) -> str:
    """The two states that were on longest."""
    begin, end = f"{task}_", f"_{ACTIVITY[0]}"
    shares = {
        name.removeprefix(begin).removesuffix(end): value
        for name, value in row.items()
        if name.startswith(begin) and name.endswith(end) and RAW not in name and isinstance(value, float)
    }
    best = sorted(shares.items(), key=lambda item: -item[1])[:2]
    # 100 * 0.575 is 57.49999...; a share has six digits.
    percent = [(state, round(100 * part, 4)) for state, part in best]
    return ", ".join(f"{state} {part:.0f} %" for state, part in percent if part >= 0.5) or "-"


def _untrusted(row: Row) -> str:
    """Why faces can't be trusted, and a task's readings of further ones, each with its frames."""
    told = [
        name.removesuffix("untrusted").replace("_", " ") + str(reasons)
        for name, reasons in row.items()
        if name.endswith("untrusted") and reasons
    ]
    return ", ".join(told) or "-"


def _age(row: Row, task: str) -> str:
    years, low, high = (row.get(f"{task}_{name}_median") for name in ("years", "low", "high"))
    if years is None:
        return "-"
    return f"{years:.0f}" if low is None or high is None else f"{years:.0f} ({low:.0f}-{high:.0f})"
