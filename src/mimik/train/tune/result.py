"""What a study has found: its trials, the best recipe, and what mattered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState, create_trial

from mimik.train.tune.attempt import EPOCHS, REASON, SECONDS
from mimik.train.tune.study import Study

STATES: Mapping[TrialState, str] = {
    TrialState.COMPLETE: "finished",
    TrialState.PRUNED: "ended early",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "unfinished",
    TrialState.WAITING: "waiting",
}
"""States of trials in words."""
FEWEST = 8
"""Trials, finished or ended early, below which nothing is said of what mattered."""
GOOD = 0.25
"""Share of them that are good."""


@dataclass(frozen=True)
class TrialRow:
    """What came of a trial."""

    number: int
    """Of the trial, from 0; its folder is trial-N."""
    state: str
    """"finished", "ended early", "failed", "unfinished" or "waiting"."""
    value: float | None
    """Its figure; None if it has none. Of an unfinished trial the last epoch's."""
    epochs: int | None
    """How many it had; None if that isn't known yet."""
    seconds: float | None
    """How long they took."""
    values: Mapping[str, Any]
    """Dotted name of a field to the value that was tried."""
    reason: str = ""
    """Why it failed."""


@dataclass(frozen=True)
class StudyResult:
    """What a study has found so far."""

    name: str
    """Of the study."""
    figure: str
    """What was made better."""
    lower: bool
    """Whether it is better when lower."""
    trials: Sequence[TrialRow]
    """All trials by their numbers."""
    best: int | None
    """Number of the best of the finished ones."""
    importance: Mapping[str, float]
    """Share of each field in what made good trials good, the largest first; they sum to 1. Empty while too
    few trials are finished."""

    def count(self, state: str) -> int:
        """Trials in a state."""
        return sum(trial.state == state for trial in self.trials)

    @property
    def judged(self) -> int:
        """Trials that were finished or ended early."""
        return self.count("finished") + self.count("ended early")

    def told(self) -> dict[str, Any]:
        """All of it for JSON."""
        return {
            "study": self.name,
            "figure": self.figure,
            "lower_is_better": self.lower,
            "best": self.best,
            "importance": dict(self.importance),
            "trials": [dict(vars(trial)) for trial in self.trials],
        }


def result_of(study: Study) -> StudyResult:
    """What a study has found so far."""
    best = study.best()
    return StudyResult(
        name=study.study.study_name,
        figure=study.figure.name,
        lower=study.figure.lower,
        trials=[_row(study, trial) for trial in study.trials()],
        best=best.number if best else None,
        importance=_importance(study),
    )


def _row(study: Study, trial: FrozenTrial) -> TrialRow:
    domains = {dimension.name: dimension.domain for dimension in study.space.dimensions}
    told = trial.intermediate_values
    last = told[max(told)] if told else None
    return TrialRow(
        number=trial.number,
        state=STATES[trial.state],
        value=trial.value if trial.state == TrialState.COMPLETE else last,
        epochs=trial.user_attrs.get(EPOCHS, len(told) or None),
        seconds=trial.user_attrs.get(SECONDS),
        values={name: domains[name].value(value) for name, value in trial.params.items()},
        reason=trial.user_attrs.get(REASON, ""),
    )


def _importance(study: Study) -> dict[str, float]:
    """PED-ANOVA (Watanabe et al. 2023): how the best quarter of the trials differs from all; sums to 1.

    Those that were ended early count with their last figure, as they are no good.
    """
    judged = [
        trial for trial in study.trials(TrialState.COMPLETE, TrialState.PRUNED) if trial.value is not None
    ]
    if len(judged) < FEWEST or len({trial.value for trial in judged}) < 2:
        return {}
    told = optuna.create_study(direction=study.study.direction)  # In memory.
    told.add_trials(
        [
            create_trial(params=trial.params, distributions=trial.distributions, value=trial.value)
            for trial in judged
        ]
    )
    return dict(get_param_importances(told, evaluator=PedAnovaImportanceEvaluator(target_quantile=GOOD)))
