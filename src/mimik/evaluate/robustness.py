"""What a box that is off, or noise, costs: figures as crops are moved and scaled, and sound is changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mimik.errors import DataError
from mimik.evaluate.answers import Move, collect_answers, face_finder
from mimik.evaluate.heard import AS_IT_IS, SoundChange, collect_heard
from mimik.evaluate.held import model_of
from mimik.evaluate.rows import AskOptions, choose_rows
from mimik.evaluate.score import nothing_scored
from mimik.models.store import find_model
from mimik.tasks.loaded import load_model

SHIFTS = (-0.2, -0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15, 0.2)
"""Shares of the box's side by which it is moved."""
SCALES = (0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2, 1.25)
"""Factors by which the box's size is multiplied."""
NOISES_DB = (30, 20, 15, 10, 5, 0)
"""Voice over noise, in decibels."""


def crop_robustness(
    model: str | Path,
    data: Path,
    reader: str | None = None,
    split: str | None = None,
    *,
    detect: bool = True,
    detector: str = "auto",
    device: str = "auto",
    limit: int | None = None,
) -> dict[str, Any]:
    """The figure of a model as the face's box is moved right, moved down and scaled.

    Args:
        model: See evaluate_model.
        data: See evaluate_model.
        reader: See evaluate_model.
        split: See evaluate_model.
        detect: Move the detector's box; else the whole picture, past whose border there is nothing.
        detector: Name of the detector.
        device: "auto", "cpu", "cuda", or "cuda:1" for a GPU by its number.
        limit: At most this many rows, evenly spread.

    Returns:
        JSON-safe: model, data, n, missed, ``figure`` ("accuracy", or "mae" in years for age, or
        "group_accuracy" where ages are bands), and ``right``, ``down`` and ``scale``, each a list of
        [how far, figure].

    Raises:
        DataError: No row of the set was answered; further errors as in evaluate_model.
    """
    card, _ = find_model(str(model))
    chosen = choose_rows(card, data, AskOptions(reader, split, limit=limit))
    find, finder = face_finder(chosen.samples, card.crop, detect, detector)
    moves = [
        *(Move(right=share) for share in SHIFTS),
        *(Move(down=share) for share in SHIFTS),
        *(Move(scale=factor) for factor in SCALES),
    ]
    loaded = load_model(card.task, str(model), device)
    answers = collect_answers(loaded, chosen.samples, find, moves)
    if not answers.samples:
        raise DataError(nothing_scored(data, answers))
    found = [loaded.task.headline(answers.logits[:, i], answers.samples, card) for i in range(len(moves))]
    values = [value for _, value in found]
    first, second = len(SHIFTS), 2 * len(SHIFTS)
    return {
        "model": {"name": card.name, "version": card.version, "sha256": card.sha256},
        "data": {"path": str(data), "reader": chosen.reader, "split": chosen.split},
        "detector": finder.name if finder else None,
        "n": len(answers.samples),
        "missed": len(answers.missed),
        "failed": answers.failed,
        "figure": found[0][0],
        "right": _curve(SHIFTS, values[:first]),
        "down": _curve(SHIFTS, values[first:second]),
        "scale": _curve(SCALES, values[second:]),
    }


def sound_robustness(
    model: str | Path,
    data: Path,
    reader: str | None = None,
    split: str | None = None,
    *,
    device: str = "auto",
    limit: int | None = None,
) -> dict[str, Any]:
    """The figure of a model that hears as noise is mixed in, and through a telephone.

    Args:
        model: See evaluate_model.
        data: See evaluate_model.
        reader: See evaluate_model.
        split: See evaluate_model.
        device: "auto", "cpu", "cuda", or "cuda:1" for a GPU by its number.
        limit: At most this many rows, evenly spread.

    Returns:
        JSON-safe: model, data, n, failed, ``figure`` ("accuracy"), that of sound ``as_it_is`` and by
        ``telephone``, and ``noise_db``, a list of [voice over pink noise in decibels, figure].

    Raises:
        DataError: No row of the set was answered; further errors as in evaluate_model.
    """
    model = model_of(Path(model)) if Path(model).is_dir() else model
    card, _ = find_model(str(model))
    chosen = choose_rows(card, data, AskOptions(reader, split, limit=limit))
    changes = [AS_IT_IS, SoundChange(telephone=True), *(SoundChange(noise) for noise in NOISES_DB)]
    loaded = load_model(card.task, str(model), device)
    answers = collect_heard(loaded, chosen.samples, changes)
    if not answers.samples:
        raise DataError(nothing_scored(data, answers))
    found = [loaded.task.headline(answers.logits[:, i], answers.samples, card) for i in range(len(changes))]
    plain, phoned, *noisy = (value for _, value in found)
    return {
        "model": {"name": card.name, "version": card.version, "sha256": card.sha256},
        "data": {"path": str(data), "reader": chosen.reader, "split": chosen.split},
        "n": len(answers.samples),
        "failed": answers.failed,
        "figure": found[0][0],
        "as_it_is": plain,
        "telephone": phoned,
        "noise_db": _curve(NOISES_DB, noisy),
    }


def _curve(steps: Sequence[float], values: Sequence[float]) -> list[list[float]]:
    return [[step, value] for step, value in zip(steps, values, strict=True)]
