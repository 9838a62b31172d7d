"""What every phase of a training offers, and the table of phases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from torch import nn

from mimik.tables import load_entry
from mimik.tasks.loaded import LoadedModel
from mimik.train.checkpoint import State
from mimik.train.distributed import ALONE, Processes
from mimik.train.inputs.examples import Examples
from mimik.train.objectives.joint import JointObjective
from mimik.train.phases.options import FitPhase, ProbePhase
from mimik.train.watch import SILENT, Watch

PHASES: dict[str, str] = {
    "fit": "mimik.train.phases.fit:Fit",
    "probe": "mimik.train.phases.probe:Probe",
}
"""Kind of phase to "module:class"."""


@dataclass(frozen=True)
class Material:
    """What the phases of a run learn from."""

    objective: JointObjective
    """What is minimised."""
    pictures: Examples
    """Those to train on."""
    held: Examples
    """Those of the validation part."""
    teachers: Mapping[str, Sequence[LoadedModel]]
    """Name of what is taught to the models that teach it."""
    run: Path
    """Folder of the run."""
    watch: Watch = SILENT
    """Who hears of each batch."""
    said: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    """Name of what is taught to the probabilities that others than these teachers gave, (N, K)."""
    processes: Processes = ALONE
    """Those that train together."""


class Taught(Protocol):
    """What teachers that aren't asked any more said of pictures."""

    @property
    def sha256(self) -> str:
        """Of all that makes what they said, in hexadecimal: other answers make another run."""
        ...

    def answers(self, pictures: Examples) -> Mapping[str, NDArray[np.float32]]:
        """Name of what is taught to their probabilities for the N pictures, (N, K)."""
        ...


class Phase(Protocol):
    """One stage of a training, made with its options."""

    def fits(self, network: nn.Module) -> None:
        """Make sure that the phase can be run on a network.

        Raises:
            RecipeError: It can't.
        """
        ...

    def check(self, material: Material) -> None:
        """Make sure, before anything is trained, that the phase can be run.

        Raises:
            RecipeError: The pictures are too few, or lack a label.
        """
        ...

    def run(self, state: State, material: Material) -> Iterator[dict[str, Any]]:
        """Train what isn't trained yet, in place; yields rows of the log."""
        ...


def load_phase(options: FitPhase | ProbePhase) -> Phase:
    """The phase that some options are for."""
    return cast(Phase, load_entry(PHASES, options.kind, "phase")(options))
