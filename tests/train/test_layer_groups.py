"""Every network tells its layers apart: what learns and what stays can be said by name."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from torch import nn  # noqa: E402

from mimik.errors import RecipeError  # noqa: E402
from mimik.train.networks.base import NETWORKS, build_network, layer_groups  # noqa: E402

pytestmark = pytest.mark.train

CLIP = {"frames": 8, "height": 32, "width": 24, "widths": [8, 16]}
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "branches": [CLIP, {**CLIP, "heard": 1, "bands": 16, "heard_widths": [8, 16]}],
    "resnet": [{}, {"size": 48, "taps": [1], "tap_outputs": 2, "branch": 8, "branch_outputs": 1}],
    "plain": [{"size": 48}, {"size": 48, "dense": []}],
    "timm": [
        {"name": "resnet18"},
        {"name": "test_efficientnet"},
        {"name": "test_vit", "size": 160},
        {"name": "test_convnext"},
    ],
    "vgg": [{"size": 48}],
    "voice": [{"bands": 48}, {"bands": 48, "columns": 2, "levels": 0, "joined": False}],
}
"""Family to the options that it is tried with."""
CASES = [(family, options) for family in NETWORKS for options in OPTIONS.get(family, [{}])]


def sides(family: str, options: dict[str, Any]) -> int:
    return 160 if options.get("name") == "test_vit" else 48


def seen(family: str, options: dict[str, Any]) -> tuple[torch.Tensor, ...]:
    """What a network is given: faces or bands, or the pictures of clips and perhaps their sound."""
    if family != "branches":
        return (torch.ones(2, 1, sides(family, options), sides(family, options)),)
    films = torch.ones(2, 1, options["frames"], options["height"], options["width"])
    return (films, torch.ones(2, 1, 20, options["bands"])) if "heard" in options else (films,)


def built(family: str, options: dict[str, Any]) -> nn.Module:
    if family == "timm":
        pytest.importorskip("timm", reason="timm is not installed: pip install 'mimik[timm]'")
    return build_network(family, 1, 5, options)


@pytest.mark.parametrize(("family", "options"), CASES)
def test_each_value_is_in_one_group(family: str, options: dict[str, Any]) -> None:
    network = built(family, options)
    groups = layer_groups(network)
    held = Counter(
        id(values) for group in groups.values() for values in (*group.parameters(), *group.buffers())
    )
    # A table of the input (the disc that is seen) isn't learned and isn't kept.
    kept = set(network.state_dict())
    own = {id(v): name for name, v in (*network.named_parameters(), *network.named_buffers()) if name in kept}
    assert {own[key]: count for key, count in held.items() if key in own} == dict.fromkeys(own.values(), 1)
    assert len(groups) > 1


@pytest.mark.parametrize(("family", "options"), CASES)
def test_groups_are_in_order_and_end_in_the_head(family: str, options: dict[str, Any]) -> None:
    network = built(family, options).eval()
    groups = layer_groups(network)
    called: list[int] = []
    for module in network.modules():
        module.register_forward_pre_hook(lambda own, _: called.append(id(own)))
    with torch.no_grad():
        before = network(*seen(family, options))
    first = [min(called.index(id(m)) for m in g.modules() if id(m) in called) for g in groups.values()]
    assert first == sorted(first) or "branch" in groups
    assert list(groups)[-1] == "head" and before.shape == (2, 5)
    for values in groups["head"].parameters():
        nn.init.zeros_(values)
    with torch.no_grad():
        after = network(*seen(family, options))
    assert float(after.abs().max()) < (1e-6 if "branch" not in groups else 1e9)


def test_a_network_without_groups_says_what_to_do() -> None:
    with pytest.raises(RecipeError, match=r"a Linear has no layer_groups\(\).* leave train out"):
        layer_groups(nn.Linear(2, 2))
