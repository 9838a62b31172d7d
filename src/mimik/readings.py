"""What a task's answer looks like: one of several classes, an age, or action units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from mimik.facs import with_names

UNCERTAIN = "uncertain"
"""The label of an answer below the card's threshold."""
UNRELIABLE = "action units not reliable"
"""What is said in their place."""
AGAINST_NEUTRAL = "against_neutral"
"""What results call that a reading is a change from the person's own face at rest."""
AGAINST_REFERENCE = "against_reference"
"""What results call that a reading is a change from a reference of the person's own voice."""

FACE_VOICE = "face_voice"
"""What results call the reading of a face and a voice together."""

SIDES = ("face", "voice")
"""What a fused reading is made of."""

Kind: TypeAlias = Literal["text", "number", "truth", "whole", "points"]
"""What a column of a table holds besides nothing: "whole" are numbers that count, "points" lists of them,
x, y, z each."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a task in tables."""

    name: str
    """Without the task's name before it ("label", "raw_angry")."""
    kind: Kind
    """What it holds."""


def columns(kind: Kind, *names: str) -> tuple[Column, ...]:
    """Several columns of one kind."""
    return tuple(Column(name, kind) for name in names)


@runtime_checkable
class Reading(Protocol):
    """One task's answer for one face. Each task has a frozen class of its own for it."""

    @property
    def label(self) -> str:
        """The answer as one word ("happy", "uncertain", "30-39")."""
        ...

    @property
    def word(self) -> str:
        """The answer as a person reads it without its number ("happy", "no action unit")."""
        ...

    @property
    def text(self) -> str:
        """The answer as a person reads it on a picture ("happy 93 %", "34 (27-41)")."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form, as in the results file, the value before smoothing under "raw"."""
        ...


@dataclass(frozen=True, slots=True)
class ClassReading:
    """An answer that is one of several classes."""

    label: str
    """The most probable class, or "uncertain" where no class reaches the threshold."""
    probabilities: Mapping[str, float]
    """Class to calibrated probability, after smoothing; they sum to 1."""
    raw: Mapping[str, float]
    """The same before smoothing."""
    against_neutral: bool | None = None
    """Whether they are a change from the person's own face at rest; None where that wasn't asked for."""
    against_reference: bool | None = None
    """Whether they are a change from a reference of the person's own voice; None where that wasn't asked
    for."""

    @property
    def confidence(self) -> float:
        """Probability of the most probable class."""
        return max(self.probabilities.values())

    @property
    def word(self) -> str:
        """The label in words."""
        return self.named(self.label)

    @property
    def text(self) -> str:
        """For example "happy 93 %", or "uncertain (sad 38 %)"."""
        unsure = self.label == UNCERTAIN
        told = max(self.probabilities, key=self.probabilities.__getitem__) if unsure else self.label
        words = f"{self.named(told)} {100 * self.probabilities[told]:.0f} %"
        return f"{UNCERTAIN} ({words})" if unsure else words

    def named(self, label: str) -> str:
        """What a label is called in text: itself, if it says enough."""
        return label

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {
            "label": self.label,
            "probabilities": {k: round(v, 4) for k, v in self.probabilities.items()},
            "raw": {k: round(v, 4) for k, v in self.raw.items()},
            **_asked(self.against_neutral),
            **_asked(self.against_reference, AGAINST_REFERENCE),
        }


@dataclass(frozen=True, slots=True)
class FusedReading(ClassReading):
    """What the face and the voice of one utterance say together, or the one of them that can be had."""

    sides: tuple[str, ...] = ()
    """What it was made of, of SIDES; nothing where neither can be trusted."""
    id: int | None = None
    """Of the face that speaks; None where it isn't known."""
    seen: float = 0.0
    """Share of the utterance's frames in which that face can be trusted, 0 to 1."""
    reason: str | None = None
    """Why it isn't made of both ("several mouths move"), or None if it is."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {
            # The method of the class above; super() doesn't know a class with slots.
            **ClassReading.to_dict(self),
            "sides": list(self.sides),
            "id": self.id,
            "seen": round(self.seen, 3),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class AgeReading:
    """An age with its 80 % interval."""

    years: float
    """Mean of the distribution, after smoothing."""
    low: float
    """Lower end of the 80 % interval, years, after smoothing."""
    high: float
    """Upper end of the 80 % interval, years, after smoothing."""
    group: str
    """The likeliest age group, a neighbour counting half; of groups of equal width that in which the years
    lie."""
    raw: tuple[float, float, float]
    """years, low and high before smoothing."""
    width: int | None = None
    """Years of a group, where groups of equal width were asked for."""

    @property
    def label(self) -> str:
        """The age group."""
        return self.group

    @property
    def word(self) -> str:
        """The age group."""
        return self.group

    @property
    def text(self) -> str:
        """For example "34 (27-41)", with the group where it was asked for: "34 (27-41), group 30-34"."""
        group = f", group {self.group}" if self.width else ""
        return f"{self.years:.0f} ({self.low:.0f}-{self.high:.0f}){group}"

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        years, low, high = (round(v, 2) for v in self.raw)
        return {
            "years": round(self.years, 2),
            "low": round(self.low, 2),
            "high": round(self.high, 2),
            "group": self.group,
            "raw": {"years": years, "low": low, "high": high},
        }


@dataclass(frozen=True, slots=True)
class AuReading:
    """Facial action units, each present or not."""

    active: tuple[str, ...]
    """The units that reach their thresholds ("AU06", "AU12")."""
    probabilities: Mapping[str, float]
    """Unit to calibrated probability, after smoothing."""
    raw: Mapping[str, float]
    """The same before smoothing."""
    reason: str | None = None
    """Why they should not be trusted ("turned away"), or None if they can be."""
    against_neutral: bool | None = None
    """See ClassReading.against_neutral."""
    strength: Mapping[str, float | None] | None = None
    """Unit to how strong it is, of those that a mesh measures: 0 where it isn't active, else 1 (trace) to 5
    (maximum), an estimate of FACS's A to E; None each where there is no mesh. None where none is read."""

    @property
    def reliable(self) -> bool:
        """Whether nothing speaks against them."""
        return self.reason is None

    @property
    def label(self) -> str:
        """The active units in FACS's way, "AU06+AU12"; "none" if there is none."""
        return "+".join(self.active) or "none"

    @property
    def word(self) -> str:
        """The label, or that no unit is active, or that they can't be trusted."""
        if self.reason is not None:
            return UNRELIABLE
        return self.label if self.active else "no action unit"

    @property
    def text(self) -> str:
        """For example "AU06 cheek raiser, AU12 lip corner puller"; the reason where they can't be trusted."""
        if self.reason is not None:
            return f"{UNRELIABLE}: {self.reason}"
        return with_names(self.active) or self.word

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {
            "active": list(self.active),
            "probabilities": {k: round(v, 4) for k, v in self.probabilities.items()},
            "raw": {k: round(v, 4) for k, v in self.raw.items()},
            "reliable": self.reliable,
            "reason": self.reason,
            **_asked(self.against_neutral),
            **({} if self.strength is None else {"strength": _to_tenths(self.strength)}),
        }


def _to_tenths(values: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: None if value is None else round(value, 1) for name, value in values.items()}


def _asked(against: bool | None, name: str = AGAINST_NEUTRAL) -> dict[str, bool]:
    """Only runs that were asked for it speak of a face at rest, or of a reference of a voice."""
    return {} if against is None else {name: against}
