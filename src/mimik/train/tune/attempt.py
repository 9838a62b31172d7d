"""One trial of a study: an ordinary run, judged after each epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import OptunaError
from optuna.trial import TrialState

from mimik.errors import DataError, DivergedError, OptionError, RecipeError
from mimik.storage.whole import output_errors, write_whole
from mimik.train.log import read_rows
from mimik.train.loop import fit
from mimik.train.quick.text import recipe_lines
from mimik.train.recipe.recipe import Recipe
from mimik.train.tune.parts import KeptParts
from mimik.train.tune.study import Claimed, Study
from mimik.train.watch import SILENT, Watch

RECIPE = "recipe.toml"
"""Name of the trial's recipe in its folder."""
REASON, EPOCHS, SECONDS = "reason", "epochs", "seconds"
"""What a study keeps of a trial: why it failed, how many epochs it had, and how long they took."""


class OutOfTime(OptunaError):
    """The study's time is over; the trial goes on with the same command."""


@dataclass(frozen=True)
class Attempt:
    """How trials are run."""

    study: Study
    """Whose."""
    data: Path
    """Folder that holds the data sets."""
    device: str
    """Where they are trained."""
    parts: KeptParts
    """Their pictures."""
    until: float
    """When the study's time is over, by time.monotonic; math.inf if it has no end."""
    watch: Watch = SILENT
    """Hears of each batch."""

    def run(self, claimed: Claimed) -> None:
        """Run a trial to its end, and tell the study what came of it.

        Raises:
            OutOfTime: The study's time is over; the trial isn't finished.
            OutputError: Its folder can't be written.
        """
        trial, study = claimed.trial, self.study.study
        try:
            recipe = self.study.space.filled(claimed.chosen)
            with output_errors(claimed.folder):
                write_whole(claimed.folder / RECIPE, "\n".join(recipe_lines(recipe)) + "\n")
            value = self._value(claimed, recipe)
        except optuna.TrialPruned:
            self._note(claimed)
            study.tell(trial, state=TrialState.PRUNED)
        except DataError:
            raise  # The data's fault, not the values'.
        except FAILS as error:
            trial.set_user_attr(REASON, " ".join(str(error).split()) or type(error).__name__)
            self._note(claimed)
            study.tell(trial, state=TrialState.FAIL)
        else:
            self._note(claimed)
            study.tell(trial, value)

    def _value(self, claimed: Claimed, recipe: Recipe) -> float:
        """Train it; raises TrialPruned if it is hopeless."""
        known = set(self.study.study.get_trials(deepcopy=False)[claimed.trial.number].intermediate_values)
        for row in read_rows(claimed.folder):  # Of a process that ended before it told them.
            self._tell(claimed, row, known)

        def heard(row: dict[str, Any]) -> None:
            self._tell(claimed, row, known)
            if row.get("epoch", recipe.epochs) >= recipe.epochs:
                return
            if claimed.trial.should_prune():
                raise optuna.TrialPruned
            if time.monotonic() > self.until:
                raise OutOfTime

        fit(
            recipe,
            self.data,
            claimed.folder,
            device=self.device,
            report=heard,
            watch=self.watch,
            load=self.parts,
            light=True,
        )
        value = self.study.figure.final(read_rows(claimed.folder), recipe)
        if value is None or not math.isfinite(value):
            raise DivergedError(f"{self.study.figure.name} of validation is {value}, no number")
        return value

    def _tell(self, claimed: Claimed, row: Mapping[str, Any], known: set[int]) -> None:
        """Tell the study of an epoch that it doesn't know."""
        epoch, value = row.get("epoch"), self.study.figure.of(row)
        if epoch is not None and epoch not in known and value is not None and math.isfinite(value):
            claimed.trial.report(value, epoch)
            known.add(epoch)

    def _note(self, claimed: Claimed) -> None:
        """Keep with the study how long a trial was."""
        rows = [row for row in read_rows(claimed.folder) if "epoch" in row]
        claimed.trial.set_user_attr(EPOCHS, len(rows))
        claimed.trial.set_user_attr(SECONDS, round(sum(row["seconds"] for row in rows), 1))


FAILS = (DivergedError, RecipeError, OptionError, RuntimeError, ValueError, ZeroDivisionError)
"""What is raised where values can't be trained with; RuntimeError is torch's, of shapes and of memory."""
