"""What a report says of voices: how much could be judged, what was heard, and what must not be concluded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from mimik.app.report.bars import bars
from mimik.app.report.tally import Spoken, tally_spans
from mimik.app.report.words import TASKS, clock, counted
from mimik.colours import expression_colour
from mimik.tasks.base import TASKS as KNOWN
from mimik.tasks.base import load_task
from mimik.tasks.words import capital


def voices_section(spans: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The section, a part for each task that is heard; nothing without utterances."""
    for task, spoken in tally_spans(spans).items():
        said = f"{counted(spoken.utterances, 'utterance')}, {clock(spoken.seconds)} together."
        yield f"<h2>{escape(TASKS.get(task, capital(task)))}</h2><p>{said}</p>"
        yield f'<div class="sides">{"".join(_bars(spoken))}</div>'
        if caution := getattr(load_task(task), "caution", "") if task in KNOWN else "":
            yield f'<p class="quiet">{escape(caution)}</p>'


def _bars(spoken: Spoken) -> Iterator[str]:
    trust = [("Could be judged", spoken.read_s), *spoken.not_read.most_common()]
    yield bars("Of the time in which someone speaks", trust, spoken.seconds)
    if labels := spoken.labels.most_common():
        rows = [(capital(label), seconds) for label, seconds in labels]
        colours = [expression_colour(label) for label, _ in labels]
        yield bars("Of the time that could be judged", rows, spoken.read_s, colours)
