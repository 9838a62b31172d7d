"""Recorded readings against a person's own face at rest.

What was recorded stays as it is. Each time that it is read, a person's values before smoothing are moved
as mimik.temporal.neutral says, and blended over time anew: the readings are those that would have been
given had the reference been there from the start, but for the rounding of what is stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeAlias, cast

import numpy as np

from mimik.errors import ModelError, RefusedError
from mimik.models.card import ModelCard, some_outputs
from mimik.models.store import catalogue
from mimik.readings import AGAINST_NEUTRAL, AuReading, ClassReading, Reading
from mimik.tasks.base import TASKS, ClassTask, Resting, load_task
from mimik.temporal.neutral import Neutral, Rest, rest_of
from mimik.temporal.smooth import SmoothOptions
from mimik.temporal.steady import SteadyReader

Dict: TypeAlias = Mapping[str, Any]
_EDGE_S = 0.001
"""Clients give times to the millisecond."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One person's face at rest in a session."""

    face: int
    """Id of the person's faces."""
    start_s: float
    """First second of the part that shows it."""
    end_s: float
    """Last second of that part."""
    frames: int
    """How many of them it is the mean of."""
    scores: Mapping[str, Mapping[str, float]]
    """Task to label to mean score at rest."""
    made_by: Dict
    """What read the person: "models" (task to name, version, sha256), "smoothing" and "threshold"."""

    def to_dict(self) -> dict[str, Any]:
        """As the API gives it."""
        told = {name: getattr(self, name) for name in ("face", "start_s", "end_s", "frames")}
        return {**told, "tasks": list(self.scores)}


@cache
def resting_names() -> frozenset[str]:
    """The tasks that have a state of rest."""
    return frozenset(name for name in TASKS if isinstance(load_task(name), Resting))


def resting_tasks(face: Dict) -> list[str]:
    """Those tasks of a stored face."""
    known = resting_names()
    return [name for name in face if name in known]


def take_reference(
    frames: Iterable[Dict],
    made_by: Sequence[Dict],
    face: int,
    start_s: float,
    end_s: float | None = None,
    also: Sequence[int] = (),
) -> Reference:
    """The face at rest that a part of a session shows.

    Args:
        frames: The session's, as they were recorded.
        made_by: What made them: RunInfo.to_dict(), one a change of settings.
        face: Id of the person's faces.
        start_s: Where the part begins.
        end_s: Where it ends; None takes the one frame that stands at start_s.
        also: Further ids of the person, which must be there.

    Raises:
        RefusedError: The part shows no such face that can be trusted, or the session's readings can't be
            moved.
    """
    faces = _trusted(_own_faces(frames, [face, *also], start_s, end_s), face, start_s, end_s)
    tasks = TASKS.ordered(name for one in faces for name in resting_tasks(one))
    if not tasks:
        raise RefusedError("no_rest", "a neutral face means nothing without emotion or action units")
    readers = _readers(made_by, tasks)
    cards = {name: _read_card(name, readers["models"][name], faces) for name in tasks}
    scores = {}
    for name, card in cards.items():
        rest = _rest(card)
        values = [{name: _raw(one[name], card)} for one in faces if name in one]
        mean = Neutral.of(values, {name: rest}).scores[name]
        scores[name] = dict(zip(card.labels, (round(float(score), 6) for score in mean), strict=True))
    return Reference(face, start_s, start_s if end_s is None else end_s, len(faces), scores, readers)


def _own_faces(
    frames: Iterable[Dict], faces: Sequence[int], start_s: float, end_s: float | None
) -> list[Dict]:
    """A person's faces under the first of their ids in a part of a session."""
    people: set[int] = set()
    first_s, last_s = float("inf"), -float("inf")
    within: list[Dict] = []
    held_s, held = -float("inf"), None
    for frame in frames:
        time_s = float(frame["time_s"])
        first_s, last_s = min(first_s, time_s), max(last_s, time_s)
        for one in frame["faces"]:
            people.add(one["id"])
            _check_unmoved(one)
        own = next((one for one in frame["faces"] if one["id"] == faces[0]), None)
        if end_s is not None and own and start_s - _EDGE_S <= time_s <= end_s + _EDGE_S:
            within.append(own)
        if held_s <= time_s <= start_s + _EDGE_S:
            held_s, held = time_s, own
    if not people:
        raise RefusedError("invalid", "the session shows no face")
    if lacking := [face for face in faces if face not in people]:
        known = ", ".join(map(str, sorted(people)[:20]))
        raise RefusedError("invalid", f"nobody in the session has the id {lacking[0]}; it shows {known}")
    if start_s > last_s + _EDGE_S or (start_s if end_s is None else end_s) < first_s - _EDGE_S:
        text = f"the session runs from {first_s:g} to {last_s:g} s; there is nothing {_words(start_s, end_s)}"
        raise RefusedError("invalid", text)
    return within if end_s is not None else [held] if held else []


def _check_unmoved(face: Dict) -> None:
    """Refuse what a live neutral face has moved already: what it was before isn't stored."""
    if any(face[name].get(AGAINST_NEUTRAL) for name in resting_tasks(face)):
        raise RefusedError(
            "has_neutral",
            "the session was recorded against a neutral face that was set live, and its readings can't be "
            "changed a second time; record without one to set it afterwards",
        )


def _trusted(faces: Sequence[Dict], face: int, start_s: float, end_s: float | None) -> list[Dict]:
    """Those that can be trusted, at least one."""
    good = [one for one in faces if one["quality"]["reason"] is None]
    if not good:
        reasons = Counter(one["quality"]["reason"] for one in faces).most_common(1)
        why = f"is {reasons[0][0]}" if reasons else "isn't seen"
        text = f"the face {face} {why} {_words(start_s, end_s)}; choose a time at which it is well seen"
        raise RefusedError("no_face", text)
    return good


def _words(start_s: float, end_s: float | None) -> str:
    return f"at {start_s:g} s" if end_s is None else f"from {start_s:g} to {end_s:g} s"


def _readers(made_by: Sequence[Dict], tasks: Sequence[str]) -> dict[str, Any]:
    """The models, smoothing and threshold that a session's runs agree on, of these tasks."""
    runs = [run for run in made_by if any(name in run["models"] for name in tasks)]
    models = {name: _same([run["models"][name] for run in runs if name in run["models"]]) for name in tasks}
    if lacking := [name for name, model in models.items() if model is None]:
        raise RefusedError(
            "unknown_model",
            f"it isn't known which model read {' and '.join(lacking)} in this session, "
            "so a neutral face can't be used with it",
        )
    smoothing = _same([run["settings"].get("smoothing") for run in runs])
    if smoothing is None:
        raise RefusedError("unknown_model", "it isn't known how this session's readings were smoothed")
    threshold = _same([run["settings"].get("threshold") for run in runs])
    return {"models": models, "smoothing": smoothing, "threshold": threshold}


def _same(values: Sequence[Any]) -> Any:
    """The one value that all are; None without any."""
    if any(value != values[0] for value in values[1:]):
        raise RefusedError(
            "mixed_models",
            "parts of this session were read by other models or with another smoothing, and frames don't "
            "say by which; a neutral face needs a session of one kind",
        )
    return values[0] if values else None


def _card(task: str, model: Dict) -> ModelCard:
    """The card of the very model that read a session."""
    card = catalogue().get(model["name"])
    wanted = [model["sha256"], model.get("version"), task]
    if card is None or [card.sha256, card.version, card.task] != wanted:
        raise RefusedError(
            "model_gone",
            f"{model['name']} {model.get('version') or ''} (SHA-256 {model['sha256'][:12]}...), which read "
            "this session, isn't here any more, so readings can't be given against a neutral face; "
            "take the neutral face away, or use the mimik that it was recorded with",
        )
    return card


def _read_card(task: str, model: Dict, faces: Iterable[Dict]) -> ModelCard:
    """The card of what read a task of a session's faces: all of a model, or some units of it."""
    return _cut(_card(task, model), next(face[task]["raw"] for face in faces if task in face))


def _cut(card: ModelCard, labels: Collection[str]) -> ModelCard:
    """A card of those labels alone; of classes none can be left out, since their shares make up one."""
    columns = [k for k, label in enumerate(card.labels) if label in labels]
    if not columns or isinstance(load_task(card.task), ClassTask):
        return card
    return some_outputs(card, columns)


def _rest(card: ModelCard) -> Rest:
    try:
        return rest_of(cast(Resting, load_task(card.task)), card)
    except ModelError as error:
        raise RefusedError("no_rest", str(error)) from error


def _raw(reading: Dict, card: ModelCard) -> Any:
    """A stored reading's values before smoothing, (K,)."""
    if reading["raw"].keys() != set(card.labels):
        raise RefusedError(
            "mixed_models", f"the session's readings aren't those of {card.name}: other labels"
        )
    return np.array([reading["raw"][label] for label in card.labels], np.float32)


class Moving:
    """Reads a session's frames in order against its people's faces at rest; holds state, so one a reading."""

    def __init__(self, references: Iterable[Reference]) -> None:
        """Prepare.

        Raises:
            RefusedError: A model that read them isn't here any more.
        """
        self._people = {reference.face: _Person(reference) for reference in references}

    def frame(self, frame: Dict) -> dict[str, Any]:
        """A frame with readings that say whether they are a change from the person's face at rest."""
        return {**frame, "faces": [self._face(float(frame["time_s"]), face) for face in frame["faces"]]}

    def _face(self, time_s: float, face: Dict) -> dict[str, Any]:
        person = self._people.get(face["id"])
        moved = person.readings(time_s, face) if person else {}
        asked = {name: {AGAINST_NEUTRAL: False, **face[name]} for name in resting_tasks(face)}
        return {**face, **asked, **moved}


class _Person:
    """One person's reference with what is needed to use it."""

    def __init__(self, reference: Reference) -> None:
        made_by = reference.made_by
        self._cards = {
            name: _cut(_card(name, made_by["models"][name]), scores)
            for name, scores in reference.scores.items()
        }
        if (threshold := made_by["threshold"]) is not None:
            self._cards = {name: replace(card, threshold=threshold) for name, card in self._cards.items()}
        self._rests = {name: _rest(card) for name, card in self._cards.items()}
        scores = {
            name: np.array([reference.scores[name][label] for label in card.labels], np.float32)
            for name, card in self._cards.items()
        }
        self._neutral = Neutral(scores, reference.frames, self._cards)
        tasks = {name: (load_task(name), card) for name, card in self._cards.items()}
        self._reader = SteadyReader(tasks, SmoothOptions(**made_by["smoothing"]))

    def readings(self, time_s: float, face: Dict) -> dict[str, Any]:
        """The readings of a stored face that can be moved, by task."""
        raw = dict(self._values(face))
        if not raw:
            return {}
        rests = {name: self._rests[name] for name in raw}
        moved = self._neutral.against(raw, rests)
        trusted = face["quality"]["reason"] is None
        readings = self._reader.blended(0, time_s, moved, trusted=trusted)
        return {name: _told(reading, face[name]) for name, reading in readings.items()}

    def _values(self, face: Dict) -> Iterator[tuple[str, Any]]:
        """What was recorded since, by other models or against a live neutral face, stays as it is."""
        for name, card in self._cards.items():
            stored = face.get(name)
            if stored and not stored.get(AGAINST_NEUTRAL) and stored["raw"].keys() == set(card.labels):
                yield name, _raw(stored, card)


def _told(reading: Reading, stored: Dict) -> dict[str, Any]:
    """A reading as it is stored; whether it can be trusted was said when the face was seen."""
    if isinstance(reading, AuReading):
        strength = _strength(reading, stored.get("strength"))
        reading = replace(reading, reason=stored["reason"], strength=strength)
    if isinstance(reading, AuReading | ClassReading):
        reading = replace(reading, against_neutral=True)
    return reading.to_dict()


def _strength(
    reading: AuReading, stored: Mapping[str, float | None] | None
) -> dict[str, float | None] | None:
    """How strong the units are that are active now: as it was told, and unknown where they weren't then."""
    if stored is None:
        return None
    return {unit: (value or None) if unit in reading.active else 0.0 for unit, value in stored.items()}
