"""What MediaPipe's face landmarker says of a data set's faces: blendshapes, for training to learn from.

    python -m venv mp && mp/bin/pip install mediapipe
    PYTHONPATH=src mp/bin/python benchmarks/blendshapes.py face_landmarker.task DATA --reader fer2013 -o x.npz

It wants an environment of its own, for the mediapipe package brings OpenCV 5 with it. face_landmarker.task
is the model that MediaPipe's documentation links to (Apache-2.0; SHA-256 64184e229b26...).

The file holds ``keys`` (str, N), ``names`` (str, K) and ``scores`` (float16, (N, K), 0 to 1, NaN where
no face was found). Left and right are averaged, for training mirrors its pictures; channels that are dead
(their standard deviation over FER-2013 is below 0.01) are left out. Recipes name it under [[data]] extra.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import local

import cv2
import mediapipe
import numpy as np
from mediapipe.tasks import python as tasks
from mediapipe.tasks.python import vision
from numpy.typing import NDArray

from mimik.data.base import Sample, load_reader, read_samples

SIDE, BORDER = 256, 0.3
"""A face is scaled to this side, and framed by this share of it: its detector wants room around a face."""
DEAD = ("_neutral", "cheekPuff", "cheekSquint", "jawForward", "noseSneer")
BORDERS = (BORDER, 0.6, 0.12)


def landmarker(model: Path) -> vision.FaceLandmarker:
    """One that looks for a single face in a still picture."""
    options = vision.FaceLandmarkerOptions(
        base_options=tasks.BaseOptions(model_asset_path=str(model)),
        output_face_blendshapes=True,
        min_face_detection_confidence=0.2,
        min_face_presence_confidence=0.2,
    )
    return vision.FaceLandmarker.create_from_options(options)


def scores(finder: vision.FaceLandmarker, picture: NDArray[np.uint8]) -> dict[str, float]:
    """The blendshapes of the face that fills a picture, by name; empty if it isn't found."""
    face = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    for share in BORDERS:
        edge = int(share * SIDE)
        framed = cv2.copyMakeBorder(face, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
        found = finder.detect(mediapipe.Image(mediapipe.ImageFormat.SRGB, np.ascontiguousarray(framed)))
        if found.face_blendshapes:
            return symmetric({entry.category_name: entry.score for entry in found.face_blendshapes[0]})
    return {}


def symmetric(found: dict[str, float]) -> dict[str, float]:
    """Means of left and right, without the dead channels and those that a mirror turns around."""
    names = dict.fromkeys(name.removesuffix("Left").removesuffix("Right") for name in found)
    both = {name: [found[n] for n in (name, f"{name}Left", f"{name}Right") if n in found] for name in names}
    return {name: sum(v) / len(v) for name, v in both.items() if name not in DEAD}


def read_all(model: Path, samples: list[Sample], threads: int) -> Iterator[dict[str, float]]:
    """The blendshapes of every sample, in order."""
    own = local()

    def read(sample: Sample) -> dict[str, float]:
        if not hasattr(own, "finder"):
            own.finder = landmarker(model)
        try:
            return scores(own.finder, sample.load())
        except Exception:  # a damaged picture has no blendshapes
            return {}

    with ThreadPoolExecutor(threads) as pool:
        for number, found in enumerate(pool.map(read, samples)):
            if number % 2000 == 0:
                print(f"{number} of {len(samples)}", flush=True)
            yield found


def main() -> None:
    """Read a set, write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--reader", required=True)
    parser.add_argument("--split", default="all")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, required=True)
    args = parser.parse_args()
    samples = read_samples(load_reader(args.reader), args.data, args.split)[0]
    samples = samples[: args.limit or None]
    found = list(read_all(args.model, samples, args.threads))
    names = next(list(f) for f in found if f)
    table = np.array([[f.get(name, np.nan) for name in names] for f in found], np.float16)
    keys = np.array([sample.key for sample in samples])
    np.savez_compressed(args.output, keys=keys, names=np.array(names), scores=table)
    print(f"{args.output}: {len(found)} pictures, {np.isnan(table[:, 0]).mean():.1%} without a face")


if __name__ == "__main__":
    main()
