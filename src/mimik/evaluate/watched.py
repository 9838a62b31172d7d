"""A model's raw answers on clips: evenly spaced pictures of a face, and perhaps the sound -> logits."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from mimik.data.base import Sample
from mimik.errors import NoFaceError, SourceError
from mimik.evaluate.answers import Answers
from mimik.faces.detect.base import Detector
from mimik.tasks.loaded import LoadedModel
from mimik.temporal.clip import take_clip


def collect_watched(model: LoadedModel, samples: Iterable[Sample], detector: Detector) -> Answers:
    """Ask a model about every sample; each is seen, and perhaps heard, whole, in one call.

    Args:
        model: What is asked; it takes clips.
        samples: Labelled clips.
        detector: Finds the faces.
    """
    answers, rows, card = Answers(word="clips"), [], model.card
    for sample in samples:
        try:
            clip = take_clip(sample.key, sample.watch, sample.hear, card.clip, detector)
        except NoFaceError:
            answers.missed.append(sample)
            continue
        except SourceError as error:
            answers.failed.append({"key": sample.key, "error": str(error)})
            continue
        answers.samples.append(sample)
        rows.append(model.logits(*clip.inputs(card.clip, card.mean, card.std))[0])
    answers.logits = np.array(rows, np.float32).reshape(len(rows), 1, card.outputs)
    return answers
