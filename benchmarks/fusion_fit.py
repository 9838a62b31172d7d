"""Makes fusion.base: hears people with networks that don't know them, and learns how face and voice join.

    mimik train recipes/voice.base.toml --data DATA --fold 0 --run runs/voice0      (and so on, a run a fold)
    python benchmarks/fusion_fit.py DATA 0=runs/voice0 1=runs/voice1 ...    hear, then make the model again
    python benchmarks/fusion_fit.py DATA                                    make it of what was heard before

What each run says of its fold's people goes to docs/figures/fusion.voices.csv, so that all else can be had
again with the data alone. The head that reads faces learns from all actors, the weights from actors whom
neither side knew: the face is read there by heads that were trained without their fold. Needs scikit-learn
(``pip install 'mimik[dev]'``).
"""

from __future__ import annotations

import argparse
import csv
import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from figures import FIGURES
from fusion_pairs import LABELS, TASK, Pairs, Sides, fold_of, heard, read_pairs, sides_of
from mimik.evaluate.heard import SoundChange
from mimik.tasks.loaded import load_model
from mimik.temporal.fuse import Weights
from mimik.temporal.fusion_model import SHIPPED, FusionModel, Linear, UnitHead
from mimik.types import Samples
from mimik.voice.recognise import VoiceRecogniser

NUMBERS = ("01", "02", "04", "05", "06", "07", "09", "10", "12", "14", "15", "17", "20", "23", "25", "26")
UNITS = (
    *(f"AU{number}_r" for number in (*NUMBERS, "45")),
    *(f"AU{number}_c" for number in (*NUMBERS, "28", "45")),
)
"""OpenFace's units: intensities and presences."""
STRENGTH = 0.03
"""Inverse of the logistic regressions' penalty; 0.01 to 0.1 differ by less than an interval."""
VOICES = FIGURES / "fusion.voices.csv"
WAYS = {"as it is": SoundChange(), "noise": SoundChange(noise_db=0)}
"""What is heard: the clips, and the clips under pink noise as loud as the voice."""
COMMAND = "python benchmarks/fusion.py DATA"


def fit_head(sides: Sides) -> UnitHead:
    """What reads the units of these people, and of others."""
    centre = sides.levels.mean(axis=0)
    head = UnitHead(UNITS, centre, *2 * (_linear(sides.levels, sides.labels),))
    return UnitHead(UNITS, centre, head.as_is, _linear(sides.own_levels(head), sides.labels))


def _linear(levels: NDArray[np.float32], labels: NDArray[np.intp]) -> Linear:
    """A logistic regression of standardised levels, written for the levels themselves."""
    mean, spread = levels.mean(axis=0), levels.std(axis=0) + 1e-3
    fitted = LogisticRegression(C=STRENGTH, max_iter=3000).fit((levels - mean) / spread, labels)
    weights = fitted.coef_ / spread
    return Linear(np.asarray(weights, np.float32), np.asarray(fitted.intercept_ - weights @ mean, np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What each side says of some clips, as probabilities (N, K)."""

    face: NDArray[np.float32]
    voice: NDArray[np.float32]
    own_face: NDArray[np.float32]
    own_voice: NDArray[np.float32]


def said_of(sides: Sides, head: UnitHead) -> Said:
    """What is said of clips, by a head that doesn't know the people."""
    own = head.own.probabilities(sides.own_levels(head))
    return Said(head.as_is.probabilities(sides.levels), sides.voice, own, sides.own_voice)


def fit_weights(faces: Sides, voices: Sides, without: int = -1) -> tuple[Weights, Weights]:
    """The weights of sides as they are, and against the person's own.

    Args:
        faces: Clips whose units are known: they train the heads.
        voices: Clips whose voice was heard by a network that doesn't know the person.
        without: A fold that has no part in it.
    """
    seen, known = _folds(faces), _folds(voices)
    parts, labels = [], []
    for fold in np.unique(known[known != without]):
        head = fit_head(faces.where((seen != fold) & (seen != without)))
        mine = voices.where(known == fold)
        parts.append(said_of(mine, head))
        labels.append(mine.labels)
    truth = np.concatenate(labels)
    said = Said(*(np.concatenate([getattr(part, name) for part in parts]) for name in Said.__slots__))
    return _weights(said.face, said.voice, truth), _weights(said.own_face, said.own_voice, truth)


def _folds(sides: Sides) -> NDArray[np.intp]:
    return np.array([fold_of(person) for person in sides.people], np.intp)


def _weights(face: NDArray[np.float32], voice: NDArray[np.float32], truth: NDArray[np.intp]) -> Weights:
    """Those under which the truth surprises least: of both together, and of each alone."""
    logs = [np.log(np.clip(side, 1e-4, 1)).astype(np.float64) for side in (face, voice)]
    (both_face, both_voice), (face_alone,), (voice_alone,) = (
        _least(sides, truth) for sides in (logs, logs[:1], logs[1:])
    )
    return Weights(both_face, both_voice, face_alone, voice_alone)


def _least(sides: Sequence[NDArray[np.float64]], truth: NDArray[np.intp]) -> list[float]:
    def surprise(logarithms: NDArray[np.float64]) -> float:
        sums = sum(np.exp(w) * side for w, side in zip(logarithms, sides, strict=True))
        top = sums.max(axis=1, keepdims=True)
        total = top[:, 0] + np.log(np.exp(sums - top).sum(axis=1))
        return float(np.mean(total - sums[np.arange(len(truth)), truth]))

    found = minimize(surprise, np.zeros(len(sides)), method="Nelder-Mead")
    return [round(float(w), 4) for w in np.exp(found.x)]


def hear_runs(data: Path, runs: Sequence[str]) -> None:
    """Write what networks say of the people of their folds."""
    rows: list[list[Any]] = []
    names: Sequence[str] = ()
    for fold, _, run in (one.partition("=") for one in runs):
        model = load_model(TASK, str(Path(run) / "voice.base.json"), "cpu")
        names = model.card.labels
        pairs = read_pairs(data, UNITS)
        pairs.sounds = {c: s for c, s in pairs.sounds.items() if s.fold == int(fold)}
        hearing = VoiceRecogniser({TASK: model})

        def listen(samples: Samples, clip: str, by: VoiceRecogniser = hearing) -> NDArray[np.float32]:
            said = [by.logits(change.apply(samples, clip))[TASK] for change in WAYS.values()]
            return np.concatenate(said) / by.models[TASK].card.temperature

        for clip, logits in heard(pairs, listen).items():
            rows.append([clip, *(f"{value:.2f}" for value in logits)])
    with VOICES.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["clip", *(f"{way}: {name}" for way in WAYS for name in names)])
        writer.writerows(sorted(rows))


def heard_before(way: str = "as it is") -> tuple[dict[str, NDArray[np.float32]], list[str]]:
    """What was written of one way: clip to logits, and their classes."""
    with VOICES.open(encoding="utf-8", newline="") as stream:
        head, *rows = csv.reader(stream)
    places = [number for number, name in enumerate(head) if name.startswith(f"{way}: ")]
    names = [head[place].partition(": ")[2] for place in places]
    return {row[0]: np.array([float(row[p]) for p in places], np.float32) for row in rows}, names


def all_faces(pairs: Pairs) -> Sides:
    """The faces of all clips, whether their voice was heard or not."""
    flat = np.zeros(len(LABELS), np.float32)
    return sides_of(pairs, dict.fromkeys(pairs.faces, flat), LABELS, LABELS, with_sound=False)


def make(data: Path) -> FusionModel:
    """The model of all actors."""
    pairs = read_pairs(data, UNITS)
    logits, names = heard_before()
    faces, voices = all_faces(pairs), sides_of(pairs, logits, names, LABELS)
    as_is, own = fit_weights(faces, voices)
    people = tuple(map(str, np.unique(faces.people)))
    return FusionModel("fusion.base", "1", LABELS, fit_head(faces), as_is, own, people, about(faces, voices))


def about(faces: Sides, voices: Sides) -> dict[str, Any]:
    """The rest of its card."""
    actors = len(np.unique(voices.people))
    return {
        "licence": "Trained on RAVDESS (CC BY-NC-SA 4.0): not for products.",
        "commercial_use": False,
        "data": [
            {
                "name": "RAVDESS",
                "terms": "CC BY-NC-SA 4.0",
                "citation": "Livingstone and Russo, The Ryerson Audio-Visual Database of Emotional Speech "
                "and Song, 2018",
            }
        ],
        "made": {
            "date": datetime.date.today().isoformat(),
            "command": "python benchmarks/fusion_fit.py DATA",
            "clips": len(faces.clips),
            "weights": f"{len(voices.clips)} clips of {actors} actors, heard by networks without their fold",
        },
        "measured": f"{COMMAND} (docs/results.md)",
        "limits": [
            "Learned from 19 actors who say two sentences in eight emotions, looking into the camera: people "
            "in everyday speech show less, and face and voice may say different things.",
            "The head reads OpenFace's units alone; with other readings of faces only the weights are used, "
            "and how good they are there wasn't measured.",
            "Says what face and voice show together, not what a person feels.",
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("runs", nargs="*", metavar="FOLD=RUN")
    asked = parser.parse_args()
    if asked.runs:
        hear_runs(asked.data, asked.runs)
    SHIPPED.parent.mkdir(exist_ok=True)
    SHIPPED.write_text(make(asked.data).to_json(), encoding="utf-8")
    print(SHIPPED)


if __name__ == "__main__":
    main()
