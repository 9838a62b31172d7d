"""Action units and emotions on CK+, five folds by person: the table of docs/results.md, and thresholds.

    python benchmarks/action_units.py --data DATA             score runs/face.base-seed0-fold0 ... -fold4
    python benchmarks/action_units.py --data DATA --install runs/face.base-seed0   temperature, thresholds
    python benchmarks/action_units.py                         write the table again from docs/figures

Faces are found by the detector in the full-size peak frames. Beside the network stand a baseline (HOG of
the aligned face, 120 principal components, logistic regression: what needs no network) and the coded units
themselves. Thresholds and the maps from units to emotions are made on the other folds' answers. DATA holds
CK+ and CK+48 (docs/training.md). Needs scikit-learn.
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

from figures import FIGURES, ROOT, fill
from mimik.data.base import Sample, read_samples
from mimik.data.ckplus import PLACEMENT, CkPlus
from mimik.data.splits import fold_of
from mimik.evaluate.rest import mean_rest
from mimik.faces.crop import Square, crop, crop_batch, face_square, normalise, placed_square
from mimik.faces.detect.base import load_detector
from mimik.models.card import read_card
from mimik.models.inputs import CropSpec
from mimik.tasks.calibration import fit_temperature, fit_unit_temperature
from mimik.tasks.loaded import LoadedModel, load_model
from mimik.tasks.metrics import roc_auc
from mimik.tasks.unit_figures import FEWEST, drawn_people, figures_of, unit_truth

FOLDS, RUN = 5, "runs/face.base-seed0"
REPORT = FIGURES / "au.folds.json"
HOG_CROP = CropSpec(size=96, scale=1.08, shift_y=0.05)
HOG = cv2.HOGDescriptor((96, 96), (16, 16), (8, 8), (8, 8), 9)
SMALL = 48
"""Side of the published crops of frames at rest, to which peaks are brought to compare them."""


@dataclass
class Pictures:
    """Pictures of CK+ with where their faces lie."""

    samples: list[Sample]
    images: list[NDArray[np.uint8]]
    boxes: list[Any]

    @property
    def people(self) -> NDArray[np.str_]:
        """Who is seen."""
        return np.array([sample.group for sample in self.samples])

    @property
    def folds(self) -> NDArray[np.intp]:
        """The fold of each."""
        return np.array([fold_of(sample.group, FOLDS) for sample in self.samples])

    @property
    def emotions(self) -> NDArray[np.str_]:
        """The emotion of each."""
        return np.array([str(sample.labels["emotion"]) for sample in self.samples])

    def square(self, row: int, spec: CropSpec) -> Square:
        """Where a model's crop lies."""
        if self.boxes[row] is not None:
            return face_square(*self.boxes[row], spec)
        height, width = self.images[row].shape[:2]
        return placed_square(width, height, self.samples[row].placement, spec)


def read(data: Path, detect: bool) -> Pictures:
    """CK+ or its crops; of full-size frames the face that the detector finds."""
    detector, found = load_detector(), Pictures([], [], [])
    for sample in read_samples(CkPlus(), data)[0]:
        image = sample.load()
        faces = detector.detect(image) if detect else []
        if detect and not faces:
            print(f"{sample.key}: no face", flush=True)
            continue
        found.samples.append(sample)
        found.images.append(image)
        found.boxes.append((faces[0].box_xyxy, faces[0].landmarks_xy) if detect else None)
    return found


def shrunk(pictures: Pictures) -> Pictures:
    """The same faces as sharp as the published crops: cut out and scaled to 48 px."""
    spec = CropSpec(size=SMALL, channels=3, scale=1.11)
    images = [crop(image, pictures.square(i, spec), SMALL) for i, image in enumerate(pictures.images)]
    # From here on they are crops like the others.
    placed = [replace(sample, placement=PLACEMENT) for sample in pictures.samples]
    return Pictures(placed, images, [None] * len(images))


def logits_of(model: LoadedModel, pictures: Pictures, rows: NDArray[np.intp]) -> NDArray[np.float32]:
    """What a model says of some pictures, (N, K)."""
    spec = model.card.crop
    crops = np.concatenate([crop_batch(pictures.images[i], [pictures.square(i, spec)], spec) for i in rows])
    parts = [normalise(crops[k : k + 64], model.card.mean, model.card.std) for k in range(0, len(crops), 64)]
    return np.concatenate([model.logits(part) for part in parts])


def out_of_fold(
    name: str, task: str, pictures: Pictures, run: str = RUN
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """What each fold's run says of the people that it has not seen, (N, K), and the labels."""
    said: NDArray[np.float64] | None = None
    for fold in range(FOLDS):
        model = load_model(task, f"{run}-fold{fold}/{name}.json", "cpu")
        rows = np.flatnonzero(pictures.folds == fold)
        if said is None:
            said = np.zeros((len(pictures.samples), model.card.outputs))
        said[rows] = logits_of(model, pictures, rows) / model.card.temperature
    assert said is not None
    return said, model.card.labels


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
    scores: NDArray[np.float64], truth: NDArray[np.float32], folds: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """What is called active, by thresholds that are best on the other folds' scores."""
    active = np.zeros(scores.shape, bool)
    for fold in range(FOLDS):
        others = folds != fold
        for k in range(scores.shape[1]):
            if (truth[others, k] > 0).any():
                floor = best_threshold(scores[others, k], truth[others, k] > 0.5)
                active[~others, k] = scores[~others, k] >= floor
    return active


def classifier(components: int = 0, strength: float = 0.01) -> Pipeline:
    """Standardised features, perhaps their principal components, logistic regression."""
    parts = [StandardScaler(), *([PCA(components, random_state=0)] if components else [])]
    return make_pipeline(*parts, LogisticRegression(C=strength, max_iter=3000))


def emotions_from(
    features: NDArray[np.float64], pictures: Pictures, model: Callable[[], Pipeline]
) -> NDArray[np.str_]:
    """The emotion of each face by a model that has not seen the person."""
    said = np.empty(len(features), object)
    for fold in range(FOLDS):
        others = pictures.folds != fold
        said[~others] = model().fit(features[others], pictures.emotions[others]).predict(features[~others])
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
    units, labels = out_of_fold("au.base", "au", peaks)
    truth = unit_truth(peaks.samples, labels)
    floor_scores, floor_calls, floor_emotions = baseline(peaks, truth)
    report: dict[str, Any] = {
        "network": figures_of(units, truth, called(units, truth, peaks.folds), labels, peaks.people),
        "baseline": figures_of(floor_scores, truth, floor_calls, labels, peaks.people),
        "emotions": emotion_figures(peaks, crops, units, truth, floor_emotions),
        "sharpness": sharpness_figures(peaks, crops, units, labels),
    }
    REPORT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def emotion_figures(
    peaks: Pictures,
    crops: Pictures,
    units: NDArray[np.float64],
    truth: NDArray[np.float32],
    floor: NDArray[np.str_],
) -> dict[str, Any]:
    """Seven emotions of the peaks (contempt, no neutral), and eight with the frames at rest."""
    seven = sorted(set(peaks.emotions.tolist()))
    calm_crops = calm_of(crops)
    figures = {"baseline": share_right(floor, peaks)}
    for name in ("emotion.posed", "emotion8.base"):
        logits, labels = out_of_fold(name, "emotion", peaks)
        calm, _ = out_of_fold(name, "emotion", calm_crops)
        both = np.concatenate([logits, calm])
        everyone = Pictures([*peaks.samples, *calm_crops.samples], [], [])
        figures[name] = share_right(named(logits, labels, seven), peaks)
        figures[f"{name}, with neutral"] = share_right(named(both, labels, [*seven, "neutral"]), everyone)
    return figures | {
        "predicted units": share_right(emotions_from(units, peaks, lambda: classifier(0, 0.1)), peaks),
        "coded units": share_right(emotions_from(truth, peaks, lambda: classifier(0, 1.0)), peaks),
    }


def sharpness_figures(
    peaks: Pictures, crops: Pictures, units: NDArray[np.float64], labels: Sequence[str]
) -> dict[str, Any]:
    """Whether units are told from frames at rest by sharpness: sharp peaks, and the same at 48 px."""
    truth = unit_truth(peaks.samples, labels)
    small, _ = out_of_fold("au.base", "au", shrunk(peaks))
    at48, _ = out_of_fold("au.base", "au", crops)
    apex = np.array([s.subgroup["frame"] == "apex" for s in crops.samples])
    counted = [k for k in range(len(labels)) if truth[:, k].sum() >= 20]
    crop_truth = unit_truth(crops.samples, labels)

    def auc(scores: NDArray[np.float64], wanted: NDArray[np.float32]) -> float:
        return float(np.mean([roc_auc(scores[:, k], wanted[:, k] > 0.5) for k in counted]))

    return {
        "mean AUC, sharp peaks": auc(units, truth),
        "mean AUC, the same at 48 px": auc(small, truth),
        "mean AUC, 48 px apex frames": auc(at48[apex], crop_truth[apex]),
        "mean AUC, 48 px apex frames and frames at rest": auc(at48, crop_truth),
        "mean logit, sharp peaks": float(units[:, counted].mean()),
        "mean logit, the same at 48 px": float(small[:, counted].mean()),
        "mean logit, frames at rest": float(at48[~apex][:, counted].mean()),
    }


def calm_of(crops: Pictures) -> Pictures:
    """The frames at rest."""
    rows = [i for i, sample in enumerate(crops.samples) if sample.labels["emotion"] == "neutral"]
    return Pictures([crops.samples[i] for i in rows], [crops.images[i] for i in rows], [None] * len(rows))


def install(run: Path, data: Path) -> None:
    """Write what fits the folds' answers into the cards of a run: temperature, thresholds, scores at rest."""
    peaks, crops = read(data / "CK+", detect=True), read(data / "CK+48", detect=False)
    calm = calm_of(crops)
    sharp, labels = unscaled("au.base", "au", peaks)
    at48, _ = unscaled("au.base", "au", crops)
    truth = unit_truth(peaks.samples, labels)
    temperature = fit_unit_temperature(
        np.concatenate([sharp, at48]), np.concatenate([truth, unit_truth(crops.samples, labels)])
    )
    floors = [unit_floor(sharp[:, k] / temperature, truth[:, k] > 0.5) for k in range(len(labels))]
    _write(run / "au.base.json", temperature, unscaled("au.base", "au", calm)[0], tuple(floors))

    posed, names = unscaled("emotion.posed", "emotion", peaks)
    still, _ = unscaled("emotion.posed", "emotion", calm)
    wanted = [*peaks.emotions, *calm.emotions]
    temperature = fit_temperature(np.concatenate([posed, still]), np.array([names.index(e) for e in wanted]))
    _write(run / "emotion.posed.json", temperature, still)


def unscaled(name: str, task: str, pictures: Pictures) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """out_of_fold's logits as the networks give them, at no temperature."""
    said, labels = out_of_fold(name, task, pictures)
    scale = np.array([read_card(Path(f"{RUN}-fold{f}/{name}.json")).temperature for f in range(FOLDS)])
    return (said * scale[pictures.folds][:, None]).astype(np.float32), labels


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
