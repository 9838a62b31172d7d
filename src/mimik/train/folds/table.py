"""The figures of all folds in one table: fold by fold, their mean and spread, and all pictures together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mimik._version import __version__
from mimik.tasks.own import load_named
from mimik.tasks.words import fitted
from mimik.train.folds.answers import OutOfFold, counts_of
from mimik.train.folds.divide import lacking
from mimik.train.folds.division import Division
from mimik.train.recipe.recipe import Recipe
from mimik.train.words import FORMS


def folds_report(
    recipe: Recipe,
    division: Division,
    runs: Sequence[Path],
    answers: Mapping[str, OutOfFold],
    files: Mapping[str, Path | None],
) -> dict[str, Any]:
    """What folds.json holds.

    Args:
        recipe: What was trained.
        division: Who is in which fold.
        runs: The folder of each fold's run.
        answers: Name of a head to what its models say of what they haven't seen.
        files: Name of a head to the file of its predictions.

    Returns:
        JSON-safe: ``recipe``, ``version``, ``seed``, ``folds`` (how many), and ``heads``: of each, by its
        name, ``figure`` (what is counted: "accuracy"), ``folds`` (a row each: ``fold``, ``name``, ``run``,
        ``trained``, ``held``, ``n`` of them that were scored, ``value``, None where there is none, and
        ``lacking``, the classes that it has no picture of), ``mean``, ``sd``, ``lowest``, ``highest``
        over the folds, ``pooled`` (the task's report on the pictures of all folds together) and
        ``predictions``, a file.
    """
    return {
        "mimik": __version__,
        "recipe": recipe.name,
        "version": recipe.version,
        "seed": recipe.seed,
        "folds": len(runs),
        "heads": {name: _head(own, division, runs, files.get(name)) for name, own in answers.items()},
    }


def _head(answers: OutOfFold, division: Division, runs: Sequence[Path], file: Path | None) -> dict[str, Any]:
    """One head's rows and what they say together."""
    rows, figure = [], ""
    for fold, (name, run) in enumerate(zip(division.names, runs, strict=True)):
        own, value, n = answers.headline(fold)
        figure = figure or own
        rows.append(
            {
                "fold": fold,
                "name": name,
                "run": run.name,
                **counts_of(run),
                "n": n,
                "value": None if math.isnan(value) else value,
                "lacking": lacking(division, fold, answers.head),
            }
        )
    values = np.array([row["value"] for row in rows if row["value"] is not None], np.float64)
    spread = {"mean": values.mean(), "sd": values.std(ddof=1) if len(values) > 1 else 0.0}
    spread |= {"lowest": values.min(), "highest": values.max()} if len(values) else {}
    return {
        "task": answers.card.task,
        "kind": answers.card.kind,
        "figure": figure,
        "folds": rows,
        **({name: float(value) for name, value in spread.items()} if len(values) else {}),
        "pooled": answers.report(),
        "predictions": file.name if file else None,
    }


def table_lines(found: Mapping[str, Any], run: Path) -> Iterator[str]:
    """The table as a person reads it."""
    for name, head in found["heads"].items():
        yield from ("", f"{name}, {found['folds']} folds:")
        yield from fitted(_rows(head))
        yield from _summary(head)
        task = load_named(head["task"], head["kind"], head["pooled"].get("labels", ()))
        yield from ("", "all folds together, each picture by the model that hasn't seen it:")
        yield from task.figure_lines(head["pooled"])
        if table := task.figure_table(head["pooled"]):
            yield from ("", *fitted(table))
        if head["predictions"]:
            yield f"predictions  {run / head['predictions']}"
    yield f"table        {run / 'folds.json'}"


def _rows(head: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A row a fold."""
    named = any(row["name"] != str(row["fold"]) for row in head["folds"])
    lack = any(row["lacking"] for row in head["folds"])
    rows = [("fold", *["holds"] * named, "trained", "held", head["figure"], *["no picture of"] * lack)]
    return rows + [
        (
            str(row["fold"]),
            *[row["name"]] * named,
            f"{row['trained']:,}",
            f"{row['held']:,}",
            written(head["figure"], row["value"]),
            *[", ".join(row["lacking"])] * lack,
        )
        for row in head["folds"]
    ]


def _summary(head: Mapping[str, Any]) -> Iterator[str]:
    """Mean and spread over the folds."""
    if "mean" not in head:
        yield "mean      -"
        return
    told = {name: written(head["figure"], head[name]) for name in ("mean", "sd", "lowest", "highest")}
    yield (
        f"mean      {told['mean']}, standard deviation {told['sd']}, "
        f"from {told['lowest']} to {told['highest']}"
    )
    without = sum(row["value"] is None for row in head["folds"])
    if without:
        yield f"          without {without} folds that have no such figure"


def written(figure: str, value: float | None) -> str:
    """A figure as tables have it."""
    if value is None:
        return "-"
    form = FORMS.get(figure)
    return form(value) if form else f"{value:.3f}"
