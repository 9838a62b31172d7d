"""Utterances: where they begin and end, whatever the blocks; what is cut, left out and forgotten."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.types import SOUND_RATE, Sound
from mimik.voice.activity import WINDOW
from mimik.voice.quality import assess
from mimik.voice.segment import Segmenter, SegmentOptions, Utterance, segment
from voiced import background, voice


class Told:
    """Takes loudness for the probability of speech, so that a sound says what is to be found."""

    def reset(self) -> None:
        pass

    def of(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.abs(windows).max(axis=1).astype(np.float32)


def told(*parts: tuple[float, int]) -> NDArray[np.float32]:
    """A sound of probabilities: value and number of windows each."""
    return np.concatenate([np.full(count * WINDOW, value, np.float32) for value, count in parts])


def in_parts(samples: NDArray[np.float32], sizes: Any, begin_s: float = 0.0) -> list[Sound]:
    """The same sound in blocks of the sizes, the last one over and over."""
    blocks, at, sizes = [], 0, list(sizes)
    while at < len(samples):
        size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
        blocks.append(Sound(samples[at : at + size], SOUND_RATE, begin_s + at / SOUND_RATE, "x"))
        at += size
    return blocks


def found(samples: NDArray[np.float32], block: int = SOUND_RATE, **options: Any) -> list[Utterance]:
    """The utterances of a told sound."""
    return list(segment(in_parts(samples, [block]), SegmentOptions(**options), Told()))


def windows(utterances: list[Utterance]) -> list[tuple[float, float]]:
    """Begin and end of each, in windows."""
    return [
        (round(u.start_s * SOUND_RATE) / WINDOW, round(u.end_s * SOUND_RATE) / WINDOW) for u in utterances
    ]


def test_pauses_part_utterances_and_short_ones_do_not() -> None:
    sound = told((0, 10), (1, 20), (0, 9), (1, 20), (0, 10), (1, 20), (0, 20))
    assert windows(found(sound, margin_s=0)) == [(10, 59), (69, 89)]
    assert windows(found(sound, margin_s=0, pause_s=0.25)) == [(10, 30), (39, 59), (69, 89)]


def test_margins_reach_into_the_silence_and_never_overlap() -> None:
    sound = told((0, 1), (1, 20), (0, 10), (1, 20))
    first, second = found(sound)
    assert windows([first, second]) == [(0, 21 + 3.125), (31 - 3.125, 51)]
    assert np.array_equal(first.sound.samples, sound[: round(24.125 * WINDOW)])
    assert first.sound.source == "x" and first.speech == 1.0


def test_speech_begins_above_the_threshold_and_ends_below_the_release() -> None:
    sound = told((0.45, 10), (0.5, 10), (0.4, 10), (0.3, 20))
    assert windows(found(sound, margin_s=0)) == [(10, 30)]
    assert found(sound, margin_s=0)[0].speech == pytest.approx(0.45)
    assert windows(found(sound, margin_s=0, release=0.45)) == [(10, 20)]


def test_speech_until_the_end_is_closed_there() -> None:
    sound = told((0, 5), (1, 20))[:-100]
    (only,) = found(sound)
    assert only.end_s == len(sound) / SOUND_RATE
    (only,) = found(np.concatenate([told((0, 5), (1, 20), (0, 4)), np.zeros(5, np.float32)]))
    assert windows([only]) == [(5 - 3.125, 25 + 3.125)]


def test_what_is_too_short_is_counted() -> None:
    segmenter = Segmenter(SegmentOptions(), Told())
    sounds = in_parts(told((0, 5), (1, 3), (0, 20), (1, 20), (0, 20), (1, 7), (0, 20)), [SOUND_RATE])
    kept = [u for sound in sounds for u in segmenter.push(sound)] + segmenter.finish()
    assert len(kept) == 1 and segmenter.too_short == 2
    assert segmenter.too_short_s == pytest.approx(10 * WINDOW / SOUND_RATE)


def test_long_speech_is_cut_where_it_is_least_likely() -> None:
    sound = told((0, 5), (1, 40), (0.6, 1), (1, 35), (0.7, 1), (1, 60), (0, 20))
    cut = found(sound, longest_s=3.2, margin_s=0)
    assert windows(cut) == [(5, 81), (81, 142)]
    longest = found(told((1, 1000)), longest_s=3.2)
    assert sum(len(u.sound.samples) for u in longest) == 1000 * WINDOW
    assert max(u.end_s - u.start_s for u in longest) <= 3.2 + WINDOW / SOUND_RATE
    assert min(u.end_s - u.start_s for u in longest) >= 0.25


def test_a_short_pause_is_the_best_place_for_a_cut() -> None:
    sound = told((1, 96), (0.1, 6), (1, 60))
    first, second = found(sound, longest_s=3.2)
    assert windows([first]) == [(0, 96 + 3.125)] or first.end_s == pytest.approx(3.2, abs=0.1)
    assert second.start_s >= first.end_s and windows([second])[0][1] == 162


@pytest.mark.parametrize("detector", ["silero", "energy"])
def test_blocks_of_any_size_give_the_same(detector: Any) -> None:
    sound = np.concatenate(
        [background(0.7), voice(1.3), background(0.6, seed=1), voice(2.0, 210), background(0.31), voice(0.8)]
    )
    options = SegmentOptions(detector=detector, longest_s=1.5)
    whole = list(segment([Sound(sound, SOUND_RATE, 2.5, "x")], options))
    assert len(whole) >= 4 and whole[0].start_s == pytest.approx(3.1, abs=0.07)
    for sizes in ([1, 5, 511, 513, 37], [160], [512], [16_000], [99_999_999]):
        parts = list(segment(in_parts(sound, sizes, 2.5), options))
        assert [(u.start_s, u.end_s, u.speech) for u in parts] == [
            (u.start_s, u.end_s, u.speech) for u in whole
        ]
        assert all(
            np.array_equal(a.sound.samples, b.sound.samples) for a, b in zip(parts, whole, strict=True)
        )


def test_an_utterance_knows_its_samples_at_full_scale() -> None:
    sound = told((0, 40), (1, 30), (0, 40)) / 2
    full = np.zeros(len(sound), bool)
    full[50 * WINDOW : 51 * WINDOW] = True
    blocks = [
        dataclasses.replace(block, full=full[at : at + 4000])
        for at, block in zip(range(0, len(full), 4000), in_parts(sound, [4000]), strict=True)
    ]
    options = SegmentOptions(margin_s=0, threshold=0.4, release=0.3)
    (utterance,) = segment(blocks, options, Told())
    assert np.flatnonzero(utterance.sound.at_full).tolist() == [*range(10 * WINDOW, 11 * WINDOW)]
    assert assess(utterance, 0).reason == "clipped"


def test_a_hole_in_time_closes_what_was_said() -> None:
    segmenter = Segmenter(SegmentOptions(margin_s=0), Told())
    assert segmenter.push(Sound(told((1, 20)), SOUND_RATE, 1.0, "x")) == []
    (first,) = segmenter.push(Sound(told((0, 10), (1, 20)), SOUND_RATE, 9.0, "x"))
    assert (first.start_s, first.end_s) == pytest.approx((1.0, 1.64))
    (second,) = segmenter.finish()
    assert (second.start_s, second.end_s) == pytest.approx((9.32, 9.96))
    assert segmenter.finish() == []


def test_little_is_held_however_long_it_lasts() -> None:
    segmenter = Segmenter(SegmentOptions(longest_s=3.0), Told())
    most = 0
    for number, value in enumerate([0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0] * 3):
        segmenter.push(Sound(np.full(SOUND_RATE, value, np.float32), SOUND_RATE, float(number), "x"))
        most = max(most, len(segmenter._samples))
    assert most <= 3.3 * SOUND_RATE and len(segmenter._probabilities) <= 100


def test_another_rate_is_refused() -> None:
    with pytest.raises(OptionError, match="speech is looked for at 16000 samples a second, not 8000"):
        Segmenter().push(Sound(np.zeros(8, np.float32), 8000))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"threshold": 1.0}, "0 < release <= threshold < 1, not 0.35 and 1"),
        ({"release": 0.6}, "not 0.6 and 0.5"),
        ({"pause_s": 0.1}, "margin_s at most half of it, not 0.1 and 0.1"),
        ({"shortest_s": 3}, "a third of longest_s at most.*not 3 and 6"),
        ({"longest_s": 61}, "longest_s 60 at most"),
        ({"margin_s": "0"}, "margin_s must be a number, not '0'"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        SegmentOptions(**options)
