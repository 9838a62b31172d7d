"""The table of network families."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast, runtime_checkable

from torch import nn

from mimik.errors import RecipeError
from mimik.tables import Table, load_entry

NETWORKS = Table(
    "mimik.networks",
    {
        "mini_xception": "mimik.train.networks.mini_xception:MiniXception",
        "resnet": "mimik.train.networks.resnet:ResNet",
        "fcn9": "mimik.train.networks.fcn9:Fcn9",
        "plain": "mimik.train.networks.plain:Plain",
        "vgg": "mimik.train.networks.vgg:Vgg",
        "timm": "mimik.train.networks.timm:Timm",
        "voice": "mimik.train.networks.voice:Voice",
        "branches": "mimik.train.networks.branches:Branches",
    },
)
"""Family name to "module:class"."""


@runtime_checkable
class Grouped(Protocol):
    """A network that tells its layers apart, so that a phase of a training may have some of them learn."""

    def layer_groups(self) -> dict[str, nn.Module]:
        """Name to layers, from the input to the output: "stem", "stage1", ..., "head".

        Every learned value and every buffer is in one of them. The last is "head": what makes logits of
        features.
        """
        ...


@runtime_checkable
class Pretrained(Protocol):
    """A network of a package that publishes weights of it."""

    def load_pretrained(self) -> str:
        """Take the published weights, if the recipe asks for them; says what they are, else nothing.

        Raises:
            RecipeError: They can't be had.
        """
        ...


def layer_groups(network: nn.Module) -> dict[str, nn.Module]:
    """The layer groups of a network, from the input to the output.

    Raises:
        RecipeError: It has none.
    """
    if isinstance(network, Grouped):
        return network.layer_groups()
    raise RecipeError(
        f"a {type(network).__name__} has no layer_groups(), so no part of it can be trained by itself; "
        "leave train out of the phases, or add that method"
    )


def build_network(family: str, channels: int, outputs: int, options: Mapping[str, Any]) -> nn.Module:
    """A network with fresh weights.

    Args:
        family: Name in the table.
        channels: Of the input: 1 or 3 of pictures, 1 or 2 of sound alone.
        outputs: Number of logits.
        options: The family's own arguments, from the recipe.

    Raises:
        UnknownNameError: There is no such family.
        RecipeError: The family doesn't know an option.
    """
    kind = load_entry(NETWORKS, family, "network")
    try:
        return cast(nn.Module, kind(channels, outputs, **options))
    except (TypeError, ValueError) as error:
        raise RecipeError(f"[network] doesn't fit {family}: {error}") from error


def parameter_count(network: nn.Module) -> int:
    """Number of learned values."""
    return sum(p.numel() for p in network.parameters())
