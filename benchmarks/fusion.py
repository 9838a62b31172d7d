"""How well a face and a voice together say an emotion: RAVDESS, each actor unknown to both sides.

    python benchmarks/fusion.py DATA [--json FILE]

Clips of actors whom fusion.base didn't learn from are read by the shipped fusion and voice.base. Where DATA
has none, all is by folds: heads and weights learn from the other folds, and a network says of a voice what it
said without knowing the fold (docs/figures/fusion.voices.csv, see benchmarks/fusion_fit.py). The face is a
logistic regression of OpenFace's units, means over the clip; that of the voice joins voice.base with another,
of pitch, loudness and timbre. ``with_reference`` is the same against the person's own: what is always in the
face and voice, known from all of the clips, unlabelled, is taken off. Accuracy, macro recall and its 95 %
interval (drawing actors again); ``gain`` is that of both over the better side. What isn't used is counted and
named. By folds also: what is left where the voice is drowned in noise as loud as itself.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fusion_fit import UNITS, Heads, Said, fit_heads, fit_weights, known_sides, said_of
from fusion_pairs import TASK, Pairs, Sides, heard, one_sided, read_pairs, sides_of
from mimik.errors import DataError, MimikError
from mimik.tasks.calibration import expected_calibration_error
from mimik.tasks.loaded import load_model
from mimik.temporal.fuse import Weights, fuse
from mimik.temporal.fusion_model import WAYS, Hearing, read_fusion
from mimik.voice.recognise import VoiceRecogniser
from voice_baselines import functionals

KNOWN, NOT_HEARD = "actor that fusion.base learned from", "of a fold that no network was trained without"
Row = dict[str, Any]
Answers = dict[str, NDArray[np.float32]]
"""Side to its probabilities, (N, K)."""


def answers(said: Mapping[str, Said], joined: Mapping[str, tuple[Hearing, Weights]]) -> dict[str, Answers]:
    """What face, voice and both say, as they are and against the person's own."""
    found = {}
    for way, (hearing, weights) in joined.items():
        face, voice = said[way].face, hearing.join(said[way].network, said[way].functionals)
        found[way] = {
            "face": fuse(face, None, weights),
            "voice": fuse(None, voice, weights),
            "both": fuse(face, voice, weights),
        }
    return found


def by_folds(known: Sides, *asked: Sides) -> list[tuple[Sides, dict[str, Answers]]]:
    """Clips that a network heard that didn't know the person: each fold by what the others teach.

    Args:
        known: What teaches.
        asked: The same clips, as they are asked about; one or several ways.
    """
    folds = known.folds[known.heard]
    learned = {
        int(fold): (fit_heads(known.where(known.folds != fold)), fit_weights(known, int(fold)).ways)
        for fold in np.unique(folds)
    }
    return [_by_what_was_learned(one.where(one.heard), learned) for one in asked]


def _by_what_was_learned(
    asked: Sides, learned: Mapping[int, tuple[Heads, Mapping[str, tuple[Hearing, Weights]]]]
) -> tuple[Sides, dict[str, Answers]]:
    parts, order = [], []
    for fold, (heads, joined) in learned.items():
        rows = asked.folds == fold
        parts.append(answers(said_of(asked.where(rows), heads), joined))
        order.append(np.flatnonzero(rows))
    said = {
        way: {side: np.concatenate([part[way][side] for part in parts]) for side in parts[0][way]}
        for way in WAYS
    }
    return asked.where(np.concatenate(order)), said


def unmet(pairs: Pairs) -> tuple[Sides, dict[str, Answers]]:
    """Clips of actors that the shipped fusion didn't learn from, read by it."""
    model = read_fusion()
    hearing = VoiceRecogniser({TASK: load_model(TASK, None, "cpu")})
    card = hearing.models[TASK].card
    both = heard(pairs, lambda samples, _: (functionals(samples), hearing.logits(samples)[TASK]))
    curves, logits = {c: one for c, (one, _) in both.items()}, {c: one for c, (_, one) in both.items()}
    logits = {clip: one / card.temperature for clip, one in logits.items()}
    sides = sides_of(pairs, curves, logits, card.labels)
    joined = {way: (model.hearing[way], model.weights[way]) for way in WAYS}
    return sides, answers(said_of(sides, Heads(model.face, model.voice)), joined)


def score(truth: NDArray[np.intp], people: NDArray[np.str_], said: Answers) -> Row:
    """How good face, voice and both are, and how much both gain over the better of the two."""
    right = {side: values.argmax(axis=1) == truth for side, values in said.items()}
    drawn = draws(people)
    rows: Row = {}
    for side, ok in right.items():
        rows[side] = {
            "accuracy": round(float(ok.mean()), 4),
            "macro_recall": round(recall(truth, ok), 4),
            "ci95": interval([recall(truth[d], ok[d]) for d in drawn]),
            "n": len(truth),
            "ece": round(expected_calibration_error(said[side], truth), 4),
        }
    better = max(("face", "voice"), key=lambda side: rows[side]["macro_recall"])
    gains = [recall(truth[d], right["both"][d]) - recall(truth[d], right[better][d]) for d in drawn]
    gain = rows["both"]["macro_recall"] - rows[better]["macro_recall"]
    rows["gain"] = {"over": better, "macro_recall": round(gain, 4), "ci95": interval(gains)}
    return rows


def recall(truth: NDArray[np.intp], right: NDArray[np.bool_]) -> float:
    """The mean over classes of the share that is right."""
    return float(np.mean([right[truth == label].mean() for label in np.unique(truth)]))


def draws(people: NDArray[np.str_], count: int = 1000) -> list[NDArray[np.intp]]:
    """Rows of people who were drawn again."""
    rng, names = np.random.default_rng(0), np.unique(people)
    rows = {name: np.flatnonzero(people == name) for name in names}
    return [np.concatenate([rows[name] for name in rng.choice(names, len(names))]) for _ in range(count)]


def interval(values: Sequence[float]) -> list[float]:
    return [round(float(value), 4) for value in np.percentile(values, (2.5, 97.5))]


def measure(data: Path) -> Row:
    """All figures of a folder of data.

    Raises:
        MimikError: It can't be used, or holds no clip with a face and a voice.
    """
    pairs, known = read_pairs(data, UNITS), frozenset(read_fusion().people)
    met = {name for name in _people(pairs) if name in known}
    shipped = len(_people(pairs)) > len(met)
    if shipped:
        for name in sorted(met):
            pairs.leave(KNOWN, name)
        pairs.faces = {c: f for c, f in pairs.faces.items() if f.person not in known}
        pairs.sounds = {c: s for c, s in pairs.sounds.items() if s.group not in known}
    one_sided(pairs)
    if shipped:
        sides, said = unmet(pairs)
        found = {"how": "the shipped fusion, on actors that it didn't learn from"}
    else:
        known = known_sides(pairs)
        if not known.heard.any():
            raise DataError(f"{data}: none of its clips is in docs/figures/fusion.voices.csv")
        (sides, said), noisy = by_folds(known, known, known_sides(pairs, "noise"))
        found = {"how": "folds by actor"}
    check(sides, pairs, data)
    found |= {"actors": sorted({str(person) for person in sides.people}), **both_ways(sides, said)}
    if not shipped:
        found["noise"] = both_ways(*noisy)
    return {**found, "left_out": pairs.left_out}


def both_ways(sides: Sides, said: Mapping[str, Answers]) -> Row:
    """The figures as they are and against the person's own."""
    rows = {way: score(sides.labels, sides.people, said[way]) for way in WAYS}
    return {**rows["as_is"], "with_reference": rows["own"]}


def check(sides: Sides, pairs: Pairs, data: Path) -> None:
    """Name the clips that nothing can be said of.

    Raises:
        DataError: There is no other.
    """
    for clip in sorted(set(pairs.clips()) - set(sides.clips.tolist())):
        pairs.leave(NOT_HEARD, clip)
    if not len(sides.clips):
        told = "; ".join(f"{len(names)} {reason}" for reason, names in pairs.left_out.items())
        raise DataError(f"{data}: holds no clip with both a face and a voice ({told or 'it is empty'})")


def _people(pairs: Pairs) -> set[str]:
    return {f.person for f in pairs.faces.values()} | {s.group for s in pairs.sounds.values()}


def show(found: Row) -> None:
    """Print what was measured."""
    print(f"{found['how']}: {len(found['actors'])} actors")
    ways = {"as they are": found, "against the person's own": found["with_reference"]}
    if "noise" in found:
        ways |= {"voice in noise": found["noise"]}
        ways |= {"in noise, against their own": found["noise"]["with_reference"]}
    for way, rows in ways.items():
        for side in ("face", "voice", "both"):
            row = rows[side]
            low, high = row["ci95"]
            print(
                f"{way:28} {side:6} {row['n']:5} clips  accuracy {row['accuracy']:.3f}  macro recall "
                f"{row['macro_recall']:.3f} ({low:.3f} to {high:.3f})  ECE {row['ece']:.3f}"
            )
        gain = rows["gain"]
        low, high = gain["ci95"]
        print(f"{'':28} gain over the {gain['over']} {gain['macro_recall']:+.3f} ({low:+.3f} to {high:+.3f})")
    for reason, names in found["left_out"].items():
        more = f" and {len(names) - 4} more" if len(names) > 4 else ""
        print(f"left out: {len(names)} {reason}: {', '.join(names[:4])}{more}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA", help="folder that holds RAVDESS")
    parser.add_argument("--json", type=Path, metavar="FILE")
    asked = parser.parse_args()
    try:
        found = measure(asked.data)
    except MimikError as error:
        raise SystemExit(str(error)) from error
    show(found)
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
