"""The fusion that ships: its weights, heads that read OpenFace's units and a voice's curves, and its card."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.errors import ModelError, some_of
from mimik.models.store import PACKAGED
from mimik.tasks.probabilities import softmax
from mimik.temporal.fuse import Weights, logs

SHIPPED = PACKAGED / "fusion" / "fusion.base.json"
FORMAT = 1
SHRINK = 5
"""Utterances of which half of a person's own mean is taken off: see Head.against."""
LIMIT = 5.0
"""Spreads from the mean beyond which a measure counts no further."""


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """Logits that are linear in some measures of an utterance, less their mean."""

    spread: NDArray[np.float32]
    """What they are divided by, (M,)."""
    weights: NDArray[np.float32]
    """(K, M)."""
    bias: NDArray[np.float32]
    """(K,)."""
    reach: float = LIMIT**2
    """Mean square of the scaled measures above which an utterance is unlike what was learned from, a voice in
    noise or over a telephone: nothing is said of it."""

    def probabilities(self, moved: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of measures less their mean (N, M), the probabilities (N, K), all alike beyond reach."""
        scaled = np.clip(moved / self.spread, -LIMIT, LIMIT)
        known = (scaled**2).mean(axis=1, keepdims=True) <= self.reach
        return softmax((scaled @ self.weights.T + self.bias) * known)


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """What some measures of an utterance say of the expression, as they are or against the person's own."""

    names: tuple[str, ...]
    """The measures, M of them."""
    centre: NDArray[np.float32]
    """Their mean over all people, (M,)."""
    as_is: Linear
    """Reads measures less ``centre``."""
    own: Linear
    """Reads measures less the person's own mean."""

    def probabilities(self, measures: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of measures (N, M), the probabilities (N, K)."""
        return self.as_is.probabilities(measures - self.centre)

    def against(self, measures: NDArray[np.float32], reference: NDArray[np.float32]) -> NDArray[np.float32]:
        """The same, less what is always there in this person.

        Args:
            measures: Of their utterances, (N, M).
            reference: Of utterances of the same person, (R, M).
        """
        return self.own.probabilities(measures - own_mean(reference, self.centre))


def own_mean(reference: NDArray[np.float32], centre: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of a person's measures (R, M): of few utterances, everybody's stands in part for theirs."""
    count = len(reference)
    return np.asarray((reference.sum(axis=0) + SHRINK * centre) / (count + SHRINK), np.float32)


def unit_levels(means: NDArray[np.float32]) -> NDArray[np.float32]:
    """OpenFace's units, their means over an utterance, as measures: the root, for most are near 0."""
    return np.asarray(np.sqrt(np.maximum(means, 0)), np.float32)


@dataclass(frozen=True, slots=True)
class Hearing:
    """How much each of the two says that hear a voice: what its log-probabilities are multiplied by."""

    network: float
    """Of the network, voice.base."""
    functionals: float
    """Of the head that reads the functionals of pitch, loudness and timbre."""

    def join(self, network: NDArray[np.float32], functionals: NDArray[np.float32]) -> NDArray[np.float32]:
        """The probabilities (N, K) of both as one."""
        return softmax(
            np.float32(self.network) * logs(network) + np.float32(self.functionals) * logs(functionals)
        )


@dataclass(frozen=True, slots=True, eq=False)
class FusionModel:
    """A fusion and all that is known of it."""

    name: str
    """Its name, "fusion.base"."""
    version: str
    """Of this model, not of mimik."""
    labels: tuple[str, ...]
    """Classes of the heads."""
    face: Head
    """Reads OpenFace's action units (unit_levels); mimik's own readings of faces go without it."""
    voice: Head
    """Reads functionals of the voice, beside voice.base."""
    hearing: Mapping[str, Hearing]
    """How voice.base and that head join, "as_is" and against the person's "own"."""
    weights: Mapping[str, Weights]
    """How face and voice join, likewise."""
    network: Weights
    """How a face and voice.base by itself join: mimik's own readings."""
    people: tuple[str, ...]
    """Whom it learned from, as the reader of the set names them ("RAVDESS 01")."""
    about: Mapping[str, Any]
    """The rest of its card: licence, data, limits, what made it."""

    @property
    def free(self) -> bool:
        """Whether products may use it."""
        return bool(self.about.get("commercial_use"))

    @property
    def parameters(self) -> int:
        """Number of learned values: of the heads, and the weights."""
        heads = (linear for head in (self.face, self.voice) for linear in (head.as_is, head.own))
        joins = len(fields(Weights)) * (1 + len(self.weights)) + len(fields(Hearing)) * len(self.hearing)
        return sum(one.weights.size + one.bias.size for one in heads) + joins

    def card(self) -> dict[str, Any]:
        """What is known of it, JSON-safe: all that its file holds but the heads' numbers."""
        return {
            "format": FORMAT,
            "name": self.name,
            "version": self.version,
            "labels": list(self.labels),
            **self.about,
            "people": list(self.people),
            "weights": {
                **{way: asdict(one) for way, one in self.weights.items()},
                "network": asdict(self.network),
            },
            "hearing": {way: asdict(one) for way, one in self.hearing.items()},
        }

    def to_json(self) -> str:
        """As its file holds it; read_fusion reads it."""
        values = {**self.card(), "units": _told(self.face), "functionals": _told(self.voice)}
        return json.dumps(values, indent=1, ensure_ascii=False) + "\n"


WAYS = ("as_is", "own")
"""As they are, and against the person's own."""


def _told(head: Head) -> dict[str, Any]:
    """A head as JSON holds it, each row of numbers in one line's text, which keeps the file short."""
    values: dict[str, Any] = {"names": list(head.names), "centre": _numbers(head.centre)}
    for way, linear in zip(WAYS, (head.as_is, head.own), strict=True):
        values[way] = {
            "spread": _numbers(linear.spread),
            "weights": [_numbers(row) for row in linear.weights],
            "bias": _numbers(linear.bias),
            "reach": round(linear.reach, 3),
        }
    return values


def _numbers(values: Iterable[np.float32]) -> str:
    return " ".join(f"{float(value):.5g}" for value in values)


_HEADS = ("units", "functionals")
_KEYS = frozenset({"format", "name", "version", "labels", "people", "weights", "hearing", *_HEADS})


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
        return FusionModel(
            str(values["name"]),
            str(values["version"]),
            labels,
            _head(values["units"], len(labels)),
            _head(values["functionals"], len(labels)),
            {way: Hearing(**values["hearing"][way]) for way in WAYS},
            {way: Weights(**values["weights"][way]) for way in WAYS},
            Weights(**values["weights"]["network"]),
            tuple(map(str, values["people"])),
            {key: value for key, value in values.items() if key not in _KEYS},
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


def _head(values: Mapping[str, Any], labels: int) -> Head:
    names = tuple(map(str, values["names"]))
    as_is, own = (_linear(values[way], labels, len(names)) for way in WAYS)
    return Head(names, _array(values["centre"], len(names)), as_is, own)


def _linear(values: Mapping[str, Any], labels: int, measures: int) -> Linear:
    weights = [_array(row, measures) for row in values["weights"]]
    if len(weights) != labels or np.min(spread := _array(values["spread"], measures)) <= 0:
        raise ValueError(f"expected {labels} rows of weights, and spreads above 0")
    return Linear(spread, np.stack(weights), _array(values["bias"], labels), float(values["reach"]))


def _array(text: str, count: int) -> NDArray[np.float32]:
    found = np.array([float(word) for word in text.split()], np.float32)
    if found.shape != (count,) or not np.isfinite(found).all():
        raise ValueError(f"expected {count} numbers, found {found.size}")
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
