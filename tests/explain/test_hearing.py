"""Which times and bands of an utterance an answer hangs on, with a network that hears known places."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from mimik.cli.main import main
from mimik.errors import OptionError
from mimik.explain.draw_hearing import HEIGHT, LEFT, WIDTH, draw_hearing
from mimik.explain.hearing import HeardEvidence, Part, hidden_parts
from mimik.models.inputs import SoundSpec
from mimik.tasks.loaded import load_model
from mimik.voice.recognise import VoiceRecogniser
from voiced import RATE, background, voice

SPEC = SoundSpec(trim_db=0.0)


def early_and_late() -> Any:
    """A model whose first label is the level of the first half's low bands, the other the second's high."""
    card = SimpleNamespace(
        name="halves", task="voice", labels=("sad", "happy"), temperature=1.0, mean=0.5, std=0.25, sound=SPEC
    )

    def logits(batch: np.ndarray) -> np.ndarray:
        levels = batch[0, 0]
        middle = len(levels) // 2
        return np.array([[10 * levels[:middle, :20].mean(), 10 * levels[middle:, 44:].mean()]], np.float32)

    return SimpleNamespace(card=card, logits=logits)


def tones() -> np.ndarray:
    """A low tone for half a second, and a high one in the middle of the second half, in faint noise."""
    time_s = np.arange(2 * RATE) / RATE
    low = np.sin(2 * np.pi * 300 * time_s) * ((time_s > 0.3) & (time_s < 0.8))
    high = np.sin(2 * np.pi * 5000 * time_s) * ((time_s > 1.3) & (time_s < 1.8))
    return (0.3 * (low + high) + background(2.0)).astype(np.float32)


@pytest.mark.parametrize(
    ("label", "begin_s", "end_s", "hertz"), [("sad", 0.3, 0.8, 300), ("happy", 1.3, 1.8, 5000)]
)
def test_the_place_is_where_the_model_listens(label: str, begin_s: float, end_s: float, hertz: float) -> None:
    found = hidden_parts(early_and_late(), tones(), label)
    assert found.drop.shape == (201, SPEC.bands)
    frame, band = np.unravel_index(found.drop.argmax(), found.drop.shape)
    assert begin_s < frame * SPEC.hop_s < end_s
    assert bool(band < 20) is (hertz == 300)
    time, tone = (max(parts, key=lambda part: part.drop) for parts in (found.times, found.bands))
    assert begin_s - 0.1 < time.begin < time.end < end_s + 0.1, time
    assert tone.begin < hertz < tone.end < 2.5 * hertz
    assert found.told(10.0).startswith(f"For {label} speak most: {10 + time.begin:.2f} to ")


def test_what_is_cut_off_moves_the_times() -> None:
    model = early_and_late()
    model.card.sound = SoundSpec()
    sound = np.concatenate([background(1.0, 1e-5), tones()])
    found = hidden_parts(model, sound, "sad")
    assert found.start_s == pytest.approx(1.28, abs=0.03)
    best = max(found.times, key=lambda part: part.drop)
    assert 1.2 < best.begin < best.end < 1.9


def test_every_frame_and_band_is_hidden_once_at_least() -> None:
    for seconds in (0.3, 1.0, 12.0):
        found = hidden_parts(early_and_late(), voice(seconds), "sad")
        assert found.times[0].begin == 0
        assert found.times[-1].end == pytest.approx(len(found.drop) * SPEC.hop_s)
        assert all(b.begin <= a.end for a, b in zip(found.times, found.times[1:], strict=False))
        assert found.bands[0].begin == pytest.approx(50) and found.bands[-1].end == pytest.approx(8000)
        assert len(found.times) <= 40


def test_with_nothing_hidden_it_is_what_the_recogniser_says() -> None:
    model, sound = load_model("voice"), voice(1.5)
    values = model.task.decode(VoiceRecogniser({"voice": model}).logits(sound)["voice"][None], model.card)[0]
    share = float(values[model.card.labels.index("sad")])
    assert hidden_parts(model, sound, "sad").log_odds == pytest.approx(np.log(share / (1 - share)), abs=1e-3)


def test_nothing_may_speak_for_a_label() -> None:
    part = Part(0.0, 1.0, -0.5)
    found = HeardEvidence("sad", 0.0, np.zeros((10, 64), np.float32), 0.0, 0.01, (part,), (part,))
    assert found.told(0.0) == "No stretch of time and no band points to sad by itself."
    with pytest.raises(OptionError, match="has no label 'calm'; it has sad, happy"):
        hidden_parts(early_and_late(), tones(), "calm")


def test_the_picture_is_red_where_it_speaks_for_the_label() -> None:
    found = hidden_parts(early_and_late(), tones(), "sad")
    picture = draw_hearing(tones(), [found], {"sad": 0.8, "happy": 0.2}, 3.0, "#0").astype(int)
    red, green = picture[..., 0], picture[..., 1]
    rows, columns = np.nonzero(red - green > 60)
    inside = (columns >= LEFT) & (columns < LEFT + WIDTH) & (rows < 30 + HEIGHT)
    share = (columns[inside] - LEFT) / WIDTH
    assert 0.1 < np.median(share) < 0.45
    assert np.median(rows[inside]) > HEIGHT / 2


def recording(path: Path) -> Path:
    """Silence, a short utterance, silence, and a longer one."""
    import av

    parts = [background(0.8), voice(0.9), background(1.0), voice(1.6, 180.0), background(0.6)]
    samples = np.concatenate(parts)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray((32767 * samples[None]).astype(np.int16), "s16", "mono")
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_the_command_explains_the_longest_utterance(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound, picture = str(recording(tmp_path / "a.wav")), tmp_path / "a.png"
    assert main(["explain", sound, "-o", str(picture)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("#1  2.") and " %" in said.out and said.err == ""
    assert cv2.imread(str(picture)).shape[1] > WIDTH
    assert main(["explain", sound, "--at", "1.2", "--json", "--label", "sad", "--label", "happy"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["type"], told["span"]) == ("span", 0)
    assert [one["label"] for one in told["explanation"]] == ["sad", "happy"]
    assert all(
        told["start_s"] - 0.01 <= t["start_s"] < told["end_s"] for t in told["explanation"][0]["times"]
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--span", "7"), "has no utterance 7: --span is 0 to 1"),
        (("--at", "0.1"), "nobody speaks at 0.1 s"),
        (("--at", "1", "--span", "0"), "both choose an utterance"),
        (("--label", "AU12"), "no model here has a label 'AU12'; there is angry, disgust"),
        (("--neutral", "x.jpg"), "--neutral is a face at rest"),
    ],
)
def test_what_can_not_be(
    tmp_path: Path, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(recording(tmp_path / "a.wav")), *words]) == 2
    assert said in capsys.readouterr().err
