"""A study in numbers: the mean over people through time with its interval, and per marked interval.

Of each frame the largest face counts, since people in front of a camera come back under new ids; faces
that can't be trusted are left out. Every person counts once: their own mean comes first, whatever the
number of their sessions and frames.
"""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import combinations
from statistics import fmean, stdev
from typing import Any, TypeAlias

from mimik.errors import OptionError
from mimik.explain.units import valence_arousal_of
from mimik.results.gaps import lasting
from mimik.results.student import t_quantile, welch
from mimik.tasks.base import TASKS, Followed, load_task

MOST_STEPS = 20_000
"""Steps of a timeline."""
DERIVED = ("valence", "arousal")
"""Signals that are worked out from a face's probabilities, -1 to 1; all others are probabilities."""

Sample: TypeAlias = tuple[float, float, bool | None]
"""Time, value, and whether it is active (None where that has no meaning)."""


def check_signal(signal: str) -> str:
    """A signal's name: "emotion:happy", "au:AU12", "valence" or "arousal".

    Raises:
        OptionError: It has another form.
    """
    name, _, label = signal.partition(":")
    task: object = load_task(name) if name in TASKS else None
    followed = isinstance(task, Followed) and task.follows(label)
    if not followed and signal not in DERIVED:
        raise OptionError(f"signal must be emotion:NAME, au:AU12, valence or arousal, not {signal[:60]!r}")
    return signal


def samples(frames: Iterable[Mapping[str, Any]], signal: str) -> Iterator[Sample]:
    """A signal's values over a session."""
    for frame in frames:
        face = main_face(frame)
        if face is not None and (value := _value(face, signal)) is not None:
            yield float(frame["time_s"]), *value


class Series:
    """A signal's samples, packed: an hour at 30 frames/s takes 1.8 MB."""

    def __init__(self) -> None:
        self._times, self._values, self._active = array("d"), array("d"), array("b")

    def add(self, time_s: float, value: float, active: bool | None) -> None:
        """Put one more behind."""
        self._times.append(time_s)
        self._values.append(value)
        self._active.append(-1 if active is None else active)

    def __iter__(self) -> Iterator[Sample]:
        for time_s, value, active in zip(self._times, self._values, self._active, strict=True):
            yield time_s, value, None if active < 0 else bool(active)


def all_samples(frames: Iterable[Mapping[str, Any]]) -> dict[str, Series]:
    """The values of every signal over a session, read once: see samples."""
    found: dict[str, Series] = {}
    for frame in frames:
        face = main_face(frame)
        if face is None:
            continue
        for signal in _signals_in(face):
            if (value := _value(face, signal)) is not None:
                found.setdefault(signal, Series()).add(float(frame["time_s"]), *value)
    return found


def _signals_in(face: Mapping[str, Any]) -> Iterator[str]:
    for task in _followed():
        yield from (f"{task}:{label}" for label in (face.get(task) or {}).get("probabilities", ()))
    yield from DERIVED


@cache
def _followed() -> tuple[str, ...]:
    """Tasks whose labels are signals."""
    return tuple(name for name in TASKS if isinstance(load_task(name), Followed))


def main_face(frame: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The largest face of a frame, if it can be trusted."""
    faces = frame["faces"]
    if not faces:
        return None
    largest: Mapping[str, Any] = max(faces, key=lambda face: face["quality"]["size_px"])
    return largest if largest["quality"]["reason"] is None else None


def _value(face: Mapping[str, Any], signal: str) -> tuple[float, bool | None] | None:
    """A face's value and whether it is active; None where it wasn't read."""
    task, _, label = signal.partition(":")
    if label:
        reading = face.get(task)
        if not reading or not reading.get("reliable", True) or label not in reading["probabilities"]:
            return None
        active = reading["active"] if "active" in reading else [reading["label"]]
        return reading["probabilities"][label], label in active
    found = valence_arousal_of(face)
    return found and (found[signal == "arousal"], None)


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
