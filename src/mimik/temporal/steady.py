"""From values to readings that are steady over time: blended, put into words, labels held."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mimik.faces.recognise import Values
from mimik.models.card import ModelCard
from mimik.readings import Reading
from mimik.tasks.base import Aided, Judging, Moving, Task
from mimik.temporal.smooth import Smoother, SmoothOptions
from mimik.types import Quality

NOTHING: Mapping[str, Mapping[str, float]] = MappingProxyType({})
"""What is measured of a face at rest that nobody knows."""


class SteadyReader:
    """Reads the values of one stream's people; holds state, so one a stream."""

    def __init__(self, tasks: Mapping[str, tuple[Task, ModelCard]], options: SmoothOptions) -> None:
        """Start with nobody.

        Args:
            tasks: Name to the task, and the card of the model that gives its values.
            options: Strength.
        """
        self._tasks = tasks
        self._judging = {name: task for name, (task, _) in tasks.items() if isinstance(task, Judging)}
        self._aided = {name: task for name, (task, _) in tasks.items() if isinstance(task, Aided)}
        tau_s = {name: task.tau_s for name, (task, _) in tasks.items()}
        # What judges a face is blended by itself: whether the others may be blended hangs on it.
        self._judges = Smoother({name: tau_s[name] for name in self._judging}, options)
        moving = {name: task for name, (task, _) in tasks.items() if isinstance(task, Moving)}
        self._smoother = Smoother(tau_s, options, moving)
        self._holds = options.strength > 0

    def judged(self, values: Values, quality: Quality) -> Quality:
        """How well a face can be seen in this frame alone, as the tasks that judge it say."""
        for name, judging in self._judging.items():
            if name in values:
                task, card = self._tasks[name]
                quality = judging.judged(quality, task.reading(values[name], values[name], card))
        return quality

    def read(
        self,
        person: int,
        time_s: float,
        values: Values,
        quality: Quality,
        moved: frozenset[str] = frozenset(),
    ) -> tuple[dict[str, Reading], Quality]:
        """One face's readings, blended with what was seen of the person before, and how well it can be seen.

        A face can't be trusted where a task that judges it says so, in this frame or blended over time.

        Args:
            person: Track id.
            time_s: Time of the frame.
            values: Before smoothing.
            quality: How well the face can be seen by its box and landmarks alone.
            moved: Tasks whose values are a change from a face at rest; see Smoother.blend.
        """
        judges = {name: one for name, one in values.items() if name in self._judging}
        others = {name: one for name, one in values.items() if name not in self._judging}
        told = self._told(self._judges, person, time_s, judges, quality, frozenset(), quality.reason is None)
        quality = self.judged(judges, quality)
        for name, reading in told.items():
            quality = self._judging[name].judged(quality, reading)
        trusted = quality.reason is None
        return told | self._told(self._smoother, person, time_s, others, quality, moved, trusted), quality

    def blended(
        self,
        person: int,
        time_s: float,
        values: Values,
        moved: frozenset[str] = frozenset(),
        *,
        trusted: bool,
    ) -> dict[str, Reading]:
        """One face's readings where it is known already whether it can be trusted; see ``read``."""
        return self._told(self._smoother, person, time_s, values, None, moved, trusted)

    def _told(
        self,
        smoother: Smoother,
        person: int,
        time_s: float,
        values: Values,
        quality: Quality | None,
        moved: frozenset[str],
        trusted: bool,
    ) -> dict[str, Reading]:
        """Values blended, and put into words."""
        if not values:
            return {}
        smooth = smoother.blend(person, time_s, values, moved, trusted=trusted)
        readings: dict[str, Reading] = {}
        for name in values:
            task, card = self._tasks[name]
            before = smoother.label(person, name) if self._holds else None
            readings[name] = task.reading(smooth[name], values[name], card, before, quality)
            smoother.keep_label(person, name, readings[name].label)
        return readings

    def aided(
        self, readings: Mapping[str, Reading], at_rest: Mapping[str, Mapping[str, float]] = NOTHING
    ) -> dict[str, Reading]:
        """One face's readings, with what tasks add to those of others.

        Args:
            readings: Of the face, by task.
            at_rest: Task to what another measures for it in the person's own face at rest; see Aided.
        """
        told = dict(readings)
        for name, task in self._aided.items():
            if name in told and task.aide in told:
                told[name] = task.aided(told[name], told[task.aide], at_rest.get(name, {}))
        return told

    @property
    def people(self) -> tuple[dict[int, Any], dict[int, Any]]:
        """What is remembered of each person, by the tasks that judge a face and by the others.

        It is picklable, and to be given to another reader of these tasks.
        """
        return self._judges.people, self._smoother.people

    @people.setter
    def people(self, known: tuple[dict[int, Any], dict[int, Any]]) -> None:
        self._judges.people, self._smoother.people = known

    def forget(self, time_s: float) -> None:
        """Drop people who have not been seen for long."""
        self._judges.forget(time_s)
        self._smoother.forget(time_s)
