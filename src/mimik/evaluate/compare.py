"""Compares models on the same pictures: figures, how surely they differ, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.evaluate.entrants import Entrant, find_entrants
from mimik.evaluate.heard import AS_IT_IS, SoundChange
from mimik.evaluate.paired import difference, figure_interval, mcnemar_p
from mimik.evaluate.rows import AskOptions
from mimik.evaluate.together import Together, ask_together
from mimik.models.work import face_times_ms, multiply_adds
from mimik.tasks.measures import Comparable, Measure, Rows
from mimik.tasks.samples import group_numbers, subgroup_figures


def compare_models(
    models: Sequence[str | Path],
    data: str | Path,
    reader: str | None = None,
    split: str | None = None,
    *,
    detect: bool = False,
    detector: str = "auto",
    device: str = "auto",
    limit: int | None = None,
    splits: str | Path | None = None,
    change: SoundChange = AS_IT_IS,
) -> dict[str, Any]:
    """Compare models of one task on the pictures that all of them can answer.

    Args:
        models: Catalogue names, ONNX files with their cards, or runs' folders; two or more. Or a folder of
            runs, all of which are ranked.
        data: See evaluate_model.
        reader: See evaluate_model.
        split: See evaluate_model.
        detect: See evaluate_model.
        detector: See evaluate_model.
        device: Where the answers are worked out; times are always those of one CPU thread.
        limit: At most this many pictures, evenly spread over those that all can answer.
        splits: See evaluate_model.
        change: See evaluate_model.

    Returns:
        A JSON-safe report. ``models``: of each its ``figures`` with ``ci95``, ``parameters``, ``bytes``,
        ``macs``, ``flops``, ``ms_a_face``, and ``report``, that of evaluate_model on these pictures,
        without what only the reader knows.
        ``pairs``: how each other model differs from the first (from the best in a folder of runs): by
        figure the ``difference`` and its paired ``ci95``; ``mcnemar`` with the pictures that only it
        (``b``) or only the other (``c``) has right, and the exact ``p``; the same by ``subgroups``.
        ``mcnemar`` beside them is the first pair's, None where there is none.
        ``left_out``, ``missed``, ``failed`` and ``skipped`` as in evaluate_model; ``other_models``: those
        that couldn't be asked, and why.

    Raises:
        OptionError: Fewer than two models, or models of different tasks; further errors as in
            evaluate_model.
    """
    options = AskOptions(reader, split, splits, limit, detect, detector, device, change)
    entrants = find_entrants(models)
    if len(entrants.models) < 2 and not entrants.ranked:
        raise OptionError(
            f"only {entrants.models[0].name} is named: name another model to compare it with, "
            "or a folder of runs"
        )
    together = ask_together(entrants, Path(data), options)
    report = _report(together, entrants.ranked)
    empty = dict.fromkeys(entrants.empty, "its folder holds no model (yet)")
    return {**report, "other_models": {**together.others, **empty}}


def _report(together: Together, ranked: bool) -> dict[str, Any]:
    """See compare_models; the best model comes first where they are ranked."""
    measures, groups = _measures(together), group_numbers(together.samples)
    rows: Rows = np.arange(len(groups))
    order = list(range(len(together.models)))
    if ranked:
        order.sort(key=lambda k: measures[0].of(k, rows) * (-1 if measures[0].rising else 1))
    times, turns = face_times_ms([(m.card, m.file) for m in together.models])
    reports = [asked.report(further=False) for asked in together.asked]
    pairs = [_pair(together, measures, groups, k, order[0]) for k in order[1:]]
    alike = ("mimik", "task", "data", "detector", "detect", "n", "missed", "failed", "skipped", "changed")
    return {
        **{name: reports[0][name] for name in alike if name in reports[0]},
        "left_out": dict(together.left_out),
        "groups": len(np.unique(groups)),
        "measures": {m.name: _words_of(m) for m in measures},
        "timing": {"figure": "median", "turns": turns, "faces": 1, "threads": 1, "device": "cpu"},
        "models": [
            {
                **_cost(together.models[k], times[k]),
                "figures": {m.name: _figure(m, k, groups) for m in measures},
                "trained_on": reports[k]["trained_on"],
                "report": reports[k],
            }
            for k in order
        ],
        "pairs": pairs,
        "mcnemar": pairs[0]["mcnemar"] if pairs else None,
    }


def _measures(together: Together) -> tuple[Measure, ...]:
    """What the models are compared by."""
    task: object = together.asked[0].model.task
    if not isinstance(task, Comparable):
        name = together.models[0].card.task
        raise OptionError(
            f"models of the task {name!r} can't be compared: its class lacks measures "
            "(mimik.tasks.measures.Comparable); add it"
        )
    cards = [asked.model.card for asked in together.asked]
    logits = [asked.answers.logits[:, 0] for asked in together.asked]
    return task.measures(logits, together.samples, cards)


def _words_of(measure: Measure) -> dict[str, Any]:
    """How a figure is written."""
    return {name: getattr(measure, name) for name in ("title", "unit", "rising", "note")}


def _cost(model: Entrant, ms: float) -> dict[str, Any]:
    """What a model is, and what it costs."""
    card, macs = model.card, multiply_adds(model.card, model.file)
    return {
        "name": model.name,
        "model": {"name": card.name, "version": card.version, "sha256": card.sha256},
        "shares_file": bool(card.output),
        "parameters": card.parameters,
        "bytes": model.file.stat().st_size,
        "macs": macs,
        "flops": 2 * macs,
        "ms_a_face": ms,
    }


def _figure(measure: Measure, model: int, groups: NDArray[np.intp]) -> dict[str, Any]:
    """A model's figure on all pictures, with its interval."""
    value = measure.of(model, np.arange(len(groups)))
    return {"value": value, "ci95": list(figure_interval(measure, model, groups))}


def _pair(
    together: Together, measures: Sequence[Measure], groups: NDArray[np.intp], model: int, against: int
) -> dict[str, Any]:
    """How a model differs from another: its figures less the other's."""
    rows: Rows = np.arange(len(groups))
    first = measures[0]
    return {
        "model": together.models[model].name,
        "against": together.models[against].name,
        "figures": {m.name: difference(m, model, against, groups, rows) for m in measures},
        "mcnemar": _mcnemar(measures, groups, model, against),
        "subgroups": subgroup_figures(
            together.samples, lambda some: difference(first, model, against, groups, some)
        )
        if first.parts
        else {},
    }


def _mcnemar(
    measures: Sequence[Measure], groups: NDArray[np.intp], model: int, against: int
) -> dict[str, Any] | None:
    """McNemar's test of the first figure that is a share of right answers; None where there is none."""
    share = next((m for m in measures if m.unit == "share"), None)
    if share is None:
        return None
    right, other = (share.parts[k] > 0.5 for k in (model, against))
    b, c = int((right & ~other).sum()), int((~right & other).sum())
    return {
        "figure": share.name,
        "b": b,
        "c": c,
        "p": mcnemar_p(b, c),
        "clustered": len(np.unique(groups)) < len(groups),
    }
