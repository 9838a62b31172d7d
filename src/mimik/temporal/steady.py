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
        # What others are to know is read before them.
        self._order = sorted(tasks, key=lambda name: name not in self._judging)
        self._aided = {name: task for name, (task, _) in tasks.items() if isinstance(task, Aided)}
        taus = {name: task.tau_s for name, (task, _) in tasks.items()}
        moving = {name: task for name, (task, _) in tasks.items() if isinstance(task, Moving)}
        self._smoother = Smoother(taus, options, moving)
        self._holds = options.strength > 0

    def judged(self, values: Values, quality: Quality) -> Quality:
        """How well a face can be seen in this frame alone, as the tasks that judge it say."""
        for name, judging in self._judging.items():
            task, card = self._tasks[name]
            quality = judging.judged(quality, task.reading(values[name], values[name], card))
        return quality

    def read(
        self,
        person: int,
        time_s: float,
        values: Values,
        quality: Quality | None = None,
        moved: frozenset[str] = frozenset(),
        *,
        trusted: bool = True,
        at_rest: Mapping[str, Mapping[str, float]] = NOTHING,
    ) -> dict[str, Reading]:
        """One face's readings, blended with what was seen of the person before.

        Args:
            person: Track id.
            time_s: Time of the frame.
            values: Before smoothing.
            quality: How well the face can be seen, as ``judged`` says; None where that isn't known.
            moved: Tasks whose values are a change from a face at rest; see Smoother.blend.
            trusted: Whether the face can be trusted; see Smoother.blend.
            at_rest: Task to what others measure for it in the person's own face at rest; see Aided.
        """
        smooth = self._smoother.blend(person, time_s, values, moved, trusted=trusted)
        readings: dict[str, Reading] = {}
        for name in self._order:
            if name not in values:
                continue
            task, card = self._tasks[name]
            before = self._smoother.label(person, name) if self._holds else None
            reading = readings[name] = task.reading(smooth[name], values[name], card, before, quality)
            self._smoother.keep_label(person, name, reading.label)
            # Not trusted where it can't be seen, in this frame or in those blended with it.
            if quality is not None and name in self._judging:
                quality = self._judging[name].judged(quality, reading)
        for name, task in self._aided.items():
            if name in readings and task.aide in readings:
                own = at_rest.get(name, {})
                readings[name] = task.aided(readings[name], readings[task.aide], own)
        return readings

    @property
    def people(self) -> dict[int, Any]:
        """What is remembered of each person; picklable, and to be given to another reader of these tasks."""
        return self._smoother.people

    @people.setter
    def people(self, known: dict[int, Any]) -> None:
        self._smoother.people = known

    def forget(self, time_s: float) -> None:
        """Drop people who have not been seen for long."""
        self._smoother.forget(time_s)
