"""A session's signals: what can be followed through time in faces, and its values.

Of each frame the largest face counts, since people in front of a camera come back under new ids; faces
that can't be trusted are left out. Voices have utterances instead of frames: mimik.results.heard.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

from mimik.errors import OptionError
from mimik.explain.units import valence_arousal_of
from mimik.tasks.base import CROP, SOUND, TASKS, Followed, input_of, load_task

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
    if name in TASKS and (taken := input_of(name)) != CROP:
        how = "heard in utterances" if taken == SOUND else "read in whole clips"
        raise OptionError(f"signals are of faces, and {name} is {how}: see mimik summary")
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
        time_s = float(frame["time_s"])
        for signal, value, active in _values(face):
            if signal not in found:
                found[signal] = Series()
            found[signal].add(time_s, value, active)
    return found


def _values(face: Mapping[str, Any]) -> Iterator[tuple[str, float, bool | None]]:
    """Every signal of a face, as _value gives it of one."""
    for task in _followed():
        reading = face.get(task)
        if reading and reading.get("reliable", True):
            active = reading["active"] if "active" in reading else [reading["label"]]
            for label, value in reading["probabilities"].items():
                yield f"{task}:{label}", value, label in active
    if found := valence_arousal_of(face):
        for signal, value in zip(DERIVED, found, strict=True):
            yield signal, value, None


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
