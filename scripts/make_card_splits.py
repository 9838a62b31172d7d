"""Writes into the shipped cards which splits of each data set their models learned from, by their recipes.

    python scripts/make_card_splits.py

A recipe that starts from another's run learned from that one's sets as well.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from mimik.models.card import read_card
from mimik.train.export.training import with_splits
from mimik.train.recipe.options import DataOptions
from mimik.train.recipe.read import read_recipe

ROOT = Path(__file__).parent.parent
CARDS = ROOT / "src/mimik/models/files"


def sets_of(name: str) -> list[DataOptions]:
    """The sets of a recipe, and of those whose runs it starts from."""
    recipe = read_recipe(ROOT / "recipes" / f"{name}.toml")
    before = sets_of(recipe.start.split("/")[1].rpartition("-seed")[0]) if recipe.start else []
    return [*before, *recipe.data]


def main() -> None:
    """Write each card anew, if its recipe is there."""
    for path in sorted(CARDS.glob("*.json")):
        card = read_card(path)
        name = Path(card.recipe.partition(",")[0]).stem
        data = [{k: v for k, v in own.items() if k not in ("splits", "held")} for own in card.data]
        new = replace(card, data=with_splits(data, sets_of(name)))
        if json.loads(new.to_json()) != json.loads(path.read_text(encoding="utf-8")):
            path.write_text(new.to_json(), encoding="utf-8")


if __name__ == "__main__":
    main()
