"""A run's page: one HTML file that holds all of it, with no script and nothing outside of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path

from mimik._version import __version__
from mimik.data.left_out import left_out_lines
from mimik.evaluate.held import CONFIGURATION
from mimik.render.html import confusion, document, facts, figure, shared_style, table
from mimik.storage.whole import write_whole
from mimik.tasks.words import capital
from mimik.train.report.worst import WorstError
from mimik.train.watch import Finish, HeadReport, Start
from mimik.train.words import chosen_line, count_rows, phase_rows, use_command

PAGE = "report.html"
"""Its name in a run's folder."""
NEWLINE = "\n"
NOTICE = (
    "This page holds pictures of the data set. Its terms may not allow them to be shown to others: "
    "keep the page where the set may be kept."
)


@dataclass(frozen=True)
class PageContent:
    """What a run's page shows."""

    start: Start
    """What was to be done."""
    finish: Finish
    """What was made."""
    facts: Mapping[str, str]
    """Versions, commit and machine."""
    plots: Mapping[str, Sequence[Path]]
    """PNG files by head; the curves under ""."""
    worst: Mapping[str, Sequence[WorstError]]
    """The worst errors by head."""


def write_page(content: PageContent, run: Path) -> Path:
    """Write a run's page.

    Args:
        content: What it shows.
        run: The run's folder.

    Returns:
        The file.

    Raises:
        OutputError: It can't be written.
    """
    style = shared_style() + Path(__file__).with_name("page.css").read_text("utf-8")
    title = f"{content.start.name} {content.start.version}"
    write_whole(run / PAGE, document(f"{title} - mimik", style, list(_parts(content, run))))
    return run / PAGE


def _parts(content: PageContent, run: Path) -> Iterator[str]:
    start, finish = content.start, content.finish
    yield f"<h1>{escape(start.name)} {escape(start.version)}</h1>"
    now = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %z")
    yield f'<p class="quiet">A training run, finished {now}</p>'
    if any(error.picture for errors in content.worst.values() for error in errors):
        yield f'<p class="notice">{NOTICE}</p>'
    yield facts(_summary(start, finish))
    yield "<h2>Course</h2>"
    if start.phases:
        yield table(phase_rows(start))
    yield "".join(
        figure(path.read_bytes(), "Loss and figures by epoch") for path in content.plots.get("", ())
    )
    yield "".join(f'<p class="quiet">{escape(note)}</p>' for note in finish.notes)
    if finish.best:
        yield f"<p>{escape(chosen_line(finish))}</p>"
    for name, report in finish.reports.items():
        yield from _head(name, report, content)
    yield f"<h2>{capital(start.word)}</h2>"
    yield table(count_rows(start))
    yield "".join(f"<p>{escape(note)}</p>" for note in start.notes)
    lines = "".join(f"<li>{escape(line)}</li>" for line in left_out_lines(start.left_out, most=40))
    yield f"<h3>Left out</h3><ul>{lines}</ul>" if lines else "<p>None was left out.</p>"
    yield f"<h2>Made with</h2>{facts(content.facts)}"
    recipe = json.dumps(json.loads((run / CONFIGURATION).read_text("utf-8")), indent=1, ensure_ascii=False)
    yield f"<details><summary>Configuration</summary><pre>{escape(recipe)}</pre></details>"
    yield f"<footer>Written on this machine by mimik {escape(__version__)}.</footer>"


def _summary(start: Start, finish: Finish) -> dict[str, str]:
    """The run in a few lines."""
    return {
        "Network": f"{start.network}, {start.parameters:,} parameters, {start.takes}",
        capital(start.word): f"{start.trained:,} trained on, {start.held:,} held for validation",
        "Epochs": _epochs(start, finish),
        "Model": finish.model.name,
        "Use": use_command(finish.cards),
    }


def _epochs(start: Start, finish: Finish) -> str:
    """How many epochs there were."""
    if not start.epochs:
        return ""
    batches = "" if start.phases else f", batches of {start.batch}"  # Phases may have batches of their own.
    return f"{finish.epochs} of {start.epochs}{batches}"


def _head(name: str, report: HeadReport, content: PageContent) -> Iterator[str]:
    """What is known of a head: figures, plots and the worst errors."""
    yield f"<h2>{escape(name)} on validation</h2>"
    yield f"<pre>{escape(NEWLINE.join(report.lines))}</pre>"
    if report.rows:
        yield table(report.rows)
    figures = report.figures
    if "confusion" in figures:
        labels = figures.get("labels") or figures["groups"]
        yield f"<h3>Confusion</h3>{confusion(labels, figures['confusion'])}"
    plots = "".join(figure(path.read_bytes(), f"{name}: {path.stem}") for path in content.plots.get(name, ()))
    yield f'<div class="plots">{plots}</div>'
    if worst := content.worst.get(name):
        yield f"<h3>Worst errors</h3>{_sheet(worst) if worst[0].picture else _list(worst)}"


def _list(worst: Sequence[WorstError]) -> str:
    """A table of clips."""
    rows = ((error.said, error.truth, error.key) for error in worst)
    return table([("said", "is", "clip"), *rows])


def _sheet(worst: Sequence[WorstError]) -> str:
    """A contact sheet."""
    cells = "".join(
        f'<li><img alt="" src="{error.picture}"><b>{escape(error.said)}</b>'
        f"<span>is {escape(error.truth)}</span><span>{escape(error.key)}</span></li>"
        for error in worst
    )
    return f'<ul class="sheet">{cells}</ul>'
