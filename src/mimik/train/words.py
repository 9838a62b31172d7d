"""What a training says on the terminal, line by line."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mimik.data.left_out import left_out_lines
from mimik.models.card import read_card
from mimik.tasks.words import fitted, percent
from mimik.train.watch import Finish, Start

FORMS: dict[str, Callable[[float], str]] = {"accuracy": percent, "mae": "{:.2f} years".format}
"""How a figure is written; others with three digits."""


def header_lines(start: Start) -> list[str]:
    """What a run is about to do."""
    where = f"{start.threads} thread{'s' * (start.threads != 1)} of the CPU"
    where = where if start.device == "cpu" else f"{start.device}, with {where}"
    if start.processes > 1:
        where = f"{start.processes} processes, the first with {where}"
    return [
        f"{start.name} {start.version}: {start.network}, {start.parameters:,} parameters, "
        f"{start.takes}; on {where}",
        "",
        *fitted(count_rows(start)),
        "",
        *(f"left out, {line}" for line in left_out_lines(start.left_out)),
        *start.notes,
        *fitted(phase_rows(start)),
        _plan(start),
    ]


def count_rows(start: Start) -> list[tuple[str, ...]]:
    """A row a class; with the head's name, if there are several."""
    several = len(start.counts) > 1
    rows = [(*["task"] * several, "class", "trained", "held")]
    for head in start.counts:
        first = [head.name] * several
        rows += [
            (*first, name, f"{head.trained.get(name, 0):,}", f"{head.held.get(name, 0):,}")
            for name in dict.fromkeys([*head.trained, *head.held])
        ]
    last = ["all", start.word] if several else ["all"]
    return [*rows, (*last, f"{start.trained:,}", f"{start.held:,}")]


def phase_rows(start: Start) -> list[tuple[str, ...]]:
    """A row a phase after the heads of the columns; none where a run has no phases."""
    if not start.phases:
        return []
    rows: list[tuple[str, ...]] = [("phase", "what learns", "values", "epochs", "how", "patience")]
    rows += [
        (
            plan.name,
            ", ".join(plan.groups) or "all",
            f"{plan.learned:,}",
            f"{plan.epochs}",
            plan.how,
            str(plan.patience or ""),
        )
        for plan in start.phases
    ]
    return rows if any(plan.patience for plan in start.phases) else [row[:-1] for row in rows]


def _plan(start: Start) -> str:
    if not start.epochs:
        return f"fitted in one step, in {start.run}"
    some = "1 epoch" if start.epochs == 1 else f"{start.epochs} epochs"
    text = f"{some} of {start.trained // start.batch:,} batches of {start.batch}"
    if start.phases:
        text = f"{some} at most" if any(plan.patience for plan in start.phases) else some
    if start.patience and not start.phases:
        text += f", fewer if validation gets no better for {start.patience}"
    if start.done:
        text += f"; {start.done} are done"
    return f"{text}; in {start.run}"


def row_line(row: Mapping[str, Any], epochs: int, left_s: float | None) -> str:
    """An epoch in a line.

    Args:
        row: Of the log.
        epochs: How many there will be.
        left_s: Seconds that the others will take; None if there are none.
    """
    plain = {"epoch", "phase", "rate", "loss", "validation_loss", "seconds", "pictures"}
    parts = [f"epoch {row['epoch']:>{len(str(epochs))}}/{epochs}"] if "epoch" in row else []
    parts += [row["phase"]] if "phase" in row else []
    parts.append(f"loss {row['loss']:.4f}")
    if "validation_loss" in row:
        parts.append(f"validation {row['validation_loss']:.4f}")
    parts += [figure_text(name, value) for name, value in row.items() if name not in plain]
    if "rate" in row:
        parts.append(f"rate {row['rate']:.2g}")
    if "seconds" in row:
        parts.append(f"{row['seconds']:.1f} s")
    if left_s is not None:
        parts.append(f"{clock(left_s)} left")
    return "  ".join(parts)


def figure_text(name: str, value: float) -> str:
    """A figure of validation with its name: "accuracy 61.2 %", "age mae 5.31 years"."""
    form = FORMS.get(name.split(" ")[-1])
    return f"{name} {form(value) if form else format(value, '.3f')}"


def step_line(epoch: int, batch: int, batches: int, epochs: int, left_s: float | None) -> str:
    """How far an epoch is."""
    left = "" if left_s is None else f"  {clock(left_s)} left"
    return f"epoch {epoch:>{len(str(epochs))}}/{epochs}  batch {batch:,} of {batches:,}{left}"


def clock(seconds: float) -> str:
    """75.3 as "1:15", 3675 as "1:01:15"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def finish_lines(finish: Finish) -> Iterator[str]:
    """What a run has made, how good it is on validation, and how it is used."""
    for name, report in finish.reports.items():
        yield from ("", f"{name} on validation:", *report.lines)
        if report.rows:
            yield from ("", *fitted(report.rows))
    yield ""
    if finish.best:
        yield chosen_line(finish)
    yield from finish.notes
    yield f"model   {finish.model}"
    if finish.page:
        yield f"page    {finish.page}"
    yield f"use it  {use_command(finish.cards)}"


def chosen_line(finish: Finish) -> str:
    """Whose weights were exported, and what that does to the figures."""
    if finish.epoch == finish.epochs:
        best = "also the best" if finish.best == finish.epoch else f"epoch {finish.best} was the best"
        return f"exported: epoch {finish.epoch}, the last; {best} on validation (best.pt)"
    return (
        f"exported: epoch {finish.epoch}, the best of {finish.epochs} on validation; "
        "chosen by these figures, which flatter it a little"
    )


SOURCES = {"crop": "PHOTO", "sound": "speech.wav", "clip": "clip.mp4"}
"""What a model takes to what is named in the command that uses it."""


def use_command(cards: Sequence[Path]) -> str:
    """The command that reads a picture, a recording or a clip with new models."""
    tasks = {read_card(path).task: path for path in cards}
    models = " ".join(f"--model {shlex.quote(f'{task}={path}')}" for task, path in tasks.items())
    kinds = {read_card(path).input for path in cards}
    source = SOURCES[kinds.pop()] if len(kinds) == 1 else SOURCES["crop"]
    return f"mimik analyze {source} --tasks {','.join(tasks)} {models}"
