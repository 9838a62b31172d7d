"""What voice.base's recipe hears in a set of another language and kind that it never heard.

    python benchmarks/voice_left_out.py --data DATA --runs RUNS   (half an hour on a core; goes on if stopped)
    python benchmarks/voice_left_out.py                           write the table from docs/figures

The recipe is trained on the other sets alone, once for each set that is left out, and reads that set whole:
nEMO is Polish, EMO-DB German, EmoSpeech single words from India by people who are no actors. A class that no
other set has (bored, of EMO-DB) can't be learned: such clips are left out. ``noise`` and ``telephone`` are as
in voice_folds.py; intervals (95 %) draw people again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from figures import FIGURES, ROOT, fill
from mimik.data.base import Sample, load_reader
from mimik.tasks.loaded import load_model
from mimik.train.loop import train
from mimik.train.recipe.read import read_recipe
from mimik.voice.recognise import VoiceRecogniser
from voice_folds import CHANGES, SETS, TASK, score

RECIPE = ROOT / "recipes" / "voice.base.toml"
OTHERS = {name: reader for name, reader in SETS.items() if name != "RAVDESS"}
"""Sets that are left out; without RAVDESS most of the draws would be another recipe's."""
REPORT = FIGURES / "voice.left_out.json"
Row = dict[str, Any]


def learn(name: str, data: Path, run: Path) -> Path:
    """The card of a network by the recipe that never heard the set; trained unless it is there."""
    card = run / "voice.base.json"
    if not card.exists():
        recipe = read_recipe(RECIPE)
        others = tuple(entry for entry in recipe.data if entry.reader != OTHERS[name])
        heard = {sample.labels[TASK] for other in SETS if other != name for sample in _samples(data, other)}
        labels = tuple(label for label in recipe.labels if label in heard)
        train(replace(recipe, data=others, labels=labels), data, run, device="cpu")
    return card


def _samples(data: Path, name: str) -> Iterator[Sample]:
    """All clips of a set."""
    return (s for s in load_reader(SETS[name]).read(data / name, "all") if isinstance(s, Sample))


def hear(name: str, data: Path, card: Path) -> Iterator[Row]:
    """A row a way of hearing a set: how good the answers are."""
    model = load_model(TASK, str(card), "cpu")
    hearing, classes = VoiceRecogniser({TASK: model}), model.card.labels
    rows = []
    for sample in _samples(data, name):
        sound = sample.hear() if sample.hear else np.zeros(0, np.float32)
        if sample.labels[TASK] not in classes or not np.any(sound):
            continue
        said = {
            way: hearing.logits(change.apply(sound, sample.key))[TASK] / model.card.temperature
            for way, change in CHANGES.items()
        }
        rows.append({"person": sample.group, "label": sample.labels[TASK], "said": said})
    for way in CHANGES:
        chance = 1 / len({row["label"] for row in rows})
        yield {"set": name, "way": way, "chance": chance, **score(rows, way, classes)}


def markdown(found: Sequence[Row]) -> str:
    """The table of docs/results.md."""
    lines = ["| set that was left out | heard | clips | people | own classes (95 % interval) | chance |"]
    lines.append("|---|---|---|---|---|---|")
    for row in found:
        low, high = row["own_ci95"]
        own = f"{row['macro_recall_own']:.3f} ({low:.3f} to {high:.3f})"
        cells = (row["set"], row["way"], f"{row['n']:,}", str(row["people"]), own, f"{row['chance']:.3f}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--runs", type=Path, help="folder of the trained networks, a folder a set")
    asked = parser.parse_args()
    if asked.data and asked.runs:
        cards = {name: learn(name, asked.data, asked.runs / name) for name in OTHERS}
        found = [row for name, card in cards.items() for row in hear(name, asked.data, card)]
        REPORT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    fill(
        ROOT / "docs" / "results.md",
        "voice-left-out",
        markdown(json.loads(REPORT.read_text(encoding="utf-8"))),
    )


if __name__ == "__main__":
    main()
