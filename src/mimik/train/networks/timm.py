"""Networks of the timm package (Wightman 2019)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from mimik.errors import RecipeError
from mimik.models.inputs import MEAN, STD
from mimik.train.networks.example import Example
from mimik.train.networks.plain import OldInput


class ScaledInput(nn.Module):
    """Pixels from 0 to 1, less a mean and divided by a deviation, as timm's weights were trained with."""

    mean: Tensor
    std: Tensor

    def __init__(self, columns: int, channels: int, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.columns = columns
        for name, values in (("mean", mean), ("std", std)):
            own = torch.tensor(values) if channels == len(values) else torch.tensor(values).mean()[None]
            self.register_buffer(name, own.reshape(1, -1, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, S, S), normalised as for every network here, to (N, channels, S, columns)."""
        if self.columns:
            left = (x.shape[3] - self.columns) // 2
            x = x[..., left : left + self.columns]
        return (x * STD + MEAN - self.mean) / self.std


class Timm(nn.Module):
    """A network of the timm package, with fresh weights or those that it publishes."""

    example = Example({"name": "test_resnet"})

    def __init__(
        self,
        channels: int,
        outputs: int,
        name: str,
        size: int = 0,
        columns: int = 0,
        dropout: float = 0.0,
        pretrained: bool | str = False,
    ) -> None:
        """Build it.

        Args:
            channels: Of the input, 1 or 3.
            outputs: Number of logits.
            name: timm's name of it, "resnet18".
            size: Sides of the input, which networks with a place for each patch need (vit_tiny_patch16_224).
            columns: The middle columns that are seen; all if 0.
            dropout: Share of features dropped before the last layer.
            pretrained: Whether it begins with the weights that timm publishes ("resnet18.a1_in1k" names
                which), fetched from the Hugging Face Hub; or a file of them.

        Raises:
            ValueError: timm isn't installed or has no such network, or that needs a size.
        """
        super().__init__()
        try:
            import timm  # type: ignore[import-not-found, unused-ignore]
        except ImportError as error:
            raise ValueError("the package timm isn't installed: pip install 'mimik[timm]'") from error
        if not timm.is_model(name):
            raise ValueError(f"timm has no network {name!r}")
        self.input: nn.Module = OldInput(columns)
        self.source = (name, channels, pretrained)
        if pretrained:
            config: Any = timm.get_pretrained_cfg(name)
            self.input = ScaledInput(columns, channels, config.mean, config.std)
        more = _sized(name, size, columns, getattr(timm.get_pretrained_cfg(name), "fixed_input_size", False))
        self.sides = more.get("img_size")
        body: Any = timm.create_model(name, in_chans=channels, num_classes=0, drop_rate=dropout, **more)
        self.body: nn.Module = body
        # What the body gives: num_features is what comes before a dense layer that some of them end in.
        self.classes = nn.Linear(int(body.head_hidden_size), outputs)

    def load_pretrained(self) -> str:
        """Take timm's weights for all but the last layer, if they are asked for; says what they are.

        Those of three colours are summed where the network sees grey, as timm does it.

        Raises:
            RecipeError: They can't be fetched or read.
        """
        import timm

        name, channels, pretrained = self.source
        if not pretrained:
            return ""
        more = {"img_size": self.sides} if self.sides else {}
        if isinstance(pretrained, str):
            more["pretrained_cfg_overlay"] = {"file": pretrained}
        try:
            own = timm.create_model(name, pretrained=True, in_chans=channels, num_classes=0, **more)
        except Exception as error:  # what it raises depends on the hub's library, the network and the file
            said = (str(error).splitlines() or [type(error).__name__])[0].rstrip(". ")
            raise RecipeError(
                f"[network] pretrained: the weights of timm's {name} can't be had: {said}; name a file of "
                'them with pretrained = "FILE", or leave it out'
            ) from error
        self.body.load_state_dict(own.state_dict())
        return f"starts from the weights of timm's {name}" + (
            f" in {Path(pretrained).name}" if isinstance(pretrained, str) else ""
        )

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
