"""FairFace's pictures whose eyes are far darker than the cheeks: python benchmarks/dark_eyes.py DATA.

FairFace says of nobody that they wear dark glasses, so that a network of covers would learn that these are
clear faces. Writes src/mimik/data/fairface_eyes.csv: the training pictures whose eyes, by the median of the
brighter side's pixels, have less than half of the cheeks' light. Of those below 0.33 four in five wear dark
glasses (60 looked at), the others have their eyes in shade.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import numpy as np

from mimik.data.base import Skipped, load_reader
from mimik.faces.crop import crop, placed_square
from mimik.models.inputs import CropSpec

SPEC = CropSpec(size=48, channels=3, scale=1.08, shift_y=0.05)
EYES, CHEEKS = ((14, 21, 9, 20), (14, 21, 27, 38)), ((26, 31, 8, 17), (26, 31, 30, 39))
"""Rows and columns of the crop, of each side."""
DARK, LEAST = 0.5, 8.0
TARGET = Path(__file__).parents[1] / "src" / "mimik" / "data" / "fairface_eyes.csv"


def main() -> int:
    """Measure them all, and write the list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="folder that holds FairFace")
    args = parser.parse_args()
    rows = []
    for sample in load_reader("fairface").read(args.data, "train"):
        if isinstance(sample, Skipped):
            continue
        image = sample.load()
        grey = crop(image, placed_square(*image.shape[1::-1], sample.placement, SPEC), SPEC.size).mean(axis=2)
        eyes = max(np.median(grey[top:bottom, left:right]) for top, bottom, left, right in EYES)
        cheeks = np.mean([grey[top:bottom, left:right].mean() for top, bottom, left, right in CHEEKS])
        if (ratio := eyes / max(cheeks, LEAST)) < DARK:
            rows.append((sample.key, f"{ratio:.2f}"))
    with TARGET.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("key", "light"), *rows])
    print(f"{len(rows)} pictures in {TARGET.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
