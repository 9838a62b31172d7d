"""A recipe: everything that makes a model, in a TOML file, checked when read."""

from __future__ import annotations

import dataclasses
import difflib
import math
import tomllib
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from mimik.errors import RecipeError
from mimik.models.card import CropSpec

T = TypeVar("T")


@dataclass(frozen=True)
class DataOptions:
    """One data set of the mixture."""

    reader: str
    """Name of the reader."""
    split: str
    """The split to train on."""
    path: str = ""
    """Folder or file under the data path; the data path itself if empty."""
    weight: float = 1.0
    """How often a sample is drawn, against those of the other sets."""
    hold: bool = False
    """Keep all of it for validation."""
    only: tuple[str, ...] = ()
    """Names of the labels and scores that are taken from it; all if empty."""
    detect: bool = False
    """Whether its pictures are no face crops: the largest face that YuNet finds is cut out."""
    folds: int = 0
    """Parts into which its people are divided, by their names; the recipe's fold is held for
    validation, and without one all of them are trained on. 0 leaves them to the recipe's holdout."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Name of a further label to the .npz file under the data path that holds it by key: ``keys``
    (str, N) and ``scores`` (float, (N, K), NaN where unknown)."""

    def __post_init__(self) -> None:
        if self.folds < 0 or self.folds == 1:
            raise RecipeError(f"{self.reader}: folds must be 0 or 2 and more, not {self.folds}")
        if not self.weight > 0:
            raise RecipeError(f"{self.reader}: the weight of a set must be above 0, not {self.weight}")


@dataclass(frozen=True)
class HeadOptions:
    """One task of a network, and the model that it becomes."""

    name: str
    """Catalogue name, "emotion.base"."""
    task: str
    """Name of the task."""
    labels: tuple[str, ...] = ()
    """Classes; empty for age."""
    outputs: int = 0
    """Number of logits; the number of labels if 0."""
    threshold: float = 0.0
    """The card's threshold for "uncertain"."""
    target: str = ""
    """Name of its labels in the data, and of the file's output, where several heads share a task; the
    task's name if empty."""
    one_versus_all: bool = False
    """Whether its classes are learned each by itself (sigmoids), so that a picture may be none of them."""
    probe: bool = False
    """Whether it is fitted on the features of ``start``, by logistic regression: then nothing else of the
    network changes, and the other heads are those of ``start``."""
    aid: bool = False
    """Whether it only helps the others to learn and is not exported."""
    votes: float = -1.0
    """Share of the target taken from people's votes; that of [objective] if negative."""
    weight: float = 1.0
    """Of its loss, against those of the other heads."""
    limits: tuple[str, ...] = ()
    """Where it fails; goes into the card."""

    def __post_init__(self) -> None:
        if not self.labels and self.outputs < 2:
            raise RecipeError(f"{self.name}: a recipe without labels needs outputs of 2 or more")
        if not self.weight > 0:
            raise RecipeError(f"{self.name}: the weight of a head must be above 0, not {self.weight}")
        if not self.votes <= 1:
            raise RecipeError(f"{self.name}: votes is a share, 0 to 1, or below 0, not {self.votes}")

    @property
    def output_count(self) -> int:
        """Number of logits."""
        return self.outputs or len(self.labels)

    @property
    def target_name(self) -> str:
        """Name of its labels in the data."""
        return self.target or self.task


@dataclass(frozen=True)
class AugmentOptions:
    """Random changes of each training picture."""

    flip: bool = True
    """Mirror half of them."""
    rotate_deg: float = 12.0
    """Turn by up to this, either way."""
    scale: float = 0.15
    """Grow or shrink the crop by up to this share (uniform in the logarithm)."""
    shift: float = 0.08
    """Move the crop by up to this share of its side, each way."""
    contrast: float = 0.25
    """Multiply the difference from the mean by 1 plus or minus up to this."""
    brightness: float = 0.2
    """Add up to this share of the full range."""
    gamma: float = 0.0
    """Raise to a power of up to exp of this, either way."""
    noise: float = 0.0
    """Standard deviation of Gaussian noise, share of the full range; drawn from 0 to this."""
    blur: float = 0.0
    """Share of pictures that lose resolution (scaled down and back)."""
    blur_most: float = 3.0
    """Times that they are scaled down at most."""
    grey: float = 0.0
    """Share of RGB pictures that lose their colour."""
    erase: float = 0.0
    """Share of pictures in which a rectangle is blanked (Zhong et al. 2017)."""

    def __post_init__(self) -> None:
        for name in ("blur", "grey", "erase"):
            if not 0 <= getattr(self, name) <= 1:
                raise RecipeError(f"augment: {name} is a share, 0 to 1, not {getattr(self, name)}")
        for name in ("rotate_deg", "scale", "shift", "contrast", "brightness", "gamma", "noise"):
            if not getattr(self, name) >= 0:
                raise RecipeError(f"augment: {name} must be 0 or more, not {getattr(self, name)}")
        if not 1.2 <= self.blur_most <= 16:
            raise RecipeError(f"augment: blur_most must be 1.2 to 16, not {self.blur_most}")


@dataclass(frozen=True)
class ObjectiveOptions:
    """What is minimised."""

    label_smoothing: float = 0.0
    """Share of the target spread over all classes."""
    votes: float = 0.0
    """Share of the target taken from people's votes, where the set has them."""
    sigma_years: float = 2.5
    """Age: width of the target around the labelled year."""
    mean_weight: float = 0.1
    """Age: weight of the absolute error of the mean."""
    mixup: float = 0.0
    """Beta parameter of mixup (Zhang et al. 2018), on half of the batches; 0 is off."""

    def __post_init__(self) -> None:
        for name in ("label_smoothing", "votes"):
            if not 0 <= getattr(self, name) <= 1:
                raise RecipeError(f"objective: {name} is a share, 0 to 1, not {getattr(self, name)}")
        for name in ("mean_weight", "mixup"):
            if not getattr(self, name) >= 0:
                raise RecipeError(f"objective: {name} must be 0 or more, not {getattr(self, name)}")
        if not self.sigma_years >= 0.1:  # A narrower one has nothing left for an age between two years.
            raise RecipeError(f"objective: sigma_years must be 0.1 or more, not {self.sigma_years}")


@dataclass(frozen=True)
class TeacherOptions:
    """Finished models to learn from."""

    models: tuple[str, ...] = ()
    """Names in the catalogue or ONNX files with their cards; their mean is the teacher."""
    share: float = 0.7
    """Share of the target taken from the teacher; of a band of ages, all of it within the band."""
    unlabelled: bool = False
    """Whether the teacher's answer is the target where a picture has no label for its task."""


@dataclass(frozen=True)
class ProbeOptions:
    """How heads are fitted on features."""

    views: int = 4
    """Times that each picture is seen under random changes, besides as it is and mirrored."""
    penalty: float = 2e-3
    """Weight of the squared weights, of standardised features, against the mean loss."""


@dataclass(frozen=True)
class OptimOptions:
    """How it is minimised: AdamW, a warm-up and a cosine."""

    epochs: int = 60
    batch: int = 128
    learning_rate: float = 1e-2
    weight_decay: float = 1e-2
    warmup: float = 0.1
    """Share of the steps in which the learning rate rises."""
    ema: float = 0.999
    """Decay of the averaged weights; these are the ones that are exported."""


@dataclass(frozen=True)
class Recipe:
    """Everything that makes a model."""

    name: str
    """Of the network's file; the catalogue name, "emotion.mini", where it has one task."""
    version: str
    """Of the model."""
    crop: CropSpec
    """The network's input."""
    data: tuple[DataOptions, ...]
    """Data sets to train on."""
    task: str = ""
    """Name of the task; empty where there are heads."""
    heads: tuple[HeadOptions, ...] = ()
    """The tasks of a network that answers several, each with what follows of its own; a picture
    teaches those heads that it has a label for."""
    holdout: float = 0.05
    """Share of the groups that is kept for validation: to choose on and to calibrate with."""
    labels: tuple[str, ...] = ()
    """Classes; empty for age."""
    outputs: int = 0
    """Number of logits; the number of labels if 0."""
    seed: int = 0
    fold: int = -1
    """Part of the sets with folds that is held for validation, from 0; none if -1."""
    threshold: float = 0.0
    """The card's threshold for "uncertain"."""
    network: Mapping[str, Any] = field(default_factory=dict)
    """Family, mini_xception if it isn't named, and its options."""
    int8: bool = False
    """Whether the file holds 8-bit numbers: a third of the time and size, for a small measured loss."""
    start: str = ""
    """Checkpoint of a run with the same network, whose averaged weights this one starts from."""
    augment: AugmentOptions = AugmentOptions()
    objective: ObjectiveOptions = ObjectiveOptions()
    teacher: TeacherOptions = TeacherOptions()
    probe: ProbeOptions = ProbeOptions()
    optim: OptimOptions = OptimOptions()
    licence: str = ""
    """Terms of the weights; goes into the card."""
    commercial_use: bool = False
    """Goes into the card."""
    sources: tuple[Mapping[str, Any], ...] = ()
    """Data sets with their terms; goes into the card."""
    limits: tuple[str, ...] = ()
    """Where it fails; goes into the card."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "network", {"family": "mini_xception"} | dict(self.network))
        if not isinstance(self.network["family"], str):
            raise RecipeError(f"{self.name}: network: family must be a name, not {self.network['family']!r}")
        if bool(self.heads) == bool(self.task):
            raise RecipeError(f"{self.name}: a recipe needs a task, or [[heads]] with a task each")
        targets = [head.target_name for head in self.all_heads]
        if len(set(targets)) < len(targets):
            raise RecipeError(f"{self.name}: two [[heads]] have the same task; give one a target of its own")
        if self.probes and not self.start:
            raise RecipeError(f"{self.name}: a probe needs the features of a finished run: name it in start")
        if all(head.aid for head in self.all_heads):
            raise RecipeError(f"{self.name}: every head is an aid; one must be exported")
        if not self.data:
            raise RecipeError(f"{self.name}: a recipe needs at least one [[data]]")
        if self.heads and (self.labels or self.outputs or self.threshold or self.limits):
            raise RecipeError(
                f"{self.name}: labels, outputs, threshold and limits are a head's own: put them in [[heads]]"
            )
        for head in self.all_heads:
            if len(set(head.labels)) < len(head.labels):
                raise RecipeError(f"{self.name}: {head.target_name} has a label twice")
            if head.labels and head.outputs not in (0, len(head.labels)):
                count = f"{len(head.labels)} labels and {head.outputs} outputs"
                raise RecipeError(f"{self.name}: {head.target_name} has {count}; leave outputs out")
        optim = self.optim
        if optim.epochs < 1 or optim.batch < 2 or not 0 < optim.learning_rate < math.inf:
            raise RecipeError(f"{self.name}: [optim] needs epochs >= 1, batch >= 2, learning_rate > 0")
        if not 0 <= optim.weight_decay < math.inf or not 0 <= optim.warmup < 1:
            raise RecipeError(f"{self.name}: [optim] needs weight_decay >= 0 and a warmup from 0 to below 1")
        if all(entry.hold for entry in self.data):
            raise RecipeError(f"{self.name}: every [[data]] is held for validation; one must be trained on")
        if not 0 <= self.teacher.share <= 1:
            raise RecipeError(f"{self.name}: [teacher] share must lie in 0 to 1, not {self.teacher.share}")
        if not -1 <= self.fold < max([0, *(entry.folds for entry in self.data)]) and self.fold != -1:
            raise RecipeError(f"{self.name}: no [[data]] has a fold {self.fold}; folds count from 0")
        if (size := self.network.get("size", 0)) not in (0, self.crop.size):
            raise RecipeError(f"{self.name}: [network] says size {size}, but [crop] {self.crop.size}")
        if self.seed < 0:
            raise RecipeError(f"{self.name}: seed must be 0 or more, not {self.seed}")
        if not 0 < self.holdout < 1:
            raise RecipeError(f"{self.name}: holdout must lie between 0 and 1, not {self.holdout}")
        if not 0 <= self.optim.ema < 1:
            raise RecipeError(f"{self.name}: [optim] ema must be 0 or more and below 1, not {self.optim.ema}")

    @property
    def all_heads(self) -> tuple[HeadOptions, ...]:
        """The heads; of a recipe with a task, that alone."""
        if self.heads:
            return self.heads
        names = {entry.name for entry in dataclasses.fields(self)}
        own = [entry.name for entry in dataclasses.fields(HeadOptions) if entry.name in names]
        return (HeadOptions(**{name: getattr(self, name) for name in own}),)

    @property
    def probes(self) -> tuple[HeadOptions, ...]:
        """The heads that are fitted on features."""
        return tuple(head for head in self.heads if head.probe)

    @property
    def output_count(self) -> int:
        """Number of logits, of all heads together."""
        return sum(head.output_count for head in self.all_heads)


def read_recipe(path: Path) -> Recipe:
    """Read and check a recipe.

    Raises:
        RecipeError: It can't be read, or has an unknown key or a value of the wrong kind.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"{path}: the recipe can't be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"{path}: not a readable recipe: {error}") from error
    return _build(Recipe, values, str(path))


def _build(kind: type[T], values: Mapping[str, Any], where: str) -> T:
    """A dataclass from a table of a recipe, with the nearest name for a key that it doesn't know."""
    hints = typing.get_type_hints(kind)
    known = {f.name: hints[f.name] for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there is {', '.join(known)}"
            raise RecipeError(f"{where}: unknown key {key!r}{hint}")
    try:
        return kind(**{k: _convert(known[k], v, f"{where}: {k}") for k, v in values.items()})
    except TypeError as error:
        raise RecipeError(f"{where}: {str(error).split('__init__() ')[-1]}") from error


def _convert(hint: Any, value: Any, where: str) -> Any:
    """A TOML value as the type that a field asks for."""
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, dict):
            raise RecipeError(f"{where} must be a table, not {value!r}")
        return _build(typing.cast("type[Any]", hint), value, where)
    if typing.get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise RecipeError(f"{where} must be a list, not {value!r}")
        item_hint = typing.get_args(hint)[0]
        return tuple(_convert(item_hint, item, f"{where}[{i}]") for i, item in enumerate(value))
    if typing.get_origin(hint) is not None:
        if not isinstance(value, dict):
            raise RecipeError(f"{where} must be a table, not {value!r}")
        return value
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise RecipeError(f"{where} must be {hint.__name__}, not {value!r}")
    return value
