"""Where a network's weights come from that doesn't begin with chance: another run's checkpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mimik.errors import RecipeError
from mimik.train.recipe.options import HeadOptions

HEADS = ("classes.weight", "classes.bias")
"""The last layer, whose rows are the logits of all heads, one after the other."""
ADDED = ("tapped.", "branch.")
"""How probes see earlier layers, which the run before need not have had."""


def load_start(
    network: nn.Module,
    start: str,
    heads: Sequence[HeadOptions],
    trained: Sequence[HeadOptions],
    recipe: str,
) -> None:
    """Give a network the averaged weights of the run that its recipe starts from.

    Where both recipes have [[heads]], those of the same name and width are taken over, and new ones
    begin with what the network has.

    Args:
        network: Whose weights are set.
        start: Checkpoint of the run before.
        heads: The recipe's [[heads]]; empty if it has one task.
        trained: Those of them that will be trained; the others must be there.
        recipe: Name of the recipe, for messages.

    Raises:
        RecipeError: The checkpoint can't be read, or is of another network.
    """
    where, path = f"{recipe}: can't start from {start}", Path(start)
    try:
        weights: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)["averaged"]
    except FileNotFoundError as error:
        raise RecipeError(f"{where}: there is no such file; train the recipe that makes it first") from error
    except Exception as error:  # what a damaged pickle raises has no common base
        raise RecipeError(f"{where}: it is no checkpoint of a run") from error
    if heads:
        if not weights.keys() >= set(HEADS):
            raise RecipeError(f"{where}: its network has no heads")
        fresh = network.state_dict()
        had = _heads_before(path, where)
        before = _rows({name: h["outputs"] or len(h["labels"]) for name, h in had.items()})
        now = _rows({head.target_name: head.output_count for head in heads})
        for head in [head for head in heads if head not in trained]:
            if not _known(weights[HEADS[0]], before, now, head.target_name):
                raise RecipeError(f"{where}: it has no head {head.name}, which a probe is to leave as it is")
            if tuple(had[head.target_name]["labels"]) != head.labels:
                raise RecipeError(
                    f"{where}: there, the labels of {head.name} are others, or in another order"
                )
        weights |= {name: _carried(weights[name], fresh[name], before, now) for name in HEADS}
        weights = {name: value for name, value in fresh.items() if name.startswith(ADDED)} | weights
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise RecipeError(f"{where}: it holds another network than [network] describes") from error


def _rows(widths: Mapping[str, int]) -> dict[str, slice]:
    """Head to its rows of the last layer."""
    rows, end = {}, 0
    for name, width in widths.items():
        rows[name] = slice(end, end := end + width)
    return rows


def _heads_before(checkpoint: Path, where: str) -> dict[str, Mapping[str, Any]]:
    """The heads of the run that a checkpoint belongs to, by target, from the recipe beside it.

    Raises:
        RecipeError: There is none that can be read.
    """
    path = checkpoint.with_name("recipe.json")
    try:
        recipe = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RecipeError(f"{where}: {path} says which heads it has, and can't be read") from error
    return {head.get("target") or head["task"]: head for head in recipe.get("heads") or [recipe]}


def _known(old: Tensor, before: Mapping[str, slice], now: Mapping[str, slice], head: str) -> bool:
    """Whether a head was there before, as wide as it is now."""
    rows = now[head]
    return head in before and len(old[before[head]]) == rows.stop - rows.start


def _carried(old: Tensor, fresh: Tensor, before: Mapping[str, slice], now: Mapping[str, slice]) -> Tensor:
    """The last layer's weights, with the rows of the heads that both networks have."""
    taken = fresh.clone()
    for name, rows in now.items():
        if _known(old, before, now, name):
            taken[rows] = old[before[name]]
    return taken
