"""Why a face is given an emotion: which action units speak for it, which are missing.

The prototypes are those of EMFACS (Friesen and Ekman 1983, as in table 9-2 of the investigator's guide
of the Facial Action Coding System, 2002), brought down to the units that a picture can show. They are
of posed and strong expressions; a weak or mixed one meets few of them. None of it says what a person
feels, or whether an expression is sincere.

Two weak places: contempt is there AU14, alone or with AU12, on one side of the face, and mimik tells no
sides, so AU14 by itself is weak evidence. And raised cheeks (AU06) as mimik reads them hang on the mouth,
often more than on eyes and cheeks, so with a smile (AU12) they say little that the smile didn't.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from mimik.facs import with_names
from mimik.mesh.blendshapes import BLENDSHAPES
from mimik.mesh.channels import CHANNELS, active_channels
from mimik.mesh.reading import NO_MESH, MeshReading
from mimik.readings import UNCERTAIN
from mimik.types import Face

Prototype: TypeAlias = tuple[tuple[str, ...], ...]
"""What is expected, each as the units of which one is enough."""

PROTOTYPES: dict[str, Prototype] = {
    "happy": (("AU06",), ("AU12",)),
    "sad": (("AU01",), ("AU04",), ("AU15", "AU17")),
    "surprise": (("AU01",), ("AU02",), ("AU05",), ("AU26", "AU27")),
    "fear": (("AU01",), ("AU02",), ("AU04",), ("AU05",), ("AU20",), ("AU25", "AU26", "AU27")),
    "angry": (("AU04",), ("AU05", "AU07"), ("AU17", "AU23", "AU24")),
    "disgust": (("AU09", "AU10"), ("AU15", "AU16", "AU17")),
    "contempt": (("AU14",),),
}
"""Emotion to what is expected of it. Neutral is that no unit is active."""
EXCLUDED: dict[str, str] = {"angry": "AU09", "surprise": "AU04"}
"""Emotion to the unit with which the units alone don't look like it: what disgust shares with anger, and
fear with surprise, would outvote the wrinkled nose and the lowered brows that tell them apart."""
CLEAR = 0.75
"""Share of a prototype's expectations from which the units alone name its emotion."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the action units of a face say of the emotion that it was given."""

    emotion: str
    """The most probable emotion, though it may be uncertain."""
    supporting: tuple[str, ...]
    """Active units that are expected of it."""
    missing: tuple[tuple[str, ...], ...]
    """What is expected and not active, each as the units of which one would be enough."""
    other: tuple[str, ...]
    """Active units that are not expected of it."""
    units_say: str | None
    """The emotion that the units alone look like: "neutral" if none is active; None if none is clear, or
    where they can't be trusted."""
    duchenne: bool | None
    """Whether a smile (AU12) comes with raised cheeks (AU06); None without a smile, or where the units can't
    be trusted. It tells the shape of a smile, not its sincerity."""
    reason: str | None = None
    """Why the action units can't be trusted; None if they can."""
    against_neutral: bool = False
    """Whether all this is a change from the person's own face at rest."""
    channels: Mapping[str, str] | None = None
    """Active unit to the channel of the mesh that shows it ("mouthSmile"), where units were read off a mesh;
    None where a network for units read them."""

    @property
    def reliable(self) -> bool:
        """Whether nothing speaks against the action units."""
        return self.reason is None

    @property
    def agrees(self) -> bool | None:
        """Whether the units alone look like the same emotion; None where they look like none."""
        return None if self.units_say is None else self.units_say == self.emotion

    @property
    def text(self) -> str:
        """In a sentence or two."""
        return " ".join(_sentences(self))

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {
            "emotion": self.emotion,
            "supporting": list(self.supporting),
            "missing": [list(units) for units in self.missing],
            "other": list(self.other),
            "units_say": self.units_say,
            "agrees": self.agrees,
            "duchenne": self.duchenne,
            "reliable": self.reliable,
            "reason": self.reason,
            "against_neutral": self.against_neutral,
            "channels": None if self.channels is None else dict(self.channels),
        }


def explain_face(face: Face) -> Explanation | None:
    """Explain a face's emotion by its action units, or else by those that its mesh shows.

    None where the emotion wasn't asked for, or neither of these.
    """
    emotion, units, mesh = face.emotion, face.au, face.readings.get("mesh")
    if emotion is None:
        return None
    best = max(emotion.probabilities, key=emotion.probabilities.__getitem__)
    label = best if emotion.label == UNCERTAIN else emotion.label
    if units is not None:
        found = explain_units(label, units.active, units.probabilities, units.reason)
        return replace(found, against_neutral=bool(units.against_neutral))
    return explain_mesh(label, mesh.blendshapes, mesh.reason) if isinstance(mesh, MeshReading) else None


def explain_mesh(
    emotion: str, blendshapes: Mapping[str, float | None], reason: str | None = None
) -> Explanation:
    """Explain an emotion by the units that a mesh shows; emotion.open goes by the same channels.

    Args:
        emotion: Its name.
        blendshapes: As MeshReading has them.
        reason: Why the mesh can't be trusted, if it can't.
    """
    told = {name: value for name, value in blendshapes.items() if value is not None}
    if not told.keys() >= set(BLENDSHAPES):
        return replace(explain_units(emotion, (), CHANNELS, reason or NO_MESH), channels={})
    channels = active_channels(told)
    return replace(explain_units(emotion, channels, CHANNELS, reason), channels=channels)


def explain_units(
    emotion: str, active: Collection[str], known: Collection[str], reason: str | None = None
) -> Explanation:
    """Explain an emotion by the units that are active.

    Args:
        emotion: Its name.
        active: Active units ("AU06").
        known: Units that the model reads; what it doesn't can't be missing.
        reason: Why the units can't be trusted, if they can't.
    """
    expected = _known_part(PROTOTYPES.get(emotion, ()), known)
    wanted = {unit for units in expected for unit in units}
    tells = reason is None
    smiles = tells and "AU12" in active and "AU06" in known
    return Explanation(
        emotion=emotion,
        supporting=tuple(unit for unit in sorted(active) if unit in wanted),
        missing=tuple(units for units in expected if not set(units) & set(active)),
        other=tuple(unit for unit in sorted(active) if unit not in wanted),
        units_say=_likeness(active, known) if tells else None,
        duchenne="AU06" in active if smiles else None,
        reason=reason,
    )


def _known_part(prototype: Prototype, known: Collection[str]) -> Prototype:
    """What of a prototype a model can see."""
    parts = (tuple(unit for unit in units if unit in known) for units in prototype)
    return tuple(part for part in parts if part)


def _likeness(active: Collection[str], known: Collection[str]) -> str | None:
    """The emotion whose prototype the active units meet best, if they meet it clearly."""
    if not active:
        return "neutral"
    scores = {}
    for name, prototype in PROTOTYPES.items():
        parts = _known_part(prototype, known)
        # A single unit (a dimpler, for contempt) may be many things.
        if len(parts) > 1 and EXCLUDED.get(name) not in active:
            # Of two that are met alike, the one that expects more says more.
            scores[name] = (_share(parts, active), len(parts))
    best = max(scores.values(), default=(0.0, 0))
    names = [name for name, score in scores.items() if score == best]
    return names[0] if best[0] >= CLEAR and len(names) == 1 else None


def _share(prototype: Prototype, active: Collection[str]) -> float:
    met = sum(1 for units in prototype if set(units) & set(active))
    return met / len(prototype) if prototype else 0.0


def _named(what: Explanation, units: Collection[str]) -> str:
    """Units with their names, and with the channels that show them."""
    shown = what.channels or {}
    return ", ".join(with_names([unit]) + (f" ({shown[unit]})" if unit in shown else "") for unit in units)


def _sentences(what: Explanation) -> list[str]:
    if not what.reliable:
        return [f"The action units can't be trusted here: {what.reason}."]
    told = ["Read as a change from the face at rest."] if what.against_neutral else []
    if what.emotion == "neutral" and what.other:
        told.append(f"Not wholly at rest: {_named(what, what.other)}.")
    elif what.emotion == "neutral":
        told.append("No action unit is active.")
    elif what.supporting:
        told.append(f"Pointing to {what.emotion}: {_named(what, what.supporting)}.")
    else:
        told.append(f"No action unit points to {what.emotion}.")
    if what.missing:
        absent = "; ".join(" or ".join(with_names([unit]) for unit in units) for units in what.missing)
        told.append(f"Expected and not seen: {absent}.")
    if what.agrees is False and what.units_say != "neutral":
        told.append(f"The action units alone look like {what.units_say}.")
    if what.duchenne is not None:
        # No claim about the cheeks themselves: the model reads them off the mouth, too.
        little = "is read with the smile, which says little more: it hangs on the mouth, too"
        told.append(f"{with_names(['AU06'])} {little if what.duchenne else 'is not read with the smile'}.")
    return told


PLACES: Mapping[str, tuple[float, float]] = {
    "angry": (-0.51, 0.59),
    "disgust": (-0.60, 0.35),
    "fear": (-0.64, 0.60),
    "happy": (0.81, 0.51),
    "sad": (-0.63, -0.27),
    "surprise": (0.40, 0.67),
    "neutral": (0.0, 0.0),
}
"""Valence and arousal of the words angry, disgusted, fearful, happy, sad and surprised, -1 to 1, as
people rated them (Russell and Mehrabian 1977, J. Research in Personality 11); neutral is the origin."""


PLEASANT, UNPLEASANT = "AU12", "AU04"
"""Of the smile's muscle (zygomaticus major), which works more the more pleasant a picture is, and of the
frown's (corrugator), which works less (Lang, Greenwald, Bradley and Hamm 1993, Psychophysiology 30)."""
MOST = 5
"""Units whose mean probability tells how much of the face is at work."""


def valence_arousal(
    emotions: Mapping[str, float], units: Mapping[str, float] | None = None
) -> tuple[float, float] | None:
    """Valence and arousal, -1 to 1, derived from emotions and action units, not measured.

    From emotions, the mean of their places, weighted by their probabilities; emotions without a place
    (contempt) are left out. From units, valence is the probability of AU12 less that of AU04, and
    arousal the mean of the five most probable units. Where both are known, the mean of both.

    Args:
        emotions: Emotion to probability.
        units: Action unit to probability, where they can be trusted.

    Returns:
        None where neither tells of them.
    """
    shares = {name: share for name, share in emotions.items() if name in PLACES}
    total = sum(shares.values())
    found = []
    if total >= 1e-6:
        found.append(tuple(sum(s * PLACES[name][k] for name, s in shares.items()) / total for k in (0, 1)))
    if units and PLEASANT in units and UNPLEASANT in units:
        highest = sorted(units.values(), reverse=True)[:MOST]
        found.append((units[PLEASANT] - units[UNPLEASANT], sum(highest) / len(highest)))
    if not found:
        return None
    return sum(v for v, _ in found) / len(found), sum(a for _, a in found) / len(found)


def derived(face: Face) -> dict[str, float] | None:
    """Valence and arousal of a face, rounded, None if unknown; units count where they can be trusted."""
    units = face.au.probabilities if face.au and face.au.reliable else None
    return rounded(valence_arousal(face.emotion.probabilities if face.emotion else {}, units))


def valence_arousal_of(face: Mapping[str, Any]) -> tuple[float, float] | None:
    """As valence_arousal, of a face as results hold it; None where its emotion wasn't read."""
    emotion, units = face.get("emotion"), face.get("au")
    known = units["probabilities"] if units and units["reliable"] else None
    return valence_arousal(emotion["probabilities"], known) if emotion else None


def rounded(found: tuple[float, float] | None) -> dict[str, float] | None:
    """Valence and arousal as JSON has them."""
    return found and {"valence": round(found[0], 3), "arousal": round(found[1], 3)}
