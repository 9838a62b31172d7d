"""What tells speech: Silero's network, and loudness where it can't run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mimik.errors import MimikWarning, ModelError, UnknownNameError
from mimik.models import store
from mimik.models.session import Session
from mimik.voice.activity import AT_ONCE, DETECTORS, WINDOW, Energy, Silero, load_activity, padded
from voiced import background, voice

EXPECTED = [0.02657, 0.00461, 0.94449, 0.99605, 0.99721]
"""Of windows 0, 9, 12, 20 and 29."""


@pytest.mark.parametrize("name", DETECTORS)
@pytest.mark.parametrize("size", [1, 7, 64])
def test_windows_in_one_call_or_many_give_the_same(name: str, size: int) -> None:
    windows = padded(np.concatenate([background(0.5), voice(1.0), background(0.5)]))
    whole, parts = load_activity(name), load_activity(name)
    found = [parts.of(windows[i : i + size]) for i in range(0, len(windows), size)]
    assert np.array_equal(whole.of(windows), np.concatenate(found))
    whole.reset()
    assert np.array_equal(whole.of(windows), np.concatenate(found))
    assert len(whole.of(windows[:0])) == 0


def test_more_windows_than_one_call_takes() -> None:
    windows = padded(voice((AT_ONCE + 9) * WINDOW / 16_000))
    assert len(Silero().of(windows)) == AT_ONCE + 9


@pytest.mark.parametrize("name", DETECTORS)
def test_speech_stands_out_from_silence(name: str) -> None:
    activity = load_activity(name)
    found = activity.of(padded(np.concatenate([background(1.0), voice(1.5), background(1.0)])))
    quiet, loud = np.r_[found[5:28], found[-20:]], found[38:75]
    assert np.median(loud) > 0.8 and np.median(quiet) < 0.2


def test_the_network_is_the_published_file() -> None:
    """The context and state that it takes; another version would need other code."""
    session = Session(store.find_file("silero"), "cpu")
    assert session.inputs == ("input", "h", "c") and session.outputs == ("speech_probs", "hn", "cn")
    assert session.input_shape == ("sequence_length", 576)


def test_values_of_the_network_do_not_move() -> None:
    """As the authors' own TorchScript network of silero-vad 6.2.3 gives them, to 5e-7."""
    found = Silero().of(padded(np.concatenate([background(0.32), voice(0.64)])))
    assert found[[0, 9, 12, 20, 29]] == pytest.approx(EXPECTED, abs=1e-4)


def test_loudness_takes_over_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PACKAGED", tmp_path)
    monkeypatch.setenv("MIMIK_CACHE", str(tmp_path))
    with pytest.warns(MimikWarning, match="told by its loudness alone.*mimik models fetch silero"):
        assert isinstance(load_activity("silero"), Energy)
    (tmp_path / store.REMOTE["silero"].file).write_bytes(b"changed")
    with pytest.warns(MimikWarning, match="SHA-256"):
        load_activity("silero")


def test_another_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mimik.voice.activity.find_file", lambda _: store.find_file("yunet"))
    with pytest.raises(ModelError, match="the detector of speech takes input, not input, h, c"):
        Silero()


def test_an_unknown_detector() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown detector of speech 'silro'.*did you mean 'silero'"):
        load_activity("silro")
