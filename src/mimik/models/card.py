"""The card of a model: all that is known of an ONNX file, kept beside it as JSON."""

from __future__ import annotations

import difflib
import hashlib
import json
import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from mimik._version import __version__
from mimik.errors import MimikWarning, ModelError, some_of
from mimik.models.inputs import INPUTS, ClipSpec, InputSpec, SoundSpec
from mimik.models.inputs import CropSpec as CropSpec

T = TypeVar("T")
FORMAT = 1
"""Of the cards that are written. A key that an older mimik may leave out needs no new number."""
_ANEW = "export or copy the model again"
_FIGURE_KEYS = {"data", "split", "metric", "value"}
_JSON_KINDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "str": (str, "text"),
    "int": (int, "a whole number"),
    "float": ((int, float), "a number"),
    "bool": (bool, "true or false"),
    "Mapping[str, Any]": (dict, "objects"),
}
"""Type of a field to those of its values in JSON, and a word for it."""


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
    """Classes in the order of the outputs; empty for age, whose outputs are the years from 0, or whose
    only output is the years."""
    outputs: int
    """Number of outputs a face."""
    takes: InputSpec
    """How its input is made: a crop of a face, sound, or a clip; in JSON under that kind's name ("crop")."""
    mean: float = 0.5
    """Taken from pixels, or levels of sound, scaled to 0..1."""
    std: float = 0.25
    """What is left is divided by this."""
    kind: str = ""
    """"classes" for a task of one's own, which this card describes; empty for one that mimik or a package
    knows."""
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
    prior: tuple[float, ...] = ()
    """How frequent its answers assume each class to be, by label, 1 in all; empty where that isn't known."""
    residuals: tuple[float, ...] = ()
    """For an age that is one number, how far true ages lie from its answers, in years, at the 10 % and 90 %
    points of validation: the ends of its interval. Empty where they aren't known, and for all others."""
    recipe: str = ""
    """Recipe that makes it, and its seed."""
    licence: str = ""
    """Terms of the weights, in a sentence."""
    commercial_use: bool = False
    """Whether the training data's terms allow commercial use."""
    data: tuple[Mapping[str, Any], ...] = ()
    """Data sets that it learned from: name, terms, citation; ``splits`` that were trained on, and those that
    were ``held`` for validation, where known."""
    figures: tuple[Mapping[str, Any], ...] = ()
    """Figures: data, split, metric, value, ci95, n, command."""
    subgroups: tuple[Mapping[str, Any], ...] = ()
    """The same by gender, age group or ethnicity label."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """How it was made, where known: date, versions, counts of pictures by class and side, what was left out,
    notes, and the whole recipe."""
    limits: tuple[str, ...] = field(default=())
    """Where it fails, a sentence each."""
    combine: str = ""
    """How the models that it joins are joined, of an ensemble: "mean", "weighted", "product" or "perceptron";
    empty of a single network."""
    members: tuple[Mapping[str, Any], ...] = ()
    """Those models: name, version, task, sha256, temperature, recipe, commercial_use, and a mean's weight."""

    def __post_init__(self) -> None:
        if self.labels and len(self.labels) != self.outputs:
            raise ModelError(f"{self.name}: {len(self.labels)} labels for {self.outputs} outputs")
        if not (0 < self.temperature < math.inf and 0 < self.std < math.inf and math.isfinite(self.mean)):
            raise ModelError(f"{self.name}: temperature and std must be above 0, and mean finite")
        if self.thresholds and len(self.thresholds) != len(self.labels):
            raise ModelError(f"{self.name}: {len(self.thresholds)} thresholds for {len(self.labels)} labels")
        if not all(0 <= t <= 1 for t in self.thresholds):
            raise ModelError(f"{self.name}: thresholds must be 0 to 1, not {self.thresholds}")
        if self.at_rest and (
            len(self.at_rest) != len(self.labels) or not all(map(math.isfinite, self.at_rest))
        ):
            raise ModelError(f"{self.name}: at_rest must hold a finite number for each label")
        if self.prior and not (
            len(self.prior) == len(self.labels)
            and min(self.prior) > 0
            and math.isclose(sum(self.prior), 1, abs_tol=1e-3)
        ):
            raise ModelError(f"{self.name}: prior must hold a share above 0 for each label, 1 in all")
        if self.residuals and not (
            len(self.residuals) == 2 and -math.inf < self.residuals[0] <= self.residuals[1] < math.inf
        ):
            raise ModelError(f"{self.name}: residuals must be two numbers that rise, not {self.residuals}")
        if not 0 <= self.threshold <= 1:
            raise ModelError(f"{self.name}: threshold must be 0 to 1, not {self.threshold}")
        for figure in self.figures:
            if not (figure.keys() >= _FIGURE_KEYS and isinstance(figure["value"], int | float)):
                raise ModelError(
                    f"{self.name}: a figure needs data, split, metric and a value that is a number"
                )

    @property
    def input(self) -> str:
        """Kind of its input, a name of INPUTS: "crop", "sound" or "clip"."""
        return next(kind for kind, spec in INPUTS.items() if isinstance(self.takes, spec))

    @property
    def crop(self) -> CropSpec:
        """How a face is cut out for it.

        Raises:
            ModelError: It doesn't look at faces.
        """
        if not isinstance(self.takes, CropSpec):
            raise ModelError(f"{self.name}: takes {self.takes.text}, not a picture of a face")
        return self.takes

    @property
    def sound(self) -> SoundSpec:
        """How an utterance is turned into its input.

        Raises:
            ModelError: It doesn't listen.
        """
        if not isinstance(self.takes, SoundSpec):
            raise ModelError(f"{self.name}: takes {self.takes.text}, not sound")
        return self.takes

    @property
    def clip(self) -> ClipSpec:
        """How a clip is turned into its inputs.

        Raises:
            ModelError: It takes no clips.
        """
        if not isinstance(self.takes, ClipSpec):
            raise ModelError(f"{self.name}: takes {self.takes.text}, not a clip")
        return self.takes

    def to_json(self) -> str:
        """The card as indented JSON."""
        own = {self.input if name == "takes" else name: value for name, value in asdict(self).items()}
        values = {"format": FORMAT, **own}
        # An older mimik would warn of the one, and refuse the other.
        for name in ("kind", "prior", "residuals", "combine", "members"):
            if not values[name]:
                del values[name]
        if not own[self.input].get("black", True):
            del own[self.input]["black"]
        return json.dumps(values, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str, where: str = "card") -> ModelCard:
        """Read a card; a key that it may not have is left out, with a MimikWarning.

        Args:
            text: JSON.
            where: Path of the file, for messages.

        Raises:
            ModelError: It isn't JSON, is of a newer format, takes what this mimik doesn't know, lacks a
                field, or has an impossible one.
        """
        values = _object(text, where)
        _check_format(values.pop("format", 1), where)
        given = _check_input(values, where)
        known = {given if name == "takes" else name: kind for name, kind in _kinds(cls).items()}
        if extra := values.keys() - known.keys():
            warnings.warn(_unknown_keys(sorted(extra), known, where), MimikWarning, stacklevel=2)
        try:
            fields = {name: _value(name, value, known) for name, value in values.items() if name in known}
            return cls(takes=fields.pop(given), **fields)
        except (ModelError, TypeError) as error:
            why = str(error).rpartition("__init__() ")[2]
            raise ModelError(f"{where}: a damaged model card: {why}; {_ANEW}") from error


def _object(text: str, where: str) -> dict[str, Any]:
    """The keys and values of a card."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ModelError(f"{where}: not a model card: {why}; {_ANEW}") from error
    if not isinstance(values, dict):
        raise ModelError(f"{where}: not a model card: no object; {_ANEW}")
    return values


def _check_format(number: Any, where: str) -> None:
    if type(number) is not int or number < 1:
        raise ModelError(f"{where}: format must be a whole number from 1, not {number!r:.40}; {_ANEW}")
    if number > FORMAT:
        raise ModelError(
            f"{where}: a model card of format {number}, but mimik {__version__} reads up to {FORMAT}; "
            "update mimik"
        )


def _check_input(values: Mapping[str, Any], where: str) -> str:
    """The kind of input that a card names; says what it has in place of one that this mimik knows."""
    kinds = sorted(values.keys() & INPUTS.keys())
    if len(kinds) == 1:
        return kinds[0]
    if kinds:
        raise ModelError(f"{where}: a model takes one of {' and '.join(kinds)}, not both; {_ANEW}")
    others = sorted(values.keys() - _kinds(ModelCard).keys())
    found = f"the card has {some_of(others)}; update mimik" if others else f"the card lacks it; {_ANEW}"
    raise ModelError(f"{where}: mimik {__version__} runs models that take {' or '.join(INPUTS)}: {found}")


def _unknown_keys(names: Sequence[str], known: Iterable[str], where: str) -> str:
    """What to say of keys that a card may not have."""
    near = [found for name in names for found in difflib.get_close_matches(name, known, n=1)]
    hint = f"did you mean {' and '.join(map(repr, near))}?" if near else "update mimik if the card is newer"
    return f"{where}: the model card has keys that are left out: {some_of(names)}; {hint}"


def _kinds(cls: type[Any]) -> dict[str, str]:
    """Field of a dataclass to the kind of its value."""
    return {field.name: str(field.type) for field in fields(cls)}


def _value(name: str, value: Any, kinds: Mapping[str, str]) -> Any:
    """A value of a card as its field holds it.

    Raises:
        TypeError: It is of another kind; says what it must be.
    """
    if spec := INPUTS.get(name):
        return _input(name, spec, value)
    kind = kinds[name]
    if not kind.startswith("tuple"):
        return _checked(name, value, kind, "")
    inner = kind.removeprefix("tuple[").removesuffix(", ...]")
    if not isinstance(value, list):
        raise TypeError(f"{name} must be a list, not {value!r:.40}")
    return tuple(_checked(name, item, inner, "a list of ") for item in value)


def _input(name: str, spec: type[InputSpec], value: Any) -> InputSpec:
    """How an input is made; what stands there and isn't known can't be left out."""
    kinds = _kinds(spec)
    if not isinstance(value, dict) or (strange := value.keys() - kinds.keys()):
        what = some_of(sorted(strange)) if isinstance(value, dict) else f"{value!r:.40}"
        raise TypeError(f"{name} must hold {', '.join(kinds)} only, not {what}")
    return spec(**{key: _part(f"{name}.{key}", key, item, kinds[key]) for key, item in value.items()})


def _part(name: str, key: str, value: Any, kind: str) -> Any:
    """A field of an input: a value, or another input within it."""
    if (inner := INPUTS.get(key)) is None:
        return _checked(name, value, kind, "")
    return None if value is None and "None" in kind else _input(name, inner, value)


def _checked(name: str, value: Any, kind: str, of: str) -> Any:
    types, word = _JSON_KINDS[kind]
    # True is a number to Python only.
    if not isinstance(value, types) or (isinstance(value, bool) and kind != "bool"):
        raise TypeError(f"{name} must be {of}{word}, not {value!r:.40}")
    return value


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


def some_outputs(card: ModelCard, columns: Sequence[int]) -> ModelCard:
    """The card of a model of which only some outputs are read, each for itself.

    Args:
        card: Of the whole model.
        columns: Numbers of its outputs, rising.
    """

    def those(values: Sequence[T]) -> tuple[T, ...]:
        return tuple(values[k] for k in columns if values)

    return replace(
        card,
        labels=those(card.labels),
        outputs=len(columns),
        thresholds=those(card.thresholds),
        at_rest=those(card.at_rest),
    )
