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
from mimik.models.inputs import CropSpec, SoundSpec
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

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Logits (N, K) of each head from pictures (N, channels, H, W)."""
        parts = torch.split(self.network(x), self.widths, dim=1)
        return tuple(parts[i] for i in self.kept)


def to_onnx(network: nn.Module, spec: CropSpec | SoundSpec, heads: Sequence[HeadOptions]) -> bytes:
    """The network as an ONNX file with any batch size, without notes on where it was made.

    One that hears takes any number of frames, too.

    Args:
        network: What is written.
        spec: Its input.
        heads: Each becomes an output; without any, all logits are one.
    """
    names = ["logits"]
    if heads:
        names = [head.target_name for head in heads if not head.aid]
        network = SplitHeads(network, heads).eval()
    name, free = "face", {0: torch.export.Dim("faces", min=1)}
    if isinstance(spec, SoundSpec):
        frames = torch.export.Dim("frames", min=spec.fewest)
        name, free = "utterance", {0: torch.export.Dim("utterances", min=1), 2: frames}
    example = torch.zeros(2, *spec.usual)
    # It warns of torchvision's operators, which no network here uses.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            (example,),
            dynamo=True,
            input_names=[name],
            output_names=names,
            dynamic_shapes=(free,),
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    for part in (model, model.graph, *model.graph.node, *model.graph.input, *model.graph.output):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    model.graph.ClearField("value_info")
    return bytes(model.SerializeToString())


def check_parity(
    network: nn.Module, path: Path, spec: CropSpec | SoundSpec, heads: Sequence[HeadOptions]
) -> None:
    """Make sure that the file answers as the network does, for one face and for several.

    Or for utterances of several lengths, the shortest among them.
    """
    session, parts = Session(path, "cpu"), SplitHeads(network, heads)
    shapes = [spec.usual]
    if isinstance(spec, SoundSpec):
        shapes = [(spec.channels, spec.fewest * times // 4, spec.bands) for times in (4, 7, 13, 51)]
    for count, shape in itertools.product((1, 5), shapes):
        x = np.random.default_rng(count).normal(size=(count, *shape))
        batch = x.astype(np.float32)
        with torch.no_grad():
            wanted = torch.cat(parts(torch.from_numpy(batch)), dim=1).numpy()
        off = float(np.abs(np.concatenate(session.run(batch), axis=1) - wanted).max())
        if off > TOLERANCE * max(1.0, float(np.abs(wanted).max())):
            raise ModelError(f"{path}: its logits differ from the network's by {off:.2g}; not exported")
