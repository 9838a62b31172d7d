"""Writes librosa_values.npz, which mimik's features are held to.

    PYTHONPATH=tests python tests/voice/make_librosa_values.py

Needs librosa 0.11 (pip install librosa), which mimik and its tests don't.
"""

from __future__ import annotations

from pathlib import Path

import librosa
import numpy as np

from voiced import voice

TARGET = Path(__file__).with_name("librosa_values.npz")
EVERY = 4
"""Of the frequencies of plain spectrograms, one in so many is kept."""


def mel(bands: int, low_hz: float, high_hz: float, window: int, hop: int, fft: int) -> np.ndarray:
    power = librosa.feature.melspectrogram(
        y=voice(0.5),
        sr=16_000,
        n_fft=fft,
        win_length=window,
        hop_length=hop,
        n_mels=bands,
        fmin=low_hz,
        fmax=high_hz,
        pad_mode="constant",
    )
    return librosa.power_to_db(power, top_db=None).T


def plain(window: int, hop: int, fft: int) -> np.ndarray:
    found = librosa.stft(voice(0.5), n_fft=fft, win_length=window, hop_length=hop, pad_mode="constant")
    return librosa.power_to_db(np.abs(found) ** 2, top_db=None).T[:, ::EVERY]


if __name__ == "__main__":
    np.savez_compressed(
        TARGET,
        usual=mel(64, 50, 8000, 400, 160, 512).astype(np.float32),
        coarse=mel(40, 0, 7600, 512, 256, 1024).astype(np.float32),
        narrow=plain(320, 160, 512).astype(np.float32),
        wide=plain(48, 24, 128)[::4].astype(np.float32),
        filters=librosa.filters.mel(sr=16_000, n_fft=512, n_mels=64, fmin=50, fmax=8000).sum(axis=1),
    )
