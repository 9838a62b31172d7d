"""A session's report: its counts against frames made for them, its words, and that it looks as the page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import mimik.app
from mimik.app.report.report import report_html
from mimik.app.report.tally import tally
from mimik.app.report.words import clock, moment, percent, rests, settings, span
from mimik.colours import EXPRESSION_COLOURS
from synthetic_results import make_face, make_result

REPORT = Path(mimik.app.__file__).parent / "report" / "report.css"
PAGE = Path(__file__).parents[2] / "page" / "src" / "styles" / "base.css"


def units(active: list[str], reliable: bool = True) -> dict[str, Any]:
    shares = {name: 0.9 if name in active else 0.1 for name in ("AU06", "AU12")}
    reason = None if reliable else "blurred"
    return {"active": active, "probabilities": shares, "raw": shares, "reliable": reliable, "reason": reason}


@pytest.fixture
def frames() -> list[dict[str, Any]]:
    """Three frames with a happy face, one too dark, one without; a small sad face never counts."""
    small = make_face(1, (0.0, 0.0, 9.0, 9.0), emotion="sad", share=1.0)
    found = [make_result("x", i, make_face(), small, time_s=i / 4).to_dict() for i in range(3)]
    for frame, au in zip(found, (units(["AU12"]), units(["AU12", "AU06"]), units([], False)), strict=True):
        frame["faces"][0]["au"] = au
    dark = make_result("x", 3, make_face(reason="too dark"), small, time_s=0.75).to_dict()
    return [*found, dark, make_result("x", 4, time_s=1.0).to_dict()]


def test_counts_say_how_much_could_not_be_trusted(frames: list[dict[str, Any]]) -> None:
    counts = tally(frames)
    assert (counts.frames, counts.read, dict(counts.labels)) == (5, 3, {"happy": 3})
    assert counts.not_read == {"Not to be trusted: too dark": 1, "No face found": 1}
    assert (counts.units_asked, counts.units_read) == (3, 2)
    assert counts.units == {"AU12": 2, "AU06": 1} and not counts.against_rest
    frames[0]["faces"][0]["emotion"]["against_neutral"] = True
    assert tally(frames).against_rest


def test_the_report_tells_counts_markers_and_models(frames: list[dict[str, Any]]) -> None:
    session = {"name": "Visit", "created": "2026-11-22T09:05:00+00:00", "duration_s": 61.0, "frames": 5}
    session |= {"spans": 0, "state": "interrupted", "source": "camera", "references": [], "note": "Lamp off"}
    markers = [{"time_s": 0.5, "end_s": 1.0, "label": "joke", "note": "punch line"}]
    model = {"name": "emotion.test", "version": "7", "sha256": "ab" * 32}
    run = {"mimik": "0.9", "detector": "yunet", "models": {"emotion": model}, "settings": {"threshold": 0.4}}
    page = report_html(session, lambda: iter(frames), markers, [run, run], "Humour")
    rows = [re.sub(r"<[^>]*>+", " ", row).split() for row in re.findall(r"<tr>(.*?)</tr>", page)]
    assert page.count(f"background:{EXPRESSION_COLOURS['happy']}") == 1
    for told in (
        "Face read 60 %",
        "Not to be trusted: too dark 20 %",
        "Happy 100 %",
        "AU12 lip corner puller 100 %",
        "AU06 cheek raiser 50 %",
        "1 0:00.5 to 0:01.0 joke punch line",
        "Expression emotion.test 7 abababababab",
    ):
        assert told.split() in rows, told
    assert "couldn&#x27;t be trusted in 33 %" in page
    assert "mimik 0.9, faces found by yunet, uncertain below 40 %" in page
    assert page.count("emotion.test") == 1  # the same once
    assert "1:01.0, 5 frames" in page and "the server ended while this was recorded" in page


def test_an_empty_session_has_a_report() -> None:
    session = {"name": "e", "created": "2026-11-22T09:05:00+00:00", "duration_s": 0.0, "frames": 0}
    session |= {"spans": 0, "state": "closed", "source": "", "references": [], "note": ""}
    page = report_html(session, lambda: iter(()), [], [])
    assert "holds no results" in page and "It isn't known" in page and "Source" not in page


def test_words() -> None:
    assert [percent(share) for share in (0, 0.004, 0.126, 0.999, 1)] == [
        *("0 %", "< 1 %", "13 %"),
        *("> 99 %", "100 %"),
    ]
    assert [clock(time) for time in (75.36, 3675, 59.96, -2)] == ["1:15.4", "1:01:15.0", "1:00.0", "-0:02.0"]
    assert span(1, None) == span(1, 1) == "0:01.0" and span(1, 2.5) == "0:01.0 to 0:02.5"
    when = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
    assert moment(when) == "2026-11-22 10:05 (UTC)"
    assert moment(when.astimezone(timezone(timedelta(hours=-3.5)))) == "2026-11-22 06:35 (UTC-03:30)"
    assert [len(list(rests([], live))) for live in (True, False)] == [1, 1]
    rest = {"face": 2, "tasks": ["emotion"], "start_s": 1.0, "end_s": 3.0, "frames": 9}
    assert list(rests([rest], True)) == [
        "Person 3: expressions are a change from the face at 0:01.0 to 0:03.0 (the mean of 9 frames)."
    ]
    assert list(settings({"settings": {"smoothing": {"strength": 0.0}}})) == ["no smoothing"]
    assert list(settings({"settings": {"age_groups": 5}})) == ["age groups of 5 years"]
    prior = {"emotion": {"neutral": 0.5, "happy": 0.25}}
    assert list(settings({"settings": {"prior": prior}})) == ["prior of emotion: neutral 50 %, happy 25 %"]


@pytest.mark.skipif(not PAGE.is_file(), reason="the page's sources aren't in this copy")
def test_colours_and_type_are_the_pages() -> None:
    rule = re.compile(r"^  (--[a-z-]+: .+;)$", re.MULTILINE)
    own, page = rule.findall(REPORT.read_text("utf-8")), rule.findall(PAGE.read_text("utf-8"))
    assert len(own) > 10 and set(own) <= set(page)
