"""The best recipe of a study, as a file that trains as it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from mimik.storage.whole import write_whole
from mimik.train.quick.text import recipe_lines
from mimik.train.tune.result import StudyResult
from mimik.train.tune.space import Space, text
from mimik.train.tune.study import Study
from mimik.train.tune.words import best_value
from mimik.train.words import figure_text

BEST = "best.toml"
"""Name of the file in a study's folder."""


def write_best(study: Study, result: StudyResult) -> Path | None:
    """Write the recipe of a study's best trial; nothing where none is finished.

    Args:
        study: The study.
        result: What it has found, which says which trial is the best.

    Raises:
        OutputError: It can't be written.
    """
    if result.best is None:
        return None
    (best,) = (trial for trial in study.trials() if trial.number == result.best)
    recipe = study.space.filled(best.params)
    remarks = "".join(f"# {line}\n" for line in _remarks(result, study.space))
    path = study.run / BEST
    write_whole(path, remarks + "\n".join(recipe_lines(recipe)) + "\n")
    return path


def _remarks(result: StudyResult, space: Space) -> Iterator[str]:
    """How it was found."""
    (row,) = (trial for trial in result.trials if trial.number == result.best)
    states = ("finished", "ended early", "failed")
    counts = ", ".join(f"{count} {state}" for state in states if (count := result.count(state)))
    yield (
        f"Found by mimik tune on {datetime.now().astimezone():%Y-%m-%d}: trial {row.number} of "
        f"{len(result.trials)} ({counts}) of the space in {Path(space.where).name}."
    )
    yield (
        f"{figure_text(result.figure, best_value(result))} on validation. It was chosen by that figure, so "
        "expect less of other pictures."
    )
    for dimension in space.dimensions:
        tried = text(row.values[dimension.name])
        yield f"{dimension.name} = {tried} (there {text(dimension.field.value)})"
