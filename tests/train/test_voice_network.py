"""The network for voices: any length, options that are checked."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from mimik.errors import RecipeError  # noqa: E402
from mimik.train.networks.base import build_network, parameter_count  # noqa: E402
from mimik.train.networks.voice import AttentivePooling, rise  # noqa: E402

pytestmark = pytest.mark.train


@pytest.mark.parametrize("options", [{}, {"joined": False}, {"levels": 0}, {"columns": 2}, {"rises": True}])
@pytest.mark.parametrize("frames", [16, 51, 200])
def test_takes_utterances_of_any_length(options: dict[str, Any], frames: int) -> None:
    network = build_network("voice", 2, 9, options).eval()
    assert network(torch.zeros(3, 2, frames, 64)).shape == (3, 9)


@pytest.mark.parametrize("bands", [40, 63, 64])
def test_the_bands_need_no_power_of_2(bands: int) -> None:
    assert build_network("voice", 1, 4, {"bands": bands}).eval()(torch.zeros(1, 1, 30, bands)).shape == (1, 4)


def test_is_small_enough_for_the_package() -> None:
    assert 4 * parameter_count(build_network("voice", 2, 9, {})) < 2_000_000


def test_the_order_of_equal_times_says_nothing_to_the_pooling() -> None:
    torch.manual_seed(0)
    pool, x = AttentivePooling(6, 4), torch.randn(2, 6, 10)
    assert torch.allclose(pool(x), pool(x.flip(2)), atol=1e-6)
    still = x[:, :, :1].expand(2, 6, 10)
    assert torch.allclose(pool(still)[:, :6], x[:, :, 0], atol=1e-6), "the mean of what stays is it"
    assert (pool(still)[:, 6:] < 0.01).all(), "and nothing varies"


def test_what_rises_is_told_from_what_falls() -> None:
    times = torch.linspace(-1, 1, 201).expand(1, 2, 201) * torch.tensor([[[1.0], [-2.0]]])
    assert torch.allclose(rise(times + 5), torch.tensor([[1.0, -2.0]]) / 3**0.5, atol=0.02)
    assert torch.allclose(rise(torch.ones(1, 2, 7)), torch.zeros(1, 2), atol=1e-6)
    pool = AttentivePooling(2, 4, rises=True)
    assert torch.allclose(pool(times)[:, 4:], rise(times)), "beside mean and deviation"
    assert not torch.allclose(pool(times), pool(times.flip(2)), atol=0.1)


def test_each_column_learns_from_its_own_part_of_a_batch() -> None:
    network, x = build_network("voice", 2, 4, {"columns": 2}), torch.randn(7, 2, 40, 64)
    first, second = network.columns
    network.train()(x)[:4].sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in first.classes.parameters())
    assert all(p.grad is None or not p.grad.any() for p in second.parameters())
    network.eval()
    assert torch.allclose(network(x), (first(x) + second(x)) / 2, atol=1e-6), "and they answer together"
    assert network.train()(x[:3]).shape == (3, 4)


@pytest.mark.parametrize(
    "options",
    [
        {"widths": []},
        {"stem": 0},
        {"dropout": 1.0},
        {"bands": 0},
        {"attention": 0},
        {"levels": -1},
        {"columns": 0},
        {"depth": 3},
    ],
)
def test_refuses_impossible_options(options: dict[str, Any]) -> None:
    with pytest.raises(RecipeError, match="voice"):
        build_network("voice", 2, 9, options)
