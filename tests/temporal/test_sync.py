"""Sound against a mouth: in time, late, adrift, another's, and what can't be known."""

from __future__ import annotations

import numpy as np
import pytest

from mimik.pipeline.snapshot import from_bytes, to_bytes
from mimik.temporal.lag import EDGE, LAGS, MARGIN_S, NATURAL_S, Match, fit, syllables
from mimik.temporal.sync import ADRIFT, ANOTHERS, IN_TIME, OFF, STRANGE, UNKNOWN, Sync, Verdict
from mimik.voice.level import LEVEL_RATE
from mouths import SAID_S, spoken_db, starts

LENGTH_S = 200.0


def matches(
    sound: np.ndarray, mouth: np.ndarray, offset_s: float = 0.0, drift: float = 0.0, noise: float = 12.0
) -> list[Match]:
    """A mouth that opens as one level says, against sound as another says, later than it is in time."""
    rng = np.random.default_rng(7)
    grid = np.arange(len(sound)) / LEVEL_RATE
    heard = np.interp((grid - offset_s - NATURAL_S) / (1 + drift), grid, sound)
    mouth = mouth + rng.normal(0, noise, len(mouth))
    found = []
    for begin_s in starts(LENGTH_S):
        start_s = begin_s * (1 + drift) + offset_s
        end_s = start_s + SAID_S
        first = round((start_s - MARGIN_S) * LEVEL_RATE) - EDGE
        last = round((end_s + MARGIN_S) * LEVEL_RATE) + EDGE
        if first >= LAGS and last + LAGS <= len(mouth):
            opened = mouth[first - LAGS : last + LAGS].astype(np.float32)
            found.append(Match.of(start_s, end_s, opened, heard[first:last].astype(np.float32)))
    return found


def judged(told: list[Match]) -> Sync:
    sync = Sync()
    for match in told:
        sync.add(match)
    return sync


OWN, OTHER = spoken_db(0, LENGTH_S), spoken_db(1, LENGTH_S)


def test_only_what_is_as_fast_as_syllables_is_kept() -> None:
    times = np.arange(200) / LEVEL_RATE
    strength = [float(np.std(syllables(np.sin(2 * np.pi * hertz * times)))) for hertz in (0.2, 4.0, 12.0)]
    assert strength[1] > 8 * strength[0] and strength[1] > 8 * strength[2]
    assert len(syllables(times)) == 200 - 2 * EDGE


def test_sound_in_time() -> None:
    sync = judged(matches(OWN, OWN))
    verdict = sync.verdict()
    assert verdict.name == IN_TIME and abs(verdict.begin_s) < 0.05 and verdict.note() is None
    assert sync.reason(100.0) is None and verdict.to_dict()["verdict"] == "in time"


@pytest.mark.parametrize("offset_s", (0.3, -0.4, 0.8, -1.0, 2.0))
def test_late_and_early_sound(offset_s: float) -> None:
    sync = judged(matches(OWN, OWN, offset_s))
    verdict = sync.verdict()
    assert verdict.name == OFF and verdict.begin_s == pytest.approx(offset_s, abs=0.06)
    word = f"{abs(offset_s):.1f} s {'late' if offset_s > 0 else 'early'}"
    assert verdict.note() == f"the sound is {word} against the mouth"
    assert sync.reason(100.0) == (f"sound is {word}" if abs(offset_s) > 0.5 else None)


@pytest.mark.parametrize("drift", (0.005, 0.01, -0.01))
def test_sound_that_drifts(drift: float) -> None:
    sync = judged(matches(OWN, OWN, drift=drift))
    verdict = sync.verdict()
    assert verdict.name == ADRIFT and verdict.drift == pytest.approx(drift, abs=0.001)
    assert verdict.end_s == pytest.approx(drift * 190, abs=0.15)
    assert f"by {100 * abs(drift):.1f} %" in (verdict.note() or "")
    assert sync.reason(190.0) is not None and sync.fits[0].drift == pytest.approx(drift, abs=0.002)


def test_sound_of_another() -> None:
    sync = judged(matches(OTHER, OWN))
    verdict = sync.verdict()
    assert verdict.name == ANOTHERS and verdict.strange_s >= 60 and sync.reason(100.0) == STRANGE
    assert (verdict.note() or "").endswith("another file's, a voice off camera, or off by more than 2.5 s")
    assert "offset_s" not in verdict.to_dict()


def test_little_speech_tells_nothing() -> None:
    for told in (matches(OWN, OWN), matches(OTHER, OWN)):
        sync = judged(told[:5])
        assert sync.verdict() == Verdict(UNKNOWN, pytest.approx(10.0), 0.0)  # type: ignore[arg-type]
        assert sync.reason(5.0) is None and sync.verdict().note() is None
    assert judged(matches(OTHER, OWN)[:12]).verdict().name == UNKNOWN  # 24 s


def test_speech_that_doesnt_stand_out_isnt_called_anothers() -> None:
    loud = np.maximum(OTHER, np.percentile(OTHER, 80) - 20)
    assert judged(matches(loud, OWN)).verdict().name == UNKNOWN


def test_without_sound_or_mouth_nothing_is_said() -> None:
    length = round(3 * LEVEL_RATE) + 2 * EDGE
    mouth = np.full(length + 2 * LAGS, np.nan, np.float32)
    level = np.full(length, -30, np.float32)
    level[:20] = np.nan
    sync = judged([Match.of(t, t + 2.0, mouth, level) for t in np.arange(0, 150.0, 3)])
    assert sync.verdict().name == UNKNOWN


def test_what_changes_within_a_film_is_told_as_it_comes() -> None:
    own, other = matches(OWN, OWN), matches(OTHER, OWN)
    half = len(own) // 2
    sync = judged([*own[:half], *other[half:]])
    verdict = sync.verdict()
    assert verdict.name == IN_TIME and verdict.strange_s >= 25
    assert "don't follow the mouth" in (verdict.note() or "") and sync.reason(199.0) == STRANGE


def test_a_state_goes_through_a_snapshot() -> None:
    told = matches(OWN, OWN, 0.8)
    sync = from_bytes(to_bytes(judged(told[:23])))
    for match in told[23:]:
        sync.add(match)
    assert sync.verdict() == judged(told).verdict()


def test_no_drift_and_no_offset_are_likelier() -> None:
    found = fit(matches(OWN, OWN, 0.08)[:10])
    assert found.drift == 0 and found.offset_s == pytest.approx(0.08, abs=0.05)
