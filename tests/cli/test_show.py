"""What is printed of a source that has ended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mimik.cli.show import Rate, Show
from mimik.readings import AuReading, ClassReading
from mimik.runs.progress import Progress
from mimik.tasks.cover import CoverReading
from mimik.types import SpanQuality, SpanResult
from synthetic_results import make_face, make_result


def test_units_that_cannot_be_trusted_are_not_told_as_seen(capsys: pytest.CaptureFixture[str]) -> None:
    show = Show(False, False)
    for number, reason in enumerate([None, "turned away", "turned away"]):
        reading = AuReading(("AU04",), {"AU04": 0.9}, {"AU04": 0.9}, reason)
        frame = make_result("a.mp4", number, replace(make_face(), readings={"au": reading}))
        show.progress(Progress("a.mp4", number + 1, False, 0, 1, last=frame))
    show.progress(Progress("a.mp4", 3, True, 1, 1, last=frame))
    assert "#0  action units not reliable in 67 %  3 frames" in capsys.readouterr().out


def test_of_a_video_that_another_process_read_nobody_is_said_to_be_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its last frame is all that is known here."""
    show = Show(False, False)
    show.progress(Progress("a.mp4", 75, True, 1, 2, last=make_result("a.mp4", 74)))
    show.progress(Progress("b.jpg", 1, True, 2, 2, last=make_result("b.jpg", 0)))
    assert capsys.readouterr().out == "a.mp4: 320 x 240, 75 frames, done\nb.jpg: 320 x 240, no faces\n"


def test_what_is_not_there_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    show = Show(False, False)
    shares = {"none": 1.0, "eyes": 0.0}
    readings = {
        "au": AuReading((), {"AU04": 0.1}, {"AU04": 0.1}),
        "cover": CoverReading("none", shares, shares),
    }
    for number in range(2):
        frame = make_result("a.mp4", number, replace(make_face(), readings=readings))
        show.progress(Progress("a.mp4", number + 1, False, 0, 1, last=frame))
    show.progress(Progress("a.mp4", 2, True, 1, 1, last=frame))
    assert "#0  no action unit in 100 %  nothing covered in 100 %  2 frames" in capsys.readouterr().out


def test_what_is_heard_live_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    show = Show(False, False)
    reading = ClassReading("happy", {"happy": 0.8, "sad": 0.2}, {"happy": 0.8, "sad": 0.2})
    span = SpanResult("microphone", 0, 61.04, 62.5, SpanQuality(0.9, -20.0, None), {"voice": reading})
    show.progress(Progress("mic", 0, False, 0, 1, spans=1, heard=span))
    assert capsys.readouterr().out == "  1:01.0 to 1:02.5  happy 80 %\n"
    show.progress(Progress("mic", 0, True, 1, 1, spans=1))
    assert capsys.readouterr().out == "mic: 1 utterance\n"


def test_the_rate_is_of_all_sources_at_work_in_the_last_seconds() -> None:
    rate = Rate()
    rate.count(Progress("a", 10, False, 0, 3))
    assert rate.now(100.0) is None
    rate.count(Progress("a", 30, False, 0, 3))
    rate.count(Progress("b", 10, False, 0, 3))
    assert rate.now(102.0) == 15.0
    rate.count(Progress("a", 40, True, 1, 3))
    rate.count(Progress("b", 0, False, 1, 3))  # its worker died, and it is read again
    assert rate.now(104.0) == 7.5
    for second in range(60):
        assert rate.now(105.0 + second) is not None
    assert rate.now(170.0) == 0.0
