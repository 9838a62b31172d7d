"""A study that several processes may share: who runs which trial, and what its trials have in common."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedWriter
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.pruners import BasePruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, Trial, TrialState

from mimik.errors import OutputExistsError
from mimik.storage.held import held, try_hold
from mimik.train.recipe.recipe import Recipe
from mimik.train.run_folder import changed, trained_by
from mimik.train.tune.domain import Choices, Domain
from mimik.train.tune.figure import Figure
from mimik.train.tune.options import TuneOptions
from mimik.train.tune.space import Space

LOCK, TRIAL_LOCK = "study.lock", "trial.lock"
"""Files that a process holds while it takes a trial, and for as long as it runs one."""
SURPLUS = "surplus"
"""Mark of a trial that was one too many, since another folder's process took the last one just then."""
ABOUT = "mimik"
"""Name under which a study says what it is of."""
PATIENCE_S = 2.0
"""How long another process may take from making a study to saying what it is of."""


@dataclass(frozen=True)
class Claimed:
    """A trial that this process alone runs."""

    trial: Trial
    """Optuna's."""
    folder: Path
    """Folder of its run."""
    chosen: Mapping[str, Any]
    """Dotted name of each field that is tried to its value, as the study has it."""
    resumed: bool
    """Whether a process that has ended had begun it."""
    guard: BufferedWriter
    """Closing it gives the trial free."""


@dataclass(frozen=True)
class Study:
    """A study and the folder of its trials."""

    study: optuna.Study
    """Optuna's."""
    space: Space
    """What is tried."""
    figure: Figure
    """What is made better."""
    run: Path
    """Its folder here."""
    own: bool
    """Whether its storage lies there, so that all of its trials do."""

    def claim(self, most: int) -> Claimed | None:
        """Take a trial that nobody runs: one that was left unfinished, else a new one.

        No two processes get the same, and there are never more than asked for, also where processes with
        folders of their own share a storage: of the trials that they make at once, those with the lowest
        numbers count.

        Args:
            most: Trials of the study in all.

        Returns:
            None if all are finished or run by others.
        """
        with held(self.run / LOCK):
            for left in self.trials(TrialState.RUNNING):
                folder = self._folder(left.number)
                if (self.own or folder.exists()) and (guard := self._guard(folder)):
                    # Optuna has no public way to go on with a trial that another process has begun.
                    return self._claimed(Trial(self.study, left._trial_id), folder, guard, resumed=True)
            if len(self._begun()) >= most:
                return None
            trial = self.study.ask()
            if sum(other.number < trial.number for other in self._begun()) >= most:
                trial.set_user_attr(SURPLUS, True)
                self.study.tell(trial, state=TrialState.FAIL)
                return None
            folder = self._folder(trial.number)
            folder.mkdir(parents=True, exist_ok=True)
            guard = self._guard(folder)
            assert guard is not None  # The number is new, and so is the folder's lock.
            return self._claimed(trial, folder, guard, resumed=False)

    def _claimed(self, trial: Trial, folder: Path, guard: BufferedWriter, resumed: bool) -> Claimed:
        # By a number that no other trial has: processes don't propose the same, a restart changes nothing.
        seed = np.random.SeedSequence((self.space.recipe.seed, trial.number)).generate_state(1)
        self.study.sampler = _sampler(self.space.options, int(seed[0]))
        chosen = {d.name: _suggested(trial, d.name, d.domain) for d in self.space.dimensions}
        return Claimed(trial, folder, chosen, resumed, guard)

    def _folder(self, number: int) -> Path:
        return self.run / f"trial-{number}"

    def _guard(self, folder: Path) -> BufferedWriter | None:
        folder.mkdir(parents=True, exist_ok=True)
        return try_hold(folder / TRIAL_LOCK)

    def trials(self, *states: TrialState) -> list[FrozenTrial]:
        """The trials that count, of some states or all, by their numbers."""
        found = self.study.get_trials(deepcopy=False, states=states or None)
        return [trial for trial in found if SURPLUS not in trial.user_attrs]

    def _begun(self) -> list[FrozenTrial]:
        return [trial for trial in self.trials() if trial.state != TrialState.WAITING]

    def best(self) -> FrozenTrial | None:
        """The best of the finished trials; None if there is none yet."""
        done = self.trials(TrialState.COMPLETE)
        sign = -1 if self.figure.lower else 1
        return max(done, key=lambda trial: (sign * _value(trial), -trial.number), default=None)


def _value(trial: FrozenTrial) -> float:
    assert trial.value is not None  # As of every finished trial.
    return trial.value


def open_study(
    space: Space, figure: Figure, run: Path, storage: RDBStorage, own: bool, pictures: str
) -> Study:
    """Begin a study, or go on with it.

    Its first trial is the recipe as it stands, if that lies in the space.

    Args:
        space: What is tried.
        figure: What is made better.
        run: Folder of the trials, which exists.
        storage: Where the study is kept.
        own: Whether the storage lies in that folder.
        pictures: Digest of what is learned and validated.

    Raises:
        OutputExistsError: The storage holds a study of another recipe, space or other data by that name.
    """
    about = {
        "recipe": trained_by(json.loads(json.dumps(dataclasses.asdict(space.recipe), default=str))),
        "space": json.loads(json.dumps(space.told())),
        "figure": figure.name,
        "pictures": pictures,
    }
    with held(run / LOCK):
        study = _made_or_there(
            study_name=study_name(space.recipe),
            storage=storage,
            direction="minimize" if figure.lower else "maximize",
            pruner=_pruner(space.options),
        )
        if ABOUT in study.user_attrs:
            _check_same(study.user_attrs[ABOUT], about, space, run)
        else:
            study.set_user_attr(ABOUT, about)
            if (first := start_of(space)) is not None:
                study.enqueue_trial(first, skip_if_exists=True)
    return Study(study, space, figure, run, own)


def _made_or_there(**words: Any) -> optuna.Study:
    """A new study, or the one of that name, which the process that made it may be about to describe."""
    with suppress(optuna.exceptions.DuplicatedStudyError):
        return optuna.create_study(**words)
    study = optuna.create_study(**words, load_if_exists=True)
    end_s = time.monotonic() + PATIENCE_S
    while ABOUT not in study.user_attrs and time.monotonic() < end_s:
        time.sleep(0.05)
    return study


def study_name(recipe: Recipe) -> str:
    """Name of a recipe's study in its storage."""
    part = f"-fold{recipe.fold}" if recipe.fold >= 0 else ""
    return f"{recipe.name}-seed{recipe.seed}{part}"


def start_of(space: Space) -> dict[str, Any] | None:
    """The recipe's own values of the fields that are tried; None if one lies outside of the space."""
    values = {dimension.name: dimension.start for dimension in space.dimensions}
    return None if None in values.values() else values


def _check_same(stored: Mapping[str, Any], about: Mapping[str, Any], space: Space, run: Path) -> None:
    tried = {dimension.name for dimension in space.dimensions}
    recipe = [name for name in changed(stored["recipe"], about["recipe"]) if name not in tried]
    names = sorted(stored["space"].keys() | about["space"].keys())
    spaces = [name for name in names if stored["space"].get(name) != about["space"].get(name)]
    if recipe:
        what = f"of another recipe ({', '.join(recipe)} changed)"
    elif spaces or stored["figure"] != about["figure"]:
        what = f"of another space ({', '.join(spaces or ['figure'])} changed)"
    elif stored["pictures"] != about["pictures"]:
        what = "of other data: its pictures, labels or parts are others"
    else:
        return
    raise OutputExistsError(
        f"{run}: the study {study_name(space.recipe)} is {what}; name another folder with --run, and with "
        "--storage another storage"
    )


def _suggested(trial: Trial, name: str, domain: Domain) -> Any:
    """The value of a field in a trial; the one that it has, if it was proposed before."""
    if isinstance(domain, Choices):
        return trial.suggest_categorical(name, domain.named())
    if domain.whole:
        step = int(domain.step or 1)
        return trial.suggest_int(name, int(domain.low), int(domain.high), step=step, log=domain.log)
    return trial.suggest_float(name, domain.low, domain.high, step=domain.step, log=domain.log)


def _sampler(options: TuneOptions, seed: int) -> BaseSampler:
    return RandomSampler(seed=seed) if options.sampler == "random" else TPESampler(seed=seed)


def _pruner(options: TuneOptions) -> BasePruner:
    if options.pruner == "none":
        return NopPruner()
    if options.pruner == "halving":
        return SuccessiveHalvingPruner(min_resource=max(1, options.settle))
    return MedianPruner(n_startup_trials=options.startup, n_warmup_steps=options.settle)
