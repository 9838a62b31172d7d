"""Whose face belongs to an utterance."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from mimik.readings import AuReading, ClassReading
from mimik.temporal.speaker import BOTH_MOVE, NO_FACE, SEVERAL, STILL, TOO_FEW, Shown, Sights
from mimik.types import Face, FrameResult, Quality

TALK, HUSH = (0.1, 0.8, 0.2, 0.7), (0.1, 0.11, 0.1, 0.11)
"""Probability that the lips part, frame by frame."""


def face(id: int, happy: float = 0.8, mouth: float | None = None, reason: str | None = None) -> Face:
    shares = {"happy": happy, "neutral": 1 - happy}
    readings: dict[str, ClassReading | AuReading] = {"emotion": ClassReading("happy", shares, shares)}
    if mouth is not None:
        units = {"AU12": 0.9, "AU25": mouth}
        readings["au"] = AuReading((), units, units)
    return Face(id, (0, 0, 10, 10), 0.9, Quality(80, 0.5, 0.5, None, reason), None, readings)


def during(*frames: Sequence[Face]) -> Shown:
    sights = Sights("emotion")
    for number, faces in enumerate(frames):
        sights.see(FrameResult("a.mp4", number, number / 10, 64, 64, "yunet", tuple(faces)))
    return sights.during(0.0, (len(frames) - 1) / 10)


def two(first: Sequence[float], second: Sequence[float]) -> Shown:
    return during(*([face(0, 0.9, a), face(1, 0.2, b)] for a, b in zip(first, second, strict=True)))


def test_the_only_face_is_the_speakers() -> None:
    shown = during(*([face(3, share)] for share in (0.6, 0.8, 1.0, 0.8)))
    assert (shown.id, shown.share, shown.reason) == (3, 1.0, None)
    assert shown.probabilities == pytest.approx({"happy": 0.8, "neutral": 0.2})


def test_of_two_the_one_whose_mouth_moves() -> None:
    assert two(TALK, HUSH).id == 0
    shown = two(HUSH, TALK)
    assert shown.id == 1 and shown.probabilities["happy"] == pytest.approx(0.2)


def test_two_who_speak_at_once_are_not_told_apart() -> None:
    assert two(TALK, TALK) == Shown(None, {}, 0.0, BOTH_MOVE)


def test_without_units_several_faces_are_not_told_apart() -> None:
    assert during(*[[face(0), face(1)]] * 4).reason == SEVERAL


def test_speech_without_a_mouth_that_moves() -> None:
    assert two(HUSH, HUSH) == Shown(None, {}, 0.0, STILL)
    alone = during(*([face(0, mouth=mouth)] for mouth in HUSH))
    assert (alone.id, alone.reason, alone.probabilities) == (0, STILL, {})


def test_no_face_and_too_few_frames() -> None:
    assert during([], [], [], []).reason == NO_FACE
    assert during([face(0)], [face(0)]).reason == TOO_FEW


def test_a_face_that_passes_by_does_not_count() -> None:
    frames = [[face(0)]] * 9 + [[face(0), face(1)]]
    assert during(*frames).id == 0


def test_a_face_that_cannot_be_trusted_says_nothing() -> None:
    shown = during(*[[face(0, reason="too dark")]] * 3, [face(0)])
    assert (shown.reason, shown.share, shown.probabilities) == ("too dark", 0.25, {})
    most = during(*[[face(0, 0.9)]] * 3, [face(0, 0.1, reason="too dark")])
    assert most.reason is None and most.share == 0.75
    assert most.probabilities["happy"] == pytest.approx(0.9)


def test_what_is_long_ago_is_dropped() -> None:
    sights = Sights("emotion")
    for number in range(10):
        sights.see(FrameResult("a.mp4", number, float(number), 64, 64, "yunet", (face(0),)))
    sights.forget(6.5)
    assert [time_s for time_s, _ in sights.frames] == [7.0, 8.0, 9.0]
