"""``mimik data sheet``: pictures of a data set on one sheet."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

from mimik.cli.data.options import add_set, add_splits, check_folder_of, skipped_lines
from mimik.cli.options import listed
from mimik.errors import OptionError, some_of


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
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Choose, draw and write."""
    from mimik.data.classes import class_of, labels_asked
    from mimik.data.open_set import open_set
    from mimik.data.sheet import SheetOptions, choose_pictures, contact_sheet, load_tiles, write_sheet

    if args.output.suffix.lower() != ".png":
        raise OptionError(f"{args.output}: a sheet is a PNG; name a file that ends in .png")
    options = SheetOptions(args.limit, args.size, seed=args.seed)
    check_folder_of(args.output)
    name, samples, skipped = open_set(args.data, args.reader, args.split, args.splits)
    (label,) = labels_asked(samples, [args.by] if args.by else []) or ("",)
    chosen = choose_pictures(samples, label, listed(args.classes) or (), options)
    tiles = {name: load_tiles(own, options.side) for name, own in chosen.items()}
    columns = min(options.columns, max(map(len, tiles.values())))
    sizes = Counter(class_of(sample, label) or "unknown" for sample in samples)
    titles = {f"{own}: {len(shown):,} of {sizes[own]:,}": shown for own, shown in tiles.items()}
    write_sheet(args.output, contact_sheet(titles, options.side, max(4, columns)))
    shown = sum(map(len, tiles.values()))
    print(f"{args.output}: {shown:,} of {len(samples):,} pictures, {len(tiles)} classes by {label}, {name}")
    damaged = [
        sample.key
        for own, of_class in chosen.items()
        for sample, tile in zip(of_class, tiles[own], strict=True)
        if tile.image is None
    ]
    if damaged:
        print(f"can't be decoded: {len(damaged):,} ({some_of(damaged)})")
    print("".join(f"{line}\n" for line in skipped_lines(skipped)), end="")
    return 0
