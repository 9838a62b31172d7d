"""The README of a published model: what it says, how well, of what it was made, and how it is used."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mimik._version import __version__
from mimik.models.card import ModelCard
from mimik.models.checksums import SUMS
from mimik.models.figures import written
from mimik.models.store import PACKAGED
from mimik.models.terms import data_terms
from mimik.publish.choose import Chosen
from mimik.publish.front import LICENCE_FILE, front_matter
from mimik.tasks.words import listed

README, CITATION = "README.md", "CITATION.bib"
"""Names of files in the published folder."""
SEEING = """import mimik

for result in mimik.analyze({source}, {options}):
    for face in result.faces:
        print({{task: reading.text for task, reading in face.readings.items()}})"""
HEARING = """import mimik

for span in mimik.listen({source}, {options}):
    print(span.start_s, {{task: reading.text for task, reading in span.readings.items()}})"""
WATCHING = """import mimik

mimik.run_batch({source}, "out.jsonl", mimik.Job({options}))
for span in mimik.read_spans("out.jsonl"):
    print(span["source"], {{task: span[task]["label"] for task in {tasks}}})"""
"""How Python uses it."""
APP = "mimik app\n"
USES = {
    "crop": ("photo.jpg", SEEING, APP),
    "sound": ("speech.wav", HEARING, APP),
    "clip": ("clip.mp4", WATCHING, ""),
}
"""What a model takes to a file of it, how Python reads that, and whether the app does."""


def readme_text(chosen: Chosen, figures: Mapping[str, str]) -> str:
    """The whole text, with its front matter.

    Args:
        chosen: What is published.
        figures: Path of a figure in the folder to what it shows.
    """
    lines = [
        f"# {chosen.name}",
        *_about(chosen),
        "## Use",
        *_use(chosen),
        *(line for card in chosen.cards for line in _model(card)),
        *_shown(figures),
        "## Trained on",
        *_data(chosen.cards),
        "## Terms",
        *_terms(chosen.cards),
        "## Made by",
        *_made(chosen.cards),
        "## Files",
        f"`sha256sum -c {SUMS}` checks that they are those that were published. `{CITATION}` cites the "
        "model, its data and mimik.",
    ]
    return front_matter(chosen) + "\n" + "\n\n".join(lines) + "\n"


def _about(chosen: Chosen) -> Iterator[str]:
    card = chosen.cards[0]
    tasks = listed(list(dict.fromkeys(f"`{card.task}`" for card in chosen.cards)))
    of = {"sound": "utterances", "clip": "whole clips"}.get(card.input, "faces")
    yield (
        f"A network of {card.parameters:,} parameters ({card.takes.text}) that reads {tasks} of {of}: an "
        "ONNX file with a card. It runs offline in mimik, without torch."
    )
    yield "What it names is how something appears, not what a person feels or is."


def _use(chosen: Chosen) -> Iterator[str]:
    source, python, app = USES[chosen.cards[0].input]
    models = {card.task: card.name for card in reversed(chosen.cards)}
    named = " ".join(f"--model {task}={name}" for task, name in models.items())
    shipped = all((PACKAGED / f"{name}.json").is_file() for name in models.values())
    add = "" if shipped else "mimik models add .    # in this folder; then it is known by its name\n"
    yield f"```bash\n{add}mimik analyze {source} --tasks {','.join(models)} {named}\n{app}```"
    tasks = json.dumps(list(models))
    options = f"tasks={tasks}, model={json.dumps(models)}"
    yield f"```python\n{python.format(source=json.dumps(source), options=options, tasks=tasks)}\n```"


def _model(card: ModelCard) -> Iterator[str]:
    """What one model says, how well, and where it fails."""
    yield f"## {card.name} {card.version}"
    said = ", ".join(card.labels) if card.labels else "years, from 0"
    below = f" Below a probability of {card.threshold:g} it says `uncertain`." if card.threshold else ""
    yield f"It says: {said}.{below}"
    if card.figures:
        rows = [
            ("data", "split", "metric", "value", "95 %", "n"),
            *(_figure_row(figure) for figure in card.figures),
        ]
        yield _table(rows)
        commands = dict.fromkeys(str(f["command"]) for f in card.figures if f.get("command"))
        yield "Measured by " + listed([f"`{command}`" for command in commands]) + "." if commands else ""
        yield from _classes(card.figures)
    else:
        yield "It has not been measured."
    limits = "\n".join(f"- {limit}" for limit in card.limits)
    yield f"Limits:\n\n{limits}" if limits else "Its limits aren't stated."


def _figure_row(figure: Mapping[str, Any]) -> tuple[str, ...]:
    interval = figure.get("ci95") or ()
    low_high = " to ".join("".join(written(figure["metric"], value)) for value in interval)
    number = f"{figure['n']:,}" if isinstance(figure.get("n"), int) else ""
    value = "".join(written(figure["metric"], figure["value"]))
    return str(figure["data"]), str(figure["split"]), str(figure["metric"]), value, low_high, number


def _classes(figures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Figures by class, of the first figure that has some."""
    found: dict[str, Any] = next(
        (f["per_class"] for f in figures if isinstance(f.get("per_class"), dict)), {}
    )
    rows = {label: row for label, row in found.items() if isinstance(row, dict)}
    names = list(
        dict.fromkeys(n for row in rows.values() for n, v in row.items() if isinstance(v, int | float))
    )
    if names:
        yield _table(
            [("class", *names), *((label, *map(_cell, map(row.get, names))) for label, row in rows.items())]
        )


def _cell(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3f}" if isinstance(value, float) else ""


def _shown(figures: Mapping[str, str]) -> Iterator[str]:
    if figures:
        yield "## Figures"
        yield "\n".join(f"![{shows}]({path})" for path, shows in figures.items())


def _data(cards: Sequence[ModelCard]) -> Iterator[str]:
    sets = {str(d.get("name")): d for card in cards for d in card.data}
    if sets:
        rows = [
            (data_terms(data), ", ".join(data.get("splits", ())), str(data.get("citation", "")))
            for data in sets.values()
        ]
        yield _table([("data (terms)", "splits", "citation"), *rows])
    else:
        yield "The card names no data."
    for card in cards:
        counts = card.training.get("pictures", {})
        if counts.get("trained"):
            told = "; ".join(
                f"{side}: {_counted(counts[side])}" for side in ("trained", "held") if counts.get(side)
            )
            yield f"{card.name}, number of samples: {told}."


def _counted(counts: Mapping[str, int]) -> str:
    classes = ", ".join(f"{label} {count:,}" for label, count in counts.items() if label != "all")
    return f"{counts.get('all', 0):,}" + (f" ({classes})" if classes else "")


def _terms(cards: Sequence[ModelCard]) -> Iterator[str]:
    for card in cards:
        use = "yes" if card.commercial_use else "no"
        yield f"{card.name}: {card.licence} In products: {use}."
    yield f"[{LICENCE_FILE}]({LICENCE_FILE}) has the terms of weights and data."


def _made(cards: Sequence[ModelCard]) -> Iterator[str]:
    card = cards[0]
    made = card.training
    versions = [f"{name} {made[name]}" for name in ("mimik", "torch") if name in made]
    facts = [
        f"recipe `{card.recipe}`" if card.recipe else "",
        f"commit {made['commit']}" if made.get("commit") else "",
        str(made.get("date", "")),
        *versions,
    ]
    told = ", ".join(filter(None, facts)) or "The card doesn't say"
    yield f"{told}. Published by mimik {__version__}."
    if made.get("recipe"):
        recipe = json.dumps(made["recipe"], indent=1, ensure_ascii=False)
        block = f"```json\n{recipe}\n```"
        yield f"<details><summary>The recipe, without its defaults</summary>\n\n{block}\n\n</details>"


def _table(rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; its first row is the head."""
    head, *rest = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    lines = [head, ["---"] * len(head), *rest]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
