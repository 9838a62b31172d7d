"""Ages: bands of years, distributions over years, and what the labels of a picture say of them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.tasks.probabilities import softmax

GROUPS: dict[str, tuple[int, int]] = {
    "0-2": (0, 2),
    "3-9": (3, 9),
    "10-19": (10, 19),
    "20-29": (20, 29),
    "30-39": (30, 39),
    "40-49": (40, 49),
    "50-59": (50, 59),
    "60-69": (60, 69),
    "70+": (70, 200),
}
"""Age group to its first and last year: FairFace's bands."""

WIDTHS = (5, 10)
"""How many years wide age groups of equal width may be."""
OLDEST = 100
"""The year with which the last of them, "100+", begins: models know the years from 0 to 100."""


def age_group(years: float) -> str:
    """The group that holds an age in completed years."""
    return next((name for name, (_, last) in GROUPS.items() if int(years) <= last), "70+")


def group_of(years: float, width: int) -> str:
    """The age group of equal width in which an age lies: "20-24" for 22.3 and 5, "20-29" for 22.3 and 10.

    A plain function of the years to two decimals, as results hold them: it says the same of a reading, of its
    row in a file, and of the page.

    Args:
        years: An age in years; below 0 counts as 0.
        width: Years of a group, 5 or 10; the last one is "100+".

    Raises:
        OptionError: The width is another.
    """
    check_width(width)
    first = int(max(0.0, round(years, 2))) // width * width
    return f"{first}-{first + width - 1}" if first < OLDEST else f"{OLDEST}+"


def check_width(width: int) -> None:
    """Refuse a width that age groups can't have.

    Raises:
        OptionError: It isn't 5 or 10.
    """
    if type(width) is not int or width not in WIDTHS:
        raise OptionError(f"age groups (--age-groups) must be 5 or 10 years wide, not {width!r}")


def group_as_text(group: str) -> str:
    """An age group as a spreadsheet leaves it alone: "3 to 9" for "3-9", which it would take for 9 March."""
    return " to ".join(group.split("-"))


def group_from_text(text: str) -> str:
    """The way back, "3-9" for "3 to 9"; any other text stays as it is."""
    found = re.fullmatch(r"(\d+) to (\d+)", text)
    return f"{found[1]}-{found[2]}" if found else text


YEARS, BAND = "age", "age_group"
"""Names of the labels: completed years as a float, and one of GROUPS."""


def true_years(labels: Mapping[str, str | float]) -> float | None:
    """The labelled age in years; None where it isn't known to the year."""
    return float(labels[YEARS]) if YEARS in labels else None


def true_group(labels: Mapping[str, str | float]) -> str | None:
    """The labelled age group, that of the years where these are known; None where there is none of GROUPS."""
    if (years := true_years(labels)) is not None:
        return age_group(years)
    band = str(labels.get(BAND, ""))
    return band if band in GROUPS else None


def age_values(logits: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Mean, 10 % and 90 % points and group scores of the distribution over years.

    Args:
        logits: (N, K), one a year from 0 to K - 1.
        temperature: Of the card; it widens the distribution until the interval covers 80 %.

    Returns:
        float32 (N, 3 + 9).
    """
    mass = softmax(logits, temperature)
    # The mean comes from the network's own distribution: widening would only blur it.
    years = softmax(logits) @ np.arange(mass.shape[1], dtype=np.float32)
    low, high = age_interval(mass)
    groups = group_scores(group_masses(mass))
    columns = (years, np.minimum(low, years), np.maximum(high, years))
    return np.concatenate([np.stack(columns, axis=1), groups], axis=1, dtype=np.float32)


def group_masses(mass: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probability of each group (N, G) from distributions over the years from 0, (N, K)."""
    firsts = [first for first, _ in GROUPS.values() if first < mass.shape[1]]
    masses = np.zeros((len(mass), len(GROUPS)), np.float32)
    np.add.reduceat(mass, firsts, axis=1, out=masses[:, : len(firsts)])
    return masses


def group_scores(masses: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much of an answer each group would be: its own probability, and half of its neighbours'.

    The group that is only the most probable can lie beside all the others.

    Args:
        masses: Probability of each group, (N, G).
    """
    scores = masses.copy()
    scores[:, 1:] += masses[:, :-1] / 2
    scores[:, :-1] += masses[:, 1:] / 2
    return scores


def age_interval(mass: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The 10 % and 90 % points, in years, of distributions over the years from 0, (N, K)."""
    cumulative = np.zeros((len(mass), mass.shape[1] + 1), np.float32)
    np.cumsum(mass, axis=1, out=cumulative[:, 1:])
    low, high = _quantiles(cumulative, np.array([0.1, 0.9], np.float32)).T
    return low, high


def _quantiles(cumulative: NDArray[np.float32], shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """Years (N, Q) at which cumulative distributions (N, 1 + K), from 0, pass Q shares, between the bins."""
    last = cumulative.shape[1] - 2
    index = np.minimum((cumulative[:, None, 1:] < shares[:, None]).sum(axis=2), last)
    rows = np.arange(len(cumulative))[:, None]
    below = cumulative[rows, index]
    step = np.maximum(cumulative[rows, index + 1] - below, np.float32(1e-9))
    # A bin k holds the ages from k - 0.5 to k + 0.5, so that the mean has no offset.
    return np.asarray(np.maximum(index - 0.5 + (shares - below) / step, 0), np.float32)
