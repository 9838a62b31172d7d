"""Scores an exported model on a data set in its own layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mimik._version import __version__
from mimik.data.base import Sample, load_reader
from mimik.data.predictions import predictions_text
from mimik.data.seen import read_seen
from mimik.errors import DataError
from mimik.evaluate.answers import Answers
from mimik.evaluate.ask import ask, check_asked
from mimik.evaluate.heard import AS_IT_IS, SoundChange
from mimik.evaluate.held import HELD, held_samples, model_of
from mimik.evaluate.overlap import Overlap, Witness
from mimik.evaluate.rows import AskOptions, Rows, choose_rows
from mimik.models.store import find_model
from mimik.storage.whole import write_whole
from mimik.tasks.loaded import LoadedModel, load_model
from mimik.tasks.own import scored_of


def evaluate_model(
    model: str | Path,
    data: str | Path,
    reader: str | None = None,
    split: str | None = None,
    *,
    detect: bool = False,
    detector: str = "auto",
    device: str = "auto",
    limit: int | None = None,
    splits: str | Path | None = None,
    predictions: str | Path | None = None,
    change: SoundChange = AS_IT_IS,
) -> dict[str, Any]:
    """Score a model on one split of a data set.

    Args:
        model: Catalogue name, path of an ONNX file with its card beside it, or a run's folder.
        data: The set's folder, zip or CSV, or the folder that holds it.
        reader: Name of the reader; guessed from the layout if None.
        split: Name of the split, or "all"; the set's own test split if None.
        detect: Score the largest face that the detector finds, not the picture as it is. In a scene
            (CK+'s full-size frames) it is found in any case.
        detector: Name of the detector.
        device: "auto", "cpu", "cuda", or "cuda:1" for a GPU by its number.
        limit: At most this many rows, evenly spread over the split.
        splits: A file of ``mimik data split`` whose splits are taken instead of the set's own; ``split`` is
            one of them, "fold2", or "all", and "test" if None.
        change: How utterances are changed before a model hears them.
        predictions: CSV to write with a row a picture that was answered; what is there is replaced.
            ``read_predictions`` reads it.

    Returns:
        A JSON-safe report: what was scored on what, ``n``, the figures of the task's ``report`` and
        of the reader's ``further_figures``, ``left_out`` (label to rows that the model has no class for),
        ``failed`` (pictures that couldn't be decoded), ``skipped`` (files that the reader left out),
        ``missed`` (no face found; with ``detect``, ``accuracy_all`` counts those as wrong),
        ``trained_on`` (whether the model learned from what it is scored on; None if that isn't known) and
        ``overlap``: None, or, of a model in its run's folder, how many pictures it was trained on
        (``exact``), ``near`` copies of such, and ``held`` ones, with the figures ``without`` exact and near
        ones, which are None if no picture is left.

    Raises:
        UnknownNameError: No such model, reader, split, detector or device.
        ModelError: The model can't be used.
        DataError: The data set isn't in its layout, or has no row that the model can answer.
        OptionError: The limit is below 1, or the reader can't be guessed.
        OutputError: The predictions can't be written.
    """
    options = AskOptions(reader, split, splits, limit, detect, detector, device, change)
    asked = ask_model(model, data, options)
    if predictions is not None:
        write_whole(Path(predictions), asked.predictions())
    return asked.report()


def ask_model(model: str | Path, data: str | Path, options: AskOptions) -> Asked:
    """What a model says of one split of a data set; errors as in evaluate_model."""
    model = model_of(Path(model)) if Path(model).is_dir() else model
    card, file = find_model(str(model))
    check_asked(card, options)
    loaded = load_model(card.task, str(model), options.device)
    data = Path(data)
    chosen = choose_rows(card, data, options)
    seen = read_seen(file.parent)
    witness = Witness()
    samples = witness.watch(chosen.samples) if seen else chosen.samples
    answers, finder = ask(loaded, samples, options)
    if not answers.samples:
        raise DataError(nothing_scored(data, answers))
    overlap = witness.overlap(answers.samples, seen) if seen else None
    return Asked(loaded, data, chosen, answers, finder, options.detect, overlap, options.change)


def ask_held(run: str | Path, data: str | Path | None = None, *, device: str = "auto") -> Asked:
    """What a model says of the pictures that its run held for validation.

    Args:
        run: The run's folder, or the path of a model in it.
        data: Folder that holds the data sets; where they lay when it was trained if None.
        device: "auto", "cpu", "cuda", or "cuda:1" for a GPU by its number.

    Raises:
        ModelError: There is no model, or it can't be used.
        OptionError: There are several models, or it isn't known where the data is.
        DataError: It isn't known what was held, or a picture is gone.
    """
    model = model_of(Path(run)) if Path(run).is_dir() else Path(run)
    card, _ = find_model(str(model))
    folder = model.parent
    reader, samples = held_samples(folder, card, Path(data) if data else None)
    return ask_samples(load_model(card.task, str(model), device), samples, reader, folder)


def ask_samples(model: LoadedModel, samples: Sequence[Sample], reader: str, run: Path) -> Asked:
    """What a model says of held pictures, as they are; in scenes a detector finds the face.

    Args:
        model: What is asked.
        samples: Those that were held; others than those with a label of the model's task are left out.
        reader: Names of their readers.
        run: The run's folder.

    Raises:
        DataError: None can be scored.
    """
    task = scored_of(model.card)
    known = [sample for sample in samples if task.has_truth(sample, model.card)]
    answers, finder = ask(model, known, AskOptions())
    if not answers.samples:
        raise DataError(nothing_scored(run, answers))
    chosen = Rows(reader, HELD, False, known, {}, 0)
    return Asked(model, run, chosen, answers, finder, False)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a model said of a data set, before it is counted."""

    model: LoadedModel
    """The model."""
    data: Path
    """Where the set lies."""
    chosen: Rows
    """What it was asked about."""
    answers: Answers
    """What it said; at least one picture was answered."""
    detector: str | None
    """Name of the detector that found faces; None where pictures were taken as they are."""
    detect: bool
    """Whether it found all of them, not only those in scenes."""
    overlap: Overlap | None = None
    """Which of the answered pictures the model was trained on; None if its run doesn't say."""
    change: SoundChange = AS_IT_IS
    """How utterances were changed before the model heard them."""

    def report(self, further: bool = True) -> dict[str, Any]:
        """See evaluate_model.

        Args:
            further: Whether to ask the reader for ``further_figures``, too, which may read the whole set.
        """
        card, chosen, answers = self.model.card, self.chosen, self.answers
        return {
            "mimik": __version__,
            "model": {"name": card.name, "version": card.version, "sha256": card.sha256},
            "task": card.task,
            "kind": card.kind,
            "data": {"path": str(self.data), "reader": chosen.reader, "split": chosen.split}
            | ({"splits": str(chosen.splits)} if chosen.splits else {}),
            "detector": self.detector,
            "detect": self.detect,
            **({"changed": list(self.change.words)} if self.change.words else {}),
            "trained_on": bool(self.overlap.trained_on.any()) if self.overlap else chosen.trained_on,
            **_figures(self.model, answers),
            **(self._further() if further else {}),
            "overlap": self._known(),
            "missed": len(answers.missed),
            "failed": answers.failed,
            "left_out": chosen.left_out,
            "skipped": chosen.skipped,
        }

    def _further(self) -> dict[str, Any]:
        """Figures that only the set knows of; what it says of its own splits doesn't hold for a file's."""
        if self.chosen.split == HELD:
            return {}
        answers, split = self.answers, "all" if self.chosen.splits else self.chosen.split
        reader, logits = load_reader(self.chosen.reader), answers.logits[:, 0]
        return reader.further_figures(self.data, split, answers.samples, logits, self.model.card)

    def _known(self) -> dict[str, Any] | None:
        """What of the pictures was trained on, and the figures without it."""
        if self.overlap is None:
            return None
        rows = np.flatnonzero(~self.overlap.trained_on)
        left = [self.answers.samples[i] for i in rows]
        logits = self.answers.logits[rows, 0]
        figures = self.model.task.report(logits, left, self.model.card) if left else None
        return {**self.overlap.counts(), "without": figures}

    def predictions(self) -> str:
        """A row a picture that was answered, as CSV; see mimik.data.predictions."""
        return predictions_text(
            self.model.task, self.model.card, self.answers.samples, self.answers.logits[:, 0]
        )


def nothing_scored(data: Path, answers: Answers) -> str:
    """Why there is no figure, for a message."""
    if answers.failed:
        first = answers.failed[0]["error"]
        return f"{data}: none of {len(answers.failed)} {answers.word} can be read; the first: {first}"
    return f"{data}: the detector found no face on any of {len(answers.missed)} {answers.word}"


def _figures(model: LoadedModel, answers: Answers) -> dict[str, Any]:
    figures = model.task.report(answers.logits[:, 0], answers.samples, model.card)
    if answers.missed and "accuracy" in figures:
        everyone = figures["n"] + len(answers.missed)
        figures["accuracy_all"] = figures["accuracy"] * figures["n"] / everyone
    return figures
