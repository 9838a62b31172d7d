"""Two classes of pictures that a tiny network tells apart."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np


def draw_bars(folder: Path) -> Path:
    """Draw upright bars and lying bars into a folder, 40 of each to train on and 10 to test on."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 40), ("test", 10)):
        for label in ("female", "male"):
            own = folder / split / label
            own.mkdir(parents=True)
            for i in range(count):
                image = rng.integers(0, 60, (24, 24, 3), np.uint8)
                at = int(rng.integers(4, 18))
                if label == "female":
                    image[:, at : at + 3] += 150
                else:
                    image[at : at + 3] += 150
                cv2.imwrite(str(own / f"{i}.png"), image)
    return folder
