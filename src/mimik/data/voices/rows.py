"""Rows of a table that are heard: a recording or film, or a part of one, and who speaks in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mimik.data.base import Sample, no_picture
from mimik.data.labels import OLDEST, class_name, label_of, sound_tasks
from mimik.data.own import OwnTasks
from mimik.data.places import Place
from mimik.data.soft_labels import cell_number, likeliest, soft_labels
from mimik.data.voices.sounds import film_loader, is_film, sound_loader
from mimik.errors import DataError
from mimik.tasks.years import age_group

COLUMNS = ("ethnicity", "language", "intensity", "statement", "noise")
"""Columns that are subgroups as they are, beside gender and age."""


def heard_tasks(names: Sequence[str], own: OwnTasks) -> tuple[str, ...]:
    """The tasks whose answers the labels of sounds are: those of one's own if the names are theirs."""
    return own.of(names) or sound_tasks()


def heard_sample(
    folder: Place, row: Mapping[str, str], split: str, tasks: Sequence[str], own: OwnTasks, where: str
) -> Sample:
    """A row as a sample.

    Args:
        folder: Where relative paths begin.
        row: Column to text: ``path``; ``label`` or a column a task; perhaps ``subject``, ``start_s`` and
            ``end_s`` (seconds of the file), probabilities (see ``soft_labels``), ``gender``, ``age`` or
            ``age_group``, and COLUMNS.
        split: Its split.
        tasks: What ``label`` is an answer of.
        own: Tasks of one's own.
        where: Table and line, for messages.

    Raises:
        DataError: A time, an age or a probability is none.
    """
    cells = {name: row[name] for name in (*sound_tasks(), *own.labels) if row.get(name)}
    if label := row.get("label"):
        cells = {**dict.fromkeys(tasks, label), **cells}
    filmed = is_film(row["path"])
    if filmed and (label := row.get("filmed") or cells.get("voice")):
        cells["filmed"] = label
    start_s, end_s = (_number(row, name, where) for name in ("start_s", "end_s"))
    if (start_s or 0.0) >= (float("inf") if end_s is None else end_s):
        raise DataError(f"{where}: end_s must be above start_s, found {row['start_s']} and {row['end_s']}")
    part = f"#{row.get('start_s', '')}-{row.get('end_s', '')}" if (start_s, end_s) != (None, None) else ""
    soft = soft_labels(row, sound_tasks(), own, where)
    labels = {task: likeliest(*said) for task, said in soft.items()}
    return Sample(
        key=row["path"] + part,
        load=no_picture,
        split=split,
        labels=labels | {name: label_of(name, text, own) for name, text in cells.items()},
        votes={task: said for task, (_, said) in soft.items()},
        group=row.get("subject", ""),
        subgroup={name: value for name, value in _subgroups(row, where).items() if value},
        hear=sound_loader(folder / row["path"], start_s, end_s),
        watch=film_loader(folder / row["path"], start_s, end_s) if filmed else None,
    )


def _subgroups(row: Mapping[str, str], where: str) -> dict[str, str]:
    """What figures are broken down by; empty where it isn't known."""
    years = _number(row, "age", where)
    if years is not None and years > OLDEST:
        raise DataError(f"{where}: expected an age in years, found {row['age'][:40]!r}")
    band = class_name(row.get("age_group", "")) if years is None else age_group(years)
    gender = class_name(row.get("gender", ""))
    return {"gender": gender, "age_group": band, **{name: row.get(name, "") for name in COLUMNS}}


def _number(row: Mapping[str, str], name: str, where: str) -> float | None:
    """A cell that holds seconds or years, 0 or more; None if it is empty."""
    text = row.get(name, "").strip()
    return cell_number(text, name, where) if text else None
