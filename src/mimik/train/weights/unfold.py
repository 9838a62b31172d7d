"""Normalisation that was folded into convolutions, made a layer of its own again."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.hooks import RemovableHandle

from mimik.faces.crop import normalise
from mimik.models.inputs import MEAN, STD, CropSpec, NetworkInput
from mimik.train.inputs.batches import plain_batches, plain_faces
from mimik.train.inputs.examples import Examples
from mimik.train.inputs.pictures import Pictures

Norms: TypeAlias = dict[str, str]
"""Name of a convolution to that of the normalisation that reads its output."""
FOLDED = ".weight_bias"
"""How ONNX files name the bias of a convolution that has normalisation within it."""
CHUNK = 256
"""Pictures per call of the network."""
PICTURES = 2048
"""Most pictures by which normalisation is settled."""


def norms_after(network: nn.Module, example: Sequence[Tensor]) -> Norms:
    """Which normalisation follows which convolution, as a pass shows it."""
    made: dict[int, tuple[str, Tensor]] = {}
    found: Norms = {}

    def note(name: str) -> Any:
        return lambda _, inputs, output: made.__setitem__(id(output), (name, output))

    def look(name: str) -> Any:
        return lambda _, inputs: found.update({made[id(inputs[0])][0]: name} if id(inputs[0]) in made else {})

    hooks: list[RemovableHandle] = []
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.Linear):
            hooks.append(module.register_forward_hook(note(name)))
        elif isinstance(module, _BatchNorm):
            hooks.append(module.register_forward_pre_hook(look(name)))
    try:
        with torch.no_grad(), _resting(network):
            network(*example)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def unfold(weights: dict[str, Tensor], norms: Norms, network: nn.Module) -> dict[str, Tensor]:
    """Weights with a normalisation that changes nothing but adds the bias, where it was folded away.

    The network then answers as the file does, but trains badly until ``settle`` has seen pictures.

    Args:
        weights: Of a file.
        norms: Of the network.
        network: What they are for.
    """
    found = dict(weights)
    parts = dict(network.named_modules())
    for name, norm in norms.items():
        module = parts[norm]
        if f"{norm}.running_var" in found or f"{name}.weight" not in found:
            continue
        assert isinstance(module, _BatchNorm)
        own = parts[name].bias is not None
        bias = found.pop(f"{name}{FOLDED}", None)
        if bias is None:
            bias = found.get(f"{name}.bias", torch.zeros(module.num_features))
        if own:
            found[f"{name}.bias"] = torch.zeros_like(bias)
        found[f"{norm}.weight"] = torch.full_like(bias, (1 + module.eps) ** 0.5)
        found[f"{norm}.bias"] = bias
        found[f"{norm}.running_mean"] = torch.zeros_like(bias)
        found[f"{norm}.running_var"] = torch.ones_like(bias)
    state = network.state_dict()
    for name, values in state.items():
        if name.endswith(".num_batches_tracked"):
            found.setdefault(name, torch.zeros_like(values, device="cpu"))
    # What a network makes anew, such as the disc that it sees, a file has and weights don't.
    made = {name for name, _ in network.named_buffers()} - state.keys()
    return {name: values for name, values in found.items() if name not in made}


@torch.no_grad()
def settle(network: nn.Module, pictures: Examples, spec: NetworkInput) -> None:
    """Give normalisation the means and variances of pictures, in place, so that a network can be trained.

    What a layer learned is scaled the other way round, so the network answers as before, to rounding.

    Args:
        network: With normalisation that was made by unfold.
        pictures: Those to train on; at most 2,048 of them are looked at, from all over the set.
        spec: The network's input.
    """
    count = min(PICTURES, len(pictures))
    rows = [number * len(pictures) // count for number in range(count)]
    sums: dict[nn.Module, list[Tensor]] = {}

    def add(module: nn.Module, inputs: Sequence[Tensor]) -> None:
        x = inputs[0].double().transpose(0, 1).flatten(1)
        now = [torch.tensor(float(x.shape[1])), x.sum(1).cpu(), (x * x).sum(1).cpu()]
        sums[module] = [a + b for a, b in zip(sums[module], now, strict=True)] if module in sums else now

    norms = [module for module in network.modules() if isinstance(module, _BatchNorm)]
    hooks = [module.register_forward_pre_hook(add) for module in norms]
    device = next(network.parameters()).device
    try:
        with _resting(network):
            for batch in _batches(pictures, rows, spec):
                network(*(torch.from_numpy(part).to(device) for part in batch))
    finally:
        for hook in hooks:
            hook.remove()
    for module in norms:
        if module in sums:
            _rescale(module, *sums[module])


def _batches(
    pictures: Examples, rows: Sequence[int], spec: NetworkInput
) -> Iterator[tuple[NDArray[np.float32], ...]]:
    """Some pictures as they are, float32 (N, C, S, S), or clips one by one; see plain_batches."""
    if not isinstance(spec, CropSpec):
        yield from itertools.islice(plain_batches(pictures, spec, MEAN, STD), PICTURES)
        return
    for start in range(0, len(rows), CHUNK):
        faces = plain_faces(cast(Pictures, pictures), rows[start : start + CHUNK], spec)
        yield (normalise(faces, MEAN, STD),)


def _rescale(norm: _BatchNorm, count: Tensor, total: Tensor, squares: Tensor) -> None:
    """Another mean and variance, with the same effect."""
    assert norm.running_mean is not None and norm.running_var is not None
    mean = total / count
    variance = (squares / count - mean * mean).clamp_min(0)
    had = {name: value.detach().double().cpu() for name, value in norm.state_dict().items()}
    slope = had["weight"] / (had["running_var"] + norm.eps).sqrt()
    norm.weight.copy_(slope * (variance + norm.eps).sqrt())
    norm.bias.copy_(had["bias"] + (mean - had["running_mean"]) * slope)
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)


@contextmanager
def _resting(network: nn.Module) -> Iterator[None]:
    """A network as in use, for as long as it lasts."""
    before = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(before)
