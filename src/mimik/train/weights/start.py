"""A network's first weights: of another run, a file, or a finished model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from mimik.errors import RecipeError
from mimik.train.networks.base import Pretrained
from mimik.train.recipe.options import HeadOptions, WeightOptions
from mimik.train.recipe.recipe import Recipe
from mimik.train.weights.files import read_file
from mimik.train.weights.fit import fit, renamed
from mimik.train.weights.found import Found
from mimik.train.weights.published import is_model, read_model
from mimik.train.weights.unfold import norms_after, unfold

HEADS = ("classes.weight", "classes.bias")
"""The last layer, whose rows are the logits of all heads, one after the other."""
ADDED = ("tapped.", "branch.")
"""How probes see earlier layers, which the run before need not have had."""


@dataclass(frozen=True)
class Begun:
    """What a network was begun with."""

    note: str
    """The same in words."""
    folded: bool
    """Whether normalisation must be settled (unfold.settle) before the network is trained."""


def begin(network: nn.Module, recipe: Recipe) -> Begun | None:
    """Give a network the weights that its recipe begins with; None where that is chance.

    Args:
        network: Whose weights are set.
        recipe: It may name a ``start``, or ask for the weights that its network's package publishes.

    Raises:
        RecipeError: They can't be had or read, or are of another network; says which layers don't fit.
    """
    note = network.load_pretrained() if isinstance(network, Pretrained) else ""
    if note and recipe.start:
        raise RecipeError(
            f"{recipe.name}: it has start, and pretrained under [network]; leave one of them out"
        )
    if not recipe.start and recipe.weights != WeightOptions():
        raise RecipeError(
            f"{recipe.name}: [weights] says how those of start are taken, and there is none; name it in "
            "start, or with --start"
        )
    if recipe.start:
        return load_start(network, recipe)
    return Begun(note, False) if note else None


def load_start(network: nn.Module, recipe: Recipe) -> Begun:
    """Give a network the weights of what its recipe starts from.

    Where both have [[heads]], those of the same name and width are taken over, and new ones begin with
    what the network has.

    Args:
        network: Whose weights are set.
        recipe: It names the checkpoint of a run, file of weights, or model.

    Raises:
        RecipeError: They can't be read, or are of another network; says which layers don't fit.
    """
    start, heads = recipe.start, recipe.heads
    where = f"{recipe.name}: can't start from {start}"
    found = read_model(start, where) if is_model(start) else read_file(Path(start), where, bool(heads))
    if found.card and recipe.commercial_use and not found.card.commercial_use:
        raise RecipeError(
            f"{where}: its terms don't allow commercial use ({found.card.licence}), and the recipe says "
            "commercial_use = true; change that, or start from other weights"
        )
    weights = renamed(found.weights, recipe.weights.rename, where)
    if found.card:
        device = next(network.parameters()).device
        norms = norms_after(
            network, [torch.zeros(2, *shape, device=device) for shape in recipe.takes.usual_shapes]
        )
        weights = unfold(weights, norms, network)
    if heads and found.heads:
        weights = _with_heads(network, weights, found, heads, recipe.trained, where)
    afresh = fit(network, weights, recipe.weights, where)
    return Begun(
        f"starts from the weights of {found.source}" + (f"; afresh: {afresh}" if afresh else ""),
        found.card is not None,
    )


def _with_heads(
    network: nn.Module,
    weights: dict[str, Tensor],
    found: Found,
    heads: Sequence[HeadOptions],
    trained: Sequence[HeadOptions],
    where: str,
) -> dict[str, Tensor]:
    """Weights whose last layer has the rows of this recipe's heads."""
    if not weights.keys() >= set(HEADS):
        raise RecipeError(f"{where}: its network has no heads")
    fresh = network.state_dict()
    before = _rows({name: width for name, (width, _) in found.heads.items()})
    now = _rows({head.target_name: head.output_count for head in heads})
    if (told := sum(width for width, _ in found.heads.values())) != len(weights[HEADS[0]]):
        raise RecipeError(f"{where}: its last layer has {len(weights[HEADS[0]])} rows, its heads {told}")
    for head in [head for head in heads if head not in trained]:
        if not _known(weights[HEADS[0]], before, now, head.target_name):
            raise RecipeError(f"{where}: it has no head {head.name}, which a probe is to leave as it is")
        if found.heads[head.target_name][1] != head.labels:
            raise RecipeError(f"{where}: there, the labels of {head.name} are others, or in another order")
    weights = weights | {name: _carried(weights[name], fresh[name], before, now) for name in HEADS}
    return {name: value for name, value in fresh.items() if name.startswith(ADDED)} | weights


def _rows(widths: Mapping[str, int]) -> dict[str, slice]:
    """Head to its rows of the last layer."""
    rows, end = {}, 0
    for name, width in widths.items():
        rows[name] = slice(end, end := end + width)
    return rows


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
