"""The small network: where its maps shrink, and what is filled up with zeros for speed."""

from __future__ import annotations

import copy

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from torch import nn  # noqa: E402

from mimik.train.networks.mini_xception import BLOCK, MiniXception, ResidualBlock, fill_up  # noqa: E402

pytestmark = pytest.mark.train


def network(max_pool: bool = True) -> MiniXception:
    """With widths that are no whole blocks, and statistics as after training."""
    torch.manual_seed(0)
    made = MiniXception(
        1, 3, stem=(4, 8), stem_strides=(2, 1), widths=(10, 22), strides=(2, 1), max_pool=max_pool
    )
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values in (module.running_mean, module.running_var, module.weight, module.bias):
                values.detach().uniform_(0.5, 1.5)
    return made.eval()


@pytest.mark.parametrize("max_pool", [True, False])
def test_filling_up_changes_no_answer(max_pool: bool) -> None:
    plain = network(max_pool)
    filled = fill_up(copy.deepcopy(plain))
    faces = torch.rand(4, 1, 24, 24)
    assert torch.allclose(filled(faces), plain(faces), atol=1e-5)
    depthwise = [m for m in filled.modules() if isinstance(m, nn.Conv2d) and m.groups > 1]
    assert [len(m.weight) % BLOCK == 0 for m in depthwise] == [False, True, False, True]
    assert [m.groups for m in plain.modules() if isinstance(m, nn.Conv2d)] != [m.groups for m in depthwise]


@pytest.mark.parametrize("side", [24, 23])
def test_maps_shrink_alike_at_both_ends_of_a_block(side: int) -> None:
    late, early = (ResidualBlock(4, 6, 2, max_pool) for max_pool in (True, False))
    x = torch.rand(1, 4, side, side)
    assert late(x).shape == early(x).shape == (1, 6, 12, 12)
    assert not any(isinstance(m, nn.MaxPool2d) for m in early.modules())
    assert sum(p.numel() for p in late.parameters()) == sum(p.numel() for p in early.parameters())
