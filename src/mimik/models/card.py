"""The card of a model: all that is known of an ONNX file, kept beside it as JSON."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from mimik.errors import ModelError
from mimik.models.inputs import CropSpec as CropSpec


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a model reads, from what, how well, under which terms."""

    name: str
    """Catalogue name, "emotion.mini"."""
    version: str
    """Of this model, not of mimik."""
    task: str
    """Name of the task that decodes it, "emotion"."""
    file: str
    """Name of the ONNX file, in the card's own folder."""
    sha256: str
    """Of that file, in hexadecimal."""
    parameters: int
    """Number of learned values."""
    labels: tuple[str, ...]
    """Classes in the order of the outputs; empty for age, whose outputs are the years from 0."""
    outputs: int
    """Number of outputs a face."""
    crop: CropSpec
    """How its input is made."""
    mean: float = 0.5
    """Taken from pixels scaled to 0..1."""
    std: float = 0.25
    """Pixels scaled to 0..1, less the mean, are divided by this."""
    output: str = ""
    """Name of the file's output that holds its logits, where one network answers several tasks; the
    first if empty."""
    temperature: float = 1.0
    """Logits are divided by this; fitted on validation."""
    threshold: float = 0.0
    """Below this probability the answer is "uncertain"."""
    thresholds: tuple[float, ...] = ()
    """For action units, the probability from which each label is active; 0.5 each if empty."""
    at_rest: tuple[float, ...] = ()
    """Mean scores (log-probabilities of classes, log-odds of action units) of neutral faces, by label;
    empty where the task has no state of rest, or it isn't known."""
    recipe: str = ""
    """Recipe that makes it, and its seed."""
    licence: str = ""
    """Terms of the weights, in a sentence."""
    commercial_use: bool = False
    """Whether the training data's terms allow commercial use."""
    data: tuple[Mapping[str, Any], ...] = ()
    """Data sets that it learned from: name, terms, citation."""
    figures: tuple[Mapping[str, Any], ...] = ()
    """Figures: data, split, metric, value, ci95, n, command."""
    subgroups: tuple[Mapping[str, Any], ...] = ()
    """The same by gender, age group or ethnicity label."""
    limits: tuple[str, ...] = field(default=())
    """Where it fails, a sentence each."""

    def __post_init__(self) -> None:
        if self.labels and len(self.labels) != self.outputs:
            raise ModelError(f"{self.name}: {len(self.labels)} labels for {self.outputs} outputs")
        if not (self.temperature > 0 and math.isfinite(self.temperature)) or self.std <= 0:
            raise ModelError(f"{self.name}: temperature and std must be above 0")
        if self.thresholds and len(self.thresholds) != len(self.labels):
            raise ModelError(f"{self.name}: {len(self.thresholds)} thresholds for {len(self.labels)} labels")
        if not all(0 <= t <= 1 for t in self.thresholds):
            raise ModelError(f"{self.name}: thresholds must be 0 to 1, not {self.thresholds}")
        if self.at_rest and (
            len(self.at_rest) != len(self.labels) or not all(map(math.isfinite, self.at_rest))
        ):
            raise ModelError(f"{self.name}: at_rest must hold a finite number for each label")
        if not 0 <= self.threshold <= 1:
            raise ModelError(f"{self.name}: threshold must be 0 to 1, not {self.threshold}")

    def to_json(self) -> str:
        """The card as indented JSON."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str, where: str = "card") -> ModelCard:
        """Read a card.

        Args:
            text: JSON.
            where: Path of the file, for messages.

        Raises:
            ModelError: It isn't JSON, lacks a field, or has an unknown or impossible one.
        """
        try:
            values: Any = json.loads(text)
        except ValueError as error:
            raise ModelError(f"{where}: not a model card: {error}") from error
        known = {f.name for f in fields(cls)}
        if not isinstance(values, dict) or set(values) - known:
            extra = sorted(set(values) - known) if isinstance(values, dict) else "no object"
            raise ModelError(f"{where}: not a model card of this version of mimik: unknown {extra}")
        try:
            values["crop"] = CropSpec(**values["crop"])
            for name in ("labels", "thresholds", "at_rest", "data", "figures", "subgroups", "limits"):
                values[name] = tuple(values.get(name, ()))
            return cls(**values)
        except (KeyError, TypeError) as error:
            raise ModelError(f"{where}: the model card lacks or misuses a field: {error}") from error


def read_card(path: Path) -> ModelCard:
    """Read the card at a path.

    Raises:
        ModelError: There is none, or it can't be used.
    """
    try:
        return ModelCard.from_json(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(
            f"{path}: no readable model card; a model is x.onnx with x.json beside it"
        ) from error


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal.

    Raises:
        ModelError: It can't be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: the model file can't be read: {error.strerror}") from error
