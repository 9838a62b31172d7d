"""Pictures to train on."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest


@pytest.fixture
def bars(tmp_path: Path) -> Path:
    """Two classes of pictures: upright bars and lying bars, 40 of each."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 40), ("test", 10)):
        for label in ("female", "male"):
            folder = tmp_path / "bars" / split / label
            folder.mkdir(parents=True)
            for i in range(count):
                image = rng.integers(0, 60, (24, 24, 3), np.uint8)
                at = int(rng.integers(4, 18))
                if label == "female":
                    image[:, at : at + 3] += 150
                else:
                    image[at : at + 3] += 150
                cv2.imwrite(str(folder / f"{i}.png"), image)
    return tmp_path / "bars"
