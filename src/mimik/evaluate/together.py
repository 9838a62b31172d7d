"""Asks several models about the same pictures of a data set."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Reader, Sample, Skipped
from mimik.data.seen import read_seen
from mimik.data.split_file import read_divided
from mimik.errors import DataError, OptionError, some_of
from mimik.evaluate.answers import Answers, collect_answers, detected_face, picture_as_is
from mimik.evaluate.ask import check_asked
from mimik.evaluate.entrants import Entrant, Entrants, one_task
from mimik.evaluate.heard import AS_IT_IS, SoundChange, collect_heard
from mimik.evaluate.overlap import Witness
from mimik.evaluate.rows import AskOptions, Rows, choose_rows, own_label, spread_rows
from mimik.evaluate.score import Asked, nothing_scored
from mimik.evaluate.watched import collect_watched
from mimik.faces.detect.base import Detector, load_detector
from mimik.models.shared import Shared
from mimik.tasks.base import CLIP, SOUND
from mimik.tasks.loaded import LoadedModel, load_model
from mimik.tasks.own import scored_of
from mimik.types import Detection, Image

HELD = 64
"""Pictures that are decoded at a time, each once for all models."""


@dataclass(frozen=True, slots=True)
class Together:
    """What several models said of the same pictures."""

    models: tuple[Entrant, ...]
    """The models that could answer."""
    asked: tuple[Asked, ...]
    """What each said, of the same samples in the same order."""
    left_out: Mapping[str, int]
    """Label of the pictures that one of them has no class for, to their number."""
    others: Mapping[str, str]
    """Name of each model that was left out to why."""

    @property
    def samples(self) -> list[Sample]:
        """The pictures."""
        return self.asked[0].answers.samples


class ReadOnce:
    """Reads each split only once, whatever the number of models."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, ...], tuple[list[Sample], list[Skipped]]] = {}

    def __call__(
        self, reader: Reader, data: Path, split: str, file: Path | None
    ) -> tuple[list[Sample], list[Skipped]]:
        """See read_divided."""
        key = (type(reader).__name__, repr(sorted(vars(reader).items())), str(data), split, str(file))
        if key not in self.held:
            self.held[key] = read_divided(reader, data, split, file)
        return self.held[key]


def ask_together(entrants: Entrants, data: Path, options: AskOptions) -> Together:
    """Ask several models about those pictures that all of them can answer.

    Args:
        entrants: The models.
        data: Where the set lies.
        options: What they are asked about; its limit is of the pictures that all can answer.

    Raises:
        OptionError: The models are of different tasks; further errors as in evaluate_model.
        DataError: There is no picture that all can answer.
    """
    if not entrants.ranked:
        one_task(entrants.models)
    chosen, others = _rows_of(entrants.models, data, options)
    models = [model for model in entrants.models if model.name in chosen]
    one_task(models)
    for model in models:
        check_asked(model.card, options)
    common, left_out = _shared(models, chosen, data)
    samples = spread_rows(common, options.limit)
    shared = Shared()
    loaded = [load_model(m.card.task, m.word, options.device, shared=shared) for m in models]
    needed = options.detect or any(s.scene for s in samples) or any(m.card.input == CLIP for m in models)
    finder = load_detector(options.detector) if needed else None
    seen, witness = [read_seen(model.file.parent) for model in models], Witness()
    watched = witness.watch(samples) if any(seen) else samples
    said = collect_together(loaded, watched, finder, options.detect, options.change)
    if not said[0].samples:
        raise DataError(nothing_scored(data, said[0]))
    name = finder.name if finder else None
    asked = [
        Asked(
            model,
            data,
            replace(chosen[m.name], samples=samples),
            answers,
            name,
            options.detect,
            witness.overlap(answers.samples, known) if known else None,
            options.change,
        )
        for m, model, answers, known in zip(models, loaded, said, seen, strict=True)
    ]
    return Together(tuple(models), tuple(asked), left_out, others)


def _rows_of(
    models: Sequence[Entrant], data: Path, options: AskOptions
) -> tuple[dict[str, Rows], dict[str, str]]:
    """Name of each model to the rows that it can answer, and of the others to why there are none."""
    read, chosen, others, every = ReadOnce(), {}, {}, replace(options, limit=None)
    errors: list[DataError | OptionError] = []
    for model in models:
        try:
            chosen[model.name] = choose_rows(model.card, data, every, read)
        except (DataError, OptionError) as error:
            errors.append(error)
            others[model.name] = str(error)
    if not chosen:  # Then it isn't the models' fault, or that of each.
        raise errors[0]
    return chosen, others


def _shared(
    models: Sequence[Entrant], chosen: Mapping[str, Rows], data: Path
) -> tuple[list[Sample], dict[str, int]]:
    """The pictures that all models can answer, and label to number of the others."""
    first, tasks = chosen[models[0].name], [(scored_of(model.card), model.card) for model in models]
    common = [s for s in first.samples if all(task.has_truth(s, card) for task, card in tasks)]
    if not common:
        raise DataError(
            f"{data}: no picture has a label that all of {some_of(m.name for m in models)} know; "
            "compare models of the same classes"
        )
    left_out = Counter(own_label(s, models[0].card) for s in first.samples)
    left_out -= Counter(own_label(s, models[0].card) for s in common)
    left_out.update(first.left_out)
    return common, dict(left_out)


def collect_together(
    models: Sequence[LoadedModel],
    samples: Sequence[Sample],
    detector: Detector | None,
    detect: bool,
    change: SoundChange = AS_IT_IS,
) -> list[Answers]:
    """Ask several models about every sample; each picture is decoded, and its face found, once.

    Args:
        models: At least one.
        samples: Labelled pictures.
        detector: Finds faces; needed where they are to be found.
        detect: Whether it finds all of them, not only those in scenes.
        change: How utterances are changed before the models hear them.

    Returns:
        What each said, of the same samples in the same order: those that all of them could be asked about.
    """
    found = [Answers() for _ in models]
    parts: list[list[NDArray[np.float32]]] = [[] for _ in models]
    for start in range(0, len(samples), HELD):
        some = samples[start : start + HELD]
        own = {sample.key: sample for sample in some}
        held = [_decoded_once(sample) for sample in some]
        seen = _SeenOnce(detector) if detector else None
        for model, total, logits in zip(models, found, parts, strict=True):
            answers = _asked_once(model, held, seen, detect, change)
            logits.append(answers.logits)
            total.samples += [own[sample.key] for sample in answers.samples]
            total.missed += [own[sample.key] for sample in answers.missed]
            total.failed += answers.failed
    common = set.intersection(*({sample.key for sample in total.samples} for total in found))
    for total, logits in zip(found, parts, strict=True):
        rows = [row for row, sample in enumerate(total.samples) if sample.key in common]
        total.samples = [total.samples[row] for row in rows]
        total.logits = np.concatenate(logits)[rows]
    return found


def _decoded_once(sample: Sample) -> Sample:
    """A sample whose picture or sound is decoded once, and held."""
    hear = functools.cache(sample.hear) if sample.hear else None
    return replace(sample, load=functools.cache(sample.load), hear=hear)


def _asked_once(
    model: LoadedModel, held: Sequence[Sample], seen: _SeenOnce | None, detect: bool, change: SoundChange
) -> Answers:
    """What a model says of some samples that are held decoded."""
    if model.card.input == SOUND:
        return collect_heard(model, held, (change,))
    if model.card.input == CLIP:  # Films are decoded anew for each model, as many would fill the memory.
        return collect_watched(model, held, seen.detector if seen else load_detector())
    spec = model.card.crop
    return collect_answers(
        model, held, detected_face(seen, spec) if seen and detect else picture_as_is(spec, seen)
    )


class _SeenOnce:
    """A detector that looks only once at each of some pictures, which are held meanwhile."""

    def __init__(self, detector: Detector) -> None:
        self.name, self.detector = detector.name, detector
        self._held: dict[int, list[Detection]] = {}

    def detect(self, image: Image) -> list[Detection]:
        """See Detector."""
        if id(image) not in self._held:
            self._held[id(image)] = self.detector.detect(image)
        return self._held[id(image)]
