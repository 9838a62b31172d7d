"""``mimik summary``: what a results file says about each person."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from mimik.errors import OptionError, OutputError, OutputExistsError, printable
from mimik.results.csv import csv_line
from mimik.storage.whole import write_whole
from mimik.tasks.words import aligned

YEARS = "_years_median"
"""What the name of a task's column ends with that is an age."""


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "summary",
        help="time in each emotion, age and more, per person and clip",
        description="Sum a results file up: a row per source and person.",
    )
    parser.set_defaults(run=run)
    parser.add_argument("results", type=Path, help=".jsonl, .csv or .parquet, as mimik analyze writes it")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="write all figures to a .csv or .json file"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")


def run(args: argparse.Namespace) -> int:
    """Print the table, or write the file."""
    from mimik.results.summarise import summarise

    output: Path | None = args.output
    if output and output.suffix.lower() not in (".csv", ".json"):
        raise OptionError(f"{output}: a summary can be written as .csv or .json")
    if output and output.exists() and args.results.exists() and output.samefile(args.results):
        raise OutputError(f"{output}: is the results file itself; choose another name")
    if output and output.exists() and not args.overwrite:
        raise OutputExistsError(f"{output}: exists; choose another name or --overwrite")
    summaries = summarise(args.results)
    if output:
        _write(summaries, output)
    else:
        print(table(summaries))
    return 0


def _write(summaries: Sequence[Mapping[str, Any]], output: Path) -> None:
    if output.suffix.lower() == ".json":
        text = json.dumps(summaries, indent=2, ensure_ascii=False) + "\n"
    else:
        text = as_csv(summaries)
    write_whole(output, text)


def as_csv(summaries: Iterable[Mapping[str, Any]]) -> str:
    """The summaries as CSV: what is counted by value gets a column a value, 0 where it never came."""
    rows = list(summaries)
    values: dict[str, dict[str, None]] = {}
    for name, value in (item for row in rows for item in row.items()):
        if isinstance(value, Mapping):
            values.setdefault(name, {}).update(dict.fromkeys(value))
    flat = [_flat(row, values) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row)) or ["source", "id"]
    return csv_line(names) + "".join(csv_line(row.get(name) for name in names) for row in flat)


def _flat(summary: Mapping[str, Any], values: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """One summary's cells; of what is counted, all the values that any summary has."""
    row: dict[str, Any] = {}
    for name, value in summary.items():
        if isinstance(value, Mapping):
            absent = None if None in value.values() else 0
            row.update((f"{name}_{key}", value.get(key, absent)) for key in values[name])
        else:
            row[name] = value
    return row


def table(summaries: Sequence[Mapping[str, Any]]) -> str:
    """The summaries as people read them: each source, then a line a person."""
    if not summaries:
        return "no faces"
    votes = list(
        dict.fromkeys(name.removesuffix("_share") for s in summaries for name in s if name.endswith("_share"))
    )
    ages = list(
        dict.fromkeys(name.removesuffix(YEARS) for s in summaries for name in s if name.endswith(YEARS))
    )
    head = ["id", "frames", "from s", "to s", *votes, *ages, "untrusted"]
    lines = [head, *(_line(summary, votes, ages) for summary in summaries)]
    first, *rows = ["  " + line for line in aligned(lines)]
    people = zip(rows, summaries, strict=True)
    for source, group in groupby(people, key=lambda pair: pair[1]["source"]):
        first += "\n" + "\n".join((printable(source), *(row for row, _ in group)))
    return first


def _line(summary: Mapping[str, Any], votes: Sequence[str], ages: Sequence[str]) -> list[str]:
    number = summary["id"]
    return [
        "-" if number is None else str(number),
        str(summary["frames"]),
        *("-" if summary[name] is None else f"{summary[name]:.2f}" for name in ("first_s", "last_s")),
        *(_shares(summary.get(f"{vote}_share", {})) for vote in votes),
        *(_age(summary, task) for task in ages),
        _untrusted(summary),
    ]


def _shares(share: Mapping[str, float]) -> str:
    """The two most frequent values."""
    best = sorted(share.items(), key=lambda item: -item[1])[:2]
    # 100 * 0.575 is 57.49999...; a share has six digits.
    percent = [(value, round(100 * part, 4)) for value, part in best]
    return ", ".join(f"{value} {part:.0f} %" for value, part in percent if part >= 0.5) or "-"


def _untrusted(summary: Mapping[str, Any]) -> str:
    """Why faces can't be trusted, and a task's readings of further ones, each with its frames."""
    names = [name for name in summary if name.endswith("untrusted")]
    told = [
        f"{name.removesuffix('untrusted').replace('_', ' ')}{reason} {frames}"
        for name in names
        for reason, frames in summary[name].items()
    ]
    return ", ".join(told) or "-"


def _age(summary: Mapping[str, Any], task: str) -> str:
    years, low, high = (summary.get(f"{task}_{name}_median") for name in ("years", "low", "high"))
    if years is None:
        return "-"
    return f"{years:.0f}" if low is None or high is None else f"{years:.0f} ({low:.0f}-{high:.0f})"
