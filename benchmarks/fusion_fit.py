"""Makes fusion.base: hears people with networks that don't know them, and learns how face and voice join.

    mimik train recipes/voice.base.toml --data DATA --fold 0 --run runs/voice0      (and so on, a run a fold)
    python benchmarks/fusion_fit.py DATA 0=runs/voice0 1=runs/voice1 ...    hear, then make the model again
    python benchmarks/fusion_fit.py DATA                                    make it of what was heard before

What each run says of its fold's people goes to docs/figures/fusion.voices.csv, beside what runs of other
seeds said, so that all else can be had again with the data alone; what several seeds say of a clip counts as
one answer, the mean of their logits. Those that are there are of two columns each, seeds 0 and 1
(benchmarks/voice_folds.py). The heads that read faces and the functionals of voices (pitch,
loudness, timbre: benchmarks/voice_baselines.py) learn from all actors, the weights from actors whom neither
side knew: they are read there by heads that were trained without their fold. Needs scikit-learn
(``pip install 'mimik[dev]'``).
"""

from __future__ import annotations

import argparse
import csv
import datetime
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from figures import FIGURES
from fusion_pairs import LABELS, TASK, Pairs, Sides, heard, read_pairs, sides_of
from mimik.evaluate.heard import SoundChange
from mimik.tasks.loaded import load_model
from mimik.temporal.fuse import Weights, logs
from mimik.temporal.fusion_model import LIMIT, SHIPPED, WAYS, FusionModel, Head, Hearing, Linear, own_mean
from mimik.types import Samples
from mimik.voice.recognise import VoiceRecogniser
from voice_baselines import functionals

NUMBERS = ("01", "02", "04", "05", "06", "07", "09", "10", "12", "14", "15", "17", "20", "23", "25", "26")
UNITS = (
    *(f"AU{number}_r" for number in (*NUMBERS, "45")),
    *(f"AU{number}_c" for number in (*NUMBERS, "28", "45")),
)
"""OpenFace's units: intensities and presences."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a head learns."""

    strength: float
    """Inverse of the penalty; three times more or less differ by less than an interval."""
    reach: float = 0.0
    """Percentile of the utterances up to which what is unlike the others is read; 0 reads all."""


FACES, VOICES = Fit(0.03), Fit(0.01, reach=90)
HEARD = FIGURES / "fusion.voices.csv"
CHANGES = {"as it is": SoundChange(), "noise": SoundChange(noise_db=0)}
"""What is heard: the clips, and the clips under pink noise as loud as the voice."""
COMMAND = "python benchmarks/fusion.py DATA"


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """What reads a face's units, and what reads a voice's functionals."""

    face: Head
    voice: Head


def fit_heads(sides: Sides) -> Heads:
    """What reads these people, and others."""
    names = tuple(f"functional {number}" for number in range(sides.curves.shape[1]))
    return Heads(_fit_head(sides.units, sides, UNITS, FACES), _fit_head(sides.curves, sides, names, VOICES))


def _fit_head(measures: NDArray[np.float32], sides: Sides, names: Sequence[str], options: Fit) -> Head:
    centre = measures.mean(axis=0)
    moved = np.empty_like(measures)
    for person in np.unique(sides.people):
        rows = sides.people == person
        moved[rows] = measures[rows] - own_mean(measures[rows], centre)
    as_is, own = (_linear(m, sides.labels, options) for m in (measures - centre, moved))
    return Head(tuple(names), centre, as_is, own)


def _linear(moved: NDArray[np.float32], labels: NDArray[np.intp], options: Fit) -> Linear:
    """A logistic regression of measures less their mean."""
    spread = moved.std(axis=0) + np.float32(1e-4)
    scaled = np.clip(moved / spread, -LIMIT, LIMIT)
    fitted = LogisticRegression(C=options.strength, max_iter=3000).fit(scaled, labels)
    weights, bias = (np.asarray(values, np.float32) for values in (fitted.coef_, fitted.intercept_))
    reach = float(np.percentile((scaled**2).mean(axis=1), options.reach)) if options.reach else LIMIT**2
    return Linear(spread, weights, bias, reach)


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What each of three says of some clips, as probabilities (N, K)."""

    face: NDArray[np.float32]
    network: NDArray[np.float32]
    functionals: NDArray[np.float32]


def said_of(sides: Sides, heads: Heads) -> dict[str, Said]:
    """What is said of clips, by heads that don't know the people, as they are and against their own."""
    face, voice = np.empty((2, *sides.network.shape), np.float32)
    for person in np.unique(sides.people):
        rows = sides.people == person
        face[rows] = heads.face.against(sides.units[rows], sides.units[rows])
        voice[rows] = heads.voice.against(sides.curves[rows], sides.curves[rows])
    plain = heads.face.probabilities(sides.units), heads.voice.probabilities(sides.curves)
    return {
        "as_is": Said(plain[0], sides.network, plain[1]),
        "own": Said(face, sides.own_network, voice),
    }


@dataclass(frozen=True, slots=True)
class Joined:
    """How the three join."""

    ways: dict[str, tuple[Hearing, Weights]]
    """As they are, and against the person's own."""
    network: Weights
    """Face and network alone, as they are."""


def fit_weights(sides: Sides, without: int = -1) -> Joined:
    """How the three join.

    Args:
        sides: Clips; the weights learn from those that a network heard that doesn't know the person.
        without: A fold that has no part in it.
    """
    folds, parts, labels = sides.folds, [], []
    for fold in np.unique(folds[sides.heard & (folds != without)]):
        heads = fit_heads(sides.where((folds != fold) & (folds != without)))
        mine = sides.where(sides.heard & (folds == fold))
        parts.append(said_of(mine, heads))
        labels.append(mine.labels)
    truth = np.concatenate(labels)
    said = {way: _together([part[way] for part in parts]) for way in WAYS}
    network = _weights(said["as_is"].face, said["as_is"].network, truth)
    return Joined({way: _joined(one, truth) for way, one in said.items()}, network)


def _together(parts: Sequence[Said]) -> Said:
    return Said(*(np.concatenate([getattr(part, name) for part in parts]) for name in Said.__slots__))


def _joined(said: Said, truth: NDArray[np.intp]) -> tuple[Hearing, Weights]:
    hearing = Hearing(*_least([said.network, said.functionals], truth))
    return hearing, _weights(said.face, hearing.join(said.network, said.functionals), truth)


def _weights(face: NDArray[np.float32], voice: NDArray[np.float32], truth: NDArray[np.intp]) -> Weights:
    """Those under which the truth surprises least: of both together, and of each alone."""
    both, (face_alone,), (voice_alone,) = (_least(one, truth) for one in ([face, voice], [face], [voice]))
    return Weights(*both, face_alone, voice_alone)


def _least(sides: Sequence[NDArray[np.float32]], truth: NDArray[np.intp]) -> list[float]:
    """The weights of some probabilities (N, K)."""
    said = [logs(side).astype(np.float64) for side in sides]

    def surprise(logarithms: NDArray[np.float64]) -> float:
        sums = sum(np.exp(w) * side for w, side in zip(logarithms, said, strict=True))
        top = sums.max(axis=1, keepdims=True)
        total = top[:, 0] + np.log(np.exp(sums - top).sum(axis=1))
        return float(np.mean(total - sums[np.arange(len(truth)), truth]))

    found = minimize(surprise, np.zeros(len(sides)), method="Nelder-Mead")
    return [round(float(w), 4) for w in np.exp(found.x)]


def hear_runs(data: Path, runs: Sequence[str]) -> None:
    """Write what networks say of the people of their folds, in place of what those of their seed said."""
    head, rows = _table() if HEARD.is_file() else ([], {})
    for fold, _, run in (one.partition("=") for one in runs):
        seed = json.loads((Path(run) / "recipe.json").read_text(encoding="utf-8")).get("seed", 0)
        model = load_model(TASK, str(Path(run) / "voice.base.json"), "cpu")
        head = ["clip", "seed", *(f"{way}: {name}" for way in CHANGES for name in model.card.labels)]
        pairs = read_pairs(data, UNITS)
        pairs.sounds = {c: s for c, s in pairs.sounds.items() if s.fold == int(fold)}
        hearing = VoiceRecogniser({TASK: model})

        def listen(samples: Samples, clip: str, by: VoiceRecogniser = hearing) -> NDArray[np.float32]:
            said = [by.logits(change.apply(samples, clip))[TASK] for change in CHANGES.values()]
            return np.concatenate(said) / by.models[TASK].card.temperature

        for clip, logits in heard(pairs, listen).items():
            rows[clip, str(seed)] = [f"{value:.2f}" for value in logits]
    with HEARD.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(head)
        writer.writerows([*key, *values] for key, values in sorted(rows.items()))


def _table() -> tuple[list[str], dict[tuple[str, str], list[str]]]:
    """What was written: the head, and clip and seed to logits as text."""
    with HEARD.open(encoding="utf-8", newline="") as stream:
        head, *rows = csv.reader(stream)
    return head, {(clip, seed): values for clip, seed, *values in rows}


def heard_before(way: str = "as it is") -> tuple[dict[str, NDArray[np.float32]], list[str]]:
    """What was written of one way: clip to logits, and their classes."""
    head, rows = _table()
    places = [number for number, name in enumerate(head[2:]) if name.startswith(f"{way}: ")]
    said: defaultdict[str, list[NDArray[np.float32]]] = defaultdict(list)
    for (clip, _), values in rows.items():
        said[clip].append(np.array([float(values[place]) for place in places], np.float32))
    names = [head[2 + place].partition(": ")[2] for place in places]
    return {clip: np.mean(several, axis=0) for clip, several in said.items()}, names


def known_sides(pairs: Pairs, way: str = "as it is") -> Sides:
    """Both sides of the clips, with what was heard before in one way, a name of CHANGES."""
    logits, names = heard_before(way)
    curves = heard(pairs, lambda samples, clip: functionals(CHANGES[way].apply(samples, clip)))
    return sides_of(pairs, curves, logits, names)


def make(data: Path) -> FusionModel:
    """The model of all actors."""
    sides = known_sides(read_pairs(data, UNITS))
    heads, joined = fit_heads(sides), fit_weights(sides)
    hearing, weights = ({way: pair[number] for way, pair in joined.ways.items()} for number in (0, 1))
    people = tuple(map(str, np.unique(sides.people)))
    return FusionModel(
        "fusion.base",
        "2",
        LABELS,
        heads.face,
        heads.voice,
        hearing,
        weights,
        joined.network,
        people,
        about(sides),
    )


def about(sides: Sides) -> dict[str, Any]:
    """The rest of its card."""
    known = sides.where(sides.heard)
    actors = len(np.unique(known.people))
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
            "clips": len(sides.clips),
            "weights": f"{len(known.clips)} clips of {actors} actors, heard by networks without their fold",
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
