"""The first batch of a run as a picture: what its network sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mimik.data.sheet import Tile, contact_sheet, write_sheet
from mimik.models.inputs import MEAN, STD
from mimik.storage.whole import output_errors
from mimik.train.inputs.batches import first_batch
from mimik.train.inputs.examples import Examples
from mimik.train.inputs.films import Films
from mimik.train.inputs.pictures import Pictures
from mimik.train.phases.options import EpochOptions

BATCH = "batch.png"
"""Its name among a run's plots."""
MOST, COLUMNS = 64, 8
"""Pictures that are shown, and how many of them in a line."""


def draw_batch(examples: Examples, options: EpochOptions, folder: Path) -> None:
    """Draw pictures of the first batch, changed as they are for the network, each with its labels.

    Of a film it is the middle one; of utterances, which can't be seen, nothing is drawn.

    Args:
        examples: Those to train on.
        options: How they are changed, and how large a batch is.
        folder: Where the PNG file is written; it is made if need be.

    Raises:
        OutputError: It can't be written.
    """
    if not isinstance(examples, Pictures | Films):
        return
    rows, (batch, *_) = first_batch(examples, options, MEAN, STD)
    if isinstance(examples, Films):
        batch = batch[:, :, batch.shape[2] // 2]
    seen = np.clip((batch[:MOST] * STD + MEAN) * 255, 0, 255).astype(np.uint8).transpose(0, 2, 3, 1)
    if seen.shape[3] == 1:
        seen = np.repeat(seen, 3, axis=3)
    labels = [examples.samples[row].labels for row in rows[:MOST].tolist()]
    tiles = [Tile(image, " ".join(map(str, own.values()))) for image, own in zip(seen, labels, strict=True)]
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    write_sheet(folder / BATCH, contact_sheet({"": tiles}, columns=COLUMNS))
