from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimik.explain.units import (
    PLACES,
    PROTOTYPES,
    explain_face,
    explain_mesh,
    explain_units,
    valence_arousal,
)
from mimik.facs import ACTION_UNITS
from mimik.mesh.blendshapes import BLENDSHAPES
from mimik.readings import UNCERTAIN, AuReading, ClassReading
from mimik.types import Face, Quality

KNOWN = tuple(ACTION_UNITS)


def test_a_smile() -> None:
    found = explain_units("happy", ("AU12", "AU06", "AU25"), KNOWN)
    assert found.supporting == ("AU06", "AU12")
    assert found.missing == ()
    assert found.other == ("AU25",)
    assert found.units_say == "happy"
    assert found.agrees
    assert found.duchenne
    assert found.text == (
        "Pointing to happy: AU06 cheek raiser, AU12 lip corner puller. "
        "AU06 cheek raiser is read with the smile, which says little more: it hangs on the mouth, too."
    )


def test_a_mesh_speaks_by_the_names_of_its_channels() -> None:
    shapes = dict.fromkeys(BLENDSHAPES, 0.0)
    found = explain_mesh("happy", {**shapes, "mouthSmileLeft": 0.8, "mouthSmileRight": 0.9})
    assert found.channels == {"AU12": "mouthSmile"} and found.to_dict()["channels"] == found.channels
    # Raised cheeks have no channel that lives: they aren't missed, and nothing is said of the smile's kind.
    assert found.missing == () and found.duchenne is None
    assert found.text == "Pointing to happy: AU12 lip corner puller (mouthSmile)."
    frown = explain_mesh("neutral", {**shapes, "browDownLeft": 0.7, "browDownRight": 0.7})
    assert frown.text.startswith("Not wholly at rest: AU04 brow lowerer (browDown).")
    assert explain_units("happy", ("AU12",), KNOWN).channels is None


def test_without_a_mesh_nothing_is_said() -> None:
    for shapes in (dict.fromkeys(BLENDSHAPES), {"jawOpen": 0.5}):
        found = explain_mesh("happy", shapes)
        assert found.reason == "no mesh" and not found.reliable and found.channels == {}
        assert "can't be trusted here: no mesh" in found.text
    assert explain_mesh("happy", dict.fromkeys(BLENDSHAPES, 0.0), "turned away").reason == "turned away"


def test_disagreement_is_said() -> None:
    found = explain_units("surprise", ("AU06", "AU12"), KNOWN)
    assert found.agrees is False
    assert found.missing == (("AU01",), ("AU02",), ("AU05",), ("AU26", "AU27"))
    assert "No action unit points to surprise." in found.text
    assert "AU05 upper lid raiser; AU26 jaw drop or AU27 mouth stretch." in found.text
    assert "The action units alone look like happy." in found.text


def test_a_smile_of_the_mouth_alone() -> None:
    found = explain_units("happy", ("AU12",), KNOWN)
    assert found.duchenne is False
    assert found.agrees is None
    assert "AU06 cheek raiser is not read with the smile." in found.text


def test_at_rest() -> None:
    calm = explain_units("neutral", (), KNOWN)
    assert calm.agrees
    assert calm.text == "No action unit is active."
    assert explain_units("sad", (), KNOWN).agrees is False
    frown = explain_units("neutral", ("AU04",), KNOWN)
    assert frown.text.startswith("Not wholly at rest: AU04 brow lowerer.")


def test_units_that_a_model_does_not_read_are_not_missing() -> None:
    found = explain_units("surprise", ("AU01", "AU02"), ("AU01", "AU02", "AU06"))
    assert found.missing == ()
    assert found.units_say is None  # Fear begins with the same two.
    assert found.duchenne is None


@pytest.mark.parametrize(
    ("active", "emotion"),
    [
        ("AU04 AU07 AU09 AU17", "disgust"),  # Anger would expect more, and find it.
        ("AU04 AU07 AU17", "angry"),
        ("AU01 AU02 AU04 AU05 AU26", "fear"),  # Without AU20.
        ("AU01 AU02 AU05 AU26", "surprise"),
        ("AU01 AU02 AU14 AU26", "surprise"),  # A dimpler by itself says little.
        ("AU14", None),
    ],
)
def test_what_the_units_alone_look_like(active: str, emotion: str | None) -> None:
    assert explain_units("neutral", active.split(), KNOWN).units_say == emotion


def test_untrusted_units_explain_nothing() -> None:
    found = explain_units("happy", ("AU06", "AU12"), KNOWN, "turned away")
    assert found.text == "The action units can't be trusted here: turned away."
    assert (found.reliable, found.reason) == (False, "turned away")
    told = found.to_dict()
    assert (told["duchenne"], told["agrees"], told["units_say"]) == (None, None, None)
    assert (told["reliable"], told["reason"]) == (False, "turned away")


def test_why_a_face_is_not_trusted_is_said() -> None:
    emotion = ClassReading("happy", {"happy": 0.9, "sad": 0.1}, {})
    units = AuReading(("AU12",), {"AU06": 0.1, "AU12": 0.9}, {}, "too small")
    face = Face(0, (0, 0, 9, 9), 1.0, Quality(9, 1, 0.5), None, {"emotion": emotion, "au": units})
    found = explain_face(face)
    assert found is not None
    assert (found.reason, found.agrees, found.duchenne) == ("too small", None, None)


def test_a_change_from_the_face_at_rest_is_called_one() -> None:
    emotion = ClassReading("happy", {"happy": 0.6, "sad": 0.4}, {}, True)
    units = AuReading((), {"AU06": 0.1, "AU12": 0.3}, {}, None, True)
    face = Face(0, (0, 0, 9, 9), 1.0, Quality(9, 1, 0.5), None, {"emotion": emotion, "au": units})
    found = explain_face(face)
    assert found is not None and found.to_dict()["against_neutral"] is True
    assert found.text.startswith("Read as a change from the face at rest. No action unit points to happy.")


def test_of_a_face() -> None:
    emotion = ClassReading(UNCERTAIN, {"happy": 0.3, "sad": 0.35, "neutral": 0.35}, {})
    units = AuReading(("AU15",), {"AU01": 0.1, "AU04": 0.1, "AU15": 0.8}, {}, None)
    face = Face(0, (0, 0, 9, 9), 1.0, Quality(9, 1, 0.5), None, {"emotion": emotion, "au": units})
    found = explain_face(face)
    assert found is not None
    assert found.emotion == "sad"
    assert json.loads(json.dumps(found.to_dict())) == found.to_dict()
    assert explain_face(Face(0, (0, 0, 9, 9), 1.0, Quality(9, 1, 0.5), None, {"emotion": emotion})) is None


@given(
    st.sets(st.sampled_from(KNOWN)),
    st.sets(st.sampled_from(KNOWN)),
    st.sampled_from([*PROTOTYPES, "neutral"]),
)
def test_every_unit_has_one_place(active: set[str], known: set[str], emotion: str) -> None:
    active &= known
    found = explain_units(emotion, active, known)
    assert set(found.supporting) | set(found.other) == active
    assert not set(found.supporting) & set(found.other)
    assert not {unit for units in found.missing for unit in units} & active
    assert {unit for units in found.missing for unit in units} <= known
    assert found.text


@pytest.mark.parametrize("emotion", PROTOTYPES)
def test_every_prototype_is_found_by_its_own_units(emotion: str) -> None:
    active = [units[0] for units in PROTOTYPES[emotion]]
    # A single unit names no emotion.
    assert explain_units(emotion, active, KNOWN).agrees is (True if len(active) > 1 else None)


@given(st.dictionaries(st.sampled_from([*PLACES, "contempt"]), st.floats(0, 1)))
def test_valence_and_arousal_stay_within_the_places(shares: dict[str, float]) -> None:
    found = valence_arousal(shares)
    if found is None:
        assert sum(share for name, share in shares.items() if name in PLACES) < 1e-6
        return
    valence, arousal = found
    assert -0.65 <= valence <= 0.82
    assert -0.28 <= arousal <= 0.68


def test_valence_and_arousal() -> None:
    assert valence_arousal({"happy": 1.0}) == (0.81, 0.51)
    assert valence_arousal({"happy": 0.5, "neutral": 0.5}) == pytest.approx((0.405, 0.255))
    # What has no place isn't neutral.
    assert valence_arousal({"contempt": 1.0}) is None and valence_arousal({}) is None


def test_units_speak_in_valence_and_arousal() -> None:
    happy = {"happy": 1.0}
    smile = {"AU12": 0.9, "AU04": 0.1, "AU06": 0.8, "AU01": 0.0, "AU02": 0.0, "AU25": 0.5}
    assert valence_arousal({}, smile) == pytest.approx((0.8, (0.9 + 0.8 + 0.5 + 0.1 + 0.0) / 5))
    assert valence_arousal(happy, smile) == pytest.approx(((0.81 + 0.8) / 2, (0.51 + 0.46) / 2))
    # Units that a model doesn't read tell nothing.
    assert valence_arousal(happy, {"AU12": 0.9}) == pytest.approx((0.81, 0.51))
    frown = {"AU12": 0.0, "AU04": 1.0}
    found = valence_arousal({}, frown)
    assert found is not None and found[0] == -1.0
