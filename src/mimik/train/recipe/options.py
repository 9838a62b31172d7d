"""The parts of a recipe, each checked when it is built."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mimik.errors import RecipeError
from mimik.tasks.own import problem_of


@dataclass(frozen=True)
class DataOptions:
    """One data set of the mixture."""

    reader: str
    """Name of the reader."""
    split: str
    """The split to train on: one of the set's own, or of those in ``splits``."""
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
    """Parts into which its people are divided, by their names, or as ``splits`` says; the recipe's fold is
    held for validation, and without one all of them are trained on. 0 leaves them to the recipe's holdout,
    or, of a set that comes with folds, to the recipe's fold, if it has one."""
    splits: str = ""
    """A file of ``mimik data split`` under the data path, or an absolute path: its splits, folds and groups
    are taken instead of the set's own."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Name of a further label to the .npz file under the data path that holds it by key: ``keys``
    (str, N) and ``scores`` (float, (N, K), NaN where unknown)."""
    share: float = 0.0
    """Part of all draws that are of it, 0 to 1; what such sets leave is the others', by their weights."""
    balanced: bool = False
    """Whether each class of it is drawn equally often."""
    leave_out: str = ""
    """CSV under the data path, or an absolute path, whose column ``key`` names pictures that are left out;
    none if empty."""

    def __post_init__(self) -> None:
        if self.folds < 0 or self.folds == 1:
            raise RecipeError(f"{self.reader}: folds must be 0 or 2 and more, not {self.folds}")
        if not self.weight > 0:
            raise RecipeError(f"{self.reader}: the weight of a set must be above 0, not {self.weight}")
        if not 0 <= self.share <= 1:
            raise RecipeError(f"{self.reader}: share is a part of all draws, 0 to 1, not {self.share}")


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
    kept_accuracy: float = 0.0
    """Share of the answers that aren't "uncertain" that shall be right on validation: the threshold is the
    lowest with which they are. 0 leaves it at ``threshold``."""
    target: str = ""
    """Name of its labels in the data, and of the file's output, where several heads share a task; the
    task's name if empty."""
    one_versus_all: bool = False
    """Whether its classes are learned each by itself (sigmoids), so that a picture may be none of them."""
    probe: bool = False
    """Whether it is fitted on the features of ``start``, by logistic regression: then nothing else of the
    network changes, and the other heads are those of ``start``."""
    kind: str = ""
    """"classes" for a task of one's own, whose answer is one of the labels; empty for one that mimik or a
    package knows."""
    aid: bool = False
    """Whether it only helps the others to learn and is not exported."""
    votes: float = -1.0
    """Share of the target taken from people's votes; that of [objective] if negative."""
    loss: str = ""
    """What is minimised for it; that of [objective] if empty."""
    weight: float = 1.0
    """Of its loss, against those of the other heads."""
    limits: tuple[str, ...] = ()
    """Where it fails; goes into the card."""
    rest: tuple[str, ...] = ()
    """Labels of the data that all count as the first of ``labels``: one class against the others."""

    def __post_init__(self) -> None:
        if self.rest and set(self.rest) & set(self.labels[1:]):
            raise RecipeError(f"{self.name}: a label is in rest and in labels; take it out of one of them")
        if self.kind and (problem := problem_of(self.task, self.kind, self.labels)):
            raise RecipeError(f"{self.name}: {problem}")
        if not self.labels and self.outputs < 1:
            raise RecipeError(
                f"{self.name}: a recipe without labels needs outputs of 2 or more, or 1 for an age"
            )
        if not self.weight > 0:
            raise RecipeError(f"{self.name}: the weight of a head must be above 0, not {self.weight}")
        if not 0 <= self.kept_accuracy < 1:
            raise RecipeError(
                f"{self.name}: kept_accuracy is a share from 0 to below 1, not {self.kept_accuracy}"
            )
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
class LoadingOptions:
    """How pictures and clips are kept and made ready; what is learned of them doesn't depend on it."""

    memory_gb: float = 0.0
    """Of decoded pictures or clips in memory at most, in 10^9 bytes; more lie in a file on the disk while
    training runs. 0 is half of the machine's memory."""
    workers: int = 1
    """Threads that change pictures for the next batches."""

    def __post_init__(self) -> None:
        if not self.memory_gb >= 0:
            raise RecipeError(
                f"loading: memory_gb must be 0 (half of the memory) or more, not {self.memory_gb}"
            )
        if not 1 <= self.workers <= 256:
            raise RecipeError(f"loading: workers must be 1 to 256, not {self.workers}")


@dataclass(frozen=True)
class ObjectiveOptions:
    """What is minimised."""

    loss: str = ""
    """Of classes "cross_entropy", "focal" or "squared_hinge"; of units the first two; of age "distribution",
    "mse" or "mae". The first of these if empty."""
    focal_gamma: float = 2.0
    """Focal loss: how much less what is answered well counts (Lin et al. 2017); 0 is cross-entropy."""
    class_weights: str | Mapping[str, float] = ""
    """Label to the weight of its pictures in the loss, 1 where none is given; or "balanced"."""
    label_smoothing: float = 0.0
    """Share of the target spread over all classes."""
    votes: float = 0.0
    """Share of the target taken from people's votes, where the set has them."""
    soft_labels: float = 0.0
    """Share of the target taken from a set's own probabilities of the classes, as they are."""
    own_classes: float = 0.0
    """Share of the loss that is taken over the classes that a sample's set has, as the set can't tell the
    others; the rest is taken over all, so that answers stay on their side."""
    sigma_years: float = 2.5
    """Age: width of the target around the labelled year."""
    mean_weight: float = 0.1
    """Age: weight of the absolute error of the mean."""
    mixup: float = 0.0
    """Beta parameter of mixup (Zhang et al. 2018), on half of the batches; 0 is off."""
    cutmix: float = 0.0
    """Beta parameter of CutMix (Yun et al. 2019), on half of the batches; 0 is off."""

    def __post_init__(self) -> None:
        for name in ("label_smoothing", "votes", "own_classes", "soft_labels"):
            if not 0 <= getattr(self, name) <= 1:
                raise RecipeError(f"objective: {name} is a share, 0 to 1, not {getattr(self, name)}")
        for name in ("mean_weight", "mixup", "cutmix", "focal_gamma"):
            if not 0 <= getattr(self, name) < math.inf:
                raise RecipeError(f"objective: {name} must be 0 or more, not {getattr(self, name)}")
        if self.votes and self.soft_labels:
            raise RecipeError(
                "objective: votes maps what people said to labels, soft_labels takes it as it is; "
                "leave one of them out"
            )
        self._check_weights()
        if not self.sigma_years >= 0.1:  # A narrower one has nothing left for an age between two years.
            raise RecipeError(f"objective: sigma_years must be 0.1 or more, not {self.sigma_years}")

    def _check_weights(self) -> None:
        """Class weights are "balanced", or numbers above 0."""
        weights = self.class_weights
        if isinstance(weights, str):
            if weights not in ("", "balanced"):
                raise RecipeError(
                    f'objective: class_weights is "balanced" or a table of labels, not {weights!r}'
                )
            return
        for label, weight in weights.items():
            if type(weight) not in (int, float) or not 0 < weight < math.inf:
                raise RecipeError(f"objective: class_weights: {label} must be above 0, not {weight!r}")


@dataclass(frozen=True)
class TeacherOptions:
    """Finished models to learn from."""

    models: tuple[str, ...] = ()
    """Names in the catalogue or ONNX files with their cards; their mean is the teacher."""
    share: float = 0.7
    """Share of the target taken from the teacher; of a band of ages, all of it within the band."""
    unlabelled: bool = False
    """Whether the teacher's answer is the target where a picture has no label for its task."""
    sha256: tuple[str, ...] = ()
    """Of each model's ONNX file, in hexadecimal: another file is refused. "" where any will do."""

    def __post_init__(self) -> None:
        if self.sha256 and len(self.sha256) != len(self.models):
            raise RecipeError(
                f"teacher: sha256 has {len(self.sha256)} entries for {len(self.models)} models; "
                'it needs one each ("" where any file will do)'
            )
        for digest in self.sha256:
            if digest and not re.fullmatch("[0-9a-f]{64}", digest):
                raise RecipeError(f"teacher: sha256 must be 64 of 0-9 and a-f, or empty, not {digest!r}")


@dataclass(frozen=True)
class ProbeOptions:
    """How heads are fitted on features."""

    views: int = 4
    """Times that each picture is seen under random changes, besides as it is and mirrored."""
    penalty: float = 2e-3
    """Weight of the squared weights, of standardised features, against the mean loss."""


PRECISIONS = ("bf16", "fp16", "fp32")
"""What a network may compute in while it is trained."""
OPTIMISERS = ("adamw", "adam", "sgd")
"""What moves the weights."""
SCHEDULES = ("cosine", "constant", "plateau", "one_cycle")
"""How the learning rate goes."""


def _either(names: Sequence[str]) -> str:
    """Names as a sentence lists them: "a, b or c"."""
    return f"{', '.join(names[:-1])} or {names[-1]}"


@dataclass(frozen=True)
class OptimOptions:
    """How it is minimised; by default by AdamW, with a warm-up and a cosine."""

    epochs: int = 60
    """Passes over the pictures."""
    batch: int = 128
    """Pictures a step."""
    learning_rate: float = 1e-2
    """The highest, after the warm-up."""
    weight_decay: float = 1e-2
    """Of weights; normalisation and biases have none."""
    warmup: float = 0.1
    """Share of the steps in which the learning rate rises."""
    ema: float = 0.999
    """Decay of the averaged weights; these are the ones that are exported."""
    beta2: float = 0.999
    """Decay of the averaged squares of the gradients, by which AdamW divides them."""
    clip: float = 0.0
    """Length to which the gradient of a step is cut; 0 leaves it."""
    max_norm: float = 0.0
    """Length to which the weights of each unit of a convolution or dense layer are cut after a step
    (Srivastava et al. 2014); 0 leaves them."""
    patience: int = 0
    """Epochs without a better figure of validation after which training ends, and the best epoch is
    exported; 0 trains all epochs and exports the last."""
    optimiser: str = "adamw"
    """"adamw", "adam", or "sgd" with Nesterov's momentum."""
    momentum: float = 0.9
    """Decay of the averaged gradients: SGD's momentum, and beta 1 of the others."""
    schedule: str = "cosine"
    """How the learning rate goes: "cosine", "constant", "plateau" or "one_cycle"."""
    plateau: int = 3
    """With that schedule: epochs without a lower loss of validation after which the rate falls."""
    factor: float = 0.3
    """With that schedule: what the rate is multiplied by then."""
    precision: str = "bf16"
    """What the network computes in while it is trained: "bf16", "fp16" or "fp32"."""

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise RecipeError(f"optim: precision is {' or '.join(PRECISIONS)}, not {self.precision!r}")
        for name, value, allowed in (
            ("optimiser", self.optimiser, OPTIMISERS),
            ("schedule", self.schedule, SCHEDULES),
        ):
            if value not in allowed:
                raise RecipeError(f"optim: {name} must be {_either(allowed)}, not {value!r}")
        for name in ("momentum", "factor"):
            if not 0 < getattr(self, name) < 1:
                raise RecipeError(f"optim: {name} must lie between 0 and 1, not {getattr(self, name)}")
        if self.plateau < 1:
            raise RecipeError(f"optim: plateau must be 1 epoch or more, not {self.plateau}")
        if self.patience < 0:
            raise RecipeError(f"optim: patience must be 0 (off) or more epochs, not {self.patience}")
        if not 0 <= self.beta2 < 1:
            raise RecipeError(f"optim: beta2 must be 0 or more and below 1, not {self.beta2}")
        for name in ("clip", "max_norm"):
            if not getattr(self, name) >= 0:
                raise RecipeError(f"optim: {name} must be 0 (off) or more, not {getattr(self, name)}")


@dataclass(frozen=True)
class WeightOptions:
    """How the weights of ``start`` become those of the network."""

    rename: Mapping[str, str] = field(default_factory=dict)
    """Beginning of a name in the file to what stands there in the network."""
    skip: tuple[str, ...] = ()
    """Layer groups of the network, or beginnings of names, that aren't taken: they begin afresh."""

    def __post_init__(self) -> None:
        if not all(isinstance(name, str) for name in self.rename.values()):
            raise RecipeError('weights: rename goes from name to name, such as { "layer1." = "features.3." }')


@dataclass(frozen=True)
class PhaseOptions:
    """One phase of a training: what learns, and how."""

    name: str
    """Of the phase: in the log, the curves and messages."""
    train: tuple[str, ...] = ()
    """Layer groups that learn, of which [network] tells the names; everything else stays as it is. All of
    them if empty."""
    optim: Mapping[str, Any] = field(default_factory=dict)
    """What differs from the recipe's [optim] in this phase."""
    augment: Mapping[str, Any] = field(default_factory=dict)
    """What differs from the recipe's [augment]."""

    def __post_init__(self) -> None:
        if not self.name:
            raise RecipeError('phases: each needs a name, such as name = "head"')
        if len(set(self.train)) < len(self.train):
            raise RecipeError(f"phase {self.name!r}: train names a layer group twice")
