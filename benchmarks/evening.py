"""From a folder of pictures to a model in one evening, timed: audit, train, evaluate, analyze.

A flat folder is made of a data set: 300 pictures of three classes, five look-alikes of each of twenty of
them, and ten files that are no pictures. 600 other pictures of the same set, none a near copy of the first,
say afterwards how good the model is; its card's held-out accuracy should agree.

    python benchmarks/evening.py --data DATA/fer2013 --folder FOLDER
    python benchmarks/evening.py --data DATA/fer2013 --folder FOLDER --pictures-only    # for docs/training.md
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.cli.main import main as mimik
from mimik.data.base import Sample, load_reader, read_samples
from mimik.data.copies import near_any, thumbnails

CLASSES = ("happy", "surprise", "neutral")
PICTURES, OTHERS, COPIED, COPIES, BROKEN = 300, 600, 20, 5, 10


def pick(samples: list[Sample], count: int, rng: np.random.Generator) -> list[Sample]:
    """As many of each class, in random order."""
    chosen = []
    for name in CLASSES:
        own = [sample for sample in samples if sample.labels["emotion"] == name]
        chosen += [own[i] for i in rng.choice(len(own), count // len(CLASSES), replace=False)]
    return chosen


def look_alike(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The picture a little turned, moved and lit otherwise; half of them mirrored."""
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-3, 3), rng.uniform(0.98, 1.04))
    turn[:, 2] += rng.uniform(-0.02, 0.02, 2) * (width, height)
    moved = cv2.warpAffine(image, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
    lit = moved.astype(np.float32) * rng.uniform(0.85, 1.15) + rng.uniform(-15, 15)
    told = lit.clip(0, 255).astype(np.uint8)
    return told[:, ::-1] if rng.random() < 0.5 else told


def write(folder: Path, sample: Sample, image: NDArray[np.uint8], name: str) -> None:
    place = folder / str(sample.labels["emotion"])
    place.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(place / f"{name}.png"), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))


def make(data: Path, folder: Path, seed: int) -> None:
    """Write ``pictures`` and ``others`` into a folder."""
    rng = np.random.default_rng(seed)
    samples, _ = read_samples(load_reader("fer2013"), data, "train")
    samples = [s for s in samples if s.labels["emotion"] in CLASSES and s.load().std() > 10]
    mine = pick(samples, PICTURES, rng)
    images = [sample.load() for sample in mine]
    keys = {sample.key for sample in mine}
    rest = [sample for sample in samples if sample.key not in keys]
    copied = near_any(thumbnails(s.load() for s in rest), thumbnails(images))
    for row, (sample, image) in enumerate(zip(mine, images, strict=True)):
        write(folder / "pictures", sample, image, f"{row:03d}")
    for row in rng.choice(len(mine), COPIED, replace=False):
        for copy in range(COPIES):
            write(folder / "pictures", mine[row], look_alike(images[row], rng), f"{row:03d}_{copy}")
    for number in range(BROKEN):
        broken = folder / "pictures" / CLASSES[number % len(CLASSES)] / f"broken_{number}.png"
        broken.write_bytes(b"\x89PNG\r\n\x1a\n" + rng.bytes(200))
    for sample in pick([s for s, near in zip(rest, copied, strict=True) if not near], OTHERS, rng):
        write(folder / "others", sample, sample.load(), sample.key)


def timed(*words: str) -> float:
    """Run a command; its seconds."""
    print(f"\n$ mimik {' '.join(words)}", flush=True)
    start = time.perf_counter()
    code = mimik(words)
    taken = time.perf_counter() - start
    print(f"[{taken:.1f} s, exit {code}]", flush=True)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="FER-2013")
    parser.add_argument("--folder", type=Path, required=True, help="a new folder for everything")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pictures-only", action="store_true", help="make the pictures, and no more")
    args = parser.parse_args()
    if args.folder.exists():
        sys.exit(f"{args.folder} is there already; name a new folder")
    make(args.data, args.folder, args.seed)
    if args.pictures_only:
        return
    pictures, others, audit, run = (
        str(args.folder / name) for name in ("pictures", "others", "audit", "run")
    )
    taken = timed("data", "audit", pictures, "-o", audit)
    taken += timed("train", "--quick", pictures, "--run", run, "--leave-out", f"{audit}/leave_out.csv")
    (model,) = Path(run).glob("*.onnx")
    taken += timed("evaluate", run)
    report = args.folder / "others.json"
    taken += timed(
        "evaluate", str(model), others, "--reader", "folder", "--split", "all", "--json", str(report)
    )
    first = next((args.folder / "others").rglob("*.png"))
    taken += timed("analyze", str(first), "--model", str(model))
    told = json.loads(report.read_text())
    print(f"\nall of it: {taken:.0f} s; on {told['n']} others {told['accuracy']:.3f} {told['ci95']}")
    print(json.dumps(json.loads(model.with_suffix(".json").read_text())["figures"], indent=1))


if __name__ == "__main__":
    main()
