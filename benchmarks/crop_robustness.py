"""What a face box that is off costs: a model's figure as the box is moved and scaled.

    python benchmarks/crop_robustness.py MODEL DATA [--reader NAME] [--split NAME] [--limit N]
        [--whole] [--out FOLDER]

Prints a table and writes MODEL-SET.json and MODEL-SET.png. The detector's box is moved, unless
``--whole`` is given: then the data set's own crop, past whose border the last pixels are repeated.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2

from mimik.evaluate.robustness import crop_robustness
from mimik.plots.reports import draw_robustness


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model")
    parser.add_argument("data", type=Path)
    parser.add_argument("--reader")
    parser.add_argument("--split")
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("docs/figures"))
    args = parser.parse_args()
    cv2.setNumThreads(1)
    report = crop_robustness(
        args.model, args.data, args.reader, args.split, detect=not args.whole, limit=args.limit
    )
    del report["data"]["path"]
    stem = f"{report['model']['name']}-{report['data']['reader']}-{'whole' if args.whole else 'detected'}"
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / f"{stem}.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    draw_robustness(report, args.out / f"{stem}.png")
    print(f"{stem}: {report['figure']} over {report['n']} faces, {report['missed']} missed")
    for way in ("right", "down", "scale"):
        print(way.ljust(6), "  ".join(f"{step:g}: {value:.3f}" for step, value in report[way]))


if __name__ == "__main__":
    main()
