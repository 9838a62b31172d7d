"""How the search for near copies grows with the number of pictures.

    python benchmarks/audit_scale.py DATA/fairface DATA/UTKFace DATA/fer2013 --counts 10000 450000

The thumbnails are those of the sets; where more are wanted than there are, they come again with noise
of coarse shapes over them, which parts them from their originals.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

import cv2
import numpy as np

from mimik.data.audit.equal import look_alike_pairs, nearest_pairs
from mimik.data.audit.look import look, open_sets

NOISE = 0.45


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--counts", type=int, nargs="+", default=[10_000, 20_000, 40_000, 80_000])
    args = parser.parse_args()
    cv2.setNumThreads(1)
    table = look(open_sets(args.data, [None] * len(args.data), "all")).thumbnails
    for count in args.counts:
        part = enough(table, count)
        start = time.process_time()
        pairs = look_alike_pairs(part)
        kept = int(nearest_pairs(part, pairs).sum())
        seconds = time.process_time() - start
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(
            f"{count:,}: {seconds:.1f} s, {len(pairs):,} pairs, {kept:,} to compare, {memory:.2f} GB at most"
        )


def enough(table: np.ndarray, count: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    parts = [table]
    while sum(map(len, parts)) < count:
        coarse = rng.normal(size=(len(table), 6, 6)).astype(np.float32)
        noise = np.stack([cv2.resize(one, (12, 12), interpolation=cv2.INTER_CUBIC) for one in coarse])
        parts.append(unit(table + NOISE * unit(noise.reshape(len(table), -1))))
    return rng.permutation(np.concatenate(parts))[:count]


def unit(table: np.ndarray) -> np.ndarray:
    table = table - table.mean(axis=1, keepdims=True)
    return (table / np.linalg.norm(table, axis=1, keepdims=True).clip(1e-6)).astype(np.float32)


if __name__ == "__main__":
    main()
