"""Voices against a reference of the speaker's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from mimik.cli.main import main
from mimik.errors import OptionError
from mimik.pipeline.listen import Listener
from mimik.results.read import read_spans
from mimik.runs.batch import run_batch
from mimik.runs.job import Job
from mimik.types import SOUND_RATE, Sound, SpanResult
from mimik.voice.reference import reference_of
from mimik.voice.segment import SegmentOptions
from voiced import speech, write_voice_model, write_wav

ENERGY = SegmentOptions(detector="energy")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hears") / "voice.tiny.onnx"
    return write_voice_model(path)


@pytest.fixture(scope="module")
def listener(model: Path) -> Listener:
    return Listener(("voice",), model={"voice": model}, segmenting=ENERGY)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "talk.wav", speech(1.5, 1.5, 1.5, 1.5))


def against(spans: list[SpanResult]) -> list[bool | None]:
    return [span.voice.against_reference for span in spans if span.voice]


def test_readings_are_a_change_and_raw_is_without_it(listener: Listener, recording: Path) -> None:
    reference = listener.reference(recording)
    assert (reference.utterances, reference.seconds > 5) == (4, True)
    plain = list(listener.stream(recording))
    changed = list(listener.stream(recording, reference=reference))
    assert (against(plain), against(changed)) == ([None] * 4, [True] * 4)
    for one, other in zip(plain, changed, strict=True):
        assert one.voice and other.voice
        assert dict(other.voice.raw) == pytest.approx(dict(one.voice.probabilities))
        assert dict(other.voice.probabilities) != pytest.approx(dict(one.voice.probabilities))
    assert "against_reference" not in plain[0].to_dict()["voice"]
    assert changed[0].to_dict()["voice"]["against_reference"] is True


def test_an_utterance_against_itself_is_less_sure(listener: Listener) -> None:
    """Of one utterance a twenty-first part is taken off, so the order of its classes stays."""
    samples = speech(3.0)
    session = listener.session()
    (plain,) = session.through([Sound(samples, source="x")])
    start, end = (round(t * SOUND_RATE) for t in (plain.start_s, plain.end_s))
    reference = reference_of([samples[start:end]], listener._recogniser)
    (same,) = listener.session(reference).through([Sound(samples, source="x")])
    assert same.voice and plain.voice
    before, after = dict(plain.voice.probabilities), dict(same.voice.probabilities)
    assert sorted(before, key=before.__getitem__) == sorted(after, key=after.__getitem__)
    assert max(after.values()) < max(before.values())


def test_what_is_said_first_is_the_reference_of_what_follows(listener: Listener, recording: Path) -> None:
    session = listener.session(3.0)
    samples = speech(1.5, 1.5, 1.5, 1.5)
    spans = list(session.through([Sound(samples, source="x")]))
    assert against(spans) == [False, False, True, True]
    assert session.note() is None


def test_too_little_speech_is_said(listener: Listener) -> None:
    session = listener.session(10.0)
    spans = list(session.through([Sound(speech(1.5), source="x")]))
    assert against(spans) == [False]
    assert str(session.note()).endswith(
        "s of speech, less than the first 10 s that are the reference: its readings are as they are"
    )


def test_what_cannot_be_a_reference_is_refused(listener: Listener, tmp_path: Path) -> None:
    short = write_wav(tmp_path / "short.wav", speech(0.8))
    with pytest.raises(OptionError, match="are too little to know a voice by"):
        listener.reference(short)
    with pytest.raises(OptionError, match="mic: never ends: say which seconds"):
        listener.reference("mic")
    for seconds in (0.5, 1000, float("nan")):
        with pytest.raises(OptionError, match="must be 2 to 120, not"):
            listener.session(seconds)
    other = write_voice_model(tmp_path / "other.onnx", seed=1)
    reference = listener.reference(write_wav(tmp_path / "long.wav", speech(3.0)))
    with pytest.raises(OptionError, match="wasn't made with other"):
        Listener(("voice",), model={"voice": other}).session(reference)


def test_a_run_says_what_the_reference_was(
    model: Path, recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.jsonl"
    words = ["analyze", str(recording), "--model", f"voice={model}", "-o", str(out), "--quiet"]
    assert main([*words, "--voice-reference", f"{recording}@0-6"]) == 0
    assert {span["voice"]["against_reference"] for span in read_spans(out)} == {True}
    head = out.with_name("out.jsonl.run").read_text().splitlines()[0]
    assert '"voice_reference_sha256"' in head and '"against_reference": "truth"' in head
    assert main([*words, "--overwrite", "--voice-reference", "first", "3"]) == 0
    assert [span["voice"]["against_reference"] for span in read_spans(out)] == [False, False, True, True]
    for wrong in (["first"], ["first", "x"], ["a.wav", "b.wav"]):
        assert main([*words, "--overwrite", "--voice-reference", *wrong]) == 2
        assert capsys.readouterr().err.startswith("mimik: --voice-reference ")


def test_a_reference_needs_voices(tiny_models: dict[str, Path], recording: Path, examples: Path) -> None:
    job = Job(tasks=("emotion",), models={"emotion": tiny_models["emotion"]}, voice_reference=recording)
    with pytest.raises(OptionError, match="no voices are heard: add voice to the tasks"):
        run_batch(examples / "group.jpg", None, job)
