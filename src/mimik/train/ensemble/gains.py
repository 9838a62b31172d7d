"""What joining gains: the ensemble against its members, on pictures that none of them has seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.errors import OptionError
from mimik.evaluate.paired import difference, figure_interval
from mimik.models.card import ModelCard
from mimik.tasks.measures import Comparable
from mimik.tasks.own import scored_of
from mimik.tasks.samples import group_numbers
from mimik.tasks.words import fitted
from mimik.train.words import FORMS

FIRST = "ensemble"
"""What the joined model is called among what it is compared with."""


def gains(
    said: Mapping[str, NDArray[np.float32]], samples: Sequence[Sample], card: ModelCard
) -> dict[str, Any]:
    """Figures of several ways to answer, and how far the first is from each other one.

    Args:
        said: What each says of the N pictures, (N, K), by its name; the ensemble first.
        samples: The pictures, each with a truth, labelled under the task's name.
        card: The ensemble's.

    Returns:
        JSON-safe: ``n``, ``figure``, ``rows`` (by name ``value`` and ``ci95``, and of all but the first the
        ``difference`` of the first from it with its paired ``ci95``); empty where the task can't compare, or
        has nothing to compare by.
    """
    task: object = scored_of(card)
    if not isinstance(task, Comparable) or not len(samples):
        return {}
    # The temperature changes neither classes nor means of years.
    try:
        measure = task.measures(list(said.values()), samples, [card] * len(said))[0]
    except OptionError:  # Too few pictures show a unit.
        return {}
    groups, rows = group_numbers(samples), np.arange(len(samples))
    found: dict[str, Any] = {}
    for number, name in enumerate(said):
        own: dict[str, Any] = {"value": measure.of(number, rows)}
        own["ci95"] = list(figure_interval(measure, number, groups))
        if number:
            told = difference(measure, 0, number, groups, rows)
            own |= {"difference": told["difference"], "difference_ci95": told["ci95"]}
        found[name] = own
    return {"n": len(samples), "figure": measure.name, "rising": measure.rising, "rows": found}


def gain_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """The same as a table."""
    if not found:
        return
    rows = [("", found["figure"], "95 %", "ensemble's gain", "95 %")]
    for name, own in found["rows"].items():
        gain = own.get("difference")
        told = (
            ("", "")
            if gain is None
            else (_change(found, gain), _span(found, own["difference_ci95"], _change))
        )
        rows.append((name, _value(found, own["value"]), _span(found, own["ci95"], _value), *told))
    yield from fitted(rows)


def gain_sentence(found: Mapping[str, Any], where: str) -> str:
    """Whether an ensemble is surely better than the best of its members, for its card."""
    if not found or len(found["rows"]) < 2:
        return ""
    others = {name: own for name, own in found["rows"].items() if name != FIRST}
    sign = 1 if found["rising"] else -1
    best = max(others, key=lambda name: sign * others[name]["value"])
    low, high = sorted(sign * end for end in others[best]["difference_ci95"])
    surely = "surely better than" if low > 0 else "surely worse than" if high < 0 else "within chance of"
    return (
        f"On {found['n']:,} pictures {where} it is {surely} {best}, the best of what it was compared with: "
        f"{found['figure']} {_value(found, found['rows'][FIRST]['value'])} against "
        f"{_value(found, others[best]['value'])}, "
        f"a difference of {_change(found, others[best]['difference'])} "
        f"(95 %: {_span(found, others[best]['difference_ci95'], _change)})."
    )


def _value(found: Mapping[str, Any], value: float) -> str:
    form = FORMS.get(found["figure"])
    return form(value) if form else f"{value:.3f}"


def _change(found: Mapping[str, Any], value: float) -> str:
    """A difference; of shares in points."""
    return f"{100 * value:+.1f}" if found["figure"] == "accuracy" else f"{value:+.3f}"


def _span(found: Mapping[str, Any], ends: Sequence[float], form: Any) -> str:
    return " to ".join(form(found, end) for end in ends)
