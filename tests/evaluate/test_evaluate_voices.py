"""Voices of a data set that are scored, and those in which nothing is heard."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from mimik.evaluate.score import evaluate_model
from voiced import RATE, voice, write_wav


def test_clips_in_which_nothing_sounds_are_left_out_and_named(tiny_voice: Path, tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", voice(1.0))
    write_wav(tmp_path / "silent.wav", np.zeros(RATE, np.float32))
    write_wav(tmp_path / "offset.wav", np.full(RATE, 0.1, np.float32))
    with (tmp_path / "labels.csv").open("w", newline="") as table:
        names = ("a.wav", "silent.wav", "offset.wav")
        csv.writer(table).writerows([("path", "voice"), *((name, "angry") for name in names)])
    report = evaluate_model(tiny_voice, tmp_path, "csv", "all")
    assert report["n"] == 1
    assert report["failed"] == [
        {"key": name, "error": f"{name}: nothing sounds in it"} for name in ("silent.wav", "offset.wav")
    ]
