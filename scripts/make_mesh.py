"""Makes the model mesh.base, and the face at rest that its poses are measured by, of MediaPipe's file.

    python -m venv convert && convert/bin/pip install tf2onnx==1.17.0 tensorflow-cpu==2.21.0
    PYTHONPATH=src convert/bin/python scripts/make_mesh.py face_landmarker.task

It wants an environment of its own, for what it needs is large and used for nothing else. face_landmarker.task
is the model that MediaPipe's documentation links to (Apache-2.0). Two of the networks in it, of the points
and of the blendshapes, are converted, joined (mesh_network.py) and written with their card; so are the points
of the canonical face, with the weights by which MediaPipe lays it on a face.
"""

from __future__ import annotations

import argparse
import hashlib
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from mesh_network import joined
from onnx import numpy_helper

from mimik.mesh.blendshapes import BLENDSHAPES
from mimik.mesh.canonical import FILE
from mimik.models.card import ModelCard
from mimik.models.inputs import CropSpec
from mimik.models.store import PACKAGED
from mimik.storage.whole import write_whole
from mimik.train.export.narrow import halved

TASK_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
"""Of face_landmarker.task, which holds all that is used here."""
POINTS, SHAPES = "face_landmarks_detector", "face_blendshapes"
GEOMETRY = "geometry_pipeline_metadata_landmarks.binarypb"
DEAD = (0, 6, 50, 51)
"""Of the 52 blendshapes, those that aren't told: see mimik.mesh.blendshapes."""
VERTEX = 5
"""Numbers of a vertex: x, y and z in centimetres, and two of a texture."""
OPSET = "17"
CARD = ModelCard(
    name="mesh.base",
    version="2",
    task="mesh",
    file="mesh.base.onnx",
    sha256="",
    parameters=0,
    labels=(),
    outputs=1435 + len(BLENDSHAPES),
    takes=CropSpec(size=256, channels=3, scale=1.6, shift_y=0.08, black=True),
    mean=0.0,
    std=1.0,
    threshold=0.5,
    recipe=f"scripts/make_mesh.py, of MediaPipe's face_landmarker.task (SHA-256 {TASK_SHA256})",
    licence="MediaPipe's Face Landmarker, Copyright 2023 The MediaPipe Authors: Apache-2.0, see "
    "LICENSE.mediapipe.",
    commercial_use=True,
    data=(
        {
            "name": "MediaPipe's Face Landmarker",
            "terms": "Apache-2.0",
            "citation": "Grishchenko, Ablavatski, Kartynnik, Raveendran and Grundmann, Attention Mesh: "
            "High-fidelity Face Mesh Prediction in Real-time, 2020",
        },
    ),
    figures=(
        {
            "data": "MediaPipe's own networks",
            "split": "faces of the example pictures",
            "metric": "greatest difference of a point, pixels of the crop",
            "value": 0.0002,
            "n": 4,
            "command": "python benchmarks/mesh_parity.py face_landmarker.task PICTURES",
        },
        {
            "data": "portraits on the canonical head",
            "split": "turned by 10 to 40 degrees",
            "metric": "median error of yaw, degrees",
            "value": 1.7,
            "n": 130,
            "command": "python benchmarks/mesh.py rendered PICTURES",
        },
    ),
    limits=(
        "Points of what is covered, turned away or outside the picture are guessed from the rest.",
        "Faces upside down, and those of animals, drawings and statues, may get a mesh that isn't there.",
    ),
)


def read_task(path: Path) -> dict[str, bytes]:
    """The files in a task file.

    Raises:
        SystemExit: It is another file than this script knows.
    """
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    if sha256 != TASK_SHA256:
        sys.exit(f"{path}: its SHA-256 is {sha256}, not {TASK_SHA256}: fetch float16/1 of face_landmarker")
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def converted(network: bytes) -> onnx.ModelProto:
    """A TensorFlow Lite network as tf2onnx writes it."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "x.tflite"), Path(folder, "x.onnx")
        source.write_bytes(network)
        command = [sys.executable, "-m", "tf2onnx.convert", "--tflite", source, "--output", target]
        subprocess.run([*command, "--opset", OPSET], check=True)
        return onnx.load(target)


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field of a message of Protocol Buffers."""
    at = 0

    def whole() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            value, at, shift = value | (byte & 127) << shift, at + 1, shift + 7
            if byte < 128:
                return value

    while at < len(data):
        number, kind = divmod(whole(), 8)
        if kind == 0:
            yield number, whole()
            continue
        size = whole() if kind == 2 else {1: 8, 5: 4}[kind]
        yield number, data[at : at + size]
        at += size


def canonical(data: bytes) -> str:
    """The canonical face as a table: a row a point, x, y and z in centimetres, and its weight.

    Args:
        data: MediaPipe's GeometryPipelineMetadata: field 1 is the mesh, of which 3 are the vertices; each
            field 2 is a point that counts, 1 its number and 2 its weight.
    """
    known = list(fields(data))
    mesh = next(value for number, value in known if number == 1)
    numbers = [struct.unpack("<f", value)[0] for number, value in fields(mesh) if number == 3]
    vertices = np.reshape(numbers, (-1, VERTEX))
    weights = np.zeros(len(vertices))
    for basis in (dict(fields(value)) for number, value in known if number == 2):
        weights[basis.get(1, 0)] = struct.unpack("<f", basis[2])[0]
    rows = [
        f"{k},{x:.6g},{y:.6g},{z:.6g},{weight:.6g}"
        for k, ((x, y, z, _, _), weight) in enumerate(zip(vertices, weights, strict=True))
    ]
    return "\n".join(["point,x_cm,y_cm,z_cm,weight", *rows]) + "\n"


def main() -> None:
    """Write the network, its card and the canonical face."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("task", type=Path, help="face_landmarker.task")
    parser.add_argument("-o", "--output", type=Path, default=PACKAGED, help="folder of the model")
    args = parser.parse_args()
    parts = read_task(args.task)
    live = [number for number in range(52) if number not in DEAD]
    model = joined(*(converted(parts[f"{name}.tflite"]) for name in (POINTS, SHAPES)), live)
    onnx.checker.check_model(model)
    network = halved(model.SerializeToString(), exact=True)
    parameters = sum(numpy_helper.to_array(one).size for one in model.graph.initializer)
    card = replace(CARD, sha256=hashlib.sha256(network).hexdigest(), parameters=parameters)
    (args.output / card.file).write_bytes(network)
    write_whole(args.output / f"{card.name}.json", card.to_json())
    write_whole(FILE, canonical(parts[GEOMETRY]))


if __name__ == "__main__":
    main()
