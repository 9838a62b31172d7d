"""A network as an ONNX file, checked against the network itself."""

from __future__ import annotations

import itertools
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from mimik.errors import ModelError
from mimik.models.inputs import ClipSpec, CropSpec, NetworkInput, SoundSpec
from mimik.models.session import Session
from mimik.train.recipe.options import HeadOptions

TOLERANCE = 1e-4
"""Largest difference that is allowed between the network's logits and the file's."""


class SplitHeads(nn.Module):
    """A network whose logits come apart, an output a head; aids are left out."""

    def __init__(self, network: nn.Module, heads: Sequence[HeadOptions]) -> None:
        super().__init__()
        self.network, self.widths = network, [head.output_count for head in heads]
        self.kept = [i for i, head in enumerate(heads) if not head.aid]

    def forward(self, x: Tensor, sound: Tensor | None = None) -> tuple[Tensor, ...]:
        """Logits (N, K) of each head from pictures (N, channels, H, W), or from what else it takes."""
        said = self.network(x) if sound is None else self.network(x, sound)
        parts = torch.split(said, self.widths, dim=1)
        return tuple(parts[i] for i in self.kept)


def to_onnx(network: nn.Module, spec: NetworkInput, heads: Sequence[HeadOptions]) -> bytes:
    """The network as an ONNX file with any batch size, without notes on where it was made.

    One that hears takes utterances of any length, too. Inputs go by the names of NetworkInput.shapes.

    Args:
        network: What is written.
        spec: Its input, or inputs.
        heads: Each becomes an output; without any, all logits are one.
    """
    names = ["logits"]
    if heads:
        names = [head.target_name for head in heads if not head.aid]
        network = SplitHeads(network, heads).eval()
    free = _free_sizes(spec)
    examples = tuple(torch.zeros(2, *shape) for shape in spec.usual_shapes)
    # It warns of torchvision's operators, which no network here uses.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            examples,
            dynamo=True,
            input_names=list(spec.shapes),
            output_names=names,
            dynamic_shapes=free,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    for part in (model, model.graph, *model.graph.node, *model.graph.input, *model.graph.output):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    model.graph.ClearField("value_info")
    return bytes(model.SerializeToString())


def _free_sizes(spec: NetworkInput) -> tuple[dict[int, torch.export.Dim], ...]:
    """Which sizes of each input are free."""
    if isinstance(spec, CropSpec):
        return ({0: torch.export.Dim("faces", min=1)},)
    heard = spec if isinstance(spec, SoundSpec) else spec.sound
    count = torch.export.Dim("clips" if isinstance(spec, ClipSpec) else "utterances", min=1)
    times = {} if heard is None else {2: torch.export.Dim("frames", min=heard.fewest)}
    if isinstance(spec, SoundSpec):
        return ({0: count, **times},)
    return ({0: count}, *(({0: count, **times},) if times else ()))


def check_parity(network: nn.Module, path: Path, spec: NetworkInput, heads: Sequence[HeadOptions]) -> None:
    """Make sure that the file answers as the network does, for one face and for several.

    Or for utterances of several lengths, the shortest among them.
    """
    session, parts = Session(path, "cpu"), SplitHeads(network, heads)
    for count, shapes in itertools.product((1, 5), _some_shapes(spec)):
        rng = np.random.default_rng(count)
        batch = [rng.normal(size=(count, *shape)).astype(np.float32) for shape in shapes]
        with torch.no_grad():
            wanted = torch.cat(parts(*map(torch.from_numpy, batch)), dim=1).numpy()
        off = float(np.abs(np.concatenate(session.run(*batch), axis=1) - wanted).max())
        if off > TOLERANCE * max(1.0, float(np.abs(wanted).max())):
            raise ModelError(f"{path}: its logits differ from the network's by {off:.2g}; not exported")


def _some_shapes(spec: NetworkInput) -> list[tuple[tuple[int, ...], ...]]:
    """Shapes of the inputs that a file is tried with: of what is heard, several lengths."""
    heard = spec if isinstance(spec, SoundSpec) else spec.sound if isinstance(spec, ClipSpec) else None
    if heard is None:
        return [spec.usual_shapes]
    lengths = [(heard.channels, heard.fewest * times // 4, heard.bands) for times in (4, 7, 13, 51)]
    return [(*spec.usual_shapes[:-1], shape) for shape in lengths]
