"""The whole path of mimik against a bare loop that only decodes, runs YuNet and the networks.

The bare loop keeps nothing: YuNet's answers aren't decoded, and the networks read the same crops again
and again. Same video, engine, sizes, one thread, recognition on every frame; mimik searches every frame, too,
and in a third loop follows faces, as it does by default. They take turns, so that a busy machine slows
all; processor time is shown beside the wall clock, as other programs disturb it less.

    python benchmarks/bare_loop.py [--models mini] [--tasks emotion,gender,age]
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.bench import example_video
from mimik.cli.options import add_models, chosen_models
from mimik.faces.detect.base import DetectorOptions
from mimik.faces.detect.yunet import YuNet
from mimik.models.free_size import with_free_size
from mimik.models.session import Session
from mimik.models.store import find_file
from mimik.pipeline.analyzer import Analyzer
from mimik.pipeline.choice import Choice, choose
from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions
from mimik.tasks.loaded import load_models

Batch = NDArray[np.float32]


class BareLoop:
    """Decode, YuNet, the networks; nothing else."""

    def __init__(self, video: Path, faces: int, models: Mapping[str, str], shape: tuple[int, ...]) -> None:
        self.video = video
        self.yunet = Session(with_free_size(find_file("yunet").read_bytes()), "cpu")
        self.blob = np.zeros(shape, np.float32)
        self.networks: dict[Session, Batch] = {}  # Models in one file share it.
        for model in load_models(models, "cpu").values():
            spec = model.card.crop
            crops = np.zeros((faces, spec.channels, spec.size, spec.size), np.float32)
            self.networks[model.session] = crops

    def frames(self) -> Iterator[int]:
        """Yields the number of faces after each frame."""
        size = (self.blob.shape[3], self.blob.shape[2])
        with av.open(str(self.video)) as container:
            stream = container.streams.video[0]
            stream.thread_count = 1
            for frame in container.decode(stream):
                picture = frame.to_ndarray(format="rgb24")
                small = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
                for plane, channel in zip(self.blob[0, ::-1], cv2.split(small), strict=True):
                    plane[:] = channel
                self.yunet.run(self.blob)
                for session, crops in self.networks.items():
                    session.run(crops)
                yield len(crops)


def mimik_frames(analyzer: Analyzer, video: Path) -> Iterator[int]:
    """The whole path: the same from file to result."""
    with open_source(video, SourceOptions(threads=1)) as source:
        for step in analyzer.frames(source):
            yield len(step.result.faces)


def detector_shape(video: Path) -> tuple[int, ...]:
    """Shape of what mimik's YuNet gives to its network for the video's pictures, (1, 3, H, W)."""
    shapes: list[tuple[int, ...]] = []
    detector = YuNet(DetectorOptions())
    run = detector._session.run

    def noted(batch: Batch) -> list[Batch]:
        shapes.append(batch.shape)
        return run(batch)

    detector._session.run = noted  # type: ignore[method-assign]
    with open_source(video, SourceOptions(threads=1)) as source:
        detector.detect(next(iter(source)).image)
    return shapes[0]


def timed(loop: Callable[[], Iterator[int]], frames: int) -> dict[str, float]:
    """Frames a second by both clocks, and the faces seen a frame."""
    wall, cpu = time.perf_counter(), time.process_time()
    seen = list(islice(loop(), frames))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"wall": len(seen) / wall, "cpu": len(seen) / cpu, "faces": statistics.mean(seen)}


def compare(faces: int, choice: Choice, frames: int, repeats: int) -> dict[str, Any]:
    """Both loops in turns on a video of some faces: medians over the repeats."""
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder, "faces.mp4")
        example_video(video, faces, seconds=frames / 30)
        bare = BareLoop(video, faces, choice.models, detector_shape(video))
        every, auto = (
            Analyzer(choice.tasks, "yunet", "cpu", models=choice.models, detect_every=how)
            for how in (1, "auto")
        )
        loops = {
            "bare": bare.frames,
            "mimik": lambda: mimik_frames(every, video),
            "following": lambda: mimik_frames(auto, video),
        }
        for loop in loops.values():
            timed(loop, 10)
        runs = [{name: timed(loop, frames) for name, loop in loops.items()} for _ in range(repeats)]
    row: dict[str, Any] = {
        "faces": faces,
        "found": runs[0]["mimik"]["faces"],
        "detector": bare.blob.shape[2:],
    }
    for clock in ("wall", "cpu"):
        for name in loops:
            row[f"{name}_{clock}_fps"] = round(statistics.median(r[name][clock] for r in runs), 1)
        ratios = sorted(r["mimik"][clock] / r["bare"][clock] for r in runs)
        row[f"ratio_{clock}"] = round(statistics.median(ratios), 4)
        row[f"ratio_{clock}_range"] = [round(ratios[0], 4), round(ratios[-1], 4)]
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--faces", default="1,2,4,8", help="faces in the video, by commas")
    parser.add_argument("--frames", type=int, default=120, help="frames of one turn")
    parser.add_argument("--repeats", type=int, default=7, help="turns of each loop")
    parser.add_argument("--tasks", help="by commas; all that are read by default")
    add_models(parser)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    choice = choose(args.tasks.split(",") if args.tasks else None, **chosen_models(args))
    rows = []
    print(
        "| faces | found | bare, frames/s | mimik, frames/s | mimik / bare | the same, processor time "
        "| following, frames/s | of processor time: every frame, following |"
    )
    print("|---" * 8 + "|")
    for faces in map(int, args.faces.split(",")):
        row = compare(faces, choice, args.frames, args.repeats)
        rows.append(row)
        print(
            f"| {faces} | {row['found']:.2f} | {row['bare_wall_fps']:.1f} | {row['mimik_wall_fps']:.1f} "
            f"| {100 * row['ratio_wall']:.1f} % | {100 * row['ratio_cpu']:.1f} % "
            f"| {row['following_wall_fps']:.1f} "
            f"| {row['mimik_cpu_fps']:.1f}, {row['following_cpu_fps']:.1f} |",
            flush=True,
        )
    print(json.dumps({"rows": rows, "frames": args.frames, "repeats": args.repeats}))


if __name__ == "__main__":
    main()
