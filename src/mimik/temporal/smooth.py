"""Blending a person's values over time. Strength is in seconds, so the frame rate doesn't matter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.tasks.base import Moving


@dataclass(frozen=True, slots=True)
class SmoothOptions:
    """How strongly values are blended."""

    strength: float = 1.0
    """Multiplies each task's own time constant; 0 turns smoothing off."""
    forget_s: float = 2.0
    """A person not seen for this long starts anew."""

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 100:
            raise OptionError(f"smoothing strength (--smooth) must be 0 to 100, not {self.strength:g}")
        if self.forget_s <= 0:
            raise OptionError(f"forget_s must be above 0 seconds, not {self.forget_s}")


@dataclass(slots=True)
class _State:
    """What is remembered of one person's frames of a kind."""

    time_s: float
    age_s: float = 0.0
    values: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    moved: frozenset[str] = frozenset()
    """Tasks whose values are a change from a face at rest."""


@dataclass(slots=True)
class _Person:
    """What is remembered of one person."""

    now: _State
    """Of the last frame's kind."""
    trusted: _State | None = None
    """Of frames whose face can be trusted."""


class Smoother:
    """Exponential blending per person and task; holds state, so one per stream.

    While a person has been seen for less than a time constant, the weight is that of a plain
    mean, so that the first frames don't dominate (bias correction as in Adam, Kingma and Ba 2015).
    Frames whose face can't be trusted go on from those that can, but not the other way round.
    """

    def __init__(
        self,
        tau_s: Mapping[str, float],
        options: SmoothOptions | None = None,
        moving: Mapping[str, Moving] | None = None,
    ) -> None:
        """Start with nobody.

        Args:
            tau_s: Task to its time constant in seconds.
            options: Strength.
            moving: Those of the tasks that blend in a way of their own.
        """
        self._moving = moving or {}
        self._options = options or SmoothOptions()
        self._tau_s = {task: tau * self._options.strength for task, tau in tau_s.items()}
        self.people: dict[int, _Person] = {}
        """What is remembered of each."""

    def blend(
        self,
        person: int,
        time_s: float,
        values: Mapping[str, NDArray[np.float32]],
        moved: frozenset[str] = frozenset(),
        *,
        trusted: bool = True,
    ) -> dict[str, NDArray[np.float32]]:
        """Values after smoothing.

        Args:
            person: Track id.
            time_s: Time of the frame.
            values: Task to values before smoothing, (V,).
            moved: Tasks whose values are a change from a face at rest; they aren't blended with values of
                before that, which mean something else, nor the other way round.
            trusted: Whether the face can be trusted.
        """
        state = self._state(person, time_s, trusted)
        step = time_s - state.time_s
        state.age_s, state.time_s = state.age_s + step, time_s
        if moved != state.moved:
            for task in moved ^ state.moved:
                state.values.pop(task, None)
                state.labels.pop(task, None)
            state.moved = moved
        for task, now in values.items():
            before = state.values.get(task)
            state.values[task] = (
                now if before is None else self._blended(task, before, now, step, state.age_s)
            )
        return {task: state.values[task] for task in values}

    def _state(self, person: int, time_s: float, trusted: bool) -> _State:
        """What is blended with a frame; made if need be."""
        known = self.people.get(person)
        if known is None:
            known = self.people[person] = _Person(_State(time_s))
        state = known.trusted if trusted else known.now
        if state is None or not 0 <= time_s - state.time_s <= self._options.forget_s:
            state = _State(time_s)
        elif not trusted and state is known.trusted:
            state = replace(state, values=dict(state.values), labels=dict(state.labels))
        known.now, known.trusted = state, state if trusted else known.trusted
        return state

    def _blended(
        self, task: str, before: NDArray[np.float32], now: NDArray[np.float32], step: float, age_s: float
    ) -> NDArray[np.float32]:
        """One task's values, blended with those of the frame before."""
        tau = self._tau_s[task]
        if task in self._moving and tau > 0 and step > 0:
            return self._moving[task].followed(before, now, step, tau)
        return np.asarray(before + np.float32(self._weight(task, step, age_s)) * (now - before))

    def _weight(self, task: str, step: float, age_s: float) -> float:
        """Weight of the newest values, 0 to 1."""
        tau = self._tau_s[task]
        if tau <= 0 or step <= 0:
            return 1.0
        return max(1 - math.exp(-step / tau), step / (age_s + step))

    def label(self, person: int, task: str) -> str | None:
        """The label this person had in the frame before."""
        known = self.people.get(person)
        return known.now.labels.get(task) if known else None

    def keep_label(self, person: int, task: str, label: str) -> None:
        """Remember a label for the next frame."""
        self.people[person].now.labels[task] = label

    def forget(self, time_s: float) -> None:
        """Drop people who have not been seen for long."""
        limit = self._options.forget_s
        for person in [p for p, known in self.people.items() if time_s - known.now.time_s > limit]:
            del self.people[person]
