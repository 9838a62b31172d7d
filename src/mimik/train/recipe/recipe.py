"""A recipe: everything that makes a model, in a TOML file, checked when read."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mimik.data.labels import class_tasks, label_of
from mimik.data.own import OwnTasks
from mimik.errors import RecipeError
from mimik.models.inputs import ClipSpec, CropSpec, NetworkInput, SoundSpec
from mimik.tasks.base import load_scored
from mimik.train.phases.options import BlendOptions, EpochOptions, FitPhase, ProbePhase
from mimik.train.recipe.build import override
from mimik.train.recipe.changes import AugmentOptions, HearOptions
from mimik.train.recipe.losses import check_losses
from mimik.train.recipe.options import (
    DataOptions,
    HeadOptions,
    LoadingOptions,
    ObjectiveOptions,
    OptimOptions,
    PhaseOptions,
    ProbeOptions,
    TeacherOptions,
    WeightOptions,
)

BITS = (32, 16, 8)
"""What a weight may take in a file."""
SEES, HEARS, BOTH = "mini_xception", "voice", "branches"
"""Families of the networks that see faces, hear voices, and do both, where a recipe names none."""


@dataclass(frozen=True)
class Recipe:
    """Everything that makes a model."""

    name: str
    """Of the network's file; the catalogue name, "emotion.mini", where it has one task."""
    version: str
    """Of the model."""
    data: tuple[DataOptions, ...]
    """Data sets to train on."""
    crop: CropSpec | None = None
    """The network's input, if it sees faces."""
    sound: SoundSpec | None = None
    """The network's input, if it hears voices."""
    clip: ClipSpec | None = None
    """The network's inputs, if it sees, and perhaps hears, whole clips."""
    task: str = ""
    """Name of the task; empty where there are heads."""
    kind: str = ""
    """"classes" for a task of one's own; empty for one that mimik or a package knows."""
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
    """Of the weights, the order of the pictures and their changes."""
    fold: int = -1
    """Part of the sets with folds that is held for validation, from 0; none if -1."""
    threshold: float = 0.0
    """The card's threshold for "uncertain"."""
    kept_accuracy: float = 0.0
    """See HeadOptions: what the threshold is chosen by."""
    network: Mapping[str, Any] = field(default_factory=dict)
    """Family, mini_xception if it isn't named, and its options."""
    int8: bool = False
    """Whether the file holds 8-bit numbers: a third of the time and size, for a small measured loss."""
    weight_bits: int = 32
    """What each weight takes in the file, which computes in 32 bits all the same: 16 halve its size and give
    the same answers to three digits, 8 quarter it and give them to two."""
    start: str = ""
    """What its weights start from: a run's checkpoint, a file of weights, or a model."""
    weights: WeightOptions = WeightOptions()
    """How those are taken."""
    augment: AugmentOptions = AugmentOptions()
    """Random changes of the pictures."""
    loading: LoadingOptions = LoadingOptions()
    """How pictures are kept and made ready."""
    hear: HearOptions = HearOptions()
    """What of the utterances is heard, and its random changes."""
    objective: ObjectiveOptions = ObjectiveOptions()
    """What is minimised."""
    teacher: TeacherOptions = TeacherOptions()
    """Models to learn from."""
    probe: ProbeOptions = ProbeOptions()
    """How probes are fitted."""
    optim: OptimOptions = OptimOptions()
    """How it is minimised."""
    phases: tuple[PhaseOptions, ...] = ()
    """What is trained one after the other, each from the weights of the one before; all at once if empty."""
    licence: str = ""
    """Terms of the weights; goes into the card."""
    commercial_use: bool = False
    """Goes into the card."""
    sources: tuple[Mapping[str, Any], ...] = ()
    """Data sets with their terms; goes into the card."""
    limits: tuple[str, ...] = ()
    """Where it fails; goes into the card."""

    def __post_init__(self) -> None:
        usual = HEARS if self.sound else BOTH if self.clip else SEES
        network = {"family": usual} | dict(self.network)
        if self.sound and network["family"] == HEARS:
            network = {"bands": self.sound.bands} | network
        if self.clip and network["family"] == BOTH:
            network |= _sizes(self.clip)
        object.__setattr__(self, "network", network)
        self._check_input()
        self._check_heads()
        self._check_options()
        self._check_phases()

    def _check_input(self) -> None:
        """Refuse no input, or two, and what only pictures have; raises RecipeError."""
        if sum(taken is not None for taken in (self.crop, self.sound, self.clip)) != 1:
            raise RecipeError(
                f"{self.name}: a recipe needs [crop], for pictures, or [sound], for voices, or [clip], for "
                "whole clips"
            )
        there = "sound" if self.sound else "crop" if self.crop else "clip"
        heard = self.sound or (self.clip and self.clip.sound)
        for name, own, used in (("augment", self.augment, not self.sound), ("hear", self.hear, heard)):
            if own != type(own)() and not used:
                of = " that has no sound" if self.clip else ""
                raise RecipeError(f"{self.name}: [{name}] has no meaning with [{there}]{of}; leave it out")
        if self.weight_bits not in BITS:
            raise RecipeError(f"{self.name}: weight_bits must be 32, 16 or 8, not {self.weight_bits}")
        if self.int8 and self.weight_bits != max(BITS):
            raise RecipeError(
                f"{self.name}: with int8 the whole file computes in 8 bits; leave weight_bits out, or int8"
            )
        if not self.crop and (self.int8 or self.teacher.models or self.probes):
            raise RecipeError(f"{self.name}: int8, [teacher] and probes are for pictures; leave them out")
        if not self.crop and self.objective.cutmix:
            raise RecipeError(f"{self.name}: [objective] cutmix is for pictures; take mixup")

    def _check_heads(self) -> None:
        """Refuse what can't be learned; raises RecipeError."""
        if not isinstance(self.network["family"], str):
            raise RecipeError(f"{self.name}: network: family must be a name, not {self.network['family']!r}")
        if bool(self.heads) == bool(self.task):
            raise RecipeError(f"{self.name}: a recipe needs a task, or [[heads]] with a task each")
        targets = [head.target_name for head in self.all_heads]
        if len(set(targets)) < len(targets):
            raise RecipeError(f"{self.name}: two [[heads]] have the same task; give one a target of its own")
        if self.probes and not self.start:
            raise RecipeError(
                f"{self.name}: a probe needs the features of a run; name the run in start, or with --start"
            )
        if all(head.aid for head in self.all_heads):
            raise RecipeError(f"{self.name}: every head is an aid; one must be exported")
        if not self.data:
            raise RecipeError(f"{self.name}: a recipe needs at least one [[data]]")
        own = (self.kind, self.labels, self.outputs, self.threshold, self.kept_accuracy, self.limits)
        if self.heads and any(own):
            raise RecipeError(
                f"{self.name}: kind, labels, outputs, kept_accuracy, threshold and limits are a head's own: "
                "put them in [[heads]]"
            )
        for head in self.all_heads:
            self._check_labels(head)
        check_losses(self.all_heads, self.objective, self.data, bool(self.teacher.models))

    def _check_labels(self, head: HeadOptions) -> None:
        """Refuse labels that no picture can have, or that don't fit the outputs; raises RecipeError."""
        if head.kept_accuracy and not head.kind and load_scored(head.task).objective != "classes":
            raise RecipeError(
                f"{self.name}: {head.target_name}: kept_accuracy is for tasks that answer with a class"
            )
        if len(set(head.labels)) < len(head.labels):
            raise RecipeError(f"{self.name}: {head.target_name} has a label twice")
        if head.labels and head.outputs not in (0, len(head.labels)):
            count = f"{len(head.labels)} labels and {head.outputs} outputs"
            raise RecipeError(f"{self.name}: {head.target_name} has {count}; leave outputs out")
        known = () if head.kind else class_tasks().get(head.task, ())
        for label in head.labels:
            if label not in known and (name := label_of(head.task, label)) in known:
                raise RecipeError(f"{self.name}: labels: {label!r} is called {name!r} here; write that")

    def _check_phases(self) -> None:
        """Refuse phases that can't be told apart or have nothing to do; raises RecipeError."""
        names = [phase.name for phase in self.phases]
        if len(set(names)) < len(names):
            raise RecipeError(f"{self.name}: two [[phases]] have the same name; give each its own")
        if self.phases and self.probes:
            raise RecipeError(
                f"{self.name}: probes are fitted in one step on weights that stay as they are; leave "
                "[[phases]] out, or train the network by another recipe and name its run in start"
            )
        for phase in self.course if self.phases else ():
            _check_optim(f"{self.name}: phase {phase.epochs.phase!r}", phase.epochs.optim)

    def _check_options(self) -> None:
        """Refuse values out of range; raises RecipeError."""
        _check_optim(f"{self.name}: [optim]", self.optim)
        if all(entry.hold for entry in self.data):
            raise RecipeError(f"{self.name}: every [[data]] is held for validation; one must be trained on")
        if not 0 <= self.teacher.share <= 1:
            raise RecipeError(f"{self.name}: [teacher] share must lie in 0 to 1, not {self.teacher.share}")
        if self.fold < -1 or 0 < self.folds <= self.fold:
            raise RecipeError(f"{self.name}: no [[data]] has a fold {self.fold}; folds count from 0")
        if self.crop and (size := self.network.get("size", 0)) not in (0, self.crop.size):
            raise RecipeError(f"{self.name}: [network] says size {size}, but [crop] {self.crop.size}")
        if self.sound and (bands := self.network.get("bands", self.sound.bands)) != self.sound.bands:
            raise RecipeError(f"{self.name}: [network] says bands {bands}, but [sound] {self.sound.bands}")
        if sum(entry.share for entry in self.data) > 1 + 1e-9:
            raise RecipeError(f"{self.name}: the [[data]] have shares of more than 1 in all; lower them")
        if self.seed < 0:
            raise RecipeError(f"{self.name}: seed must be 0 or more, not {self.seed}")
        if not 0 < self.holdout < 1:
            raise RecipeError(f"{self.name}: holdout must lie between 0 and 1, not {self.holdout}")

    @property
    def takes(self) -> NetworkInput:
        """The network's input."""
        taken = self.crop or self.sound or self.clip
        assert taken is not None  # See _check_input.
        return taken

    @property
    def all_heads(self) -> tuple[HeadOptions, ...]:
        """The heads; of a recipe with a task, that alone."""
        if self.heads:
            return self.heads
        names = {entry.name for entry in dataclasses.fields(self)}
        own = [entry.name for entry in dataclasses.fields(HeadOptions) if entry.name in names]
        return (HeadOptions(**{name: getattr(self, name) for name in own}),)

    @property
    def own_tasks(self) -> OwnTasks:
        """The tasks that only it describes, by the name of their labels in the data."""
        own = [head for head in self.all_heads if head.kind]
        told = [head for head in own if not (head.rest and head.target_name in class_tasks())]
        labels = {head.target_name: (*head.rest, *head.labels[bool(head.rest) :]) for head in told}
        return OwnTasks(labels, bool(told) and len(own) == len(self.all_heads))

    @property
    def probes(self) -> tuple[HeadOptions, ...]:
        """The heads that are fitted on features."""
        return tuple(head for head in self.heads if head.probe)

    @property
    def course(self) -> tuple[FitPhase | ProbePhase, ...]:
        """What training does, one after the other."""
        blend = BlendOptions(self.objective.mixup, self.objective.cutmix)
        changes, workers = (self.augment, self.hear), self.loading.workers
        epochs = EpochOptions(self.name, self.seed, self.takes, *changes, self.optim, blend, workers)
        if self.probes:
            taps, branch = (self.network.get(f"{name}_outputs", 0) for name in ("tap", "branch"))
            return (ProbePhase(self.probes, epochs, self.probe, taps, branch),)
        if not self.phases:
            return (FitPhase(self.all_heads, epochs, self.folds),)
        return tuple(FitPhase(self.all_heads, self._own(phase, epochs), self.folds) for phase in self.phases)

    def _own(self, phase: PhaseOptions, epochs: EpochOptions) -> EpochOptions:
        """How the passes of a phase are run: as the recipe says, but for what the phase says."""
        where = f"{self.name}: phase {phase.name!r}"
        if phase.augment and self.sound:
            raise RecipeError(f"{where}: augment has no meaning with [sound]; leave it out")
        return dataclasses.replace(
            epochs,
            phase=phase.name,
            train=phase.train,
            optim=override(self.optim, phase.optim, where, "optim"),
            augment=override(self.augment, phase.augment, where, "augment"),
        )

    @property
    def epochs(self) -> int:
        """Passes over the pictures at most, of all phases; 0 where nothing is trained in passes."""
        if self.probes and not self.network.get("branch"):
            return 0
        return sum(phase.epochs.optim.epochs for phase in self.course)

    @property
    def precisions(self) -> frozenset[str]:
        """What its phases compute in."""
        return frozenset(phase.epochs.optim.precision for phase in self.course)

    @property
    def trained(self) -> tuple[HeadOptions, ...]:
        """The heads that a phase trains; the others stay as they are in ``start``."""
        return tuple(head for head in self.all_heads if any(head in phase.heads for phase in self.course))

    @property
    def folds(self) -> int:
        """Parts into which the people of its sets are divided; 0 if no set has folds."""
        return max(entry.folds for entry in self.data)

    @property
    def output_count(self) -> int:
        """Number of logits, of all heads together."""
        return sum(head.output_count for head in self.all_heads)


def _sizes(clip: ClipSpec) -> dict[str, int]:
    """What a network of branches must know of its inputs."""
    _, frames, height, width = clip.shape
    sizes = {"frames": frames, "height": height, "width": width}
    return sizes | ({"heard": clip.sound.channels, "bands": clip.sound.bands} if clip.sound else {})


def _check_optim(where: str, optim: OptimOptions) -> None:
    """Refuse values out of range, of [optim] or of a phase; raises RecipeError."""
    if optim.epochs < 1 or optim.batch < 2 or not 0 < optim.learning_rate < math.inf:
        raise RecipeError(f"{where} needs epochs >= 1, batch >= 2, learning_rate > 0")
    if not 0 <= optim.weight_decay < math.inf or not 0 <= optim.warmup < 1:
        raise RecipeError(f"{where} needs weight_decay >= 0 and a warmup from 0 to below 1")
    if not 0 <= optim.ema < 1:
        raise RecipeError(f"{where} needs an ema of 0 or more and below 1, not {optim.ema}")
