"""Below which probability the shipped models' answers are "uncertain", held against their validation parts.

    python benchmarks/thresholds.py --data DATA [NAME ...]     measure (all if none is named)
    python benchmarks/thresholds.py                            write the table again from docs/figures

Which pictures a recipe kept for validation depends on their names (once on their pixels), groups and copies
alone, so they can be told again from the data: none of them taught the model, and the temperature that they
ask for is that of the card. "Chosen" is what kept_accuracy of today's recipe (docs/recipes.md) would choose
on them. DATA is the folder that holds the data sets.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figures import FIGURES, ROOT, fill, shown
from mimik.data.copies import near_any, thumbnails
from mimik.models.card import ModelCard
from mimik.models.store import catalogue
from mimik.tasks.calibration import fit_temperature, fit_threshold
from mimik.tasks.class_figures import class_numbers
from mimik.tasks.loaded import load_model
from mimik.tasks.metrics import share_figures
from mimik.tasks.probabilities import softmax
from mimik.tasks.samples import group_numbers
from mimik.train.inputs.batches import plain_batches
from mimik.train.inputs.pictures import Pictures, load_pictures
from mimik.train.recipe.options import HeadOptions
from mimik.train.recipe.read import read_recipe
from mimik.train.recipe.recipe import Recipe

REPORT = FIGURES / "thresholds.json"
RECIPES = {
    "emotion.mini": "emotion.mini",
    "gender.mini": "gender.mini",
    "gender.fairface": "gender.fairface",
    "cover.mini": "cover.mini",
    "emotion.base": "face.second",
    "emotion.wild": "face.second",
    "emotion8.base": "face.second",
    "gender.base": "face.second",
}
"""Model to the recipe that last trained it on pictures of its task; emotion.posed has no validation part."""
HEADS = {"emotion.wild": "emotion.base"}
"""Model that joins heads, to the one on whose pictures it is measured."""
BY_PIXELS = ("emotion.mini", "gender.mini", "gender.fairface")
"""Recipes whose shipped models come from a time when the side was a hash of the pixels."""


def held_part(recipe: Recipe, data: Path) -> Pictures:
    """The pictures that a recipe kept for validation, by the rule of the time when the models were trained.

    A share of the groups, of pictures where there is no group, and sets that are held whole; a picture
    without a group that nearly copies a training picture went back to training, and its own copies with it.
    """
    # Blendshapes, an aid of training, change nothing here.
    sets = [dataclasses.replace(entry, extra={}) for entry in recipe.data]
    pictures = load_pictures(sets, data, recipe.crop)
    always = pictures.hold > 0
    held = always | (by_hash(pictures, recipe.holdout, recipe.name in BY_PIXELS) & (pictures.hold == 0))
    movable = ~always & np.array([not sample.group for sample in pictures.samples])
    table, outside = thumbnails(pictures.images), ~held
    while True:
        asked = np.flatnonzero(held & movable)
        near = asked[near_any(table[asked], table[outside])]
        if not len(near):
            return pictures.take(held)
        held[near] = False
        outside = np.isin(np.arange(len(held)), near)


def by_hash(pictures: Pictures, share: float, pixels: bool) -> NDArray[np.bool_]:
    """A share of the pictures (N,), by a hash of their groups, else of their pixels or keys."""
    names = [
        (image.tobytes() if pixels and not sample.group else (sample.group or sample.key).encode())
        for sample, image in zip(pictures.samples, pictures.images, strict=True)
    ]
    digests = [hashlib.sha256(name).digest()[:4] for name in names]
    return np.array([int.from_bytes(digest, "big") < int(share * 2**32) for digest in digests])


def score(card: ModelCard, head: HeadOptions, held: Pictures) -> dict[str, Any]:
    """What the card's threshold keeps of the validation part, and which one would be chosen."""
    model = load_model(card.task, card.name, "cpu")
    own = held.take(np.array([s.labels.get(head.target_name) in card.labels for s in held.samples]))
    batches = (batch for (batch,) in plain_batches(own, card.crop, card.mean, card.std))
    logits = np.concatenate([model.logits(batch) for batch in batches])
    probabilities = softmax(logits, card.temperature)
    confidence = probabilities.max(axis=1)
    truth = class_numbers(own.samples, card.labels, head.target_name)
    right = probabilities.argmax(axis=1) == truth
    kept, groups = confidence >= card.threshold, group_numbers(own.samples)
    return {
        "threshold": card.threshold,
        "temperature": card.temperature,
        "temperature again": round(fit_temperature(logits, truth), 4),
        "all": share_figures(right, groups),
        "kept": share_figures(right[kept], groups[kept]),
        "kept_accuracy": head.kept_accuracy,
        "chosen": fit_threshold(confidence, right, head.kept_accuracy),
    }


def measure(names: list[str], data: Path) -> None:
    """Score models by the recipe and write docs/figures/thresholds.json."""
    report = json.loads(REPORT.read_text(encoding="utf-8")) if REPORT.exists() else {}
    for name in dict.fromkeys(RECIPES[name] for name in names):
        recipe = read_recipe(ROOT / "recipes" / f"{name}.toml")
        held = held_part(recipe, data)
        heads = {head.name: head for head in recipe.all_heads}
        for model in (m for m in names if RECIPES[m] == name):
            report[model] = score(catalogue()[model], heads[HEADS.get(model, model)], held)
            print(model, report[model], flush=True)
    REPORT.write_text(json.dumps(report, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def table(report: dict[str, Any]) -> str:
    """The report as Markdown."""
    lines = [
        "| model | validation | right | threshold | kept | of these right | asked for | chosen |",
        "|" + "---|" * 8,
    ]
    for name, row in report.items():
        everyone, kept = row["all"], row["kept"]
        right, sure = (
            shown({"metric": "", "value": f["accuracy"], "ci95": f["ci95"]}) for f in (everyone, kept)
        )
        share = f"{100 * kept['n'] / everyone['n']:.1f} %"
        asked, chosen = f"{row['kept_accuracy']:.0%}".replace("%", " %"), f"{row['chosen']:.2f}"
        cells = (name, f"{everyone['n']:,}", right, f"{row['threshold']:g}", share, sure, asked, chosen)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, if data is named, and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(RECIPES))
    parser.add_argument("--data", type=Path)
    args = parser.parse_args()
    if unknown := set(args.names) - set(RECIPES):
        parser.error(f"no such model: {', '.join(sorted(unknown))}; there is {', '.join(RECIPES)}")
    if args.data:
        measure(args.names or list(RECIPES), args.data)
    fill(ROOT / "docs" / "results.md", "thresholds", table(json.loads(REPORT.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
