"""Clips of a face that speaks, as Flash videos, and a tiny network that reads them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.models.card import ModelCard, file_sha256
from mimik.models.inputs import ClipSpec, CropSpec, SoundSpec
from voiced import RATE, voice

FPS = 25
SPEC = ClipSpec(CropSpec(size=32), frames=6, columns=24, sound=SoundSpec(bands=16, channels=1))


def write_flash(
    path: Path, pictures: Sequence[NDArray[np.uint8]], samples: NDArray[np.float32] | None = None
) -> Path:
    """A Flash video of pictures, RGB uint8 (H, W, 3), and of sound at RATE, if there is any."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as out:
        picture = out.add_stream("flv1", rate=FPS)
        picture.height, picture.width, picture.pix_fmt = *pictures[0].shape[:2], "yuv420p"
        picture.bit_rate = 2_000_000
        track = None if samples is None else out.add_stream("libmp3lame", rate=44100, layout="mono")
        for image in pictures:
            out.mux(picture.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        out.mux(picture.encode(None))
        if track is not None and samples is not None:
            heard = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
            heard.sample_rate = RATE
            for part in [*av.AudioResampler("fltp", "mono", 44100).resample(heard), None]:
                out.mux(track.encode(part))
    return path


def acted(examples: Path, light: float, seed: int = 0, count: int = 16) -> list[NDArray[np.uint8]]:
    """A face that grows lighter or darker, by up to so many grey values, and trembles."""
    whole = cv2.cvtColor(cv2.imread(str(examples / "astronaut.jpg")), cv2.COLOR_BGR2RGB)
    side = min(whole.shape[:2]) // 2
    left = whole.shape[1] // 2 - side // 2
    face = cv2.resize(whole[:side, left - side // 8 : left - side // 8 + side], (160, 160)).astype(np.float32)
    rng = np.random.default_rng(seed)
    moved = (np.roll(face, rng.integers(-2, 3, 2), axis=(0, 1)) for _ in range(count))
    steps = np.linspace(0, light, count) + rng.uniform(-4, 4)
    return [np.clip(image + step, 0, 255).astype(np.uint8) for image, step in zip(moved, steps, strict=True)]


ACTED = {"HAP": (40.0, 240.0), "SAD": (-40.0, 100.0)}
"""CREMA-D's code of an emotion to how the light of such a clip changes, and the pitch of its voice."""


def draw_cremad(folder: Path, examples: Path, actors: int = 4, each: int = 2) -> Path:
    """CREMA-D in its layout, of a few actors with one face, whose light and pitch are their emotion."""
    for actor in range(actors):
        for code, (light, pitch_hz) in ACTED.items():
            for number in range(each):
                seed = 10 * actor + number
                sound = voice(0.7, pitch_hz * (1 + 0.02 * actor + 0.01 * number))
                name = f"{1001 + actor}_{('DFA', 'IEO', 'TIE')[number]}_{code}_XX.flv"
                write_flash(folder / "VideoFlash" / name, acted(examples, light, seed), sound)
    return folder


def write_clip_model(path: Path, spec: ClipSpec = SPEC, **card: Any) -> Path:
    """A network of one or two inputs, linear in their means, as ONNX, with its card beside it."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    labels = ("happy", "sad")
    weight = np.array([[1.0, -1.0]], np.float32)
    nodes, inputs = [], []
    for name, shape in spec.shapes.items():
        axes = list(range(1, len(shape) + 1))
        nodes.append(helper.make_node("ReduceMean", [name], [f"{name}_mean"], axes=axes, keepdims=0))
        free = ["clips", *("times" if size is None else size for size in shape)]
        inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, free))
    means = [f"{name}_mean" for name in spec.shapes]
    nodes += [
        helper.make_node("Sum", means, ["sum"]),
        helper.make_node("Unsqueeze", ["sum", "one"], ["column"]),
        helper.make_node("MatMul", ["column", "weight"], ["logits"]),
    ]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["clips", 2])]
    held = [numpy_helper.from_array(weight, "weight"), numpy_helper.from_array(np.array([1]), "one")]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    values: dict[str, Any] = {
        **{"name": path.stem, "version": "1", "task": "filmed", "file": path.name, "parameters": 2},
        **{"sha256": file_sha256(path), "labels": labels, "outputs": 2, "takes": spec, "licence": "none"},
        **card,
    }
    path.with_suffix(".json").write_text(ModelCard(**values).to_json(), encoding="utf-8")
    return path
