"""What simple methods hear in RAVDESS: the baselines beside voice.base, folds by actor.

    python benchmarks/voice_baselines.py RAVDESS [--smile PYTHON] [--json FILE]

Functionals are mean, deviation, percentiles and slope over time of pitch, energy and MFCC with their
differences, read by a logistic regression; "against" takes off the mean of ten clips of the same person,
drawn at random, or of all of them. eGeMAPS (Eyben et al. 2016) comes from opensmile,
which products need a licence for: mimik doesn't depend on it, and ``--smile`` names the Python of an
environment that has it. Needs scikit-learn (``pip install 'mimik[dev]'``).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from mimik.data.base import Sample, load_reader
from mimik.data.voices.ravdess import Ravdess
from mimik.types import SOUND_RATE, Samples
from mimik.voice.features import SPEECH, log_mel

TASK = "voice"
LOUD_DB, LOWEST_HZ, HIGHEST_HZ, VOICED = 35.0, 60.0, 500.0, 0.45
CEPSTRA, SHARE = 13, 0.01
WAYS = {"as it is": 0, "against ten": 10, "against all": 10_000}
SMILE = """
import json, sys, numpy, opensmile
smile = opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.Functionals)
for line in sys.stdin:
    clip = numpy.load(line.strip())
    print(json.dumps(smile.process_signal(clip, 16000).iloc[0].tolist()), flush=True)
"""


def pitch(samples: Samples) -> NDArray[np.float64]:
    """Semitones above 55 Hz each 10 ms, NaN where no voice is: the highest peak of the autocorrelation."""
    window, hop, size = round(0.04 * SOUND_RATE), SPEECH.hop, 2048
    padded = np.pad(samples.astype(np.float64), window // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop] * np.hanning(window)
    frames = frames - frames.mean(axis=1, keepdims=True)
    taken = np.fft.irfft(np.abs(np.fft.rfft(frames, size)) ** 2)[:, : window // 2]
    own = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(window), size)) ** 2)[: window // 2]
    likeness = taken / (taken[:, :1] + 1e-9) / (own / own[0])
    low, high = int(SOUND_RATE / HIGHEST_HZ), int(SOUND_RATE / LOWEST_HZ)
    place = likeness[:, low:high].argmax(axis=1) + low
    heard = likeness[np.arange(len(place)), place] > VOICED
    return np.where(heard, 12 * np.log2(SOUND_RATE / place / 55.0), np.nan)


def functionals(samples: Samples) -> NDArray[np.float64]:
    """What is kept of an utterance's curves, (F,)."""
    mel = log_mel(samples).astype(np.float64)
    energy = 10 * np.log10((10 ** (mel / 10)).mean(axis=1))
    loud = np.flatnonzero(energy >= np.percentile(energy, 95) - LOUD_DB)
    part = slice(loud[0], loud[-1] + 1)
    cosines = np.cos(np.pi * np.outer(np.arange(1, CEPSTRA), np.arange(mel.shape[1]) + 0.5) / mel.shape[1])
    curves = np.column_stack([energy[part] - energy.max(), mel[part] @ cosines.T / mel.shape[1]])
    steps = np.diff(curves, axis=0, append=curves[-1:])
    tone = pitch(samples)[part]
    voiced = tone[~np.isnan(tone)]
    tone = voiced if len(voiced) > 4 else np.zeros(5)
    extra = [len(voiced) / len(curves), len(curves) * SPEECH.hop_s, np.abs(np.diff(tone)).mean()]
    return np.concatenate([*map(shape_of, (curves, steps, tone[:, None])), extra])


def shape_of(curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean, deviation, percentiles and slope of curves (times, C)."""
    times = np.linspace(-1, 1, len(curves))
    slope = times @ (curves - curves.mean(axis=0)) / (times @ times)
    return np.concatenate(
        [curves.mean(0), curves.std(0), *np.percentile(curves, (5, 25, 50, 75, 95), axis=0), slope]
    )


def gemaps(clips: Sequence[Samples], python: str, folder: Path) -> NDArray[np.float64]:
    """The set eGeMAPS of each clip, by opensmile in an environment of its own."""
    paths = [folder / f"{number}.npy" for number in range(len(clips))]
    for path, clip in zip(paths, clips, strict=True):
        np.save(path, clip)
    said = subprocess.run(
        [python, "-c", SMILE], input="\n".join(map(str, paths)), capture_output=True, text=True, check=True
    )
    return np.array([json.loads(line) for line in said.stdout.splitlines()])


def against_person(
    features: NDArray[np.float64], people: NDArray[np.str_], clips: int
) -> NDArray[np.float64]:
    """Features less the mean of some of the person's own clips."""
    moved, rng = features.copy(), np.random.default_rng(0)
    for person in np.unique(people):
        own = np.flatnonzero(people == person)
        moved[own] -= features[rng.permutation(own)[:clips]].mean(axis=0)
    return moved


def answers(
    features: NDArray[np.float64], truth: NDArray[np.str_], folds: NDArray[np.intp]
) -> NDArray[np.str_]:
    """What a logistic regression says of each fold that was trained on the others."""
    said = np.empty_like(truth)
    for fold in np.unique(folds):
        held = folds == fold
        mean, std = features[~held].mean(axis=0), features[~held].std(axis=0) + 1e-6
        scaled = np.clip((features - mean) / std, -5, 5)
        model = LogisticRegression(C=SHARE, max_iter=2000).fit(scaled[~held], truth[~held])
        said[held] = model.predict(scaled[held])
    return said


def macro_recall(truth: NDArray[np.str_], said: NDArray[np.str_]) -> float:
    return float(np.mean([np.mean(said[truth == label] == label) for label in np.unique(truth)]))


def interval(truth: NDArray[np.str_], said: NDArray[np.str_], people: NDArray[np.str_]) -> list[float]:
    """95 %, by drawing people again."""
    rng, names = np.random.default_rng(0), np.unique(people)
    rows = {name: np.flatnonzero(people == name) for name in names}
    drawn = [np.concatenate([rows[n] for n in rng.choice(names, len(names))]) for _ in range(1000)]
    return [float(v) for v in np.percentile([macro_recall(truth[d], said[d]) for d in drawn], (2.5, 97.5))]


def fold_of(person: str) -> int:
    return next(k for k, people in enumerate(Ravdess.people) if person.split()[-1] in people)


def table(samples: Sequence[Sample], smile: str | None, folder: Path) -> list[dict[str, object]]:
    """A row a method, without and with the person's own clips."""
    clips = [sample.hear() for sample in samples if sample.hear]
    people = np.array([sample.group for sample in samples])
    truth = np.array([str(sample.labels[TASK]) for sample in samples])
    folds = np.array([fold_of(str(person)) for person in people])
    methods = {"functionals": np.array([functionals(clip) for clip in clips])}
    if smile:
        methods["eGeMAPS"] = gemaps(clips, smile, folder)
    rows: list[dict[str, object]] = []
    for name, features in methods.items():
        for way, clips in WAYS.items():
            said = answers(against_person(features, people, clips) if clips else features, truth, folds)
            recall, ends = macro_recall(truth, said), interval(truth, said, people)
            row = {"method": name, "features": features.shape[1], "way": way, "n": len(truth)}
            rows.append({**row, "macro_recall": round(recall, 4), "ci95": [round(v, 4) for v in ends]})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--smile", help="Python of an environment with opensmile")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    samples = [s for s in load_reader("ravdess").read(asked.data) if isinstance(s, Sample)]
    with tempfile.TemporaryDirectory() as folder:
        rows = table(samples, asked.smile, Path(folder))
    for row in rows:
        low, high = row["ci95"]  # type: ignore[misc]
        print(f"{row['method']:12} {row['features']:4}  {row['way']:12}  {row['macro_recall']:.3f}", end=" ")
        print(f"({low:.3f} to {high:.3f})")
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
