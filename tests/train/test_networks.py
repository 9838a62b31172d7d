"""What every network family promises: one suite over the table, which takes up what packages add, too.

A family names a small network as its ``example``; nothing here has to be edited for a new one.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from mimik.errors import RecipeError, UnknownNameError  # noqa: E402
from mimik.models.inputs import ClipSpec, CropSpec, NetworkInput, SoundSpec  # noqa: E402
from mimik.models.session import Session  # noqa: E402
from mimik.tables import load_entry  # noqa: E402
from mimik.train.export.onnx import to_onnx  # noqa: E402
from mimik.train.networks.base import NETWORKS, build_network, layer_groups, parameter_count  # noqa: E402
from mimik.train.networks.example import example_of  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

CLASSES, SAMPLES = 4, 32
STATED: dict[str, tuple[dict[str, Any], int, int]] = {
    "fcn9": ({}, 600_000, 700_000),  # arXiv:1710.07557: about 600,000
    # VGG16's blocks have 14,714,688 of colour, 1,152 fewer of grey; the head has 1,582,087 at 48 pixels.
    "vgg": ({"size": 48}, 16_295_623, 16_295_623),
    # docs/results.md, the fourth work's AR1, with seven outputs.
    "plain": (
        {"size": 98, "stages": [[32], [64], [128], [128]], "kernel": 5, "columns": 80},
        *[2_637_287] * 2,
    ),
}
"""Family to the options of a published network, and the fewest and most learned values that it is said to
have, of grey input and seven outputs."""


def families(all_channels: bool = True) -> list[Any]:
    """Each family with each number of channels that its input may have, or with the most of them."""
    found = []
    for family in NETWORKS:
        marks = () if family != "timm" else (needs_timm(),)
        hears = isinstance(example_of(load_entry(NETWORKS, family, "network")).takes, SoundSpec)
        channels = (1, 2) if hears else (1, 3)
        taken = channels if all_channels else channels[-1:]
        found += [pytest.param(family, n, id=f"{family}-{n}", marks=marks) for n in taken]
    return found


def needs_timm() -> pytest.MarkDecorator:
    try:
        import timm  # noqa: F401
    except ImportError:
        return pytest.mark.skip(reason="timm is not installed: pip install 'mimik[timm]'")
    return pytest.mark.train


def spec_of(family: str, channels: int) -> NetworkInput:
    takes = example_of(load_entry(NETWORKS, family, "network")).takes
    if isinstance(takes, SoundSpec):
        return SoundSpec(bands=takes.bands, channels=channels)
    if isinstance(takes, ClipSpec):
        return replace(takes, crop=replace(takes.crop, channels=channels))
    return CropSpec(size=takes.size, channels=channels)


def small(family: str, channels: int) -> Any:
    """The family's example, from seed 0."""
    torch.manual_seed(0)
    return build_network(
        family, channels, CLASSES, example_of(load_entry(NETWORKS, family, "network")).options
    )


def batch(family: str, channels: int, count: int, seed: int = 0) -> list[Any]:
    """Each input of a network."""
    rng = np.random.default_rng(seed)
    shapes = [(count, *shape) for shape in spec_of(family, channels).usual_shapes]
    return [torch.from_numpy(rng.normal(size=shape).astype(np.float32)) for shape in shapes]


def classes(family: str, channels: int) -> tuple[Any, Any]:
    """Pictures, spectrograms, or both, of four classes, which a bright quarter tells, under noise."""
    x = [0.5 * part for part in batch(family, channels, SAMPLES)]
    truth = torch.arange(SAMPLES) % CLASSES
    for part in x:
        rows, columns = part.shape[-2] // 2, part.shape[-1] // 2
        for number, label in enumerate(truth.tolist()):
            top, left = rows * (label // 2), columns * (label % 2)
            part[number, ..., top : top + rows, left : left + columns] += 2
    return x, truth


@pytest.mark.parametrize(("family", "channels"), families())
def test_shapes(family: str, channels: int) -> None:
    network = small(family, channels).eval()
    for count in (1, 3):
        with torch.no_grad():
            said = network(*batch(family, channels, count))
        assert said.shape == (count, CLASSES) and said.dtype == torch.float32
        assert torch.isfinite(said).all()


@pytest.mark.parametrize(("family", "channels"), families())
def test_gradients_reach_every_learned_value(family: str, channels: int) -> None:
    network = small(family, channels).train()
    x, truth = classes(family, channels)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.01)
    for _ in range(2):  # Some begin at zero, and what lies before them is reached once they have moved.
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(network(*x), truth).backward()
        optimiser.step()
    still = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert parameter_count(network) > 0 and not still


@pytest.mark.parametrize(("family", "channels"), families())
def test_it_learns_32_samples_by_heart(family: str, channels: int) -> None:
    network = small(family, channels)
    x, truth = classes(family, channels)
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    for step in range(300):
        network.train()
        loss = torch.nn.functional.cross_entropy(network(*x), truth)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 10 == 9:
            network.eval()
            with torch.no_grad():
                right = (network(*x).argmax(1) == truth).all()
            if right and loss < 0.1:
                return
    pytest.fail(f"{family} has not learned {SAMPLES} samples: a loss of {loss:.2f} is left")


@pytest.mark.parametrize(("family", "channels"), families())
def test_use_says_the_same_again_and_of_each_face_by_itself(family: str, channels: int) -> None:
    network = small(family, channels)
    x = batch(family, channels, 3)
    network.train()(*x)  # the means of batch normalisation move
    network.eval()
    with torch.no_grad():
        first, again = network(*x), network(*x)
        alone = torch.cat([network(*(part[i : i + 1] for part in x)) for i in range(3)])
    assert torch.equal(first, again)
    assert torch.allclose(first, alone, atol=1e-5)
    assert torch.equal(small(family, channels).eval()(*x), small(family, channels).eval()(*x)), "of one seed"


@pytest.mark.parametrize(("family", "channels"), families(all_channels=False))
def test_the_file_says_what_the_network_says(family: str, channels: int, tmp_path: Path) -> None:
    network = small(family, channels)
    network.train()(*batch(family, channels, 8))
    network.eval()
    path = tmp_path / "x.onnx"
    path.write_bytes(to_onnx(network, spec_of(family, channels), ()))
    session = Session(path, "cpu")
    for count in (1, 5):
        x = batch(family, channels, count, seed=count)
        with torch.no_grad():
            wanted = network(*x).numpy()
        (said,) = session.run(*(part.numpy() for part in x))
        assert np.abs(said - wanted).max() <= 1e-4 * max(1, np.abs(wanted).max())


@pytest.mark.parametrize(("family", "channels"), families())
def test_every_learned_value_is_in_one_layer_group(family: str, channels: int) -> None:
    network = small(family, channels)
    groups = layer_groups(network)
    assert list(groups)[-1] == "head"
    inside = [id(p) for part in groups.values() for p in part.parameters()]
    assert sorted(inside) == sorted(id(p) for p in network.parameters())


@pytest.mark.parametrize("family", STATED)
def test_published_networks_have_as_many_learned_values_as_is_said(family: str) -> None:
    options, fewest, most = STATED[family]
    assert fewest <= parameter_count(build_network(family, 1, 7, options)) <= most


def test_unknown_network_and_option() -> None:
    with pytest.raises(UnknownNameError, match="mini_xception"):
        build_network("mini_xeption", 1, 2, {})
    with pytest.raises(RecipeError, match="depth"):
        build_network("mini_xception", 1, 2, {"depth": 3})
    with pytest.raises(RecipeError, match="doesn't fit vgg: 5 stages leave nothing of 24 pixels"):
        build_network("vgg", 1, 2, {"size": 24})
    with pytest.raises(RecipeError, match="kernels must be odd"):
        build_network("fcn9", 1, 2, {"widths": [8, 8], "kernels": [3, 4]})
    sizes = {"frames": 20, "height": 98, "width": 80}
    with pytest.raises(RecipeError, match="doesn't fit branches: 5 stages leave nothing of the pictures"):
        build_network("branches", 1, 2, {**sizes, "widths": [4] * 5})
    with pytest.raises(RecipeError, match="depth must be 1 or 3 and dropout"):
        build_network("branches", 1, 2, {**sizes, "depth": 2})
    with pytest.raises(RecipeError, match="linear is about the last dense layer"):
        build_network("plain", 1, 2, {"size": 32, "dense": [], "linear": True})


@pytest.mark.parametrize("options", [{"norm": False}, {"linear": True}, {"dense": []}])
def test_plain_without_what_it_may_lack(options: dict[str, Any]) -> None:
    torch.manual_seed(0)
    network = build_network("plain", 1, 7, {"size": 32, "stages": [[8], [16]], "dense": [16]} | options)
    kinds = [type(layer).__name__ for layer in network.features]
    assert ("BatchNorm2d" in kinds) == options.get("norm", True)
    assert all(
        (c.bias is None) == options.get("norm", True)
        for c in network.features
        if hasattr(c, "kernel_size") and hasattr(c, "in_channels")
    )
    assert kinds[-1] == ("Linear" if "linear" in options else "Flatten" if "dense" in options else "ReLU")
    seen = network.eval().features(*batch("plain", 1, 8))
    assert (seen < 0).any() == bool(options.get("linear"))


def test_the_nine_layers_are_the_authors() -> None:
    network = build_network("fcn9", 1, 7, {})
    shapes = [tuple(w.shape) for w in network.parameters() if w.dim() == 4]
    assert [(out, kernel) for out, _, kernel, _ in shapes] == [
        *[(16, 7)] * 2, *[(32, 5)] * 2, *[(64, 3)] * 2, *[(128, 3)] * 2, (256, 3), (7, 3),
    ]  # fmt: skip
    assert parameter_count(network) == 640_727


def test_vgg_is_numbered_as_others_number_it() -> None:
    weights = build_network("vgg", 3, 7, {"size": 48}).state_dict()
    convolutions = [
        int(name.split(".")[1]) for name in weights if name.startswith("features") and "weight" in name
    ]
    assert convolutions == [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]
    assert sum(v.numel() for name, v in weights.items() if name.startswith("features")) == 14_714_688
    assert [tuple(weights[f"{name}.weight"].shape) for name in ("dense.0", "dense.3", "classes")] == [
        (1024, 512),
        (1024, 1024),
        (7, 1024),
    ]


@pytest.mark.parametrize("name", ["test_vit", "test_efficientnet", "test_convnext", "mobilenetv3_small_050"])
@pytest.mark.parametrize("channels", [1, 3])
def test_backbones_of_timm_of_several_kinds(name: str, channels: int) -> None:
    pytest.importorskip("timm", reason="timm is not installed: pip install 'mimik[timm]'")
    network = build_network("timm", channels, 5, {"name": name, "size": 32})
    out = network(torch.zeros(2, channels, 32, 32))
    assert out.shape == (2, 5)
    groups = layer_groups(network)
    inside = [id(p) for part in groups.values() for p in part.parameters()]
    assert sorted(inside) == sorted(id(p) for p in network.parameters())


def test_what_timm_is_asked_for_in_vain() -> None:
    pytest.importorskip("timm", reason="timm is not installed: pip install 'mimik[timm]'")
    with pytest.raises(RecipeError, match="timm has no network 'resnet17'"):
        build_network("timm", 1, 2, {"name": "resnet17"})
    with pytest.raises(RecipeError, match="built for one size of input: say size"):
        build_network("timm", 1, 2, {"name": "test_vit"})
