"""``mimik models``: what there is, and fetching files of others."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

from mimik.models.card import ModelCard
from mimik.tasks.words import fitted


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "models",
        help="list the models, or fetch one",
        description="List every model with its task, size, figures and licence; 'fetch' gets a file of "
        "others, its hash checked; 'show' prints a card.",
    )
    parser.add_argument(
        "action", nargs="?", choices=("list", "show", "fetch"), default="list", help="default: list"
    )
    parser.add_argument("name", nargs="?", help="of the model or file (show, fetch)")
    parser.add_argument("--url", help="another address to fetch from; the hash stays the same")
    parser.add_argument(
        "--commercial",
        action="store_true",
        help="list only what may be used in products, and who must be named there",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List, show or fetch."""
    from mimik.errors import OptionError
    from mimik.models.store import REMOTE, catalogue, fetch, find_model
    from mimik.models.terms import DETECTOR_TERMS, attributions

    if args.action == "list":
        cards = [card for card in catalogue().values() if card.commercial_use or not args.commercial]
        print(_json(cards) if args.json else _table(cards))
        if args.commercial and not args.json:
            named = [(line,) for line in (*attributions(cards), *DETECTOR_TERMS)]
            print("\n".join(["", "Name in your product:", *fitted(named)]))
        return 0
    if args.commercial:
        raise OptionError(f"--commercial is for the list of models, not for mimik models {args.action}")
    if args.name is None:
        there = REMOTE if args.action == "fetch" else catalogue()
        raise OptionError(f"mimik models {args.action} needs a name: {', '.join(there)}")
    print(fetch(args.name, args.url) if args.action == "fetch" else find_model(args.name)[0].to_json())
    return 0


def _json(cards: Sequence[ModelCard]) -> str:
    return json.dumps([json.loads(card.to_json()) for card in cards], indent=2, ensure_ascii=False)


def _table(cards: Sequence[ModelCard]) -> str:
    """A line a model."""
    head = ("model", "task", "parameters", "input", "figure", "commercial use")
    rows = [
        (
            card.name,
            card.task,
            f"{card.parameters:,}",
            card.takes.text,
            _figure(card.figures[0]) if card.figures else "not measured",
            "yes" if card.commercial_use else "no",
        )
        for card in cards
    ]
    named: dict[str, list[str]] = {}
    for card in cards:
        named.setdefault(card.licence, []).append(card.name)
    terms = [(", ".join(names), licence) for licence, names in named.items()]
    return "\n".join([*fitted([head, *rows]), "", *fitted(terms)])


def _figure(figure: Any) -> str:
    """One figure of a card, short."""
    value = figure["value"]
    if figure["metric"] == "mae":
        shown = f"{value:.2f} years"
    else:
        # Areas and means of them are no shares of faces.
        shown = f"{value:.3f}" if figure["metric"].startswith("mean ") else f"{100 * value:.1f} %"
    return f"{figure['data']} {figure['split']} {figure['metric']} {shown}"
