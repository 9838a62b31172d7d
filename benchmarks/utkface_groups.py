"""Makes src/mimik/data/utkface_groups.csv: dates of UTKFace whose pictures show the same photo.

    python benchmarks/utkface_groups.py UTKFACE [--sheet FILE.png]

Takes about three minutes on one core. ``--sheet`` draws the least similar pairs that were joined,
to be looked at.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from mimik.data import utkface
from mimik.data.base import load_reader, read_samples
from mimik.data.same_photo import near_duplicates
from mimik.data.splits import join_groups

OUT = Path(utkface.__file__).with_name(utkface.GROUPS_FILE)
NOTE = "# date fields of UTKFace that show the same photo, a group a line; see benchmarks/utkface_groups.py\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sheet", type=Path)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    samples = read_samples(load_reader("utkface"), args.data)[0]
    grey = [cv2.cvtColor(s.load(), cv2.COLOR_RGB2GRAY) for s in samples]
    pairs = near_duplicates(grey)
    dates = [utkface.date_field(s.key) for s in samples]
    groups = join_groups(sorted(set(dates)), [(dates[a], dates[b]) for a, b in pairs])
    large = sorted((g for g in groups if len(g) > 1), key=lambda g: g[0])
    OUT.write_text(NOTE + "".join(",".join(group) + "\n" for group in large), encoding="ascii")
    print(f"{len(pairs)} pairs, {len(large)} groups, the largest of {max(map(len, large))} dates -> {OUT}")
    same = join_groups(range(len(samples)), pairs)
    print(f"{sum(len(g) > 1 for g in same)} groups of pictures, the largest of {max(map(len, same))}")
    if args.sheet:
        draw(args.sheet, [grey[i] for pair in pairs[:: max(1, len(pairs) // 150)] for i in pair])


def draw(path: Path, pictures: list[np.ndarray]) -> None:
    tiles = [cv2.resize(p, (72, 72), interpolation=cv2.INTER_AREA) for p in pictures]
    tiles += [np.zeros((72, 72), np.uint8)] * (-len(tiles) % 20)
    rows = [np.hstack(tiles[i : i + 20]) for i in range(0, len(tiles), 20)]
    cv2.imwrite(str(path), np.vstack(rows))


if __name__ == "__main__":
    main()
