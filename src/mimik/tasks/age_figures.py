"""Figures, calibration and targets of ages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.models.card import ModelCard
from mimik.tasks import metrics
from mimik.tasks.age_number import is_number, residuals_of, values_of
from mimik.tasks.calibration import FEWEST, covered, fit_age_temperature, fit_band_temperature
from mimik.tasks.itemised import Outcomes
from mimik.tasks.measures import Measure
from mimik.tasks.probabilities import softmax
from mimik.tasks.samples import Labelled, group_numbers, subgroup_figures
from mimik.tasks.words import percent
from mimik.tasks.years import GROUPS, true_group, true_years

_NAMES = tuple(GROUPS)


class AgeFigures:
    """The part of Age that evaluation and training use; see Scored for each method."""

    objective = "years"

    def has_truth(self, sample: Labelled, card: ModelCard) -> bool:
        """Whether its age is known, in years or as a group."""
        return true_group(sample.labels) is not None

    def report(
        self, logits: NDArray[np.float32], samples: Sequence[Labelled], card: ModelCard
    ) -> dict[str, Any]:
        """Figures of an age model.

        Returns:
            n, mae and ci95 (bootstrap over people where the set knows them, years), cs5, bias and
            coverage80 over the rows whose age is known in years, None where there is none (``n_years``), or
            no interval;
            group_accuracy, group_ci95 and group_within_one over all rows; subgroups.
        """
        values = values_of(logits, card)
        truth = _years(samples)
        exact, group = ~np.isnan(truth), _group_numbers(samples)
        said, people = values[:, 3:].argmax(axis=1), group_numbers(samples)
        unknown = {"coverage80": None} if is_number(card) and not card.residuals else {}

        def figures(rows: NDArray[np.intp]) -> dict[str, Any]:
            known = rows[exact[rows]]
            return {
                "n": len(rows),
                **_year_figures(truth[known], values[known], people[known]),
                **unknown,
                **_group_figures(group[rows], said[rows], people[rows]),
            }

        return {
            **figures(np.arange(len(samples))),
            "n_years": int(exact.sum()),
            "groups": list(_NAMES),
            "confusion": metrics.confusion_matrix(group, said, len(_NAMES)).tolist(),
            "subgroups": subgroup_figures(samples, figures),
        }

    def headline(
        self, logits: NDArray[np.float32], samples: Sequence[Labelled], card: ModelCard
    ) -> tuple[str, float]:
        """The mean absolute error in years, "mae"; "group_accuracy" where ages are bands."""
        values, truth = values_of(logits, card), _years(samples)
        if not np.isnan(truth).any():
            return "mae", metrics.mean_absolute_error(truth, values[:, 0].astype(np.float64))
        return "group_accuracy", metrics.accuracy(_group_numbers(samples), values[:, 3:].argmax(axis=1))

    def outcomes(self, logits: NDArray[np.float32], samples: Sequence[Labelled], card: ModelCard) -> Outcomes:
        """Years, or the age group where only that is known, and the years of the answer; see Itemised."""
        known = [true_years(sample.labels) for sample in samples]
        return Outcomes(
            truth=[
                str(true_group(sample.labels)) if years is None else years
                for sample, years in zip(samples, known, strict=True)
            ],
            predicted=values_of(logits, card)[:, 0].tolist(),
        )

    def measures(
        self, logits: Sequence[NDArray[np.float32]], samples: Sequence[Labelled], cards: Sequence[ModelCard]
    ) -> tuple[Measure, ...]:
        """Mean absolute error, and exact age groups; these alone or first where years are lacking."""
        values = [values_of(said, card) for said, card in zip(logits, cards, strict=True)]
        years, group = _years(samples), _group_numbers(samples)
        off = [np.abs(said[:, 0] - years) for said in values]
        exact = [(said[:, 3:].argmax(axis=1) == group).astype(np.float64) for said in values]
        mae = Measure("mae", "MAE, years", "years", False, off)
        groups = Measure("group_accuracy", "age group", "share", True, exact)
        if np.isnan(years).all():
            return (groups,)
        return (groups, mae) if np.isnan(years).any() else (mae, groups)

    def figure_lines(self, report: Mapping[str, Any]) -> list[str]:
        """Faces, error in years where these are known, and age groups."""
        lines = [f"faces      {report['n']:,}"]
        if report["mae"] is not None:
            low, high = report["ci95"]
            lines += [
                f"MAE        {report['mae']:.2f} years  (95 %: {low:.2f} to {high:.2f})",
                f"within 5   {percent(report['cs5'])}",
                f"bias       {report['bias']:+.2f} years",
            ]
            if report["coverage80"] is not None:
                lines.append(f"interval   holds {percent(report['coverage80'])} (it is made to hold 80 %)")
        low, high = report["group_ci95"]
        return [
            *lines,
            f"age group  {percent(report['group_accuracy'])}  (95 %: {percent(low)} to {percent(high)})",
            f"within one {percent(report['group_within_one'])}",
        ]

    def figure_table(self, report: Mapping[str, Any]) -> list[tuple[str, ...]]:
        """None: there are subgroups by age."""
        return []

    def fit_temperature(
        self, logits: NDArray[np.float32], samples: Sequence[Labelled], labels: Sequence[str], target: str
    ) -> float:
        """From the samples whose year is known; where those are too few, from the bands of all.

        An age that is one number has no distribution to widen.
        """
        if logits.shape[1] == 1:
            return 1.0
        years = _years(samples)
        exact = ~np.isnan(years)
        if exact.sum() >= FEWEST:
            return fit_age_temperature(logits[exact], years[exact])
        first, last = np.array([GROUPS[_NAMES[number]] for number in _group_numbers(samples)]).T
        return fit_band_temperature(logits, first, last)

    def soft_targets(self, logits: NDArray[np.float32], card: ModelCard) -> NDArray[np.float32]:
        """The distribution over years itself: the card's temperature is there to widen an interval.

        Of an age that is one number, that.
        """
        return np.maximum(logits, 0) if is_number(card) else softmax(logits)

    def fit_residuals(
        self, logits: NDArray[np.float32], samples: Sequence[Labelled], card: ModelCard
    ) -> tuple[float, ...]:
        """Of an age that is one number, by the samples whose year is known; see Measured."""
        return residuals_of(logits, _years(samples)) if is_number(card) else ()


def _years(samples: Sequence[Labelled]) -> NDArray[np.float64]:
    """True ages, (N,); NaN where they aren't known to the year."""
    known = (true_years(sample.labels) for sample in samples)
    return np.array([np.nan if years is None else years for years in known], np.float64)


def _group_numbers(samples: Sequence[Labelled]) -> NDArray[np.intp]:
    """Numbers of the true age groups, (N,)."""
    return np.array([_NAMES.index(str(true_group(sample.labels))) for sample in samples], np.intp)


def _year_figures(
    truth: NDArray[np.float64], values: NDArray[np.float32], people: NDArray[np.intp]
) -> dict[str, Any]:
    """Figures against ages in years."""
    if not len(truth):
        return dict.fromkeys(("mae", "ci95", "cs5", "bias", "coverage80"))
    years = values[:, 0].astype(np.float64)
    return {
        "mae": metrics.mean_absolute_error(truth, years),
        "ci95": list(metrics.bootstrap_interval(np.abs(truth - years), groups=people)),
        "cs5": metrics.cumulative_score(truth, years),
        "bias": float((years - truth).mean()),
        "coverage80": covered(values[:, 1], values[:, 2], truth),
    }


def _group_figures(
    truth: NDArray[np.intp], answers: NDArray[np.intp], people: NDArray[np.intp]
) -> dict[str, Any]:
    """Figures against age groups."""
    figures = metrics.share_figures(truth == answers, people)
    return {
        "group_accuracy": figures["accuracy"],
        "group_ci95": figures["ci95"],
        "group_within_one": float(metrics.within_one(truth, answers).mean()),
    }
