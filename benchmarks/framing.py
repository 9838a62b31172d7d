"""How a data set's pictures lie around a face: what a model's crop must show in use (docs/decisions.md).

    python benchmarks/framing.py PICTURES...     folders or pictures; medians over frontal faces

For each picture in which YuNet finds a face: the face's size by its box and by its landmarks, the tilt-free
middle of both, and the crop (scale, shift_y) under which the whole picture would be cut out.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np

from mimik.faces.crop import face_square
from mimik.faces.detect.base import load_detector
from mimik.models.inputs import CropSpec
from mimik.sources.decode import decode_image
from mimik.sources.expand import expand_sources


def main() -> None:
    """Print the medians."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("pictures", nargs="+")
    parser.add_argument("--limit", type=int, default=300)
    args = parser.parse_args()
    names = expand_sources(args.pictures)
    random.Random(0).shuffle(names)
    detector, spec = load_detector(), CropSpec(size=48, upright=False)
    rows = []
    for name in names[: args.limit]:
        image = decode_image(Path(name))
        found = detector.detect(image)
        if not found or found[0].landmarks_xy is None:
            continue
        side = image.shape[1]
        by_box = face_square(found[0].box_xyxy, None, spec)
        by_points = face_square(found[0].box_xyxy, found[0].landmarks_xy, spec)
        rows.append(
            [
                value
                for square in (by_box, by_points)
                for value in (side / square.side, (side / 2 - square.centre_xy[1]) / square.side)
            ]
        )
    box_scale, box_shift, scale, shift = np.median(np.array(rows), axis=0)
    print(f"{len(rows)} faces in {min(len(names), args.limit)} pictures; the whole picture is a crop of")
    print(f"  by box:       scale {box_scale:.2f}, shift_y {box_shift:+.2f}")
    print(f"  by landmarks: scale {scale:.2f}, shift_y {shift:+.2f}")


if __name__ == "__main__":
    main()
