"""What a training tells while it runs, to whoever shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class HeadCounts:
    """The pictures of a head, by what they show."""

    name: str
    """Name of its labels."""
    trained: Mapping[str, int]
    """Class, age group or action unit to the pictures that are trained on."""
    held: Mapping[str, int]
    """The same of validation."""


@dataclass(frozen=True)
class PhasePlan:
    """What one phase of a run is about to do."""

    name: str
    """Of the phase."""
    groups: Sequence[str]
    """Layer groups that learn; all if empty."""
    learned: int
    """Number of values that learn."""
    epochs: int
    """How many there will be at most."""
    how: str
    """Optimiser, rate and schedule, in few words."""
    patience: int
    """See OptimOptions."""


@dataclass(frozen=True)
class Start:
    """What a run is about to do."""

    name: str
    """Of the recipe."""
    version: str
    """Of the model."""
    run: Path
    """Its folder."""
    network: str
    """Family of the network."""
    parameters: int
    """Number of learned values."""
    takes: str
    """The network's input, in few words."""
    device: str
    """Where it is trained: "cpu", "cuda:0"."""
    threads: int
    """Of the CPU, for each operation."""
    trained: int
    """Pictures, or clips, to train on."""
    held: int
    """Pictures of validation."""
    counts: Sequence[HeadCounts]
    """The same by head and class."""
    left_out: Mapping[str, Sequence[str]]
    """Why pictures were left out to their keys."""
    notes: Sequence[str]
    """What else is to be known of the two parts, a sentence each."""
    epochs: int
    """How many there will be, of all phases together; 0 where nothing is trained in epochs."""
    batch: int
    """Pictures a step."""
    done: int
    """Epochs that an earlier call has finished."""
    patience: int
    """See OptimOptions."""
    word: str = "pictures"
    """What is trained on: "pictures" or "clips"."""
    phases: Sequence[PhasePlan] = ()
    """The phases, where the recipe has [[phases]]."""
    processes: int = 1
    """How many share each batch."""


@dataclass(frozen=True)
class HeadReport:
    """How good a head's model is on validation."""

    figures: Mapping[str, Any]
    """As mimik.evaluate reports them."""
    lines: Sequence[str]
    """The same in words."""
    rows: Sequence[tuple[str, ...]]
    """A row a class after the heads of the columns; may be empty."""


@dataclass(frozen=True)
class Finish:
    """What a run has made."""

    model: Path
    """The ONNX file."""
    cards: Sequence[Path]
    """Its cards, one a head."""
    epoch: int
    """The epoch whose weights were exported."""
    best: int
    """The epoch that was best on validation; 0 where none was watched."""
    epochs: int
    """How many were trained."""
    reports: Mapping[str, HeadReport] = field(default_factory=dict)
    """Name of a head to how good it is."""
    page: Path | None = None
    """The run's page."""
    notes: Sequence[str] = ()
    """What could not be made, and how to have it."""


class Watch(Protocol):
    """Hears how a training goes."""

    def begun(self, start: Start) -> None:
        """All pictures are loaded, and training begins or goes on."""
        ...

    def stepped(self, epoch: int, batch: int, batches: int) -> None:
        """So many batches of an epoch, both counted from 1, are done."""
        ...

    def finished(self, finish: Finish) -> None:
        """The model is exported."""
        ...


class Silent:
    """Hears it and says nothing."""

    def begun(self, start: Start) -> None:
        """See Watch."""

    def stepped(self, epoch: int, batch: int, batches: int) -> None:
        """See Watch."""

    def finished(self, finish: Finish) -> None:
        """See Watch."""


SILENT = Silent()
"""Who watches where nobody does."""
