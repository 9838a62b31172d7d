"""Figures, calibration and targets of a task whose answer is one of several classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.models.card import ModelCard
from mimik.tasks import metrics
from mimik.tasks.calibration import (
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    reliability,
)
from mimik.tasks.itemised import Outcomes
from mimik.tasks.measures import Measure
from mimik.tasks.probabilities import softmax
from mimik.tasks.samples import Labelled, group_numbers, known_classes, subgroup_figures
from mimik.tasks.words import percent


def class_numbers(samples: Sequence[Labelled], labels: Sequence[str], target: str) -> NDArray[np.intp]:
    """Numbers of the samples' classes, (N,); each has one of the labels under the target's name."""
    return np.array([labels.index(str(sample.labels[target])) for sample in samples], np.intp)


class ClassFigures:
    """The part of ClassTask that evaluation and training use; see Scored for each method."""

    objective = "classes"

    def has_truth(self, sample: Labelled, card: ModelCard) -> bool:
        """Whether its label is one of the card's."""
        return sample.labels.get(card.task) in card.labels

    def report(
        self, logits: NDArray[np.float32], samples: Sequence[Labelled], card: ModelCard
    ) -> dict[str, Any]:
        """Figures of a classifier.

        Returns:
            n, accuracy, ci95 (Wilson; wider where a person or picture comes several times), macro_f1,
            macro_precision, macro_recall, labels, confusion (true class in rows), per_class, ece, nll,
            reliability, threshold, certain and subgroups. In ``certain`` are only the answers that reach
            the card's threshold. Where sets don't tell all of the card's classes apart, ``accuracy_own`` and
            ``macro_recall_own`` are of answers limited to a set's own classes. Of sound and clips there is
            ``macro_recall_ci95``, too, from draws of people, and ``input`` says what it is.
        """
        truth = class_numbers(samples, card.labels, card.task)
        probabilities = softmax(logits, card.temperature)
        answers = probabilities.argmax(axis=1)
        right, groups = answers == truth, group_numbers(samples)
        confusion = metrics.confusion_matrix(truth, answers, len(card.labels))
        per_class = metrics.class_figures(confusion, card.labels)
        certain = probabilities.max(axis=1) >= card.threshold
        further = _among_own(logits, truth, samples, card)
        if card.input != "crop":
            interval = metrics.macro_recall_interval(truth, answers, len(card.labels), groups)
            further |= {"macro_recall_ci95": list(interval), "input": card.input}
        return {
            **metrics.share_figures(right, groups),
            "macro_f1": metrics.macro(per_class, "f1"),
            "macro_precision": metrics.macro(per_class, "precision"),
            "macro_recall": metrics.macro(per_class, "recall"),
            "labels": list(card.labels),
            "confusion": confusion.tolist(),
            "per_class": per_class,
            "ece": expected_calibration_error(probabilities, truth),
            "nll": negative_log_likelihood(logits, truth, card.temperature),
            "reliability": _reliability(probabilities, truth),
            "threshold": card.threshold,
            "certain": metrics.share_figures(right[certain], groups[certain]),
            "subgroups": subgroup_figures(
                samples, lambda rows: metrics.share_figures(right[rows], groups[rows])
            ),
            **further,
        }

    def headline(
        self, logits: NDArray[np.float32], samples: Sequence[Labelled], card: ModelCard
    ) -> tuple[str, float]:
        """Its accuracy."""
        truth = class_numbers(samples, card.labels, card.task)
        return "accuracy", metrics.accuracy(truth, logits.argmax(axis=1))

    def outcomes(self, logits: NDArray[np.float32], samples: Sequence[Labelled], card: ModelCard) -> Outcomes:
        """The labelled and the most probable class; see Itemised."""
        probabilities = softmax(logits, card.temperature)
        return Outcomes(
            truth=[str(sample.labels[card.task]) for sample in samples],
            predicted=[card.labels[k] for k in probabilities.argmax(axis=1)],
            confidence=probabilities.max(axis=1),
        )

    def measures(
        self, logits: Sequence[NDArray[np.float32]], samples: Sequence[Labelled], cards: Sequence[ModelCard]
    ) -> tuple[Measure, ...]:
        """Accuracy; see Comparable."""
        right = [
            said.argmax(axis=1) == class_numbers(samples, card.labels, card.task)
            for said, card in zip(logits, cards, strict=True)
        ]
        parts = [values.astype(np.float64) for values in right]
        return (Measure("accuracy", "accuracy", "share", True, parts),)

    def figure_lines(self, report: Mapping[str, Any]) -> list[str]:
        """Faces, accuracy, macro F1, ECE, and what is certain."""
        low, high = report["ci95"]
        heard = report.get("input") is not None
        lines = [
            f"{'clips' if heard else 'faces'}      {report['n']:,}",
            f"accuracy   {percent(report['accuracy'])}  (95 %: {percent(low)} to {percent(high)})",
            f"macro F1   {percent(report['macro_f1'])}",
            *_recall_lines(report),
            f"ECE        {report['ece']:.3f}",
        ]
        if report["threshold"] and report["certain"]["n"]:
            share = report["certain"]["n"] / report["n"]
            shown = percent(report["certain"]["accuracy"])
            lines.append(f"certain    {shown}  (of the {percent(share)} that reach {report['threshold']:g})")
        return lines

    def figure_table(self, report: Mapping[str, Any]) -> list[tuple[str, ...]]:
        """A row a class."""
        first = "clips" if report.get("input") else "faces"
        rows: list[tuple[str, ...]] = [("class", first, "precision", "recall", "F1")]
        for label, row in report["per_class"].items():
            told = [percent(row[k]) if row["n"] else "-" for k in ("precision", "recall", "f1")]
            rows.append((label, f"{row['n']:,}", *told))
        return rows

    def fit_temperature(
        self, logits: NDArray[np.float32], samples: Sequence[Labelled], labels: Sequence[str], target: str
    ) -> float:
        """That under which the true classes surprise least."""
        return fit_temperature(logits, class_numbers(samples, labels, target))

    def soft_targets(self, logits: NDArray[np.float32], card: ModelCard) -> NDArray[np.float32]:
        """Calibrated probabilities."""
        return softmax(logits, card.temperature)


def _recall_lines(report: Mapping[str, Any]) -> list[str]:
    """Of voices the mean recall; where a set lacks classes, that among its own."""
    lines = []
    if interval := report.get("macro_recall_ci95"):
        low, high = map(percent, interval)
        lines.append(
            f"recall     {percent(report['macro_recall'])}  (mean of classes; 95 %: {low} to {high})"
        )
    if "macro_recall_own" in report:
        own = percent(report["macro_recall_own"])
        lines.append(f"own        {own}  (the same, answers limited to the classes that the set has)")
    return lines


def _among_own(
    logits: NDArray[np.float32], truth: NDArray[np.intp], samples: Sequence[Labelled], card: ModelCard
) -> dict[str, Any]:
    """Figures of answers that are limited to the classes of each sample's set; none where these are all."""
    known = known_classes(samples, card.labels, card.task)
    if known.all():
        return {}
    answers = np.where(known, logits, -np.inf).argmax(axis=1)
    confusion = metrics.confusion_matrix(truth, answers, len(card.labels))
    return {
        "accuracy_own": metrics.accuracy(truth, answers),
        "macro_recall_own": metrics.macro(metrics.class_figures(confusion, card.labels), "recall"),
    }


def _reliability(probabilities: NDArray[np.float32], truth: NDArray[np.intp]) -> dict[str, list[Any]]:
    counts, confidence, share = reliability(probabilities, truth)
    return {
        "count": counts.astype(int).tolist(),
        "confidence": confidence.tolist(),
        "accuracy": share.tolist(),
    }
