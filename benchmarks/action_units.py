"""Action units and emotions on CK+, five folds by person: the table of docs/results.md, and thresholds.

    python benchmarks/action_units.py --data DATA             score the folds (unit_folds.py makes them first)
    python benchmarks/action_units.py --data DATA --install runs/face.base-seed0   temperature, thresholds
    python benchmarks/action_units.py                         write the table again from docs/figures

Faces are found by the detector in the full-size peak frames. Beside the network stand a baseline (HOG of
the aligned face, 120 principal components, logistic regression: what needs no network) and the coded units
themselves. What is chosen for a fold (thresholds, temperature, the maps from units to emotions) is chosen on
people of the other folds, by answers of fits that have seen neither. DATA holds CK+ and CK+48
(docs/data.md). Needs scikit-learn, and unit_folds.py what it says.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from ckplus_faces import FOLDS, Pictures, calm_of, logits_of, read, shrunk
from figures import FIGURES, ROOT, fill
from mimik.evaluate.rest import mean_rest
from mimik.faces.crop import crop
from mimik.models.card import read_card
from mimik.models.inputs import CropSpec
from mimik.tasks.calibration import fit_temperature, fit_unit_temperature
from mimik.tasks.loaded import load_model
from mimik.tasks.metrics import roc_auc
from mimik.tasks.unit_figures import FEWEST, drawn_people, figures_of, unit_truth
from mimik.train.recipe.read import read_recipe
from unit_folds import RECIPE, unit_folds

REPORT = FIGURES / "au.folds.json"
HOG_CROP = CropSpec(size=96, scale=1.08, shift_y=0.05)
HOG = cv2.HOGDescriptor((96, 96), (16, 16), (8, 8), (8, 8), 9)


@dataclass(frozen=True)
class Said:
    """What a head's folds say of pictures, at the temperature of each fold."""

    outer: NDArray[np.float64]
    """By the fit that has not seen the person, (N, K)."""
    inner: NDArray[np.float64]
    """By the fits without fold k and without the person, (FOLDS, N, K); NaN in fold k itself."""
    labels: tuple[str, ...]
    """Of the K columns."""


def columns_of(name: str) -> tuple[slice, tuple[str, ...]]:
    """Where a head's logits lie among those of the fitted heads, and their labels."""
    start = 0
    for head in read_recipe(RECIPE).probes:
        columns = slice(start, start + len(head.labels))
        if head.name == name:
            return columns, head.labels
        start = columns.stop
    raise KeyError(name)


def unscaled(name: str, kind: str, pictures: Pictures, data: Path) -> Said:
    """A head's answers as the fits give them; kind is one of unit_folds."""
    said, (columns, labels) = unit_folds(kind, pictures, data), columns_of(name)
    outer, inner = (np.asarray(part[..., columns], np.float64) for part in (said.outer, said.inner))
    return Said(outer, inner, labels)


def at_temperatures(said: Said, folds: NDArray[np.intp], temperatures: Sequence[float]) -> Said:
    """Answers divided by the temperature of each fold."""
    scale = np.array(temperatures)
    return replace(said, outer=said.outer / scale[folds][:, None], inner=said.inner / scale[:, None, None])


def unit_temperatures(peaks: Said, crops: Said, wanted: Sequence[NDArray[np.float32]]) -> list[float]:
    """For each fold the temperature that suits the others' people best, by fits without both."""
    found = []
    for fold in range(FOLDS):
        logits = np.concatenate([peaks.inner[fold], crops.inner[fold]]).astype(np.float32)
        known = ~np.isnan(logits[:, 0])
        found.append(fit_unit_temperature(logits[known], np.concatenate(wanted)[known]))
    return found


def best_threshold(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """The score from which calling a unit active gives the best F1 to be expected.

    Expected under probabilities of the scores (Platt's logistic regression): the threshold that is best
    on a few dozen positives themselves hangs on one or two of them.
    """
    column = scores[:, None]
    chance = LogisticRegression(C=10).fit(column, truth).predict_proba(column)[:, 1]
    order = np.argsort(-scores)
    hits, said = np.cumsum(chance[order]), np.arange(1, len(scores) + 1)
    return float(scores[order[int(np.argmax(2 * hits / (said + chance.sum())))]])


def called(
    scores: NDArray[np.float64],
    truth: NDArray[np.float32],
    folds: NDArray[np.intp],
    inner: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """What is called active, by thresholds that are best on the other folds' people.

    Args:
        scores: (N, K).
        truth: Presence, (N, K).
        folds: Of each picture, (N,).
        inner: Scores by which the thresholds of each fold are chosen, (FOLDS, N, K).
    """
    active = np.zeros(scores.shape, bool)
    for fold in range(FOLDS):
        others = folds != fold
        for k in range(scores.shape[1]):
            if (truth[others, k] > 0).any():
                floor = best_threshold(inner[fold, others, k], truth[others, k] > 0.5)
                active[~others, k] = scores[~others, k] >= floor
    return active


def classifier(components: int = 0, strength: float = 0.01) -> Pipeline:
    """Standardised features, perhaps their principal components, logistic regression."""
    parts = [StandardScaler(), *([PCA(components, random_state=0)] if components else [])]
    return make_pipeline(*parts, LogisticRegression(C=strength, max_iter=3000))


def emotions_from(
    features: NDArray[np.float64],
    pictures: Pictures,
    model: Callable[[], Pipeline],
    inner: NDArray[np.float64] | None = None,
) -> NDArray[np.str_]:
    """The emotion of each face by a model that has not seen the person.

    Features that are themselves answers are learned from as ``inner`` says, (FOLDS, N, F).
    """
    said = np.empty(len(features), object)
    for fold in range(FOLDS):
        others = pictures.folds != fold
        seen = (features if inner is None else inner[fold])[others]
        said[~others] = model().fit(seen, pictures.emotions[others]).predict(features[~others])
    return said.astype(str)


def baseline(
    pictures: Pictures, truth: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.bool_], Any]:
    """Scores, calls and emotions of HOG, principal components and logistic regression."""
    grey = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in pictures.images]
    cut = [crop(np.asarray(g, np.uint8), pictures.square(i, HOG_CROP), 96) for i, g in enumerate(grey)]
    features = np.stack([HOG.compute(face).ravel() for face in cut]).astype(np.float64)
    scores, active = np.zeros(truth.shape), np.zeros(truth.shape, bool)
    for fold in range(FOLDS):
        others = pictures.folds != fold
        for k in range(truth.shape[1]):
            wanted = truth[others, k] > 0.5
            if wanted.sum() < 5:
                continue
            model = classifier(120).fit(features[others], wanted)
            scores[~others, k] = model.decision_function(features[~others])
            inner = cross_val_predict(
                classifier(120),
                features[others],
                wanted,
                groups=pictures.people[others],
                cv=GroupKFold(4),
                method="decision_function",
            )
            active[~others, k] = scores[~others, k] >= best_threshold(inner, wanted)
    return scores, active, emotions_from(features, pictures, lambda: classifier(120))


def share_right(said: NDArray[np.str_], pictures: Pictures) -> dict[str, Any]:
    """Accuracy with its interval over people."""
    right = said == pictures.emotions
    interval = drawn_people(pictures.people, lambda rows: {"accuracy": float(right[rows].mean())})
    return {"n": len(right), "accuracy": float(right.mean()), "ci95": interval["accuracy"]}


def named(logits: NDArray[np.float64], labels: Sequence[str], allowed: Sequence[str]) -> NDArray[np.str_]:
    """The most probable of the allowed labels."""
    columns = [labels.index(name) for name in allowed]
    return np.array(allowed)[logits[:, columns].argmax(axis=1)]


def measure(data: Path) -> None:
    """Score everything and write docs/figures/au.folds.json."""
    peaks, crops = read(data / "CK+", detect=True), read(data / "CK+48", detect=False)
    units, small, at48 = units_at_temperatures(peaks, crops, data)
    truth = unit_truth(peaks.samples, units.labels)
    floor_scores, floor_calls, floor_emotions = baseline(peaks, truth)
    active = called(units.outer, truth, peaks.folds, units.inner)
    report: dict[str, Any] = {
        "network": figures_of(units.outer, truth, active, units.labels, peaks.people),
        "baseline": figures_of(floor_scores, truth, floor_calls, units.labels, peaks.people),
        "emotions": emotion_figures(peaks, crops, units, truth, floor_emotions, data),
        "sharpness": sharpness_figures(peaks, crops, units, small, at48),
    }
    REPORT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def units_at_temperatures(peaks: Pictures, crops: Pictures, data: Path) -> tuple[Said, Said, Said]:
    """Action units of the peaks, of the same at 48 px, and of the crops, each at its fold's temperature."""
    kinds = (("peaks", peaks), ("small", shrunk(peaks)), ("crops", crops))
    found = [unscaled("au.base", kind, pictures, data) for kind, pictures in kinds]
    wanted = [unit_truth(pictures.samples, found[0].labels) for pictures in (peaks, crops)]
    temperatures = unit_temperatures(found[0], found[2], wanted)
    print("temperatures", np.round(temperatures, 3).tolist(), flush=True)
    scaled = [at_temperatures(said, p.folds, temperatures) for said, (_, p) in zip(found, kinds, strict=True)]
    return scaled[0], scaled[1], scaled[2]


def emotion_figures(
    peaks: Pictures,
    crops: Pictures,
    units: Said,
    truth: NDArray[np.float32],
    floor: NDArray[np.str_],
    data: Path,
) -> dict[str, Any]:
    """Seven emotions of the peaks (contempt, no neutral), and eight with the frames at rest."""
    seven = sorted(set(peaks.emotions.tolist()))
    calm = calm_of(crops)
    rest = crops.emotions == "neutral"
    figures = {"baseline": share_right(floor, peaks)}
    shipped = load_model("emotion", "emotion8.base", "cpu")
    posed = [unscaled("emotion.posed", kind, p, data) for kind, p in (("peaks", peaks), ("crops", crops))]
    answers = {
        "emotion.posed": (posed[0].outer, posed[1].outer[rest], posed[0].labels),
        "emotion8.base": (logits_of(shipped, peaks), logits_of(shipped, calm), shipped.card.labels),
    }
    everyone = Pictures([*peaks.samples, *calm.samples], [], [])
    for name, (sharp, still, labels) in answers.items():
        both = np.concatenate([sharp, still])
        figures[name] = share_right(named(sharp, labels, seven), peaks)
        figures[f"{name}, with neutral"] = share_right(named(both, labels, [*seven, "neutral"]), everyone)
    predicted = emotions_from(units.outer, peaks, lambda: classifier(0, 0.1), units.inner)
    coded = emotions_from(truth.astype(np.float64), peaks, lambda: classifier(0, 1.0))
    return figures | {
        "predicted units": share_right(predicted, peaks),
        "coded units": share_right(coded, peaks),
    }


def sharpness_figures(
    peaks: Pictures, crops: Pictures, units: Said, small: Said, at48: Said
) -> dict[str, Any]:
    """Whether units are told from frames at rest by sharpness: sharp peaks, and the same at 48 px."""
    truth, labels = unit_truth(peaks.samples, units.labels), units.labels
    apex = np.array([s.subgroup["frame"] == "apex" for s in crops.samples])
    counted = [k for k in range(len(labels)) if truth[:, k].sum() >= 20]
    crop_truth = unit_truth(crops.samples, labels)

    def auc(scores: NDArray[np.float64], wanted: NDArray[np.float32]) -> float:
        return float(np.mean([roc_auc(scores[:, k], wanted[:, k] > 0.5) for k in counted]))

    return {
        "mean AUC, sharp peaks": auc(units.outer, truth),
        "mean AUC, the same at 48 px": auc(small.outer, truth),
        "mean AUC, 48 px apex frames": auc(at48.outer[apex], crop_truth[apex]),
        "mean AUC, 48 px apex frames and frames at rest": auc(at48.outer, crop_truth),
        "mean logit, sharp peaks": float(units.outer[:, counted].mean()),
        "mean logit, the same at 48 px": float(small.outer[:, counted].mean()),
        "mean logit, frames at rest": float(at48.outer[~apex][:, counted].mean()),
    }


def install(run: Path, data: Path) -> None:
    """Write what fits the folds' answers into the cards of a run: temperature, thresholds, scores at rest."""
    peaks, crops = read(data / "CK+", detect=True), read(data / "CK+48", detect=False)
    rest = crops.emotions == "neutral"
    sharp, at48 = (unscaled("au.base", k, p, data) for k, p in (("peaks", peaks), ("crops", crops)))
    truth = unit_truth(peaks.samples, sharp.labels)
    wanted = np.concatenate([truth, unit_truth(crops.samples, sharp.labels)])
    logits = np.concatenate([sharp.outer, at48.outer]).astype(np.float32)
    temperature = fit_unit_temperature(logits, wanted)
    columns = zip((sharp.outer / temperature).T, truth.T, strict=True)
    floors = tuple(unit_floor(scores, there > 0.5) for scores, there in columns)
    _write(run / "au.base.json", temperature, at48.outer[rest].astype(np.float32), floors)

    posed, crop_posed = (
        unscaled("emotion.posed", k, p, data) for k, p in (("peaks", peaks), ("crops", crops))
    )
    still = crop_posed.outer[rest].astype(np.float32)
    names = np.array([posed.labels.index(e) for e in [*peaks.emotions, *crops.emotions[rest]]])
    temperature = fit_temperature(np.concatenate([posed.outer.astype(np.float32), still]), names)
    _write(run / "emotion.posed.json", temperature, still)


def unit_floor(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """The probability from which a unit is active: the best by F1, one half at least for rare units."""
    best = 1 / (1 + np.exp(-best_threshold(scores, truth)))
    return round(float(np.clip(best, 0.15 if truth.sum() >= FEWEST else 0.5, 0.9)), 3)


def _write(
    path: Path, temperature: float, calm: NDArray[np.float32], thresholds: tuple[float, ...] = ()
) -> None:
    """Put figures into a card."""
    card = replace(read_card(path), temperature=round(temperature, 4))
    card = replace(card, thresholds=thresholds, at_rest=mean_rest(card, calm))
    path.write_text(card.to_json(), encoding="utf-8")
    print(f"{path}: temperature {card.temperature}, thresholds {thresholds}")


def interval(figure: float, ci95: Sequence[float], percent: bool = False) -> str:
    """A figure with its interval."""
    if percent:
        return f"{100 * figure:.1f} % ({100 * ci95[0]:.1f} to {100 * ci95[1]:.1f})"
    return f"{figure:.3f} ({ci95[0]:.3f} to {ci95[1]:.3f})"


def table(report: dict[str, Any]) -> str:
    """The report as Markdown."""
    ours, floor = report["network"], report["baseline"]
    lines = ["| action unit | positives | AUC | AP | F1 | baseline AUC | baseline F1 |", "|" + "---|" * 7]
    for name, row in ours["units"].items():
        other = floor["units"][name]
        values = (row["auc"], row["average_precision"], row["f1"], other["auc"], other["f1"])
        lines.append(cells(name, row["positives"], *("-" if v is None else f"{v:.3f}" for v in values)))
    means = [(ours["mean"], name) for name in ("auc", "average_precision", "f1")]
    means += [(floor["mean"], name) for name in ("auc", "f1")]
    shown = [interval(mean[name], mean["ci95"][name]) for mean, name in means]
    lines.append(cells(f"mean of {len(ours['mean']['units'])}", "20 or more", *shown))
    lines += ["", "| emotions of CK+ from | pictures | accuracy |", "|" + "---|" * 3]
    for name, row in report["emotions"].items():
        lines.append(cells(name, row["n"], interval(row["accuracy"], row["ci95"], percent=True)))
    lines += ["", "| by sharpness | |", "|---|---|"]
    lines += [cells(name, f"{value:.3f}") for name, value in report["sharpness"].items()]
    return "\n".join(lines)


def cells(*texts: object) -> str:
    """A row of a table."""
    return f"| {' | '.join(map(str, texts))} |"


def main() -> None:
    """Measure, install, or write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--install", type=Path)
    args = parser.parse_args()
    if args.install:
        install(args.install, args.data)
        return
    if args.data:
        measure(args.data)
    fill(ROOT / "docs" / "results.md", "units", table(json.loads(REPORT.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
