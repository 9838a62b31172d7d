"""The listener: utterances in, spans out, in Python."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import mimik
from mimik.errors import MimikWarning, NoSoundError, OptionError
from mimik.models.inputs import SoundSpec
from mimik.pipeline.listen import Listener
from mimik.types import SOUND_RATE, Sound
from mimik.voice.inputs import normalised, sound_input
from mimik.voice.segment import SegmentOptions
from voiced import speech, write_film, write_voice_model, write_wav

ENERGY = SegmentOptions(detector="energy")


@pytest.fixture(scope="module")
def listener(tiny_voice: Path) -> Listener:
    return Listener(model={"voice": tiny_voice}, tasks=("voice",), segmenting=ENERGY)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "talk.wav", speech(1.2, 2.0, 0.9))


def test_each_utterance_is_a_span_with_its_times_and_answer(listener: Listener, recording: Path) -> None:
    spans = list(listener.stream(recording))
    assert [span.span for span in spans] == [0, 1, 2]
    assert [span.source for span in spans] == [str(recording)] * 3
    # Pauses of 0.6 s lie before each; an utterance has a margin of 0.1 s on both sides.
    for span, (start_s, end_s) in zip(spans, [(0.6, 1.8), (2.4, 4.4), (5.0, 5.9)], strict=True):
        assert span.start_s == pytest.approx(start_s - 0.1, abs=0.15)
        assert span.end_s == pytest.approx(end_s + 0.1, abs=0.15)
        assert span.voice is not None
        assert sum(span.voice.probabilities.values()) == pytest.approx(1)
        assert span.quality.reliable and -40 < span.quality.level_db < 0
    assert json.loads(json.dumps(spans[1].to_dict()))["type"] == "span"


def test_the_blocks_change_nothing(listener: Listener, recording: Path) -> None:
    samples = speech(1.2, 2.0)
    whole = listener.session()
    first = [*whole.push(Sound(samples, source="x")), *whole.finish()]
    parts = listener.session()
    second = []
    for start in range(0, len(samples), 1000):
        second += parts.push(Sound(samples[start : start + 1000], time_s=start / SOUND_RATE, source="x"))
    second += parts.finish()
    assert [span.to_dict() for span in first] == [span.to_dict() for span in second]


def test_the_answer_is_the_networks_for_the_utterances_own_samples(listener: Listener) -> None:
    """A span's probabilities are those of its sound alone, whatever came before."""
    samples = speech(1.2, 2.0)
    (_, span) = list(listener.session().through([Sound(samples, source="x")]))
    start, end = round(span.start_s * SOUND_RATE), round(span.end_s * SOUND_RATE)
    model = listener.models["voice"]
    batch = normalised(sound_input(samples[start:end], model.card.sound), model.card.mean, model.card.std)
    expected = model.task.decode(model.logits(batch[None]), model.card)[0]
    assert span.voice is not None
    assert list(span.voice.probabilities.values()) == pytest.approx(expected.tolist(), abs=1e-6)


def test_silence_is_no_error(listener: Listener, tmp_path: Path) -> None:
    quiet = write_wav(tmp_path / "quiet.wav", np.zeros(2 * SOUND_RATE, np.float32))
    session = listener.session()
    assert list(session.through([Sound(np.zeros(SOUND_RATE, np.float32), source="x")])) == []
    assert session.note() == "nobody speaks in it"
    with pytest.warns(MimikWarning, match="silent from beginning to end"):
        assert list(listener.stream(quiet)) == []


def test_an_offset_that_nobody_hears_changes_no_answer(listener: Listener, tmp_path: Path) -> None:
    samples = speech(1.2, 0.9) / 3
    clean = [*listener.stream(write_wav(tmp_path / "x.wav", samples))]
    offset = [*listener.stream(write_wav(tmp_path / "x.wav", samples + np.float32(0.05)))]
    for one, other in zip(clean, offset, strict=True):
        assert (other.start_s, other.end_s, other.quality.reason) == (one.start_s, one.end_s, None)
        assert other.quality.level_db == pytest.approx(one.quality.level_db, abs=0.01)
        assert other.voice is not None and one.voice is not None
        assert [*other.voice.probabilities.values()] == pytest.approx(
            [*one.voice.probabilities.values()], abs=0.01
        )


def test_what_is_too_short_is_counted(listener: Listener) -> None:
    session = listener.session()
    spans = list(session.through([Sound(speech(1.0, 0.1, 1.0), source="x")]))
    assert len(spans) == 2
    assert str(session.note()).startswith("left out: 1 piece of speech too short to be scored (0.")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda s: s, None),
        (lambda s: np.clip(s * 50, -1, 1), "clipped"),
        (lambda s: s / 2000, "too faint"),
    ],
)
def test_what_cannot_be_trusted_says_why(listener: Listener, change: object, reason: str | None) -> None:
    assert callable(change)
    samples = change(speech(1.5)).astype(np.float32)
    spans = list(listener.session().through([Sound(samples, source="x")]))
    assert [span.quality.reason for span in spans] in ([reason], [])
    assert spans or reason == "too faint"


def test_a_short_word_is_too_short(listener: Listener) -> None:
    (span,) = list(listener.session().through([Sound(speech(0.35), source="x")]))
    assert span.quality.reason == "too short"


def test_a_threshold_makes_uncertain(tiny_voice: Path, recording: Path) -> None:
    strict = Listener(model={"voice": tiny_voice}, tasks=("voice",), segmenting=ENERGY, threshold=1.0)
    assert {span.readings["voice"].label for span in strict.stream(recording)} == {"uncertain"}
    with pytest.raises(OptionError, match="threshold must be 0 to 1"):
        Listener(model={"voice": tiny_voice}, tasks=("voice",), threshold=2)


def test_a_videos_sound_is_heard_on_the_clock_of_its_picture(
    listener: Listener, examples: Path, tmp_path: Path
) -> None:
    film = write_film(tmp_path / "film.mkv", speech(1.2, 2.0), examples / "two_people.mp4")
    assert [round(span.start_s, 1) for span in listener.stream(film)] == [0.5, 2.3]


def test_what_has_no_sound_is_refused(listener: Listener, examples: Path) -> None:
    with pytest.raises(NoSoundError, match="has no audio track"):
        list(listener.stream(examples / "two_people.mp4"))
    with pytest.raises(NoSoundError, match="is a picture, which has no sound"):
        list(listener.stream(examples / "group.jpg"))


def test_a_listener_hears_and_an_analyser_sees(tiny_voice: Path, tiny_models: dict[str, Path]) -> None:
    with pytest.raises(OptionError, match="emotion: seen in a face, not heard in a voice"):
        Listener(("emotion",))
    with pytest.raises(OptionError, match="voice: heard in a voice, not seen in a face"):
        mimik.Analyzer(("emotion", "voice"), model={"voice": tiny_voice, "emotion": tiny_models["emotion"]})


def test_a_task_of_ones_own_is_heard(tmp_path: Path, recording: Path) -> None:
    path = write_voice_model(
        tmp_path / "stress.onnx",
        "stress",
        labels=("calm", "tense"),
        kind="classes",
        takes=SoundSpec(bands=32),
    )
    listener = Listener(("stress",), model={"stress": path}, segmenting=ENERGY)
    spans = list(listener.stream(recording))
    assert len(spans) == 3
    assert {span.readings["stress"].label for span in spans} <= {"calm", "tense"}
    assert listener.info().heard == ("stress",)
    assert [column.name for column in listener.info().columns["stress"]] == [
        *("label", "calm", "tense", "raw_calm", "raw_tense")
    ]


def test_what_makes_the_results_is_told(listener: Listener) -> None:
    info = listener.info({"audio_track": 2}).to_dict()
    assert (info["tasks"], info["heard"], info["detector"]) == (["voice"], ["voice"], None)
    assert info["settings"]["segmenting"]["detector"] == "energy"
    assert info["settings"]["audio_track"] == 2
    assert set(info["models"]) == {"voice"}
