"""A person's own face at rest, and readings as a change from it.

People's faces differ at rest: lowered brows or drooping corners of the mouth read as a weak emotion or
action unit. Half of the difference between a person's face at rest and everybody's, in log-odds, is
taken off each answer. All of it takes off too much, for a reference is a sample, too: on CK+ a half was
best or near it for every model (``python benchmarks/neutral.py``).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mimik.errors import ModelError, OptionError
from mimik.faces.recognise import Values
from mimik.models.card import ModelCard
from mimik.readings import AuReading, ClassReading, Reading
from mimik.tasks.base import Aided, ClassTask, Judging, Resting
from mimik.tasks.loaded import LoadedModel
from mimik.types import Quality

SHARE = 0.5
"""Share of the difference that is taken off."""
ENOUGH = 0.5
"""Share of the frames of the first seconds in which a face must be one that can be trusted."""
SURE = 0.9
"""Probability from which a face at rest that looks like an emotion is worth a warning."""
LONGEST_S = 600.0
"""Seconds that a person can be asked to rest at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Neutral:
    """One person's face at rest, as the models see it."""

    scores: Values
    """Task to the mean scores (log-odds or log-probabilities) at rest, float32 (V,)."""
    faces: int
    """Number of faces that it is the mean of."""
    cards: Mapping[str, ModelCard] = field(default_factory=dict)
    """Task to the card of the model that gave its scores; of a task that isn't there nothing is known."""
    measured: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Task to what another one measures for it at rest, by name: the mean over the faces that show it."""

    @classmethod
    def of(cls, values: Sequence[Values], rests: Mapping[str, Rest]) -> Neutral:
        """The mean of some faces of one person.

        Args:
            values: Of each face, before smoothing.
            rests: Of the models that gave them.
        """
        scores = {
            name: np.asarray(np.mean([rest.task.scores(face[name]) for face in values], axis=0), np.float32)
            for name, rest in rests.items()
        }
        cards = {name: rest.card for name, rest in rests.items()}
        found = {name: _means([rest.measured(face) for face in values]) for name, rest in rests.items()}
        return cls(scores, len(values), cards, {name: means for name, means in found.items() if means})

    def look(self, rests: Mapping[str, Rest]) -> str | None:
        """What the face at rest reads as, "happy 96 %", where that is an emotion and almost sure."""
        for name, rest in rests.items():
            if not isinstance(rest.task, ClassTask) or not rest.task.rest_label:
                continue
            shares = rest.task.from_scores(self.scores[name])
            label, share = rest.card.labels[int(shares.argmax())], shares.max()
            if label != rest.task.rest_label and share >= SURE:
                return f"{label} {100 * share:.0f} %"
        return None

    def check(self, rests: Mapping[str, Rest]) -> None:
        """Make sure that the same models read it.

        Args:
            rests: Of the models whose values are to become a change from it.

        Raises:
            OptionError: Others did, or it lacks a task; names both models.
        """
        for name, rest in rests.items():
            again = f"; make it again with {rest.card.name}, by neutral(...) of the same Analyzer"
            card = self.cards.get(name)
            if name not in self.scores:
                raise OptionError(f"the neutral face has no {name}, which {_told(rest.card)} reads{again}")
            if card and _identity(card) != _identity(rest.card):
                also = card.sha256 == rest.card.sha256 and card.name == rest.card.name
                one, other = (_told(c, with_labels=also) for c in (card, rest.card))
                raise OptionError(f"the neutral face was read by {one}, but {name} is read by {other}{again}")
            if self.scores[name].shape != rest.scores.shape:
                count = f"{self.scores[name].size} values of {name}, but {_told(rest.card)} gives"
                raise OptionError(f"the neutral face has {count} {rest.scores.size}{again}")

    def against(self, values: Values, rests: Mapping[str, Rest]) -> Values:
        """Values of the same person, as a change from their face at rest; other tasks' stay."""
        moved = dict(values)
        for name, rest in rests.items():
            off = np.float32(SHARE) * (self.scores[name] - rest.scores)
            moved[name] = rest.task.from_scores(rest.task.scores(values[name]) - off)
        return moved


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """What a model says of neutral faces, whoever they are."""

    task: Resting
    """The model's task."""
    card: ModelCard
    """Of the model."""
    scores: NDArray[np.float32]
    """Mean scores, (V,), from the card."""
    aide: LoadedModel | None = None
    """Of the task that aids it, where that is read, too."""

    def measured(self, values: Values) -> Mapping[str, float]:
        """What the other task measures for this one in a face; see Aided."""
        if self.aide is None or not isinstance(self.task, Aided) or self.task.aide not in values:
            return {}
        own = values[self.task.aide]
        return self.task.measured(self.aide.task.reading(own, own, self.aide.card))


def _means(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each number over those that have it."""
    names = dict.fromkeys(name for one in found for name in one)
    return {name: float(np.mean([one[name] for one in found if name in one])) for name in names}


def _identity(card: ModelCard) -> tuple[str, str, tuple[str, ...]]:
    """What makes values comparable: one file may hold several models, and units may be chosen."""
    return card.name, card.sha256, card.labels


def _told(card: ModelCard, *, with_labels: bool = False) -> str:
    what = f", {', '.join(card.labels)}" if with_labels else ""
    return f"{card.name} {card.version} (SHA-256 {card.sha256[:12]}...{what})"


def rests_of(models: Mapping[str, LoadedModel]) -> dict[str, Rest]:
    """What the models say of neutral faces, by task, of those tasks that have a state of rest.

    Raises:
        OptionError: None of them has one.
        ModelError: A card doesn't know it.
    """
    rests = {}
    for name, model in models.items():
        if isinstance(model.task, Resting):
            aide = models.get(model.task.aide) if isinstance(model.task, Aided) else None
            rests[name] = replace(rest_of(model.task, model.card), aide=aide)
    if not rests:
        names = ", ".join(name for name, model in models.items() if not isinstance(model.task, Judging))
        raise OptionError(
            f"a neutral face means nothing for {names or ', '.join(models)}: read emotion or au as well"
        )
    return rests


def knows_rest(model: LoadedModel) -> bool:
    """Whether a face at rest can be taken off what a model says."""
    return isinstance(model.task, Resting) and bool(model.card.at_rest)


def rest_of(task: Resting, card: ModelCard) -> Rest:
    """What one model says of neutral faces.

    Raises:
        ModelError: Its card doesn't know it.
    """
    if not card.at_rest:
        raise ModelError(
            f"{card.name}: its card has no at_rest, so a neutral face can't be used with it; "
            "export it again with this version of mimik"
        )
    return Rest(task, card, np.array(card.at_rest, np.float32))


def mean_neutral(
    frames: Iterable[Sequence[tuple[Values, Quality]]], rests: Mapping[str, Rest], name: str
) -> Neutral:
    """The face at rest that some frames show.

    Args:
        frames: The faces of each, with how well they can be seen.
        rests: Of the models that read them.
        name: What messages call the frames' source.

    Raises:
        OptionError: None of them shows one face that can be trusted.
    """
    gathered, reason = [], "it has no frame in that time"
    for faces in frames:
        if len(faces) != 1:
            reason = f"it shows {len(faces) or 'no'} face{'s' if len(faces) != 1 else ''}"
        elif faces[0][1].reason is not None:
            reason = f"the face can't be trusted: {faces[0][1].reason}"
        else:
            gathered.append(faces[0][0])
    if not gathered:
        raise OptionError(
            f"{name}: shows no face at rest: {reason}; name a picture or clip of one person, well seen"
        )
    return Neutral.of(gathered, rests)


@dataclass(slots=True)
class _Person:
    """What is known of one person's rest."""

    seen_s: float
    neutral: Neutral | None = None
    since_s: float = 0.0
    """Time of the first face that was gathered."""
    frames: int = 0
    """Sights since then."""
    gathered: list[Values] = field(default_factory=list)


class NeutralKeeper:
    """The faces at rest of the people of one stream; holds state, so one per stream."""

    def __init__(self, models: Mapping[str, LoadedModel], neutral: Neutral | float | None = None) -> None:
        """Start with nobody.

        Args:
            models: Task to its model.
            neutral: A face at rest for all, or the seconds from a person's first sight that show theirs.

        Raises:
            OptionError: The seconds are out of range, no task has a state of rest, other models read the face
                (see Neutral.check), or it is neither.
            ModelError: See rests_of.
        """
        self._models = models
        self._rests: dict[str, Rest] = {}
        self._all: Neutral | None = None
        self._first_s = 0.0
        self.people: dict[int, _Person] = {}
        """What is known of each person's face at rest."""
        if isinstance(neutral, Neutral):
            self._rests, self._all = rests_of(models), neutral
            neutral.check(self._rests)
        elif isinstance(neutral, int | float | np.integer | np.floating):
            self.collect(float(neutral))
        elif neutral is not None:
            raise OptionError(
                f"neutral is a face at rest or a number of seconds, not {str(neutral)[:80]!r}: "
                "make one of a picture or video first, neutral=analyzer.neutral(...)"
            )

    @property
    def tasks(self) -> frozenset[str]:
        """Those that have a state of rest."""
        return frozenset(self._rests)

    @property
    def asked(self) -> bool:
        """Whether there is, or will be, a reference."""
        return self._all is not None or self._first_s > 0

    def collect(self, first_s: float) -> None:
        """Forget what is known; the next seconds show everybody's face at rest.

        Raises:
            OptionError: The seconds are out of range, or no task has a state of rest.
            ModelError: See rests_of.
        """
        if not (math.isfinite(first_s) and 0 < first_s <= LONGEST_S):
            raise OptionError(
                "a face at rest is taken from the first seconds (--neutral-first), above 0 to "
                f"{LONGEST_S:.0f} seconds, not {first_s:g}"
            )
        self._rests = rests_of(self._models)
        self._all, self._first_s, self.people = None, first_s, {}

    def clear(self) -> None:
        """Go back to readings as they are."""
        self._all, self._first_s, self.people = None, 0.0, {}

    def keep(self, people: Collection[int]) -> None:
        """Drop all others: who isn't expected any more comes back under another id."""
        for person in [p for p in self.people if p not in people]:
            del self.people[person]

    def known(self, person: int) -> Neutral | None:
        """A person's face at rest, once it is known."""
        if self._all is not None:
            return self._all
        seen = self.people.get(person)
        return seen.neutral if seen else None

    def against(self, person: int, time_s: float, values: Values, quality: Quality) -> tuple[Values, bool]:
        """Values as a change from the person's rest, and whether they are: not before it is known.

        Args:
            person: Track id.
            time_s: Time of the frame.
            values: Before smoothing.
            quality: As a reference: faces that can't be trusted are none.
        """
        if self._first_s > 0:
            self._gather(person, time_s, values, quality)
        neutral = self.known(person)
        return (values, False) if neutral is None else (neutral.against(values, self._rests), True)

    def marked(self, task: str, reading: Reading, moved: bool) -> Reading:
        """A reading that says whether it is a change from a face at rest, if its task has one."""
        if task in self._rests and isinstance(reading, ClassReading | AuReading):
            return replace(reading, against_neutral=moved)
        return reading

    def _gather(self, person: int, time_s: float, values: Values, quality: Quality) -> None:
        """Add a face to those at rest, and make the reference when the seconds are over."""
        seen = self.people.setdefault(person, _Person(time_s))
        seen.seen_s = time_s
        if seen.neutral is not None:
            return
        if seen.gathered and time_s - seen.since_s >= self._first_s:
            gathered, seen.gathered = seen.gathered, []
            if len(gathered) >= ENOUGH * seen.frames:
                seen.neutral = Neutral.of(gathered, self._rests)
                return
        if quality.reason is None:
            if not seen.gathered:
                seen.since_s, seen.frames = time_s, 0
            seen.gathered.append(values)
        seen.frames += 1
