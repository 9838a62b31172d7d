"""A person's own voice as a reference: what it holds, what it changes, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mimik.errors import OptionError
from mimik.tasks.loaded import load_models
from mimik.voice.recognise import VoiceRecogniser
from mimik.voice.reference import SHRINK, VoiceReference, reference_of
from voiced import voice, write_voice_model


def recogniser(folder: Path, seed: int = 0) -> VoiceRecogniser:
    path = write_voice_model(folder / f"voice{seed}.onnx", seed=seed)
    return VoiceRecogniser(load_models({"voice": str(path)}, "cpu"))


def test_holds_what_is_said_of_the_voice_on_average(tmp_path: Path) -> None:
    hearing, said = recogniser(tmp_path), [voice(1.5), voice(2.5, pitch_hz=200)]
    made = reference_of(iter(said), hearing, "anna.wav")
    mean = np.mean([hearing.logits(samples)["voice"] for samples in said], axis=0)
    assert np.allclose(made.logits["voice"], mean - mean.mean(), atol=1e-5)
    assert (made.utterances, made.seconds, made.name) == (2, 4.0, "anna.wav")


def test_is_taken_off_as_far_as_there_are_utterances(tmp_path: Path) -> None:
    hearing, sound = recogniser(tmp_path), voice(2.5)
    raw = hearing.logits(sound)["voice"]
    shares = []
    for count in (1, SHRINK, 20 * SHRINK):
        made = reference_of([sound] * count, hearing)
        shares.append(made.share)
        assert np.allclose(
            hearing.logits(sound, made)["voice"], raw - made.share * (raw - raw.mean()), atol=1e-4
        )
    assert shares[0] < 0.05 and shares[1] == 0.5 and shares[2] > 0.95


def test_comes_back_from_json(tmp_path: Path) -> None:
    hearing = recogniser(tmp_path)
    made = reference_of([voice(3.0)], hearing, "anna")
    back = VoiceReference.from_dict(json.loads(json.dumps(made.to_dict())))
    back.check(hearing.models)
    assert (back.name, back.utterances, back.seconds) == ("anna", 1, 3.0)
    assert np.allclose(back.logits["voice"], made.logits["voice"], atol=1e-5)
    for damaged in ({}, {**made.to_dict(), "logits": {"voice": [[1]]}}, {**made.to_dict(), "logits": 3}):
        with pytest.raises(OptionError, match="make it again"):
            VoiceReference.from_dict(damaged)


def test_refuses_too_little_speech_and_other_models(tmp_path: Path) -> None:
    hearing = recogniser(tmp_path)
    with pytest.raises(OptionError, match=r"^anna: 1\.0 s of speech are too little"):
        reference_of([voice(1.0), voice(1.0)[:0]], hearing, "anna")
    made = reference_of([voice(3.0)], hearing)
    with pytest.raises(OptionError, match="make it again"):
        made.check(recogniser(tmp_path, seed=1).models)
