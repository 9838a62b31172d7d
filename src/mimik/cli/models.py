"""``mimik models``: what there is, fetching files of others, adding models and taking them out."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimik.models.cache import AT
from mimik.models.card import ModelCard
from mimik.models.figures import metric_name, written
from mimik.readings import FACE_VOICE
from mimik.tasks.words import fitted

if TYPE_CHECKING:
    from mimik.temporal.fusion_model import FusionModel


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "models",
        help="list the models, add or remove one, or fetch a file",
        description="List every model with its task, size, figures and licence; 'show' prints a card; 'add' "
        "takes a model into the catalogue, from what mimik publish wrote, an ONNX file with its card, or a "
        ".zip of either, and 'remove' takes it out; 'fetch' gets a file of others, or a version of mimik's "
        "own models before the present one (NAME@VERSION). Hashes are checked.",
    )
    parser.add_argument("action", nargs="?", choices=tuple(ACTIONS), default="list", help="default: list")
    parser.add_argument(
        "name", nargs="?", help="of the model or file (show, remove, fetch), or a folder or file (add)"
    )
    parser.add_argument(
        "--replace",
        action="store_true",
        help="with add: put the model in the place of another of the same name and version",
    )
    parser.add_argument(
        "--url",
        help="where to fetch from: of a file of others another address, of an earlier version the folder of "
        "a clone of mimik or the address of its raw files",
    )
    parser.add_argument(
        "--commercial",
        action="store_true",
        help="list only what may be used in products, and who must be named there",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what is asked for."""
    from mimik.errors import OptionError

    if args.commercial and args.action != "list":
        raise OptionError(f"--commercial is for the list of models, not for mimik models {args.action}")
    if args.replace and args.action != "add":
        raise OptionError(f"--replace is for mimik models add, not for mimik models {args.action}")
    ACTIONS[args.action](args)
    return 0


def _list(args: argparse.Namespace) -> None:
    from mimik.models.store import catalogue
    from mimik.models.terms import DETECTOR_TERMS, attributions
    from mimik.temporal.fusion_model import read_fusion

    there, fusion = catalogue().items(), read_fusion()
    cards = {name: card for name, card in there if card.commercial_use or not args.commercial}
    fusions = [fusion] if fusion.free or not args.commercial else []
    print(_json(list(cards.values()), fusions) if args.json else _table(cards, fusions))
    if args.commercial and not args.json:
        named = [(line,) for line in (*attributions(cards.values()), *DETECTOR_TERMS)]
        print("\n".join(["", "Name in your product:", *fitted(named)]))


def _show(args: argparse.Namespace) -> None:
    from mimik.models.store import catalogue, find_model
    from mimik.temporal.fusion_model import read_fusion

    fusion = read_fusion()
    name = _word(args, ", ".join([*catalogue(), fusion.name]))
    if name in (fusion.name, f"{fusion.name}@{fusion.version}"):
        print(json.dumps(_told(fusion), indent=2, ensure_ascii=False))
    else:
        print(find_model(name)[0].to_json())


def _fetch(args: argparse.Namespace) -> None:
    from mimik.models.add import add_earlier
    from mimik.models.store import REMOTE, fetch

    word = _word(args, f"{', '.join(REMOTE)}, or an earlier version (emotion.base{AT}4)")
    if AT in word:
        _tell_added(add_earlier(word, args.url), word)
    else:
        print(fetch(word, args.url))


def _add(args: argparse.Namespace) -> None:
    from mimik.models.add import add_models

    word = _word(args, "a folder, an .onnx file, its card or a .zip of them")
    for card in add_models(Path(word), args.replace):
        _tell_added(card, card.name)


def _tell_added(card: ModelCard, name: str) -> None:
    """Say what was added, its terms, and how it is used by a name."""
    source = {"sound": "RECORDING", "clip": "CLIP"}.get(card.input, "PHOTO")
    use = f"mimik analyze {source} --tasks {card.task} --model {card.task}={name}"
    terms = "may be used in products" if card.commercial_use else "not for products"
    print(f"{card.name} {card.version}: added; {terms}: {card.licence or 'no licence is stated'}\n  {use}")


def _remove(args: argparse.Namespace) -> None:
    from mimik.models.add import remove_model
    from mimik.models.cache import added_cards

    there = ", ".join(path.stem for path in added_cards()) or "none was added"
    print(f"{remove_model(_word(args, there))}: removed")


ACTIONS = {"list": _list, "show": _show, "add": _add, "remove": _remove, "fetch": _fetch}
"""Word after ``mimik models`` to what it does."""


def _word(args: argparse.Namespace, there: str) -> str:
    """The name that an action needs; the message says what there is."""
    from mimik.errors import OptionError

    if args.name is None:
        raise OptionError(f"mimik models {args.action} needs a name: {there}")
    return str(args.name)


def _json(cards: Sequence[ModelCard], fusions: Sequence[FusionModel]) -> str:
    told = [*(json.loads(card.to_json()) for card in cards), *map(_told, fusions)]
    return json.dumps(told, indent=2, ensure_ascii=False)


def _told(fusion: FusionModel) -> dict[str, Any]:
    """What is known of a fusion, and the reading that it gives."""
    return {"task": FACE_VOICE, **fusion.card()}


def _table(cards: Mapping[str, ModelCard], fusions: Sequence[FusionModel]) -> str:
    """A line a model, by its name in the catalogue; below them what fuses their answers."""
    head = ("model", "task", "parameters", "input", "figure", "commercial use")
    rows = [
        (
            name,
            card.task,
            f"{card.parameters:,}",
            card.takes.text,
            _figure(card.figures[0]) if card.figures else "not measured",
            "yes" if card.commercial_use else "no",
        )
        for name, card in cards.items()
    ] + [
        (
            fusion.name,
            FACE_VOICE,
            f"{fusion.parameters:,}",
            "answers of face and voice",
            f"measured by {fusion.about['measured']}" if "measured" in fusion.about else "not measured",
            "yes" if fusion.free else "no",
        )
        for fusion in fusions
    ]
    named: dict[str, list[str]] = {}
    for name, card in cards.items():
        named.setdefault(card.licence, []).append(name)
    for fusion in fusions:
        named.setdefault(str(fusion.about.get("licence", "")), []).append(fusion.name)
    terms = [(", ".join(names), licence) for licence, names in named.items()]
    return "\n".join([*fitted([head, *rows]), "", *fitted(terms)])


def _figure(figure: Any) -> str:
    """One figure of a card, short."""
    shown = "".join(written(figure["metric"], figure["value"]))
    return f"{figure['data']} {figure['split']} {metric_name(figure['metric'])} {shown}"
