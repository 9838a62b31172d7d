"""Sound that a detector of speech takes for a voice: a buzz with the resonances of vowels, by formulas.

And files with it, and a tiny network that hears it.
"""

from __future__ import annotations

import wave
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from mimik.models.card import ModelCard, file_sha256
from mimik.models.inputs import SoundSpec

RATE = 16_000
VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480))
"""First three resonances of a man's a, i, u and e, in hertz (Peterson and Barney, 1952)."""


def voice(length_s: float, pitch_hz: float = 120.0, size: float = 0.3) -> NDArray[np.float32]:
    """Syllables of changing vowels, five a second, at a pitch that sinks."""
    time_s = np.arange(round(length_s * RATE)) / RATE
    pitch = pitch_hz * (1.15 - 0.1 * time_s + 0.03 * np.sin(2 * np.pi * 2.3 * time_s))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    vowel = (time_s * 5).astype(int) % len(VOWELS)
    resonances = np.array(VOWELS, float)[vowel].T
    sound = np.zeros_like(time_s)
    for harmonic in range(1, 35):
        hertz = harmonic * pitch
        gain = sum(1 / (1 + ((hertz - f) / (60 + 0.05 * f)) ** 2) for f in resonances)
        sound += gain * np.sin(harmonic * phase) * (hertz < 7500) / harmonic**0.3
    sound *= 0.35 + 0.65 * np.abs(np.sin(np.pi * 5 * time_s))
    return (size * sound / max(np.abs(sound).max(), 1e-9)).astype(np.float32)


def background(length_s: float, size: float = 0.0005, seed: int = 0) -> NDArray[np.float32]:
    """Faint noise."""
    return np.random.default_rng(seed).normal(0, size, round(length_s * RATE)).astype(np.float32)


def speech(*parts: float, pause_s: float = 0.6) -> NDArray[np.float32]:
    """Utterances of so many seconds each, with pauses before, between and after them, over faint noise."""
    pause = np.zeros(round(pause_s * RATE), np.float32)
    pieces = [pause]
    for number, length_s in enumerate(parts):
        pieces += [voice(length_s, 110 + 40 * (number % 3)), pause]
    samples = np.concatenate(pieces)
    return samples + background(len(samples) / RATE)[: len(samples)]


def write_wav(path: Path, samples: NDArray[np.float32], rate: int = RATE) -> Path:
    """A mono WAV of 16 bits."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def write_film(path: Path, samples: NDArray[np.float32] | None, pictures: Path, fps: int = 10) -> Path:
    """A video with the frames of another, over and over, as long as the samples, which are its sound.

    Args:
        path: What is written, .mkv for sound without loss.
        samples: Mono at RATE; without them the film is 2 s long, and silent.
        pictures: A video whose first frames are taken.
        fps: Frames per second.
    """
    count = round((2 if samples is None else len(samples) / RATE) * fps)
    with av.open(str(pictures)) as source:
        frames = [frame.to_ndarray(format="rgb24") for frame in islice(source.decode(video=0), 5)]
    with av.open(str(path), "w") as film:
        video = film.add_stream("mpeg4", rate=fps)
        video.height, video.width = frames[0].shape[:2]
        video.pix_fmt = "yuv420p"
        sound = None if samples is None else film.add_stream("pcm_s16le", rate=RATE, layout="mono")
        for number in range(count):
            picture = av.VideoFrame.from_ndarray(frames[number % len(frames)], format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1, fps)
            film.mux(video.encode(picture))
            if sound is not None and samples is not None:
                film.mux(sound.encode(_block(samples, number * RATE // fps, (number + 1) * RATE // fps)))
        for stream in filter(None, (video, sound)):
            film.mux(stream.encode(None))
    return path


def _block(samples: NDArray[np.float32], start: int, end: int) -> av.AudioFrame:
    """Some of the samples as a frame."""
    part = (np.clip(samples[start:end], -1, 1) * 32767).astype(np.int16)[None]
    frame = av.AudioFrame.from_ndarray(part, format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
    return frame


VOICES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral", "calm", "bored")


def write_voice_model(path: Path, task: str = "voice", seed: int = 0, **card: Any) -> Path:
    """A random linear network over the mean of the bands as ONNX, with its card beside it."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    spec, labels = card.pop("takes", SoundSpec()), card.pop("labels", VOICES)
    rng = np.random.default_rng(seed)
    weight = rng.normal(0, 0.5, (spec.channels * spec.bands, len(labels))).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["sound"], ["mean"], axes=[2], keepdims=0),
            helper.make_node("Flatten", ["mean"], ["flat"], axis=1),
            helper.make_node("MatMul", ["flat", "weight"], ["logits"]),
        ],
        "tiny",
        [
            helper.make_tensor_value_info(
                "sound", TensorProto.FLOAT, ["utterances", spec.channels, "frames", spec.bands]
            )
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["utterances", len(labels)])],
        [numpy_helper.from_array(weight, "weight")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())
    values: dict[str, Any] = {
        "name": path.stem,
        "version": "1",
        "task": task,
        "file": path.name,
        "sha256": file_sha256(path),
        "parameters": weight.size,
        "labels": labels,
        "outputs": len(labels),
        "takes": spec,
        "licence": "none",
        **card,
    }
    path.with_suffix(".json").write_text(ModelCard(**values).to_json(), encoding="utf-8")
    return path
