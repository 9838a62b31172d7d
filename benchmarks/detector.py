"""Recall by face size against milliseconds, for several working sizes of a detector.

Faces are cut out of the pictures given, scaled, and pasted with soft edges at random places onto
made-up backgrounds, so that place and size are known. One thread; the milliseconds are its CPU time,
so that other work on the machine counts little.

    python benchmarks/detector.py portraits/*.jpg --detector yunet
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.faces.boxes import centre_xy, size_px
from mimik.faces.crop import Square, crop
from mimik.faces.detect.base import Detector, DetectorOptions, load_detector
from mimik.types import Box, Image

FACES_PX = "20,30,40,60,100,200,400,800"
FRAMES = "640x480,1280x720,1920x1080,4000x3000"
CONTEXT = 2.4
"""Side of what is pasted, in face sizes."""


def background(width: int, height: int, rng: np.random.Generator) -> Image:
    """Soft coloured clouds with detail at every scale and some sensor noise."""
    layers = np.zeros((height, width, 3), np.float32)
    for cells in (3, 6, 12, 24, 48, 96):
        grid = rng.normal(0, 110 / cells**0.6, (cells, cells, 3)).astype(np.float32)
        layers += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    layers += 125 + rng.normal(0, 4, layers.shape)
    return np.clip(layers, 0, 255).astype(np.uint8)


def paste(frame: Image, photo: Image, box: Box, px: int, rng: np.random.Generator, angle_deg: float) -> Box:
    """Put a face of px pixels somewhere into a frame; its box there (some of it may be past the border)."""
    size, side = size_px(box), round(CONTEXT * px)
    square = Square(centre_xy(box), CONTEXT * size, np.radians(-angle_deg))
    patch = crop(photo, square, side).astype(np.float32)
    ramp = np.minimum(np.arange(side), np.arange(side)[::-1]) / (0.15 * side)
    mask = np.clip(np.minimum.outer(ramp, ramp), 0, 1)[..., None]
    height, width = frame.shape[:2]
    reach = [min(0.55 * px, v / 2) for v in (width, height)]
    x, y = (int(rng.uniform(r, v - r)) for r, v in zip(reach, (width, height), strict=True))
    left, top = x - side // 2, y - side // 2
    a, b, c, d = max(0, left), max(0, top), min(width, left + side), min(height, top + side)
    part = np.s_[b - top : d - top, a - left : c - left]
    mixed = frame[b:d, a:c] * (1 - mask[part]) + patch[part] * mask[part]
    frame[b:d, a:c] = mixed.astype(np.uint8)
    half_w, half_h = ((box[i + 2] - box[i]) / size * px / 2 for i in (0, 1))
    return x - half_w, y - half_h, x + half_w, y + half_h


def same(a: Box, b: Box) -> bool:
    """Whether two boxes overlap by more than 0.4 of their union."""
    across = min(a[2], b[2]) - max(a[0], b[0])
    down = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0.0, across) * max(0.0, down)
    return shared > 0.4 * (size_px(a) ** 2 + size_px(b) ** 2 - shared)


def row(
    detector: Detector,
    faces: list[tuple[Image, Box]],
    frame: tuple[int, int],
    sizes_px: list[int],
    places: int,
    angle: float,
) -> list[str]:
    """Recall in per cent for each face size, then false faces per 100 pictures and milliseconds."""
    rng = np.random.default_rng(0)
    backgrounds = [background(*frame, rng) for _ in range(5)]
    cells, spent, false, pictures = [], [], 0, 0
    for px in sizes_px:
        if px > 0.95 * frame[1]:
            cells.append("")
            continue
        found = 0
        for photo, box in faces * places:
            picture = backgrounds[pictures % len(backgrounds)].copy()
            truth = paste(picture, photo, box, px, rng, rng.uniform(-angle, angle))
            start = time.thread_time()
            seen = detector.detect(picture)
            spent.append(time.thread_time() - start)
            hits = sum(same(d.box_xyxy, truth) for d in seen)
            found += hits > 0
            false += len(seen) - min(hits, 1)
            pictures += 1
        cells.append(f"{100 * found / len(faces) / places:.0f}")
    return [*cells, f"{100 * false / pictures:.1f}", f"{statistics.median(spent) * 1000:.1f}"]


def read(path: Path) -> Image:
    data: NDArray[np.uint8] = np.frombuffer(path.read_bytes(), np.uint8)
    return np.asarray(cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", nargs="+", type=Path, help="pictures whose largest face is used")
    parser.add_argument("--detector", default="yunet")
    parser.add_argument("--sizes", default="320,480,640,0,default", help="working sizes, by commas")
    parser.add_argument("--faces", default=FACES_PX, help="sizes of the faces in pixels, by commas")
    parser.add_argument("--frames", default=FRAMES, help="sizes of the frames, by commas")
    parser.add_argument("--places", type=int, default=2, help="places a face and size")
    parser.add_argument("--angle", type=float, default=0, help="faces are turned by up to this, degrees")
    parser.add_argument("--score", type=float, default=0.7)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    finder = load_detector("yunet", DetectorOptions(size=480, score=0.8))
    faces = [(image, finder.detect(image)[0].box_xyxy) for image in map(read, args.photos)]
    print(
        f"{args.detector}, {len(faces)} faces x {args.places} places, turned up to {args.angle:g} degrees\n"
    )
    sizes_px = [int(px) for px in args.faces.split(",")]
    print("| frame | size | " + " | ".join(f"{px} px" for px in sizes_px) + " | false / 100 | ms |")
    print("|---" * (len(sizes_px) + 4) + "|")
    for name in args.frames.split(","):
        width, height = map(int, name.split("x"))
        for size in args.sizes.split(","):
            options = DetectorOptions(size=None if size == "default" else int(size), score=args.score)
            detector = load_detector(args.detector, options)
            cells = row(detector, faces, (width, height), sizes_px, args.places, args.angle)
            print(f"| {width} x {height} | {size} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
