"""Weights of one network under the names of another: renamed, left out, compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from mimik.errors import RecipeError
from mimik.train.networks.base import Grouped
from mimik.train.recipe.options import WeightOptions

COUNTED = ".num_batches_tracked"
"""Counters of normalisation, which nothing here reads: files may lack them."""
SHOWN = 3
"""Names of layers that a message has of each kind."""


def renamed(weights: Mapping[str, Tensor], rename: Mapping[str, str], where: str) -> dict[str, Tensor]:
    """Weights under other names.

    Args:
        weights: By their names.
        rename: Beginning of a name to what stands there instead; the longest that fits counts.
        where: For messages.

    Raises:
        RecipeError: A beginning fits no name, or two become one.
    """
    found: dict[str, Tensor] = {}
    for name, values in weights.items():
        begins = max((b for b in rename if name.startswith(b)), key=len, default=None)
        now = name if begins is None else rename[begins] + name[len(begins) :]
        if now in found:
            raise RecipeError(f"{where}: [weights] rename makes two layers {now!r}")
        found[now] = values
    for begins in rename:
        if not any(name.startswith(begins) for name in weights):
            raise RecipeError(
                f"{where}: [weights] rename: no name begins with {begins!r}; there is {some(sorted(weights))}"
            )
    return found


def skipped(network: nn.Module, names: Sequence[str], found: Mapping[str, Tensor], where: str) -> set[str]:
    """Names of weights that begin afresh, or aren't wanted: those of the network and those of the file.

    Args:
        network: What the weights are for.
        names: Layer groups of it, or beginnings of names.
        found: Weights of the file, renamed.
        where: For messages.

    Raises:
        RecipeError: A name is neither.
    """
    groups = network.layer_groups() if isinstance(network, Grouped) else {}
    state = network.state_dict(keep_vars=True)
    taken: set[str] = set()
    for name in names:
        own = {name_of for name_of in (*state, *found) if name_of.startswith(name)}
        if name in groups:
            inside = {id(values) for values in groups[name].state_dict(keep_vars=True).values()}
            own = {key for key, values in state.items() if id(values) in inside}
        if not own:
            raise RecipeError(
                f"{where}: [weights] skip: {name!r} is no layer group ({', '.join(groups)}), and no layer's "
                "name begins with it"
            )
        taken |= own
    return taken


def fit(network: nn.Module, found: Mapping[str, Tensor], options: WeightOptions, where: str) -> str:
    """Give a network the weights of a file.

    Args:
        network: It is changed.
        found: Weights under the network's names.
        options: Which of them aren't taken.
        where: For messages.

    Returns:
        What begins afresh, as words; empty if nothing does.

    Raises:
        RecipeError: They don't fit; says which, and what to do.
    """
    fresh = network.state_dict()
    skip = skipped(network, options.skip, found, where)
    missing = [name for name in fresh if name not in found and name not in skip]
    missing = [name for name in missing if not name.endswith(COUNTED)]
    unexpected = sorted(name for name in found.keys() - fresh.keys() - skip if not name.endswith(COUNTED))
    shapes = {
        name: f"{name} {_sides(found[name])}, here {_sides(values)}"
        for name, values in fresh.items()
        if name in found and name not in skip and found[name].shape != values.shape
    }
    wrong = [
        f"{what}: {some(names)}"
        for what, names in (
            ("missing", missing),
            ("unexpected", unexpected),
            ("other shapes", list(shapes.values())),
        )
        if names
    ]
    if wrong:
        raise RecipeError(
            f"{where}: it holds another network than [network] describes ({'; '.join(wrong)}); change "
            "[network], give names with [weights] rename, or leave layers out with [weights] skip"
            + _groups(network)
        )
    taken = {name: found[name] if name in found and name not in skip else fresh[name] for name in fresh}
    network.load_state_dict(taken)
    return some([name for name in fresh if name in skip])


def some(names: Mapping[str, object] | Sequence[str]) -> str:
    """The first names, and how many more there are."""
    listed = list(names)
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(listed[:SHOWN]) + more


def _groups(network: nn.Module) -> str:
    return f" (layer groups: {', '.join(network.layer_groups())})" if isinstance(network, Grouped) else ""


def _sides(values: Tensor) -> str:
    return " x ".join(map(str, values.shape)) or "one value"
