"""``mimik data info``: what a data set holds."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

from mimik.cli.data.options import add_json, add_set, progress, skipped_lines
from mimik.cli.options import add_splits
from mimik.cli.output import check_outputs, say
from mimik.errors import some_of
from mimik.tasks.words import fitted


def add_parser(actions: Any) -> None:
    """Add the command to the parser."""
    parser = actions.add_parser(
        "info",
        help="count classes, splits, people, sizes and subgroups",
        description="Count what a data set holds: classes by split, people or other groups, sizes of "
        "pictures, lengths of sounds, subgroups, and what can't be decoded or was left out.",
    )
    add_set(parser)
    add_splits(parser)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="decode nothing: no sizes or lengths, no damaged ones, but at once",
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Count and print."""
    from mimik.data.info import describe_set

    check_outputs(args.json)
    found = describe_set(
        args.data, args.reader, args.split, args.splits, decode=not args.quick, told=progress
    )
    say(found, "\n".join(lines(found)) + "\n", args.json)
    return 0


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """The counts as a person reads them."""
    data, splits = found["data"], found["splits"]
    of = "" if data["split"] == "all" else f", split {data['split']}"
    yield f"{data['title'] or found['holds']} read by {data['reader']}{of}: {found['n']:,} {found['holds']}"
    shown: dict[str, Any] = {}
    for name, task in found["tasks"].items():
        yield ""
        if same := next((other for other, counts in shown.items() if counts == task), None):
            yield f"{name}: as {same}"
            continue
        shown[name] = task
        yield from fitted(
            unit_table(name, task)
            if "units" in task
            else class_table(name, task, list(splits), found["holds"])
        )
        if task.get("years"):
            years = task["years"]
            yield (
                f"years known of {years['n']:,}: {years['least']:g} to {years['most']:g}, "
                f"median {years['median']:g}"
            )
    yield ""
    yield from _group_lines(found["groups"])
    for name, values in found["subgroups"].items():
        yield f"{name}: {', '.join(f'{value} {n:,}' for value, n in values.items())}"
    if found["votes"]:
        yield f"votes or probabilities: {', '.join(f'{task} {n:,}' for task, n in found['votes'].items())}"
    if found["pictures"] is None and found["sounds"] is None:
        yield f"sizes: not looked at, nor whether the {found['holds']} can be decoded (--quick)"
    if found["pictures"]:
        yield from _picture_lines(found["pictures"])
    if found["sounds"]:
        yield from _sound_lines(found["sounds"])
    yield from _skipped_lines(found["skipped"])


def class_table(
    name: str, task: Mapping[str, Any], splits: list[str], kind: str = "pictures"
) -> list[tuple[str, ...]]:
    """A row a class: its pictures or clips in each split, all of them and their share, and its groups."""
    grouped = any(row["groups"] for row in task["classes"].values())
    several = len(splits) > 1
    head = (name, *(splits if several else ()), kind, "share", *(("groups",) if grouped else ()))
    rows = [head]
    for label, row in task["classes"].items():
        cells = [f"{row['splits'].get(split, 0):,}" for split in splits] if several else []
        share = f"{100 * row['n'] / task['n']:.1f} %"
        rows.append((label, *cells, f"{row['n']:,}", share, *((f"{row['groups']:,}",) if grouped else ())))
    if several:
        sums = [sum(row["splits"].get(split, 0) for row in task["classes"].values()) for split in splits]
        rows.append(("all", *(f"{n:,}" for n in sums), f"{task['n']:,}"))
    return rows


def unit_table(name: str, task: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A row an action unit: where it is present, and where it is known to be or not."""
    rows = [
        (unit, f"{row['present']:,}", f"{row['known']:,}")
        for unit, row in task["units"].items()
        if row["known"]
    ]
    return [(name, "present", "known of"), *rows]


def _group_lines(groups: Mapping[str, Any]) -> Iterator[str]:
    if not groups["n"]:
        yield "people or groups: none are named, so near copies have to be looked for in a split"
        return
    largest = ", ".join(f"{name} {n:,}" for name, n in groups["largest"].items())
    yield f"people or groups: {groups['n']:,}, the largest {largest}"
    if groups["without"]:
        yield f"without one: {groups['without']:,}"
    if several := groups["in_several_splits"]:
        yield f"groups in several splits: {len(several):,} ({some_of(several)})"


def _picture_lines(pictures: Mapping[str, Any]) -> Iterator[str]:
    sizes = pictures["sizes"]
    shown = ", ".join(f"{size} {n:,}" for size, n in list(sizes.items())[:4])
    more = f" and {len(sizes) - 4:,} other sizes" if len(sizes) > 4 else ""
    yield f"sizes: {shown}{more}" if sizes else "sizes: none"
    if pictures["grey"]:
        yield f"grey: {pictures['grey']:,}"
    if blank := pictures["blank"]:
        yield f"blank: {len(blank):,} ({some_of(blank)})"
    if bad := pictures["undecodable"]:
        yield f"can't be decoded: {len(bad):,} ({some_of(item['key'] for item in bad)})"


def _sound_lines(sounds: Mapping[str, Any]) -> Iterator[str]:
    if length := sounds["seconds"]:
        ends = f"{length['least']:.1f} to {length['most']:.1f} s, median {length['median']:.1f} s"
        yield f"length: {length['total'] / 60:,.1f} minutes in all; {ends}"
    if silent := sounds["silent"]:
        yield f"silent: {len(silent):,} ({some_of(silent)})"
    if bad := sounds["undecodable"]:
        yield f"can't be decoded: {len(bad):,} ({some_of(item['key'] for item in bad)})"


def _skipped_lines(skipped: list[Mapping[str, str]]) -> Iterator[str]:
    from mimik.data.base import Skipped

    yield from skipped_lines([Skipped(item["key"], item["reason"]) for item in skipped])
