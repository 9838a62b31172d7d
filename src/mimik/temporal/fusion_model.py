"""The fusion that ships: its weights, what reads OpenFace's action units beside a voice, and its card."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.errors import ModelError, some_of
from mimik.models.store import PACKAGED
from mimik.tasks.probabilities import softmax
from mimik.temporal.fuse import Weights

SHIPPED = PACKAGED / "fusion" / "fusion.base.json"
FORMAT = 1
SHRINK = 5
"""Clips of which half of a face's own mean is taken off: see UnitHead.against."""


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """Logits that are linear in the levels of action units."""

    weights: NDArray[np.float32]
    """(K, U)."""
    bias: NDArray[np.float32]
    """(K,)."""

    def probabilities(self, levels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of levels (N, U), the probabilities (N, K)."""
        return softmax(levels @ self.weights.T + self.bias)


@dataclass(frozen=True, slots=True, eq=False)
class UnitHead:
    """What OpenFace's action units, their means over an utterance, say of the expression."""

    units: tuple[str, ...]
    """Columns of OpenFace's tables, in the order of the levels: "AU12_r" (intensity, 0 to 5), "AU12_c"."""
    centre: NDArray[np.float32]
    """Mean levels of all people, (U,)."""
    as_is: Linear
    """Reads levels."""
    own: Linear
    """Reads levels less the person's own mean."""

    @staticmethod
    def levels(means: NDArray[np.float32]) -> NDArray[np.float32]:
        """Means of units over an utterance, 0 or more, as levels: their root, for most are near 0."""
        return np.asarray(np.sqrt(np.maximum(means, 0)), np.float32)

    def against(self, levels: NDArray[np.float32], reference: NDArray[np.float32]) -> NDArray[np.float32]:
        """Levels (N, U) less what is always there in the person's face.

        Args:
            levels: Of their utterances.
            reference: Levels of utterances of the same person, (R, U): of few, everybody's mean stands in
                part for theirs.
        """
        count = len(reference)
        mean = (reference.sum(axis=0) + SHRINK * self.centre) / (count + SHRINK)
        return np.asarray(levels - mean, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class FusionModel:
    """A fusion and all that is known of it."""

    name: str
    """Its name, "fusion.base"."""
    version: str
    """Of this model, not of mimik."""
    labels: tuple[str, ...]
    """Classes of the head, and those of the voice that were fused with it."""
    head: UnitHead
    """What reads OpenFace's units; mimik's own readings of faces go without it."""
    as_is: Weights
    """Weights of sides that are read as they are."""
    own: Weights
    """Weights of sides that are read against the person's own face and voice."""
    people: tuple[str, ...]
    """Whom it learned from, as the reader of the set names them ("RAVDESS 01")."""
    about: Mapping[str, Any]
    """The rest of its card: licence, data, figures, limits, command."""

    def weights(self, *, against: bool) -> Weights:
        """The weights of sides that are read as they are, or against the person's own."""
        return self.own if against else self.as_is

    def to_json(self) -> str:
        """As its file holds it; read_fusion reads it."""
        head = self.head
        values = {
            "format": FORMAT,
            "name": self.name,
            "version": self.version,
            "labels": list(self.labels),
            **self.about,
            "people": list(self.people),
            "weights": {"as_is": asdict(self.as_is), "own": asdict(self.own)},
            "units": list(head.units),
            "centre": _numbers(head.centre),
            "head": {name: _told(one) for name, one in (("as_is", head.as_is), ("own", head.own))},
        }
        return json.dumps(values, indent=1, ensure_ascii=False) + "\n"


def _told(linear: Linear) -> dict[str, Any]:
    return {"weights": [_numbers(row) for row in linear.weights], "bias": _numbers(linear.bias)}


def _numbers(values: Iterable[np.float32]) -> list[float]:
    return [round(float(value), 5) for value in values]


_KEYS = frozenset({"format", "name", "version", "labels", "people", "weights", "units", "centre", "head"})


def parse_fusion(text: str, where: str) -> FusionModel:
    """A fusion from its JSON.

    Args:
        text: What FusionModel.to_json gives.
        where: Path of the file, for messages.

    Raises:
        ModelError: It is something else, damaged, or of a newer format.
    """
    try:
        values = json.loads(text)
        if values["format"] != FORMAT:
            raise ModelError(f"format {values['format']!r:.40}, but this mimik reads {FORMAT}: update mimik")
        labels = tuple(map(str, values["labels"]))
        units = tuple(map(str, values["units"]))
        as_is, own = (_linear(values["head"][key], labels, units) for key in ("as_is", "own"))
        centre = _array(values["centre"], (len(units),))
        weights = {key: Weights(**values["weights"][key]) for key in ("as_is", "own")}
        about = {key: value for key, value in values.items() if key not in _KEYS}
        return FusionModel(
            str(values["name"]),
            str(values["version"]),
            labels,
            UnitHead(units, centre, as_is, own),
            weights["as_is"],
            weights["own"],
            tuple(map(str, values["people"])),
            about,
        )
    except (KeyError, TypeError, ValueError, AttributeError, ModelError) as error:
        raise ModelError(f"{where}: not a fusion that can be used: {error!s:.200}; make it again") from error


def read_fusion(path: Path = SHIPPED) -> FusionModel:
    """The fusion in a file.

    Raises:
        ModelError: There is none, or it can't be used.
    """
    return _read(path, path.stat().st_mtime_ns if path.is_file() else 0)


@lru_cache(maxsize=4)
def _read(path: Path, changed_ns: int) -> FusionModel:
    del changed_ns  # Of a file that was changed, the new one is read.
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: no readable fusion; install mimik again, or name another") from error
    return parse_fusion(text, str(path))


def _linear(values: Mapping[str, Any], labels: tuple[str, ...], units: tuple[str, ...]) -> Linear:
    shape = (len(labels), len(units))
    return Linear(_array(values["weights"], shape), _array(values["bias"], shape[:1]))


def _array(values: Any, shape: tuple[int, ...]) -> NDArray[np.float32]:
    found = np.asarray(values, np.float32)
    if found.shape != shape or not np.isfinite(found).all():
        raise ValueError(f"expected numbers of shape {shape}, found {found.shape}")
    return found


def columns_of(names: Iterable[str], units: tuple[str, ...], where: str) -> list[int]:
    """Where a table has the units that a head reads.

    Raises:
        ModelError: It lacks some.
    """
    places = {name.strip(): number for number, name in enumerate(names)}
    if lacking := [unit for unit in units if unit not in places]:
        raise ModelError(
            f"{where}: lacks {some_of(lacking)}; it must have the {len(units)} columns of action units that "
            "OpenFace writes, AU01_r to AU45_c"
        )
    return [places[unit] for unit in units]
