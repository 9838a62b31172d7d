"""What following faces changes, beside searching the whole picture in every frame.

Each video is read with every frame searched, and with faces followed (--detect-every auto). How much of a
difference is chance shows by reading it with every frame searched once more, but for 3 pixels that are cut
off at the left and at the top. Faces of two readings are paired where their boxes overlap by half.

Jitter is the root mean square of the second difference of what a face's box and landmarks do from frame to
frame (their middle, and the logarithm of their size), in thousandths of the face's size: of something that
moves evenly it is 0.

    python benchmarks/follow.py clips/*.mp4
    python benchmarks/follow.py clips/*.mp4 --videos    # a row a video
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

import cv2
import numpy as np

from mimik.faces.boxes import centre_xy, overlap, size_px
from mimik.faces.detect.yunet import YuNet
from mimik.pipeline.analyzer import Analyzer
from mimik.sources.open import open_source
from mimik.types import Detection, Face, Frame, FrameResult, Image

CUT_PX = 3
"""How much is cut off at two sides."""
SEEN = 0.5
"""Seconds for which somebody must be seen to count as a newcomer."""
HEAD = (
    "| reading | frames searched | faces found again | others | same id | same emotion | same gender | age, "
    "years | box, middle | box, size | landmarks, size | jitter of box, middle and size | of landmarks | "
    "newcomer later by |"
)


@dataclass
class Reading:
    """One way of reading a video, beside every frame searched."""

    frames: int = 0
    searched: int = 0
    faces: int = 0
    """Of the reference."""
    others: int = 0
    """Without a partner there."""
    pairs: list[tuple[Face, Face]] = field(default_factory=list)
    same_id: int = 0
    late_s: list[float] = field(default_factory=list)
    jitter: list[tuple[float, ...]] = field(default_factory=list)
    """Squares of the second differences: of a box's middle and size, of its landmarks' middle and size."""

    def row(self, name: str) -> str:
        """A row of the table."""
        boxes = [(a.box_xyxy, b.box_xyxy) for a, b in self.pairs]
        middle = np.mean([math.dist(centre_xy(a), centre_xy(b)) / size_px(a) for a, b in boxes])
        size = np.mean([math.log(size_px(b) / size_px(a)) for a, b in boxes])
        span = np.mean([points(b)[2] - points(a)[2] for a, b in self.pairs])
        jitter = 1000 * np.sqrt(np.mean(self.jitter, axis=0))
        years = [abs(a.age.years - b.age.years) for a, b in self.pairs if a.age and b.age]
        emotion = [a.emotion.label == b.emotion.label for a, b in self.pairs if a.emotion and b.emotion]
        gender = [a.gender.label == b.gender.label for a, b in self.pairs if a.gender and b.gender]
        late = f"{max(self.late_s):.2f} s" if self.late_s else "-"
        return (
            f"| {name} | {self.searched / self.frames:.0%} | {len(self.pairs) / self.faces:.2%} | "
            f"{self.others / self.faces:.2%} | {self.same_id / len(self.pairs):.1%} | "
            f"{np.mean(emotion or [0]):.1%} | "
            f"{np.mean(gender):.1%} | {np.mean(years or [0]):.2f} | "
            f"{middle:.1%} | {size:+.1%} | {span:+.1%} | "
            f"{jitter[0]:.1f}, {jitter[1]:.1f} | {jitter[2]:.1f}, {jitter[3]:.1f} | {late} |"
        )

    def add(self, reference: Sequence[FrameResult], read: Sequence[FrameResult]) -> None:
        """Compare one video."""
        names: dict[int, int] = {}
        first: dict[int, float] = {}
        for one, other in zip(reference, read, strict=True):
            pairs = paired(one.faces, other.faces)
            self.faces += len(one.faces)
            self.others += len(other.faces) - len(pairs)
            self.pairs += pairs
            for a, b in pairs:
                self.same_id += names.setdefault(b.id, a.id) == a.id
                first.setdefault(a.id, one.time_s)
        for person, seen in by_person(reference).items():
            if seen[-1][0] - seen[0][0] >= SEEN:
                self.late_s.append(first.get(person, math.inf) - seen[0][0])
        self.jitter += chain.from_iterable(map(jitter_of, by_person(read).values()))


def paired(faces: Sequence[Face], others: Sequence[Face]) -> list[tuple[Face, Face]]:
    """Faces of two readings of a frame that are the same."""
    pairs = [(overlap(a.box_xyxy, b.box_xyxy), a, b) for a in faces for b in others]
    pairs.sort(key=lambda pair: -pair[0])
    chosen: list[tuple[Face, Face]] = []
    for share, a, b in pairs:
        if share >= 0.5 and not any(a is c or b is d for c, d in chosen):
            chosen.append((a, b))
    return chosen


def by_person(results: Sequence[FrameResult]) -> dict[int, list[tuple[float, Face]]]:
    """Id to when the person is seen, and how."""
    people: dict[int, list[tuple[float, Face]]] = {}
    for result in results:
        for face in result.faces:
            people.setdefault(face.id, []).append((result.time_s, face))
    return people


def jitter_of(seen: Sequence[tuple[float, Face]]) -> Iterator[tuple[float, ...]]:
    """Squares of the second differences of one person's boxes and landmarks."""
    for (first_s, a), (second_s, b), (third_s, c) in zip(seen, seen[1:], seen[2:], strict=False):
        if third_s - first_s > 3 * min(second_s - first_s, third_s - second_s):
            continue  # Not one frame after the other.
        unit = size_px(b.box_xyxy)
        rows = np.array([[*place(face.box_xyxy), *points(face)] for face in (a, b, c)])
        x, y, size, at_x, at_y, span = rows[0] - 2 * rows[1] + rows[2]
        yield (x * x + y * y) / unit**2, size**2, (at_x**2 + at_y**2) / unit**2, span**2


def place(box: tuple[float, float, float, float]) -> tuple[float, float, float]:
    """Middle and logarithm of the size of a box."""
    return (*centre_xy(box), math.log(size_px(box)))


def points(face: Face) -> tuple[float, float, float]:
    """Middle and logarithm of the size of landmarks."""
    at = np.array(face.landmarks_xy)
    x, y = at.mean(axis=0)
    return x, y, float(np.log(np.sqrt(((at - (x, y)) ** 2).sum())))


def cut(frames: Iterable[Frame]) -> Iterator[Frame]:
    """The frames without their left and upper edge."""
    for frame in frames:
        part = np.ascontiguousarray(frame.image[CUT_PX:, CUT_PX:])
        yield Frame(part, frame.index, frame.time_s, frame.source)


def read(analyzer: Analyzer, frames: Iterable[Frame]) -> tuple[list[FrameResult], int]:
    """All results of a stream, and how many of its frames were searched."""
    count, searches = 0, YuNet.detect

    def counted(self: YuNet, image: Image) -> list[Detection]:
        nonlocal count
        count += 1
        return searches(self, image)

    session = analyzer.session()
    YuNet.detect = counted  # type: ignore[method-assign]
    try:
        results = [session.read(frame) for frame in frames]
    finally:
        YuNet.detect = searches  # type: ignore[method-assign]
    return results, count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("videos_", nargs="+", type=Path, metavar="VIDEO")
    parser.add_argument("--models", default="base", help="set of models")
    parser.add_argument("--tasks", default="emotion,gender,age")
    parser.add_argument("--frames", type=int, metavar="N", help="the first N frames of each video")
    parser.add_argument("--videos", action="store_true", help="a row a video")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    tasks = args.tasks.split(",")
    every, auto = (Analyzer(tasks, models=args.models, detect_every=how) for how in (1, "auto"))
    ways = {"every frame": every, "every frame, cut": every, "auto": auto}
    total = {name: Reading() for name in ways}
    print(HEAD + "\n" + "|---" * (HEAD.count("|") - 1) + "|")
    for path in args.videos_:
        own = {name: Reading() for name in ways}
        reference: list[FrameResult] = []
        for name, analyzer in ways.items():
            with open_source(path) as frames:
                taken = islice(frames, args.frames)
                results, searched = read(analyzer, cut(taken) if name.endswith("cut") else taken)
            reference = reference or results
            for reading in (own[name], total[name]):
                reading.add(reference, results)
                reading.frames, reading.searched = reading.frames + len(results), reading.searched + searched
        if args.videos:
            for name, reading in own.items():
                print(reading.row(f"{path.name}, {name}"), flush=True)
    for name, reading in total.items():
        print(reading.row(name))


if __name__ == "__main__":
    main()
