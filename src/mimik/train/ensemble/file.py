"""The members' files and what joins them as one ONNX file."""

from __future__ import annotations

import itertools
import logging
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import compose
from onnx.version_converter import convert_version

from mimik.errors import ModelError
from mimik.models.inputs import CropSpec, SoundSpec
from mimik.models.session import Session
from mimik.train.ensemble.combine import Combiner, joined_logits
from mimik.train.ensemble.parts import Part
from mimik.train.export.onnx import TOLERANCE

OUTPUT = "logits"
"""Name of the joined file's output."""


def joined_file(parts: Sequence[Part], combiner: Combiner, spec: CropSpec | SoundSpec) -> bytes:
    """One ONNX file: each member's network once, whatever the number of its outputs, and the combiner.

    Args:
        parts: The outputs that are joined, in order.
        combiner: What joins them.
        spec: Their input.

    Raises:
        ModelError: A file is damaged, or its operators are too old.
    """
    files = list(dict.fromkeys(part.file.resolve() for part in parts))
    loaded = [_loaded(file) for file in files]
    raw = _of_one_version([*loaded, _combiner_model(parts, combiner)], [*map(str, files), "the combiner"])
    models = [compose.add_prefix(model, f"m{number}_") for number, model in enumerate(raw[:-1])]
    joint = compose.add_prefix(raw[-1], "join_", rename_inputs=False, rename_outputs=False)
    heard = isinstance(spec, SoundSpec)
    name, free = ("utterance", "utterances") if heard else ("face", "faces")
    for model in models:
        _rename(model.graph, {model.graph.input[0].name: name})
    of_file = dict(zip(files, models, strict=True))
    told = enumerate(parts)
    _rename(joint.graph, {f"member{k}": _output_name(of_file[p.file.resolve()].graph, p) for k, p in told})
    graphs = [model.graph for model in (*models, joint)]
    shape: list[str | int | None] = [free, spec.channels, "frames" if heard else spec.shape[1], spec.shape[2]]
    made = onnx.helper.make_graph(
        [node for graph in graphs for node in graph.node],
        "ensemble",
        [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)],
        [onnx.helper.make_tensor_value_info(OUTPUT, onnx.TensorProto.FLOAT, [free, _width(joint.graph)])],
        [tensor for graph in graphs for tensor in graph.initializer],
    )
    whole = onnx.helper.make_model(made, opset_imports=_opsets([*models, joint]))
    whole.functions.extend(function for model in (*models, joint) for function in model.functions)
    whole.ir_version = max(model.ir_version for model in (*models, joint))
    try:
        onnx.checker.check_model(whole)
    except onnx.checker.ValidationError as error:
        raise ModelError(f"the members can't be joined in one file: {str(error).splitlines()[0]}") from error
    return bytes(whole.SerializeToString())


def _loaded(file: Path) -> Any:
    """A member's model.

    Raises:
        ModelError: It is damaged.
    """
    try:
        return onnx.load(file)
    except Exception as error:  # what a damaged file raises has no common base
        raise ModelError(f"{file}: damaged, so it can't be joined; export or fetch it again") from error


def _output_name(graph: Any, part: Part) -> str:
    """The name of a part's logits in its prefixed graph."""
    names = [output.name for output in graph.output]
    wanted = part.card.output
    found = [name for name in names if name.split("_", 1)[1] == wanted] if wanted else names[:1]
    if not found:
        raise ModelError(f"{part.file}: has no output {wanted!r}, as its card says; export the model again")
    return str(found[0])


def _combiner_model(parts: Sequence[Part], combiner: Combiner) -> Any:
    """The combiner as ONNX, with an input ``memberN`` for each part."""
    examples = tuple(torch.zeros(2, part.card.outputs) for part in parts)
    faces = torch.export.Dim("faces", min=1)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            combiner,
            examples,
            dynamo=True,
            input_names=[f"member{number}" for number in range(len(parts))],
            output_names=[OUTPUT],
            dynamic_shapes=(tuple({0: faces} for _ in parts),),
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    for part in (model, model.graph, *model.graph.node):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    return model


def _rename(graph: Any, names: dict[str, str]) -> None:
    """Call values of a graph otherwise, in place."""
    for node in graph.node:
        for number, name in enumerate(node.input):
            node.input[number] = names.get(name, name)


def _width(graph: Any) -> int:
    """Number of logits of a graph's output."""
    return int(graph.output[0].type.tensor_type.shape.dim[1].dim_value)


def _of_one_version(models: Sequence[Any], names: Sequence[str]) -> list[Any]:
    """The same models, all with the newest version of ONNX's operators among them.

    Raises:
        ModelError: One can't be brought to it.
    """
    newest = max(_version(model) for model in models)
    found = []
    for model, name in zip(models, names, strict=True):
        try:
            found.append(model if _version(model) == newest else convert_version(model, newest))
        except Exception as error:  # the converter's errors share no public base
            raise ModelError(
                f"{name}: can't be brought from version {_version(model)} of ONNX's operators to {newest}; "
                "export it again with this mimik"
            ) from error
    return found


def _version(model: Any) -> int:
    """Which version of ONNX's own operators a model has."""
    return next(int(entry.version) for entry in model.opset_import if entry.domain in ("", "ai.onnx"))


def _opsets(models: Iterable[Any]) -> list[Any]:
    """The sets of operators that models use."""
    found = {entry.domain: entry.version for model in models for entry in model.opset_import}
    return [onnx.helper.make_opsetid(domain, version) for domain, version in found.items()]


def check_joined(path: Path, parts: Sequence[Part], combiner: Combiner, spec: CropSpec | SoundSpec) -> None:
    """Make sure that the joined file says what its members and the combiner say, within 1e-4.

    Raises:
        ModelError: It doesn't.
    """
    whole = Session(path, "cpu")
    sessions = {part.file: Session(part.file, "cpu") for part in parts}
    shapes = [spec.usual]
    if isinstance(spec, SoundSpec):
        shapes = [(spec.channels, spec.fewest * times // 4, spec.bands) for times in (4, 7, 13)]
    for count, shape in itertools.product((1, 5), shapes):
        batch = np.random.default_rng(count).normal(size=(count, *shape)).astype(np.float32)
        wanted = joined_logits(combiner, member_logits(parts, sessions, batch))
        off = float(np.abs(whole.run(batch)[0] - wanted).max())
        if off > TOLERANCE * max(1.0, float(np.abs(wanted).max())):
            raise ModelError(f"{path}: its logits differ from the members' by {off:.2g}; not exported")


def member_logits(
    parts: Sequence[Part], sessions: dict[Path, Session], batch: NDArray[np.float32]
) -> list[NDArray[np.float32]]:
    """What each part says of a batch, each file asked once."""
    said = {file: session.run(batch) for file, session in sessions.items()}
    found = []
    for part in parts:
        outputs = sessions[part.file].outputs
        found.append(said[part.file][outputs.index(part.card.output) if part.card.output else 0])
    return found
