"""What a study says on the terminal."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from mimik.tasks.words import fitted, listed
from mimik.train.tune.domain import Domain, Range
from mimik.train.tune.result import StudyResult, TrialRow
from mimik.train.tune.space import Space, text
from mimik.train.tune.study import start_of
from mimik.train.words import clock, figure_text


def space_lines(space: Space, figure: str, trials: int, run: Path) -> Iterator[str]:
    """What a study is about to do."""
    some = "1 field" if len(space.dimensions) == 1 else f"{len(space.dimensions)} fields"
    yield f"{space.recipe.name}: {trials} trials of {some}, by {figure} on validation; in {run}"
    rows = [("field", "tried", "the recipe's own")]
    rows += [(d.name, _tried(d.domain), text(d.field.value)) for d in space.dimensions]
    yield from fitted(rows)
    if start_of(space) is None:
        yield "the recipe as it stands lies outside of the space, so no trial shows what it reaches"


def _tried(domain: Domain) -> str:
    """The values of a field: "0.0001 to 0.1 (log)", "8, 16"."""
    named = [text(domain.value(value)) for value in domain.named()]
    return " to ".join(named) + " (log)" * domain.log if isinstance(domain, Range) else ", ".join(named)


def trial_line(row: TrialRow, result: StudyResult) -> str:
    """A trial that has just ended, in a line."""
    parts = [f"trial {row.number}", row.state]
    if row.value is not None:
        parts.append(figure_text(result.figure, row.value))
    if row.epochs:
        parts.append(f"{row.epochs} epoch{'s' * (row.epochs != 1)}")
    parts.append(", ".join(f"{name} {text(value)}" for name, value in row.values.items()))
    if row.reason:
        parts.append(row.reason)
    if row.number == result.best:
        parts.append("<- the best so far")
    elif result.best is not None:
        parts.append(f"(best so far: trial {result.best}, {figure_text(result.figure, best_value(result))})")
    return "  ".join(parts)


def result_lines(result: StudyResult) -> Iterator[str]:
    """The table of all trials, the best first, and what mattered."""
    names = list(dict.fromkeys(name for trial in result.trials for name in trial.values))
    rows = [("trial", "", result.figure, "epochs", "time", *names)]
    for trial in ranked(result):
        value = "" if trial.value is None else figure_text(result.figure, trial.value)
        rows.append(
            (
                str(trial.number),
                trial.state,
                value.removeprefix(f"{result.figure} "),
                "" if trial.epochs is None else str(trial.epochs),
                "" if trial.seconds is None else clock(trial.seconds),
                *(text(trial.values[name]) if name in trial.values else "" for name in names),
            )
        )
    yield from fitted(rows)
    yield from (f"trial {trial.number} failed: {trial.reason}" for trial in result.trials if trial.reason)
    if result.importance:
        shares = listed([f"{name} {share:.0%}" for name, share in result.importance.items()])
        yield f"what made the best quarter of the trials good: {shares}"


def ranked(result: StudyResult) -> list[TrialRow]:
    """The trials from the best to those that were ended early, failed and aren't finished."""
    order = ("finished", "ended early", "failed", "unfinished", "waiting")
    sign = 1 if result.lower else -1

    def place(trial: TrialRow) -> tuple[int, float, int]:
        return order.index(trial.state), sign * (trial.value or 0), trial.number

    return sorted(result.trials, key=place)


def best_lines(result: StudyResult, run: Path, data: Path) -> Iterator[str]:
    """The best recipe, and how its model is had."""
    if result.best is None:
        yield "no trial was finished, so there is no best recipe yet"
        return
    words = ["mimik", "train", str(run / "best.toml"), "--data", str(data)]
    yield f"best recipe  {run / 'best.toml'}"
    yield f"its model    {shlex.join([*words, '--run', str(run / f'trial-{result.best}')])}"
    yield (
        f"{figure_text(result.figure, best_value(result))} is the best of {result.count('finished')} on "
        "validation, by which it was chosen, so it flatters; judge the model on pictures that no trial saw"
    )


def left_lines(result: StudyResult, trials: int) -> Iterator[str]:
    """What is left to do."""
    unfinished = [str(trial.number) for trial in result.trials if trial.state == "unfinished"]
    if unfinished:
        which = f"trial{'s' * (len(unfinished) > 1)} {listed(unfinished)}"
        yield f"unfinished: {which}, unless another process is at it; the same command goes on with it"
    begun = len(result.trials) - result.count("waiting")
    if begun < trials:
        yield f"{begun} of {trials} trials were begun; the same command goes on"


def best_value(result: StudyResult) -> float:
    """The figure of the best trial."""
    (value,) = (trial.value for trial in result.trials if trial.number == result.best)
    assert value is not None
    return value
