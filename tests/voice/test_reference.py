"""A person's own voice as a reference: what it holds, what it changes, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mimik.errors import ModelError, OptionError
from mimik.models.inputs import SoundSpec
from mimik.tasks.loaded import load_models
from mimik.voice.inputs import heard_levels, sound_input
from mimik.voice.recognise import VoiceRecogniser
from mimik.voice.reference import VoiceReference, reference_of
from voiced import voice, write_voice_model

HEARS = SoundSpec(reference=True)


def recogniser(folder: Path, takes: SoundSpec = HEARS, seed: int = 0) -> VoiceRecogniser:
    path = write_voice_model(folder / f"voice{seed}.onnx", seed=seed, takes=takes)
    return VoiceRecogniser(load_models({"voice": str(path)}, "cpu"))


def test_holds_the_mean_of_what_was_said(tmp_path: Path) -> None:
    said = [voice(1.5), voice(2.5, pitch_hz=200)]
    made = reference_of(iter(said), recogniser(tmp_path), "anna.wav")
    means = [heard_levels(samples, HEARS).mean(axis=0) for samples in said]
    assert np.allclose(made.levels["voice"], np.mean(means, axis=0), atol=1e-6)
    assert (made.utterances, made.seconds, made.name) == (2, 4.0, "anna.wav")


def test_takes_the_place_of_the_utterances_own_mean(tmp_path: Path) -> None:
    hearing, sound = recogniser(tmp_path), voice(2.5)
    own = reference_of([sound], hearing)
    assert np.allclose(hearing.logits(sound, own)["voice"], hearing.logits(sound)["voice"], atol=1e-4)
    other = reference_of([voice(2.5, pitch_hz=220)], hearing)
    assert not np.allclose(hearing.logits(sound, other)["voice"], hearing.logits(sound)["voice"], atol=1e-2)
    usual = other.levels["voice"]
    levels, relative = sound_input(sound, HEARS, usual)
    assert np.allclose(levels - relative + 0.5, usual, atol=1e-6)


def test_a_network_that_learned_without_hears_the_utterance_alone(tmp_path: Path) -> None:
    made = reference_of([voice(3.0)], recogniser(tmp_path))
    plain, sound = recogniser(tmp_path / "plain", SoundSpec()), voice(1.0)
    made.check(plain.models)
    kept = VoiceReference({}, {}, 1, 3.0)
    assert np.array_equal(plain.logits(sound, kept)["voice"], plain.logits(sound)["voice"])
    with pytest.raises(OptionError, match="no model here learned"):
        reference_of([voice(3.0)], plain)


def test_comes_back_from_json(tmp_path: Path) -> None:
    hearing = recogniser(tmp_path)
    made = reference_of([voice(3.0)], hearing, "anna")
    back = VoiceReference.from_dict(json.loads(json.dumps(made.to_dict())))
    back.check(hearing.models)
    assert (back.name, back.utterances, back.seconds) == ("anna", 1, 3.0)
    assert np.allclose(back.levels["voice"], made.levels["voice"], atol=1e-5)
    for damaged in ({}, {**made.to_dict(), "levels": {"voice": [[1]]}}, {**made.to_dict(), "levels": 3}):
        with pytest.raises(OptionError, match="make it again"):
            VoiceReference.from_dict(damaged)


def test_refuses_too_little_speech_and_other_models(tmp_path: Path) -> None:
    hearing = recogniser(tmp_path)
    with pytest.raises(OptionError, match=r"^anna: 1\.0 s of speech are too little"):
        reference_of([voice(1.0), voice(1.0)[:0]], hearing, "anna")
    made = reference_of([voice(3.0)], hearing)
    with pytest.raises(OptionError, match="make it again"):
        made.check(recogniser(tmp_path, seed=1).models)


def test_only_the_second_channel_has_a_reference() -> None:
    with pytest.raises(ModelError, match="channels 2"):
        SoundSpec(channels=1, reference=True)
