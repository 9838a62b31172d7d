"""Predictions as data: a CSV with a row a picture, written by evaluation and read by whoever judges labels.

The columns are ``key``, ``truth``, ``predicted``, ``confidence`` and ``group``; what the set knows of its
people (``gender``, ``age_group``, ``ethnicity``); ``truth_AU01`` and so on of action units; and ``logit_``
with the name of each output, the raw answer before calibration.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.data.places import read_table, table_text
from mimik.errors import DataError, OptionError
from mimik.models.card import ModelCard
from mimik.tasks.itemised import Itemised
from mimik.tasks.years import GROUPS, group_as_text, group_from_text

FIRST = ("key", "truth", "predicted", "confidence", "group")
"""Columns that every file has, before the others."""
LOGIT, PRESENT = "logit_", "truth_"
"""What columns begin with that hold the raw answer and, of action units, the truth of each."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What is known of one picture, and what a model said of it."""

    key: str
    """Of the picture in its set: row number or path."""
    truth: str | float
    """Class; years where they are known, else an age group; or the action units that are there
    ("AU06+AU12", "none")."""
    predicted: str | float
    """The same of the answer; of ages always years."""
    confidence: float | None
    """Calibrated probability of the predicted class, 0 to 1; None where no class is predicted."""
    group: str
    """Person, or near copies of one picture; empty where the set knows none."""
    subgroup: Mapping[str, str] = field(default_factory=dict)
    """"gender", "age_group", "ethnicity", as far as known."""
    present: Mapping[str, bool | None] = field(default_factory=dict)
    """Action unit to whether it is there, None where not coded; empty of other tasks."""
    logits: Mapping[str, float] = field(default_factory=dict)
    """Label, of ages the year from "0" (of those that are one number, "0" alone), to the raw answer before
    calibration."""


def predictions_text(
    task: object, card: ModelCard, samples: Sequence[Sample], logits: NDArray[np.float32]
) -> str:
    """What a model said of some pictures, as CSV.

    Args:
        task: What decodes its answers.
        card: The model's card.
        samples: The N pictures, each with a truth.
        logits: What it said, (N, K).

    Raises:
        OptionError: The task is from outside, and doesn't say what becomes of each picture.
    """
    if not isinstance(task, Itemised):
        raise OptionError(
            f"the task {card.task!r} has no predictions by picture: its class lacks outcomes "
            "(mimik.tasks.itemised.Itemised); add it"
        )
    found = task.outcomes(logits, samples, card)
    subgroups = sorted({name for sample in samples for name in sample.subgroup})
    labels = card.labels or tuple(map(str, range(card.outputs)))
    units, raw = (PRESENT + name for name in found.present), (LOGIT + label for label in labels)
    rows: list[list[str]] = [[*FIRST, *subgroups, *units, *raw]]
    for row, sample in enumerate(samples):
        sure = "" if found.confidence is None else str(found.confidence[row])
        present = [_presence(values[row]) for values in found.present.values()]
        known = [_safe(sample.subgroup.get(name, "")) for name in subgroups]
        said = [_safe(found.truth[row]), _safe(found.predicted[row]), sure, sample.group]
        rows.append([sample.key, *said, *known, *present, *map(str, logits[row])])
    return table_text(rows)


def _safe(value: str | float) -> str:
    """A cell in which a spreadsheet sees no date ("3 to 9" for "3-9")."""
    text = str(value)
    return group_as_text(text) if re.fullmatch(r"\d+-\d+", text) else text


def _presence(value: np.float32) -> str:
    return "" if np.isnan(value) else str(int(value))


def read_predictions(path: str | Path) -> list[Prediction]:
    """The rows of a predictions file.

    Args:
        path: CSV that ``mimik evaluate --predictions`` wrote; plain, .gz, .xz or .zip.

    Raises:
        DataError: It isn't there, lacks a column, or a row is damaged; names the line.
    """
    file = Path(path)
    if not file.is_file():
        raise DataError(
            f"{file}: no such file; write one with 'mimik evaluate MODEL DATA --predictions FILE'"
        )
    table = list(read_table(file, FIRST))
    if not table:
        raise DataError(f"{file}: no predictions in it, only a header; write it again")
    form = _form_of(table)
    if not form.labels:
        raise DataError(f"{file}: expected columns logit_ and a label, found {', '.join(form.columns)}")
    return list(_checked_rows(file, table, form))


Table: TypeAlias = Sequence[tuple[int, Mapping[str, str]]]
"""Number of the line, and column to text."""


@dataclass(frozen=True, slots=True)
class _Form:
    """What the rows of a file hold."""

    columns: tuple[str, ...]
    """All, in order."""
    labels: tuple[str, ...]
    """Of the outputs."""
    units: tuple[str, ...]
    """Action units with a truth each; none of other tasks."""
    years: bool
    """Whether answers are ages: outputs that count from 0, and no class to be sure of."""

    @property
    def known(self) -> tuple[str, ...]:
        """The columns of what is known of people."""
        return tuple(n for n in self.columns if n not in FIRST and not n.startswith((LOGIT, PRESENT)))


def _form_of(table: Table) -> _Form:
    columns = max((tuple(row) for _, row in table), key=lambda names: len(names))  # A row may lack its end.
    labels = tuple(name.removeprefix(LOGIT) for name in columns if name.startswith(LOGIT))
    units = tuple(name.removeprefix(PRESENT) for name in columns if name.startswith(PRESENT))
    counts = labels == tuple(map(str, range(len(labels))))
    return _Form(columns, labels, units, counts and not any(row.get("confidence") for _, row in table))


def _checked_rows(file: Path, table: Table, form: _Form) -> Iterator[Prediction]:
    """The rows as they are meant, each checked."""
    lines: dict[str, int] = {}
    for line, row in table:
        where = f"{file}, line {line}"
        if len(row) < len(form.columns):
            raise DataError(f"{where}: expected {len(form.columns)} cells, found {len(row)}; write it again")
        found = _prediction(row, form, where)
        if (first := lines.setdefault(found.key, line)) != line:
            raise DataError(f"{where}: {found.key!r} stands in line {first}, too; keep one of them")
        yield found


def _prediction(row: Mapping[str, str], form: _Form, where: str) -> Prediction:
    for name in ("key", "truth", "predicted"):
        if not row[name]:
            raise DataError(f"{where}: {name} is empty; write the file again")
    return Prediction(
        key=row["key"],
        truth=_answer(row, "truth", form, where),
        predicted=_answer(row, "predicted", form, where),
        confidence=_confidence(row["confidence"], form, f"{where}, confidence"),
        group=row["group"],
        subgroup={name: group_from_text(row[name]) for name in form.known if row[name]},
        present={name: _flag(row[PRESENT + name], f"{where}, {PRESENT}{name}") for name in form.units},
        logits={name: _number(row[LOGIT + name], f"{where}, {LOGIT}{name}") for name in form.labels},
    )


def _answer(row: Mapping[str, str], name: str, form: _Form, where: str) -> str | float:
    """A truth or a prediction: years, an age group, units or one of the classes."""
    text = row[name]
    if form.years:
        if name == "truth" and group_from_text(text) in GROUPS:
            return group_from_text(text)
        return _number(text, f"{where}, {name}")
    said = text if text in form.labels or form.units else group_from_text(text)
    if said not in form.labels and not form.units:
        raise DataError(f"{where}: {name} is {text!r:.40}, but there is no column {LOGIT}{said:.40}")
    return said


def _confidence(text: str, form: _Form, where: str) -> float | None:
    if not text and (form.years or form.units):
        return None
    return _number(text, where, 0, 1)


def _number(text: str, where: str, low: float = -math.inf, high: float = math.inf) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (low <= value <= high and math.isfinite(value)):
        allowed = "a number" if low == -math.inf else f"a number from {low:g} to {high:g}"
        raise DataError(f"{where}: expected {allowed}, found {text[:40]!r}")
    return value


def _flag(text: str, where: str) -> bool | None:
    if text not in ("", "0", "1"):
        raise DataError(f"{where}: expected 0, 1 or nothing, found {text[:40]!r}")
    return None if text == "" else text == "1"
