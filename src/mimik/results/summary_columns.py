"""The columns of a summary: they follow from what was asked of a run, not from what it found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mimik.readings import AGAINST_NEUTRAL, UNCERTAIN, Kind
from mimik.results.events import event_names
from mimik.results.rows import BASE_COLUMNS, CONTEXT_COLUMNS, Row, guessed_kind, kind_of
from mimik.results.schema import types_of_tasks
from mimik.results.tally import ACTIVITY, FIGURES

LABEL, ACTIVE, RAW = "_label", "_active", "_raw_"
"""What the columns of a task's answer end in, that is one label or several at once; and what stands in the
names of values before smoothing."""
NONE = "none"
"""What stands for no active unit."""
WHO = ("source", "id")
OF_MANIFEST = ("person", "labels")
"""What the manifest of a run said of its sources."""
SEEN = (
    *("status", "problem", "frames", "source_frames", "source_seconds"),
    *("first_s", "last_s", "seconds", "untrusted_frames", "untrusted"),
)
"""Columns of every row, whatever was read."""


class Columns:
    """All columns of a results file, and those of its summary."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        """Begin with those that the file's head names, in its order."""
        self._kinds: dict[str, Kind | None] = dict(kinds)
        self._known = {*BASE_COLUMNS, *self._kinds}

    def see(self, row: Row) -> None:
        """Learn of columns that the head doesn't name."""
        for name in [name for name in row if name not in self._known]:
            if kind := kind_of(row[name]):
                self._known.add(name)
            self._kinds[name] = kind

    def context(self) -> tuple[str, ...]:
        """Whose face it is, where the table says so itself (a study's)."""
        return tuple(name for name in CONTEXT_COLUMNS[:3] if name in self._all())

    def names(self, states: Mapping[str, Iterable[str]], raw: bool) -> dict[str, str]:
        """The columns of all tasks: name to the way whose states it counts ("emotion", "emotion_raw"), or "".

        Args:
            states: Of a column of states ("emotion_label"), those that were seen.
            raw: Whether values before smoothing are summed up, too.
        """
        kinds = {n: k for n, k in self._all().items() if n not in BASE_COLUMNS and n not in CONTEXT_COLUMNS}
        answers = [name for name, kind in kinds.items() if kind == "text" and name.endswith((LABEL, ACTIVE))]
        tasks = {answer.rpartition("_")[0]: answer for answer in answers}
        own = {task: _states(task, answer, kinds, states) for task, answer in tasks.items()}
        found = dict.fromkeys(_doubts(kinds), "")
        done: set[str] = set()
        for name, kind in kinds.items():
            task = _task_of(name, tasks)
            if task and task not in done:
                done.add(task)
                found |= {tasks[task]: "", **_of_task(task, own[task], kinds, raw)}
            elif not task and RAW not in name and kind in ("number", "whole"):
                both = (name, _raw_of(name, kinds) if raw else None)
                found |= {f"{n}_{figure}": "" for n in both if n for figure in FIGURES}
            elif not task and kind == "text" and not name.endswith("_reason"):
                found[name] = ""
        return found | dict.fromkeys(event_names(kinds), "")

    def _all(self) -> dict[str, Kind]:
        """All columns in their order; those that never held anything, by their names."""
        return {name: kind or guessed_kind(name) for name, kind in self._kinds.items()}


def _task_of(name: str, tasks: Iterable[str]) -> str | None:
    """The task with states that a column belongs to: "emotion" of "emotion_raw_happy"."""
    return max((task for task in tasks if name.startswith(f"{task}_")), key=len, default=None)


def _raw_of(name: str, kinds: Iterable[str]) -> str | None:
    """The column that holds the same before smoothing: "mesh_raw_yaw_deg" of "mesh_pose_yaw_deg", too."""
    parts = name.split("_")
    ways = [[*parts[:cut], "raw", *parts[cut + less :]] for less in (0, 1) for cut in range(1, len(parts))]
    return next((way for way in map("_".join, ways) if way in kinds), None)


def _states(
    task: str, answer: str, kinds: Mapping[str, Kind], seen: Mapping[str, Iterable[str]]
) -> list[str]:
    """A task's states: those that have a number, and those that were only seen."""
    begin = f"{task}_"
    further = tuple(f"{field}_" for field in _further(task))
    numbers = [
        name.removeprefix(begin)
        for name, kind in kinds.items()
        if name.startswith(begin) and kind == "number" and not name.startswith(f"{task}{RAW}")
    ]
    own = dict.fromkeys(
        next((n.removeprefix(field) for field in further if n.startswith(field)), n) for n in numbers
    )
    nothing = UNCERTAIN if answer.endswith(LABEL) else NONE
    return list(dict.fromkeys([*own, *sorted({*seen.get(answer, ())} - {*own, nothing}), nothing]))


def _further(task: str) -> list[str]:
    """What else a task says of each state, in columns of its own ("intensities" of "au")."""
    types = types_of_tasks().get(task, {})
    return [
        field for field, held in types.items() if held == "object" and field not in ("probabilities", "raw")
    ]


def _of_task(task: str, states: Sequence[str], kinds: Mapping[str, Kind], raw: bool) -> dict[str, str]:
    """The columns of a task with states."""
    found: dict[str, str] = {}
    raw = raw and any(name.startswith(f"{task}{RAW}") for name in kinds)
    for way in (task, f"{task}_raw") if raw else (task,):
        for state in states:
            measured = f"{way}_{state}" in kinds
            more = [f"{task}_{field}_{state}" for field in _further(task)] if way == task else []
            values = [name for name in (f"{way}_{state}", *more) if name in kinds]
            found |= {f"{name}_{figure}": "" for name in values for figure in FIGURES}
            if state in (UNCERTAIN, NONE) and not measured:
                found |= {f"{way}_{state}_{part}": way for part in ACTIVITY[:2]}
            elif way == task or measured:
                found |= {f"{way}_{state}_{part}": way for part in ACTIVITY}
    return found


def _doubts(kinds: Mapping[str, Kind]) -> Iterator[str]:
    """The columns of tasks that say themselves when not to trust them, or that begin with a face at rest."""
    for name, kind in kinds.items():
        if kind == "truth" and name.endswith("_reliable"):
            task = name.removesuffix("_reliable")
            yield from (f"{task}_untrusted_frames", f"{task}_untrusted")
        if kind == "truth" and name.endswith(f"_{AGAINST_NEUTRAL}"):
            yield f"{name.removesuffix(AGAINST_NEUTRAL)}before_neutral_frames"
