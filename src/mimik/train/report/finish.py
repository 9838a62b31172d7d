"""What is made of a run once its model is exported: figures, plots and the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mimik.errors import MissingExtraError
from mimik.plots.curves import draw_curves
from mimik.plots.reports import draw_report
from mimik.train.inputs.examples import Examples
from mimik.train.log import read_rows
from mimik.train.objectives.joint import JointObjective
from mimik.train.report.facts import run_facts
from mimik.train.report.held import HeldAnswers
from mimik.train.report.page import PageContent, write_page
from mimik.train.report.worst import worst_errors
from mimik.train.watch import Finish, Start

PLOTS = "plots"
"""Folder of the plots in that of a run."""


def finish_run(
    finish: Finish,
    start: Start,
    answers: Sequence[HeldAnswers],
    objective: JointObjective,
    held: Examples,
    run: Path,
) -> Finish:
    """Draw a run's curves and figures, and write its page.

    Args:
        finish: What was made.
        start: What was to be done.
        answers: What the exported models say of validation.
        objective: What was minimised.
        held: The pictures of validation.
        run: The run's folder.

    Returns:
        The same with figures, page and notes.
    """
    finish = replace(finish, reports={answer.card.name: answer.report() for answer in answers})
    plots: dict[str, list[Path]] = {}
    try:
        plots = _draw(finish, run)
    except MissingExtraError as error:
        finish = replace(finish, notes=(*finish.notes, f"no curves and plots were drawn: {error}"))
    content = PageContent(
        start,
        finish,
        run_facts(start.device, start.threads),
        plots,
        {a.card.name: worst_errors(a, objective.part(a.head), held) for a in answers},
    )
    return replace(finish, page=write_page(content, run))


def _draw(finish: Finish, run: Path) -> dict[str, list[Path]]:
    """Draw the curves, under "", and each head's figures; a head's own folder where there are several."""
    folder, rows = run / PLOTS, read_rows(run)
    drawn: dict[str, list[Path]] = {}
    if any("epoch" in row for row in rows):
        draw_curves(rows, folder / "curves.png", finish.epoch if finish.best else 0)
        drawn[""] = [folder / "curves.png"]
    for name, report in finish.reports.items():
        own = folder / name if len(finish.reports) > 1 else folder
        drawn[name] = [path for path in draw_report(report.figures, own) if path.stem != "confusion"]
    return drawn
