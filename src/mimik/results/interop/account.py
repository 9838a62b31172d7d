"""What was written in another tool's form, what that has no place for, and what of it stays empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from mimik.errors import DataError

Fact: TypeAlias = tuple[str, ...]
"""Something that results say: ("time_s",), ("quality", "pose"), ("emotion", "probabilities", "happy")."""

OF_FRAMES = {
    "source": "source",
    "frame": "frame number",
    "time_s": "time",
    "offset_s": "offset",
    "created_at": "time of recording",
    "width": "picture size",
    "detector": "detector",
}
"""What a frame says, in words."""
OF_FACES = {"id": "id", "box_xyxy": "box", "landmarks_xy": "landmarks", "score": "score"}
"""What a face says besides its quality and tasks, in words."""
_OF_QUALITY = {"pose": "head pose", "quality": "quality", "reason": "the mark of faces that can't be trusted"}
_JUDGED = ("size_px", "sharpness", "brightness", "reliable")
_TASKS = {"au": "action units"}
_FIELDS = {
    "label": "{task} labels other than the most probable class",
    "probabilities": "probabilities of {task}",
    "intensities": "intensities of {task}",
    "strength": "strength of {task}",
    "raw": "values before smoothing",
    "active": "which {task} are active",
    "low": "{task} interval",
    "high": "{task} interval",
    "against_neutral": "the mark of readings that are a change from a face at rest",
    "presence": "presence of the {task}",
    "points_xyz": "points of the {task}",
    "pose": "head pose of the {task}",
    "eye_openness": "openness of the eyes",
    "blink": "blinks",
    "mouth_opening": "opening of the mouth",
    "blendshapes": "blendshapes",
    "gaze": "gaze",
    "asymmetry": "asymmetry",
}
_BY_NAME = ("probabilities", "intensities", "strength", "active")
"""Fields with something for each of several names, which a form may have a place for or not."""


LONGEST = 24
"""Names of a group that are listed; of a longer one, the first and the last."""


@dataclass(frozen=True, slots=True)
class Room:
    """What a tool's form has a place for."""

    tool: str
    """Its name in messages."""
    frame: Collection[str]
    """Those of OF_FRAMES."""
    face: Collection[str]
    """Those of OF_FACES, and "pose"."""
    tasks: Mapping[str, Mapping[str, Collection[str] | None]]
    """Task to field of its reading to the names for which there is a place; None where that is for all.
    Without any of these a file in the form says nothing."""
    columns: Sequence[str]
    """Columns or keys that may stay empty, in their order."""
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What several of them are, in words, where all may stay empty together; a group within another one comes
    after that."""
    partly: Mapping[str, str] = field(default_factory=dict)
    """What of a frame or face, or of a reading ("mesh.points_xyz"), has a place in part: to what is left out
    of it, in words."""
    filler: str = ""
    """What stands in places for which there is nothing to write, where that isn't nothing."""
    from_landmarks: Sequence[str] = ()
    """Columns that are made from landmarks, which rows of CSV and Parquet don't hold."""

    def has(self, fact: Fact) -> bool:
        """Whether there is a place for something."""
        if len(fact) < 3:
            return fact[-1] in self.frame or fact[-1] in self.face
        fields = self.tasks.get(fact[0], {})
        names = fields.get(fact[1], ())
        return fact[1] in fields and (names is None or fact[2] in names)


@dataclass(frozen=True, slots=True)
class Written:
    """What was written in a form, and what was not: of one file, or of several together."""

    room: Room
    files: int = 0
    """Those with faces."""
    frames: int = 0
    faces: int = 0
    kept: frozenset[str] = frozenset()
    """Tasks of which something was written."""
    left_out: Counter[Fact] = field(default_factory=Counter)
    """What the form has no place for, to frames or faces that said it."""
    untrusted: Counter[str] = field(default_factory=Counter)
    """Task to faces whose reading was left out, as the form can't say that it can't be trusted."""
    empty: Counter[str] = field(default_factory=Counter)
    """Column to those of the files in which it stays empty."""

    def __add__(self, other: Written) -> Written:
        return replace(
            self,
            files=self.files + other.files,
            frames=self.frames + other.frames,
            faces=self.faces + other.faces,
            kept=self.kept | other.kept,
            left_out=self.left_out + other.left_out,
            untrusted=self.untrusted + other.untrusted,
            empty=self.empty + other.empty,
        )

    def notes(self, of_rows: bool = False) -> list[str]:
        """What to tell whoever reads the file: what was left out, and what stays empty; a line each.

        Args:
            of_rows: Whether the results were flat rows.
        """
        told = []
        if left_out := "; ".join((*self._left_out(), *self._untrusted())):
            told.append(f"left out, as {self.room.tool}'s form has no place for it: {left_out}")
        if empty := "; ".join(self._empty()):
            filled = f", which hold {self.room.filler}" if self.room.filler else ""
            told.append(f"nothing to write in these places of {self.room.tool}'s form{filled}: {empty}")
        if of_rows and (lacking := [name for name in self.room.from_landmarks if self.empty[name]]):
            told.append(
                f"rows of .csv and .parquet hold no landmarks, so {' and '.join(lacking)} are empty; "
                "convert the .jsonl results to have them"
            )
        return told

    def _left_out(self) -> Iterator[str]:
        """Names of what was left out, those of the same number of frames or faces together."""
        counts: dict[str, tuple[int, str]] = {}
        for fact, count in self.left_out.items():
            name = self._name(fact)
            unit = "frame" if fact[0] in OF_FRAMES else "face"
            counts[name] = max(counts.get(name, (0, unit)), (count, unit))
        for count, unit in dict.fromkeys(counts.values()):
            names = ", ".join(name for name, told in counts.items() if told == (count, unit))
            yield f"{names} ({_of(count, unit)})"

    def _name(self, fact: Fact) -> str:
        """What something is called: a task of which nothing was written by its name alone."""
        if len(fact) < 3:
            return self.room.partly.get(fact[-1]) or (OF_FRAMES | OF_FACES | _OF_QUALITY)[fact[-1]]
        name, told, which = fact
        task = _TASKS.get(name, name)
        if partly := self.room.partly.get(f"{name}.{told}"):
            return partly
        if name not in self.kept and name not in self.untrusted:
            return task
        if which and told in self.room.tasks.get(name, {}):
            return which if which.startswith("AU") else f"{task} {which}"
        return _FIELDS.get(told, "{task} " + told).format(task=task)

    def _untrusted(self) -> Iterator[str]:
        for task, count in self.untrusted.items():
            yield f"{_TASKS.get(task, task)} that can't be trusted ({_of(count, 'face')})"

    def _empty(self) -> Iterator[str]:
        """Columns that stay empty; what several of them are, if all do."""
        rest = [name for name in self.room.columns if self.empty[name]]
        for what, names in self.room.groups.items():
            if len({self.empty[name] for name in names}) == 1 and {*names} <= {*rest}:
                told = ", ".join(names) if len(names) <= LONGEST else f"{names[0]} to {names[-1]}"
                yield f"{told} ({what}{self._where(names[0])})"
                rest = [name for name in rest if name not in names]
        if rest:
            yield ", ".join(f"{name}{self._where(name)}" for name in rest)

    def _where(self, column: str) -> str:
        """In how many files a column stays empty, if not in all."""
        few = self.empty[column] < self.files
        return f" in {self.empty[column]} of {self.files} files" if few else ""


def _of(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


class Account:
    """Counts while one file is written.

    Args:
        room: What the form has a place for.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._frames = self._faces = 0
        self._tasks: dict[str, None] = {}
        self._kept: set[str] = set()
        self._left_out: Counter[Fact] = Counter()
        self._untrusted: Counter[str] = Counter()
        self._empty = set(room.columns)

    def add(self, frame: Mapping[str, Any], made: Iterable[Mapping[str, Any]]) -> None:
        """Count a frame, and what became of it."""
        self._frames += 1
        said = [(name,) for name in OF_FRAMES if frame.get(name) is not None]
        self._left_out.update(fact for fact in said if not self._fits(fact))
        for face in frame["faces"]:
            self._faces += 1
            self._left_out.update(fact for fact in _of_face(face) if not self._fits(fact))
            for task, reading in _readings(face):
                self._add_reading(task, reading)
        if frame["faces"] and self._empty:
            self._empty.difference_update(*map(_filled, made))

    def _add_reading(self, task: str, reading: Mapping[str, Any]) -> None:
        self._tasks[task] = None
        if task not in self._room.tasks:
            self._left_out[task, "", ""] += 1
            return
        if reading.get("reliable") is False:
            self._untrusted[task] += 1
            return
        for fact in dict.fromkeys(_of_reading(task, reading)):
            if has := self._room.has(fact):
                self._kept.add(task)
            if not has or ".".join(fact[:2]) in self._room.partly:
                self._left_out[fact] += 1

    def _fits(self, fact: Fact) -> bool:
        return self._room.has(fact) and fact[-1] not in self._room.partly

    def check(self) -> None:
        """Refuse a file that would say nothing of what its form is for.

        Raises:
            DataError: There are faces, and none has a reading for which the form has a place.
        """
        if not self._faces or self._kept or self._untrusted:
            return
        wanted = " or ".join(_TASKS.get(task, task) for task in self._room.tasks)
        others = [_TASKS.get(task, task) for task in self._tasks if task not in self._room.tasks]
        there = ", ".join(others) or "no reading at all"
        tasks = ",".join(dict.fromkeys((*self._tasks, *self._room.tasks)))
        raise DataError(
            f"{self._room.tool}'s form is for {wanted}, and these results hold {there}: "
            f"analyze with --tasks {tasks}"
        )

    def written(self) -> Written:
        """What was counted; columns can stay empty only where there are faces."""
        return Written(
            room=self._room,
            files=int(self._faces > 0),
            frames=self._frames,
            faces=self._faces,
            kept=frozenset(self._kept),
            left_out=self._left_out,
            untrusted=self._untrusted,
            empty=Counter(self._empty if self._faces else ()),
        )


def _readings(face: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, value in face.items():
        if name not in OF_FACES and name != "quality" and value:
            yield name, value


def _of_face(face: Mapping[str, Any]) -> Iterator[Fact]:
    yield from ((name,) for name in OF_FACES if face[name] is not None)
    quality = face["quality"] or {}
    if quality.get("pose"):
        yield "quality", "pose"
    if any(quality.get(name) is not None for name in _JUDGED):
        yield "quality", "quality"
    if quality.get("reason") is not None:
        yield "quality", "reason"


def _of_reading(task: str, reading: Mapping[str, Any]) -> Iterator[Fact]:
    """What a reading says; its label only where that doesn't follow from its probabilities."""
    shares = reading.get("probabilities") or {}
    for name, value in reading.items():
        if not _says(value) or name in ("reliable", "reason"):
            continue
        if name == "label":
            if not shares or value != max(shares, key=shares.__getitem__):
                yield task, name, ""
        elif name not in _BY_NAME:
            yield task, name, ""
        else:
            # Of every unit that was looked at it is known whether it is active.
            yield from ((task, name, key) for key in ((*value, *shares) if name == "active" else value))


def _says(value: Any) -> bool:
    """Whether a value says something: an object does if one of its values does."""
    return any(map(_says, value.values())) if isinstance(value, Mapping) else value is not None


def _filled(row: Mapping[str, Any]) -> Iterator[str]:
    """The columns or keys of a row that hold something, also within what it holds."""
    for name, value in row.items():
        if value is not None:
            yield name
        if isinstance(value, dict):
            yield from _filled(value)
