"""How faces are read that are turned in their picture: python benchmarks/turned.py FOLDER ... [-n 80].

Each folder holds photographs; of each the surest face is read as it stands, and again with the whole
picture turned clockwise. Prints a table in Markdown: a row an angle.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mimik import Analyzer
from mimik.errors import MimikError
from mimik.sources.decode import decode_image
from mimik.types import Face, Image

TURNS = (0, 10, 20, 30, 40, 50, 60, 90, 135, 180)
SIDE = 480
"""Longer side of the picture that is turned, in pixels."""
YEARS = 10


@dataclass(frozen=True)
class Photo:
    """A photograph, and its face as it stands."""

    image: Image
    face: Face
    roll_deg: float


def main() -> int:
    """Read, turn, read again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument(
        "-n", type=int, default=80, help="photographs of each folder, evenly chosen (default: 80)"
    )
    parser.add_argument("--turns", type=float, nargs="+", default=TURNS)
    args = parser.parse_args()
    analyzer = Analyzer(("emotion", "gender", "age"))
    photos = [photo for folder in args.folders for photo in photos_of(folder, args.n, analyzer)]
    print(f"{len(photos)} photographs whose face is reliable as it stands\n")
    print("| turned by | found | roll off: median, 90 % | same answer | flagged | wrong and trusted |")
    print("|---|---|---|---|---|---|")
    for turn in args.turns:
        print(_row(turn, [(photo, _again(photo, turn, analyzer)) for photo in photos]), flush=True)
    return 0


def photos_of(folder: Path, count: int, analyzer: Analyzer) -> Iterator[Photo]:
    """Photographs with one face that can be trusted, its tilt as the detector's landmarks have it."""
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))
    for file in files[:: max(1, len(files) // count)][:count]:
        try:
            image = decode_image(file)
        except MimikError as error:
            print(error, file=sys.stderr)
            continue
        scale = SIDE / max(image.shape[:2])
        if scale < 1:
            image = np.asarray(
                cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
            )
        # Room for the corners, in the picture's own mean, so that nothing shows what was up.
        room = round(0.25 * max(image.shape[:2]))
        image = cv2.copyMakeBorder(
            image, *(room,) * 4, cv2.BORDER_CONSTANT, value=image.mean((0, 1)).tolist()
        )
        face = surest(analyzer, np.asarray(image, np.uint8))
        if face and face.quality.reliable and face.quality.pose:
            yield Photo(image, face, face.quality.pose.roll_deg)


def surest(analyzer: Analyzer, image: Image) -> Face | None:
    faces = analyzer.image(image, colour="rgb").faces
    return max(faces, key=lambda face: face.score, default=None)


def _again(photo: Photo, turn: float, analyzer: Analyzer) -> Face | None:
    """The same face in the picture turned clockwise, by the place of its middle."""
    height, width = photo.image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -turn, 1.0)
    fill = photo.image[0, 0].tolist()
    turned = cv2.warpAffine(photo.image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=fill)
    left, top, right, bottom = photo.face.box_xyxy
    x, y = matrix @ np.array([(left + right) / 2, (top + bottom) / 2, 1])

    def away(face: Face) -> float:
        box = face.box_xyxy
        return math.hypot((box[0] + box[2]) / 2 - x, (box[1] + box[3]) / 2 - y)

    faces = analyzer.image(np.asarray(turned, np.uint8), colour="rgb").faces
    near = min(faces, key=away, default=None)
    return near if near and away(near) < 0.5 * photo.face.quality.size_px else None


def _row(turn: float, pairs: list[tuple[Photo, Face | None]]) -> str:
    """One row of the table."""
    found = [(photo, face) for photo, face in pairs if face]
    off = [
        abs((face.quality.pose.roll_deg - photo.roll_deg - turn + 180) % 360 - 180)
        for photo, face in found
        if face.quality.pose and face.quality.reliable
    ]
    alike = sum(same(photo.face, face) for photo, face in found)
    flagged = sum(not face.quality.reliable for _, face in found)
    wrong = sum(face.quality.reliable and not same(photo.face, face) for photo, face in found)
    median, most = np.percentile(off, [50, 90]) if off else (math.nan, math.nan)
    total = len(pairs)
    return (
        f"| {turn:g}° | {100 * len(found) / total:.0f} % | {median:.1f}°, {most:.1f}° "
        f"| {100 * alike / max(1, len(found)):.0f} % | {100 * flagged / max(1, len(found)):.0f} % "
        f"| {100 * wrong / total:.1f} % |"
    )


def same(one: Face, other: Face) -> bool:
    """Whether nothing is read otherwise; an uncertain answer contradicts none."""
    assert one.emotion and one.gender and one.age and other.emotion and other.gender and other.age
    pairs = ((one.emotion.label, other.emotion.label), (one.gender.label, other.gender.label))
    alike = all(a == b or "uncertain" in (a, b) for a, b in pairs)
    return alike and abs(one.age.years - other.age.years) <= YEARS


if __name__ == "__main__":
    sys.exit(main())
