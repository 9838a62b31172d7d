"""CPU milliseconds a frame: a bare PyAV loop to RGB against mimik's video source, one thread each.

    python benchmarks/decode.py [VIDEO]

Without a video, one of 640 x 480 H.264 is made (300 frames, a drifting pattern).
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np

from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions

ROUNDS = 7


def make_video(path: Path, frames: int = 300) -> None:
    small = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    scene = cv2.resize(small, (640, 480), interpolation=cv2.INTER_CUBIC)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for index in range(frames):
            picture = np.ascontiguousarray(np.roll(scene, index * 2, axis=1))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        container.mux(stream.encode())


def bare(path: Path) -> int:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_count = 1
        return sum(frame.to_ndarray(format="rgb24") is not None for frame in container.decode(stream))


def ours(path: Path) -> int:
    with open_source(path, SourceOptions(threads=1)) as source:
        return sum(1 for _ in source)


def passed_over(path: Path) -> int:
    """Frames before the time range: decoded, counted, not converted."""
    with open_source(path, SourceOptions(threads=1, start_s=1e6)) as source:
        list(source)
    return ours(path)


def milliseconds(read: Callable[[Path], int], path: Path) -> float:
    begin = time.process_time()  # whatever else the machine does
    count = read(path)
    return (time.process_time() - begin) / count * 1000


def main() -> None:
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder, "made.mp4")
        if len(sys.argv) == 1:
            make_video(path)
        rounds = [(milliseconds(bare, path), milliseconds(ours, path)) for _ in range(ROUNDS)]
        loop, source = (min(column) for column in zip(*rounds, strict=True))
        both = min(milliseconds(passed_over, path) for _ in range(ROUNDS))
    print(f"bare PyAV loop         {loop:.3f} ms a frame")
    print(f"mimik's video source   {source:.3f} ms a frame ({source / loop:.2f} of it)")
    print(f"frames passed over     {both - source:.3f} ms a frame")


if __name__ == "__main__":
    main()
