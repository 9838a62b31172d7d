"""An utterance with what its face and its voice say together."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from mimik.models.card import ModelCard
from mimik.models.inputs import CropSpec, SoundSpec
from mimik.readings import FACE_VOICE, ClassReading
from mimik.temporal.face_voice import FaceVoice, why_not
from mimik.temporal.speaker import NO_FACE, Shown
from mimik.types import SpanQuality, SpanResult

CLASSES = ("happy", "sad", "neutral")
card = partial(ModelCard, version="1", file="x.onnx", sha256="0" * 64, parameters=1)
FACE = card(name="emotion.tiny", task="emotion", labels=CLASSES, outputs=3, takes=CropSpec(48), threshold=0.4)
VOICE = card(
    name="voice.tiny", task="voice", labels=(*CLASSES, "calm"), outputs=4, takes=SoundSpec(), threshold=0.5
)
HEARD = {"happy": 0.6, "sad": 0.2, "neutral": 0.1, "calm": 0.1}
SEEN = {"happy": 0.6, "sad": 0.1, "neutral": 0.3}
SHOWN = Shown(2, SEEN, 0.9, None)
SPAN = SpanResult("a.mp4", 0, 1.0, 2.0, SpanQuality(0.9, -20), {"voice": ClassReading("happy", HEARD, HEARD)})
FUSION = FaceVoice.of(FACE, VOICE)


def test_two_that_agree_are_surer_together() -> None:
    reading = FUSION.read(SPAN, SHOWN).face_voice
    assert reading is not None and reading.label == "happy" and tuple(reading.probabilities) == CLASSES
    assert reading.probabilities["happy"] > 0.75 and sum(reading.probabilities.values()) == pytest.approx(1)
    assert (reading.sides, reading.id, reading.seen, reading.reason) == (("face", "voice"), 2, 0.9, None)


def test_without_a_face_the_voice_is_told_as_it_is() -> None:
    reading = FUSION.read(SPAN, Shown(None, {}, 0.0, NO_FACE)).face_voice
    assert reading is not None and reading.sides == ("voice",) and reading.reason == NO_FACE
    assert reading.probabilities == pytest.approx({"happy": 0.6, "sad": 0.2, "neutral": 0.2})


def test_a_voice_that_cannot_be_trusted_leaves_the_face() -> None:
    noisy = replace(SPAN, quality=SpanQuality(0.9, -60, "too faint"))
    reading = FUSION.read(noisy, SHOWN).face_voice
    assert reading is not None and (reading.sides, reading.reason) == (("face",), "voice too faint")
    assert reading.probabilities == pytest.approx(SEEN)
    neither = FUSION.read(noisy, Shown(None, {}, 0.0, NO_FACE)).face_voice
    assert neither is not None and (neither.label, neither.sides) == ("uncertain", ())
    assert neither.reason == f"{NO_FACE}; voice too faint"


def test_the_stricter_threshold_holds() -> None:
    assert FUSION.threshold == 0.5
    flat = Shown(2, dict.fromkeys(CLASSES, 1 / 3), 1.0, None)
    voice = ClassReading("uncertain", *2 * ({"happy": 0.4, "sad": 0.3, "neutral": 0.2, "calm": 0.1},))
    reading = FUSION.read(replace(SPAN, readings={"voice": voice}), flat).face_voice
    assert reading is not None and reading.label == "uncertain" and 0.4 < reading.confidence < 0.5


def test_a_reference_is_told_and_raw_is_without_it() -> None:
    raw = {"happy": 0.1, "sad": 0.7, "neutral": 0.1, "calm": 0.1}
    voice = ClassReading("happy", HEARD, raw, against_reference=True)
    reading = FUSION.read(replace(SPAN, readings={"voice": voice}), SHOWN).face_voice
    assert reading is not None and reading.against_reference is True
    assert reading.raw["sad"] > reading.probabilities["sad"]
    names = [column.name for column in FUSION.columns(against_reference=True)]
    told = reading.to_dict()
    assert {*CLASSES, *told} - {"probabilities", "raw"} <= set(names)


def test_an_utterance_without_the_task_stays_as_it_is() -> None:
    other = replace(SPAN, readings={})
    assert FUSION.read(other, SHOWN) is other
    assert FACE_VOICE not in other.readings


def test_models_of_other_classes_are_not_fused_and_say_why() -> None:
    assert why_not(FACE, VOICE) is None
    eight = replace(FACE, labels=(*CLASSES, "contempt"), outputs=4, name="eight")
    assert why_not(eight, VOICE) == (
        "face and voice aren't fused: only one of eight and voice.tiny has contempt; name models of the same "
        "classes"
    )
