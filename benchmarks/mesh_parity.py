"""Whether mesh.base says what MediaPipe's own networks say, and how quick each is.

    convert/bin/pip install opencv-python-headless pillow av
    PYTHONPATH=src convert/bin/python benchmarks/mesh_parity.py face_landmarker.task PICTURES...

In the environment of scripts/make_mesh.py, whose TensorFlow Lite runs the networks of the task file
(XNNPACK, one thread). With --write FILE, small crops of the faces and what the original networks say of them
are kept for tests/mesh/test_mesh_network.py.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import tensorflow as tf
from numpy.typing import NDArray

from mimik.faces.crop import crop, face_square
from mimik.faces.detect.base import load_detector
from mimik.models.session import Session
from mimik.models.store import find_model

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))
from make_mesh import DEAD, POINTS, SHAPES, converted, read_task
from mesh_network import SUBSET

KEPT = 64
"""Side of the crops that are kept; a test draws them out by whole pixels."""


def original(task: Path) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """MediaPipe's two networks, from a face (1, 3, 256, 256) to what mesh.base tells of it."""
    parts = read_task(task)
    points, shapes = (interpreter(parts[f"{name}.tflite"]) for name in (POINTS, SHAPES))
    live = [number for number in range(52) if number not in DEAD]

    def run(face: NDArray[np.float32]) -> NDArray[np.float32]:
        told = points(face.transpose(0, 2, 3, 1))
        xyz, logit = told[0].reshape(478, 3), told[1].ravel()
        return np.concatenate([xyz.ravel(), logit, shapes(xyz[None, list(SUBSET), :2])[0].ravel()[live]])

    return run


def interpreter(network: bytes) -> Callable[[NDArray[np.float32]], list[NDArray[np.float32]]]:
    """A TensorFlow Lite network, from its input to its outputs."""
    lite = tf.lite.Interpreter(model_content=network, num_threads=1)
    lite.allocate_tensors()
    (given,), told = lite.get_input_details(), lite.get_output_details()

    def run(x: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        lite.set_tensor(given["index"], np.ascontiguousarray(x))
        lite.invoke()
        return [lite.get_tensor(one["index"]) for one in told]

    return run


def as_converted(task: Path) -> Callable[[NDArray[np.float32]], object]:
    """The network of points as tf2onnx leaves it, with its PRelu."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.onnx")
        onnx.save(converted(read_task(task)[f"{POINTS}.tflite"]), path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = 1, 3
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda face: session.run(None, {name: np.ascontiguousarray(face.transpose(0, 2, 3, 1))})


def crops(paths: list[str], size: int) -> list[NDArray[np.uint8]]:
    """Each face of pictures, (size, size, 3)."""
    card, _ = find_model("mesh.base")
    found = []
    for path in paths:
        picture = np.ascontiguousarray(cv2.imread(path)[..., ::-1])
        for one in load_detector("yunet").detect(picture):
            square = face_square(one.box_xyxy, one.landmarks_xy, card.crop)
            found.append(crop(picture, square, size, black=card.crop.black))
    return found


def as_input(face: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What networks take of a crop of 256 pixels or a whole part of it, (1, 3, 256, 256)."""
    times = 256 // len(face)
    whole = face.repeat(times, axis=0).repeat(times, axis=1)
    return np.ascontiguousarray(whole.transpose(2, 0, 1)[None], np.float32) / np.float32(255)


def least_ms(ways: dict[str, Callable[[], object]], times: int) -> dict[str, float]:
    """The least time of each, run in turns."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(times):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            found[name].append(time.perf_counter() - began)
    return {name: 1000 * min(one) for name, one in found.items()}


def main() -> None:
    """Print the differences and the times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("task", type=Path)
    parser.add_argument("pictures", nargs="+")
    parser.add_argument("--write", type=Path)
    args = parser.parse_args()
    run, session = original(args.task), Session(find_model("mesh.base")[1], "cpu")
    faces = [as_input(face) for face in crops(args.pictures, 256)]
    off = np.abs([session.run(face)[0][0] - run(face) for face in faces])
    print(f"{len(faces)} faces; greatest differences: points {off[:, :1434].max():.1g} px of the crop, logit "
          f"{off[:, 1434].max():.1g}, blendshapes {off[:, 1435:].max():.1g}")  # fmt: skip
    plain = as_converted(args.task)
    ways = {
        "mesh.base": lambda: session.run(faces[0]),
        "TensorFlow Lite, both networks": lambda: run(faces[0]),
        "tf2onnx, the points alone": lambda: plain(faces[0]),
    }
    for name, ms in least_ms(ways, 300).items():
        print(f"{name}: {ms:.2f} ms")
    if args.write:
        kept = np.array(crops(args.pictures, KEPT)[:3])
        np.savez_compressed(args.write, crops=kept, told=np.array([run(as_input(face)) for face in kept]))


if __name__ == "__main__":
    main()
