"""Networks of the timm package (Wightman 2019), without their weights, to compare with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn

from mimik.train.networks.example import Example
from mimik.train.networks.plain import OldInput


class Timm(nn.Module):
    """A network of the timm package, without its weights."""

    example = Example({"name": "test_resnet"})

    def __init__(
        self, channels: int, outputs: int, name: str, size: int = 0, columns: int = 0, dropout: float = 0.0
    ) -> None:
        """Build it.

        Args:
            channels: Of the input, 1 or 3.
            outputs: Number of logits.
            name: timm's name of it, "resnet18".
            size: Sides of the input, which networks with a place for each patch need (vit_tiny_patch16_224).
            columns: The middle columns that are seen; all if 0.
            dropout: Share of features dropped before the last layer.

        Raises:
            ValueError: timm isn't installed or has no such network, or that needs a size.
        """
        super().__init__()
        try:
            import timm  # type: ignore[import-not-found, unused-ignore]
        except ImportError as error:
            raise ValueError("the package timm isn't installed: pip install 'mimik[timm]'") from error
        if name not in timm.list_models():
            raise ValueError(f"timm has no network {name!r}")
        self.input = OldInput(columns)
        more = _sized(name, size, columns, getattr(timm.get_pretrained_cfg(name), "fixed_input_size", False))
        body: Any = timm.create_model(name, in_chans=channels, num_classes=0, drop_rate=dropout, **more)
        self.body: nn.Module = body
        # What the body gives: num_features is what comes before a dense layer that some of them end in.
        self.classes = nn.Linear(int(body.head_hidden_size), outputs)

    def layer_groups(self) -> dict[str, nn.Module]:
        """As timm groups its layers: "stem", the stages in order, and the last layer."""
        from timm.models import group_parameters

        body: Any = self.body
        numbers = {
            name: number
            for number, names in group_parameters(body, body.group_matcher(coarse=True)).items()
            for name in names
        }
        found: dict[int, list[nn.Module]] = {}
        _gather(self.body, "", numbers, found)
        names = ["stem", *(f"stage{n}" for n in range(1, len(found)))]
        groups = {name: nn.ModuleList(found[n]) for name, n in zip(names, sorted(found), strict=True)}
        return {**groups, "head": self.classes}

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, outputs) from pictures (N, channels, size, size)."""
        return cast(Tensor, self.classes(torch.flatten(self.body(self.input(x)), 1)))


def _sized(name: str, size: int, columns: int, fixed: bool) -> dict[str, Any]:
    """What timm is told of the input's sides: it asks only for networks with a place for each patch."""
    if fixed and not size:
        raise ValueError(f"timm's {name} is built for one size of input: say size, as [crop] does")
    return {"img_size": (size, columns or size)} if fixed else {}


def _gather(
    module: nn.Module, name: str, numbers: Mapping[str, int], found: dict[int, list[nn.Module]]
) -> None:
    """Add a module to its group, or its parts each to theirs, where they are of several.

    Args:
        module: The module.
        name: What its parameters' names begin with.
        numbers: Name of a parameter to the number of its group.
        found: Number of a group to its modules; added to.
    """
    inside = {numbers[name + own] for own, _ in module.named_parameters()}
    if len(inside) == 1:
        found.setdefault(inside.pop(), []).append(module)
        return
    for own, values in module.named_parameters(recurse=False):
        found.setdefault(numbers[name + own], []).append(nn.ParameterList([values]))
    for own, part in module.named_children():
        _gather(part, f"{name}{own}.", numbers, found)
