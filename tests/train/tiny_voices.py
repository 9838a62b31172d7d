"""Sets of made-up voices that a network tells apart in seconds, and a recipe for them."""

from __future__ import annotations

import csv
import wave
from pathlib import Path

import numpy as np

from mimik.models.inputs import SoundSpec
from mimik.train.recipe.changes import HearOptions
from mimik.train.recipe.options import (
    DataOptions,
    ObjectiveOptions,
    OptimOptions,
)
from mimik.train.recipe.recipe import Recipe
from voiced import RATE, background, voice

PITCH_HZ = {"angry": 260.0, "sad": 90.0, "calm": 150.0}


def draw_voices(
    folder: Path, labels: tuple[str, ...], people: int = 4, each: int = 2, column: str = "voice"
) -> Path:
    """A set of clips by so many people, whose pitch is their class, and its table."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(sum(map(ord, folder.name)))
    rows = [("path", column, "subject", "gender")]
    for person in range(people):
        for label in labels:
            for number in range(each):
                name = f"{person}-{label}-{number}.wav"
                hertz = PITCH_HZ[label] * rng.uniform(0.93, 1.07)
                spoken = voice(rng.uniform(0.5, 1.1), hertz)
                quiet = background(0.1, seed=person)
                write_wav(folder / name, np.concatenate([quiet, spoken, quiet]))
                rows.append((name, label, f"{folder.name} {person}", "male" if person % 2 else "female"))
    with (folder / "voices.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return folder


def write_wav(path: Path, samples: np.ndarray) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def voice_recipe(**changes: object) -> Recipe:
    values: dict[str, object] = {
        "name": "voice.tiny",
        "task": "voice",
        "version": "1",
        "labels": ("angry", "sad", "calm"),
        "sound": SoundSpec(bands=24, window_s=0.032, hop_s=0.02),
        "data": (
            DataOptions("csv", "all", "one/voices.csv", share=0.5, balanced=True),
            DataOptions("csv", "all", "two/voices.csv"),
        ),
        "holdout": 0.3,
        "network": {"stem": 8, "widths": [16, 16], "attention": 8, "dropout": 0.0},
        "hear": HearOptions(length_s=0.6, masks=1),
        "objective": ObjectiveOptions(own_classes=1.0, label_smoothing=0.1),
        "optim": OptimOptions(epochs=20, batch=8, learning_rate=5e-3, ema=0.8, clip=2.0, beta2=0.98),
    }
    return Recipe(**{**values, **changes})  # type: ignore[arg-type]
