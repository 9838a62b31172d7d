"""A study in numbers: the mean over people through time with its interval, per interval, and between groups.

Every person counts once: their own mean comes first, whatever the number of their sessions and frames.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from statistics import fmean, stdev
from typing import Any, TypeAlias

from mimik.errors import OptionError
from mimik.results.gaps import lasting
from mimik.results.signals import DERIVED, Sample
from mimik.results.student import t_quantile, welch

MOST_STEPS = 20_000
"""Steps of a timeline."""


def stepped(values: Iterable[Sample], step_s: float) -> dict[int, float]:
    """Mean of each step of time, from 0 on.

    Raises:
        OptionError: There are too many steps.
    """
    sums: defaultdict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for time_s, value, _ in values:
        if time_s >= 0:
            cell = sums[math.floor(time_s / step_s)]
            cell[0] += value
            cell[1] += 1
    if sums and max(sums) >= MOST_STEPS:
        raise OptionError(f"more than {MOST_STEPS} steps of {step_s:g} s; choose a longer step")
    return {index: total / count for index, (total, count) in sums.items()}


def mean_of(parts: Sequence[Mapping[int, float]]) -> dict[int, float]:
    """Mean of several timelines, step by step, of those that have the step."""
    steps = sorted({index for part in parts for index in part})
    return {i: fmean([part[i] for part in parts if i in part]) for i in steps}


def group_timeline(people: Sequence[Mapping[int, float]], step_s: float, signal: str) -> dict[str, list[Any]]:
    """The mean over people with its 95 % interval (Student's t), step by step.

    Args:
        people: Each person's own timeline.
        step_s: Length of a step.
        signal: What the values are; see check_signal.

    Returns:
        time_s (the middles of the steps), seen (how many people), mean, low, high; low and high are
        None below two people, and within the signal's range.
    """
    steps = sorted({index for person in people for index in person})
    table: dict[str, list[Any]] = {name: [] for name in ("time_s", "seen", "mean", "low", "high")}
    for index in steps:
        values = [person[index] for person in people if index in person]
        middle, half = interval(values)
        low, high = (None, None) if half is None else ends(middle, half, signal)
        row = {"mean": middle, "low": low, "high": high}
        table["time_s"].append(round((index + 0.5) * step_s, 6))
        table["seen"].append(len(values))
        for name, value in row.items():
            table[name].append(None if value is None else round(value, 6))
    return table


def interval(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean, and half of its 95 % interval by Student's t; None below two values."""
    count, middle = len(values), fmean(values)
    if count < 2:
        return middle, None
    variance = sum((v - middle) ** 2 for v in values) / (count - 1)
    return middle, t_quantile(count - 1) * math.sqrt(variance / count)


def ends(middle: float, half: float, signal: str) -> tuple[float, float]:
    """The ends of a mean's interval, cut where the signal's range ends: no mean lies beyond that."""
    lowest = -1.0 if signal in DERIVED else 0.0
    return max(lowest, middle - half), min(1.0, middle + half)


def group_rows(rows: Iterable[Mapping[str, Any]], groups: Sequence[str], signal: str) -> list[dict[str, Any]]:
    """Marked intervals over people: each person's own mean first, so that everyone counts once.

    Args:
        rows: As interval_row gives them, with label, person (by code, "" where nobody is named: left out)
            and group.
        groups: In the order that is wanted.
        signal: What the values are; see check_signal.

    Returns:
        For each label and group: label, group, n (people with the interval), seen (those of whom something
        was seen), then over these mean, sd, low and high (the mean's 95 % interval, within the signal's
        range), max and share_active; sd, low and high are None below two people.
    """
    return [
        {"label": label, "group": group, **_over_people(own[group], signal)}
        for label, own in _by_label(rows).items()
        for group in sorted(own, key=groups.index)
    ]


def difference_rows(
    rows: Iterable[Mapping[str, Any]], groups: Sequence[str], signal: str
) -> list[dict[str, Any]]:
    """Marked intervals of one group against another's, every pair; arguments as for group_rows.

    Returns:
        For each label and pair: label, group, other, difference (the group's mean less the other's), low and
        high (its 95 % interval by Welch's t, for each pair by itself, no wider than two of the signal's
        values can differ) and freedom (degrees of it); None where a group has nobody of whom something was
        seen, low and high also where one has fewer than two.
    """
    return [
        {"label": label, "group": group, "other": other, **_difference(own[group], own[other], signal)}
        for label, own in _by_label(rows).items()
        for group, other in combinations(sorted(own, key=groups.index), 2)
    ]


_Rows: TypeAlias = Sequence[Mapping[str, Any]]


def _by_label(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, dict[str, _Rows]]]:
    """Label, group and person to rows; those of nobody are left out."""
    cells: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        if row["person"]:
            people = cells.setdefault(row["label"], {}).setdefault(row["group"], {})
            people.setdefault(row["person"], []).append(row)
    return cells


def _each(people: Mapping[str, _Rows], name: str) -> list[float]:
    """Each person's own mean of a column, of those who have one."""
    own = ([row[name] for row in rows if row[name] is not None] for rows in people.values())
    return [fmean(values) for values in own if values]


def _difference(
    first: Mapping[str, _Rows], second: Mapping[str, _Rows], signal: str
) -> dict[str, float | None]:
    told: dict[str, float | None] = dict.fromkeys(("difference", "low", "high", "freedom"))
    means = _each(first, "mean"), _each(second, "mean")
    if all(means):
        middle, half, freedom = welch(*means)
        told |= {"difference": middle, "freedom": freedom}
        if half is not None:
            most = 2.0 if signal in DERIVED else 1.0
            told |= {"low": max(-most, middle - half), "high": min(most, middle + half)}
    return {name: value if value is None else round(value, 6) for name, value in told.items()}


def _over_people(people: Mapping[str, _Rows], signal: str) -> dict[str, Any]:
    means = _each(people, "mean")
    told: dict[str, Any] = {"n": len(people), "seen": len(means)}
    told |= dict.fromkeys(("mean", "sd", "low", "high", "max", "share_active"))
    if means:
        middle, half = interval(means)
        told |= {"mean": middle, "max": fmean(_each(people, "max"))}
        if half is not None:
            low, high = ends(middle, half, signal)
            told |= {"sd": stdev(means), "low": low, "high": high}
        if active := _each(people, "share_active"):
            told["share_active"] = fmean(active)
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in told.items()}


def interval_row(values: Iterable[Sample], start_s: float, end_s: float) -> dict[str, float | None]:
    """A signal within an interval of a session, weighted by time.

    Args:
        values: The session's, in any order.
        start_s: Where the interval begins.
        end_s: Where it ends.

    Returns:
        mean, max, share_active and seconds_seen; None where nothing was seen.
    """
    inside = sorted((s for s in values if start_s <= s[0] < end_s), key=lambda sample: sample[0])
    weights = _seconds(tuple(sample[0] for sample in inside), end_s)
    total = sum(weights)
    row: dict[str, float | None] = dict.fromkeys(("mean", "max", "share_active"))
    if total > 0:
        row["mean"] = round(sum(s[1] * w for s, w in zip(inside, weights, strict=True)) / total, 6)
        row["max"] = round(max(s[1] for s in inside), 6)
        if inside[0][2] is not None:
            active = sum(w for s, w in zip(inside, weights, strict=True) if s[2])
            row["share_active"] = round(active / total, 6)
    return {**row, "seconds_seen": round(total, 3)}


@lru_cache(maxsize=8)  # the signals of a session share their times
def _seconds(times_s: tuple[float, ...], end_s: float) -> list[float]:
    """How long each of these frames lasts."""
    return [seconds or 0.0 for _, seconds in lasting(((time_s, None) for time_s in times_s), end_s)]
