"""What each phase of a training reads, checked with its recipe; recipes are read without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mimik.models.inputs import NetworkInput
from mimik.train.recipe.changes import AugmentOptions, HearOptions
from mimik.train.recipe.options import (
    HeadOptions,
    OptimOptions,
    ProbeOptions,
)


@dataclass(frozen=True)
class BlendOptions:
    """How pictures of a batch are blended with one another."""

    mixup: float = 0.0
    """See ObjectiveOptions."""
    cutmix: float = 0.0
    """See ObjectiveOptions."""

    @property
    def any(self) -> bool:
        """Whether pictures are blended at all."""
        return bool(self.mixup or self.cutmix)


@dataclass(frozen=True)
class EpochOptions:
    """How passes over the pictures are run."""

    name: str
    """Of the recipe, for messages."""
    seed: int
    """Of the order of the pictures and of their changes."""
    takes: NetworkInput
    """The network's input."""
    augment: AugmentOptions
    """Random changes of the pictures."""
    hear: HearOptions
    """What is heard of the utterances, and its random changes."""
    optim: OptimOptions
    """How many passes, in what steps."""
    blend: BlendOptions
    """How pictures of a batch are blended."""
    workers: int = 1
    """See LoadingOptions."""
    phase: str = ""
    """Name of the phase; empty where a recipe has none."""
    train: tuple[str, ...] = ()
    """Layer groups that learn; all if empty."""


@dataclass(frozen=True)
class FitPhase:
    """A network is trained as a whole."""

    kind: ClassVar[str] = "fit"
    """Its name in mimik.train.phases.base.PHASES."""
    light: ClassVar[bool] = False
    """Whether it is little work, on features that are kept in memory, so that it is done on the CPU."""
    heads: tuple[HeadOptions, ...]
    """Those that it trains."""
    epochs: EpochOptions
    """How the passes are run."""
    folds: int
    """Parts of its sets, one of which must be held for validation; 0 if its holdout says what is."""


@dataclass(frozen=True)
class ProbePhase:
    """Heads are fitted on the features of a network, of which nothing else moves."""

    kind: ClassVar[str] = "probe"
    """See FitPhase."""
    light: ClassVar[bool] = True
    """See FitPhase."""
    heads: tuple[HeadOptions, ...]
    """Those that it trains."""
    epochs: EpochOptions
    """How the network's branch is trained, where it has one."""
    probe: ProbeOptions
    """How the heads are fitted."""
    tap_outputs: int
    """Logits to which the network's taps add; 0 without taps."""
    branch_outputs: int
    """Logits to which its branch adds; 0 without one."""
