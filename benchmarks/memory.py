"""Memory over a long video: the process's resident size every so often.

A 640 x 480 video of one face is decoded and read again and again as one stream whose time goes on, with a
pause between the rounds so that people come and go. Every result is turned into its line of JSON. Linux.

    python benchmarks/memory.py --frames 100000
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from mimik.bench import example_video
from mimik.cli.options import add_models, chosen_models
from mimik.faces.detect.base import DetectorOptions
from mimik.pipeline.analyzer import Analyzer
from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions
from mimik.types import Frame

PAUSE_S = 3.0
"""Between the rounds: longer than a person is remembered."""


def resident_mb() -> float:
    """Memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def rounds(video: Path) -> Iterator[Frame]:
    """The video again and again as one stream."""
    index, start_s = 0, 0.0
    while True:
        time_s = start_s
        with open_source(video, SourceOptions(threads=1)) as source:
            for frame in source:
                time_s = start_s + frame.time_s
                yield dataclasses.replace(frame, index=index, time_s=time_s)
                index += 1
        start_s = time_s + PAUSE_S


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--step", type=int, default=1_000, help="frames between two looks")
    parser.add_argument("--size", type=int, default=192, help="detector's size; small, so that it is quick")
    add_models(parser)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    detection = DetectorOptions(size=args.size)
    analyzer = Analyzer(detector="yunet", device="cpu", detection=detection, **chosen_models(args))
    session, sizes, faces, start = analyzer.session(), [], 0, time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder, "face.mp4")
        example_video(video)
        for count, frame in enumerate(rounds(video), 1):
            result = session.read(frame)
            json.dumps(result.to_dict())
            faces += len(result.faces)
            if count % args.step == 0:
                gc.collect()
                sizes.append(resident_mb())
                print(
                    f"{count:>8} frames  {sizes[-1]:8.1f} MB  {time.perf_counter() - start:7.0f} s",
                    flush=True,
                )
            if count >= args.frames:
                break
    print(json.dumps(report(sizes, args.step, faces / args.frames)))


def report(sizes: list[float], step: int, faces: float) -> dict[str, float]:
    """Growth after the first tenth, and its slope."""
    late = sizes[len(sizes) // 10 :]
    slope = float(np.polyfit(np.arange(len(late)), late, 1)[0]) if len(late) > 1 else 0.0
    return {
        "frames": len(sizes) * step,
        "faces_a_frame": round(faces, 3),
        "first_mb": round(late[0], 1),
        "last_mb": round(late[-1], 1),
        "highest_mb": round(max(late), 1),
        "slope_mb_per_100000_frames": round(slope / step * 100_000, 2),
    }


if __name__ == "__main__":
    main()
