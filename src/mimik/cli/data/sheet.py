"""``mimik data sheet``: pictures of a data set on one sheet."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimik.cli.data.options import add_json, add_set, skipped_lines
from mimik.cli.options import add_splits, listed
from mimik.cli.output import check_outputs, say
from mimik.errors import OptionError, some_of

if TYPE_CHECKING:
    from mimik.data.base import Sample
    from mimik.data.sheet import Tile


def add_parser(actions: Any) -> None:
    """Add the command to the parser."""
    parser = actions.add_parser(
        "sheet",
        help="draw a contact sheet, class by class",
        description="Draw pictures of each class on one sheet, evenly spread over the set or, with --seed, "
        "at random; below each stands the end of its key.",
    )
    add_set(parser)
    add_splits(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("sheet.png"),
        metavar="FILE",
        help="the PNG (default: %(default)s)",
    )
    parser.add_argument(
        "--by", metavar="LABEL", help="label or subgroup that divides the sheet (default: the set's first)"
    )
    parser.add_argument("--class", dest="classes", metavar="A,B", help="only these classes")
    parser.add_argument(
        "--limit", type=int, default=12, metavar="N", help="pictures of each class (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="draw them at random")
    parser.add_argument(
        "--size", type=int, default=96, metavar="PX", help="longer side of a picture (default: %(default)s)"
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Choose, draw and write."""
    from mimik.data.classes import class_of, labels_asked
    from mimik.data.open_set import open_set
    from mimik.data.pictures import kind_of
    from mimik.data.sheet import SheetOptions, choose_pictures, contact_sheet, load_tiles, write_sheet

    if args.output.suffix.lower() != ".png":
        raise OptionError(f"{args.output}: a sheet is a PNG; name a file that ends in .png")
    options = SheetOptions(args.limit, args.size, seed=args.seed)
    check_outputs(args.output, args.json)
    name, samples, skipped = open_set(args.data, args.reader, args.split, args.splits)
    if kind_of(samples) == "clips":
        raise OptionError(
            f"{args.data}: holds clips of sound, and a sheet draws pictures; see mimik data info"
        )
    (label,) = labels_asked(samples, [args.by] if args.by else []) or ("",)
    chosen = choose_pictures(samples, label, listed(args.classes) or (), options)
    tiles = {own: load_tiles(of_class, options.side) for own, of_class in chosen.items()}
    columns = min(options.columns, max(map(len, tiles.values())))
    sizes = Counter(class_of(sample, label) or "unknown" for sample in samples)
    titles = {f"{own}: {len(shown):,} of {sizes[own]:,}": shown for own, shown in tiles.items()}
    write_sheet(args.output, contact_sheet(titles, options.side, max(4, columns)))
    figures = {
        "file": str(args.output),
        "reader": name,
        "by": label,
        "n": len(samples),
        "classes": {
            own: {"n": sizes[own], "shown": [sample.key for sample in chosen[own]]} for own in chosen
        },
        "undecodable": _undecodable(chosen, tiles),
        "skipped": [asdict(item) for item in skipped],
    }
    say(figures, _told(figures, skipped_lines(skipped)), args.json)
    return 0


def _undecodable(chosen: Mapping[str, Sequence[Sample]], tiles: Mapping[str, Sequence[Tile]]) -> list[str]:
    """Keys of the chosen pictures that can't be decoded."""
    pairs = ((s, tile) for own in chosen for s, tile in zip(chosen[own], tiles[own], strict=True))
    return [sample.key for sample, tile in pairs if tile.image is None]


def _told(figures: Mapping[str, Any], left_out: Sequence[str]) -> str:
    """What was drawn, and what wasn't, as a person reads it."""
    classes, damaged = figures["classes"], figures["undecodable"]
    shown = sum(len(own["shown"]) for own in classes.values())
    lines = [
        f"{figures['file']}: {shown:,} of {figures['n']:,} pictures, {len(classes)} classes by "
        f"{figures['by']}, {figures['reader']}"
    ]
    if damaged:
        lines.append(f"can't be decoded: {len(damaged):,} ({some_of(damaged)})")
    return "".join(f"{line}\n" for line in [*lines, *left_out])
