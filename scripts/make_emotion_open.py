"""Makes the model emotion.open: rules on the blendshapes of mesh.base, as a further output of its network.

    python scripts/make_emotion_open.py DATA

It wants onnx, which is part of [train]; DATA holds fairface (docs/data.md). The rules stand in
open_rules.py. Of FairFace's pictures only the blendshapes are used, and no labels: how often each channel
moves how far. Reading them takes two minutes, once: they are kept in runs/fairface_mesh.npz. Written are the
ranks of each channel (src/mimik/mesh/channels.csv), the network with one more output, and the cards of both
models. Where the mesh is made anew (make_mesh.py), this comes after it; and after this benchmarks/figures.py,
which measures.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import open_rules as rules
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from mimik.data.base import Sample, read_samples
from mimik.data.fairface import FairFace
from mimik.faces.crop import crop_batch, normalise, placed_square
from mimik.mesh.channels import AT_REST, FILE, MIXED, NAMES, SMILE, SMILING, mixing, rank_table
from mimik.mesh.head import find_head, pose_of
from mimik.models.card import ModelCard, read_card
from mimik.models.session import Session
from mimik.models.store import PACKAGED
from mimik.storage.whole import write_whole
from mimik.tasks.mesh import PRESENCE, SHAPES
from mimik.tasks.probabilities import sigmoid

Values = NDArray[np.float64]
KEPT = Path("runs/fairface_mesh.npz")
FACES, SEED, BATCH = 12_000, 0, 50
"""How many of FairFace's training pictures are drawn, by what, and how many are read at once."""
CLEAR, FRONTAL_DEG = 0.9, 30.0
"""Presence from which, and yaw up to which, a face is counted."""
RANKS = np.array([5, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 97, 98.5, 99.5]) / 100
STEP = 1e-5
"""Least distance between two values of a channel in the table."""
MESH, OWN = "mesh.base", "emotion"
"""The model whose file is widened, and the name of the new output, with which the new parts' names begin."""
CARD = ModelCard(
    name="emotion.open",
    version="1",
    task="emotion",
    file="mesh.base.onnx",
    sha256="",
    parameters=0,
    labels=rules.LABELS,
    outputs=len(rules.LABELS),
    takes=read_card(PACKAGED / f"{MESH}.json").takes,
    mean=0.0,
    std=1.0,
    output=OWN,
    threshold=0.4,
    recipe="scripts/make_emotion_open.py, on mesh.base",
    licence="MediaPipe's Face Landmarker, Copyright 2023 The MediaPipe Authors: Apache-2.0, see "
    "LICENSE.mediapipe; and for emotion.open rules that were counted on FairFace (CC BY 4.0): name its "
    "authors.",
    commercial_use=True,
    data=(
        *read_card(PACKAGED / f"{MESH}.json").data,
        {
            "name": "FairFace",
            "terms": "CC BY 4.0",
            "citation": "Kärkkäinen and Joo, FairFace: Face Attribute Dataset for Balanced Race, Gender, and "
            "Age, WACV 2021",
            "splits": ["train"],
        },
    ),
    limits=(
        "Reads less well than emotion.base and emotion.mini; it is for products, which may not use those. Of "
        "FER-2013's angry, sad, fearful and disgusted faces it finds 3 to 7 %, and takes most for neutral.",
        "Its probabilities follow from assumptions (docs/models.md), not from labelled faces: neutral and "
        "happy count as likelier than the others, as among everyday photos.",
        "Knows no raised cheeks (AU06) and no wrinkled nose (AU09), whose channels are dead: disgust is told "
        "by the lips alone, and called where people talk or bare their teeth.",
        "Brows that are low, and lips that are pressed or turned down by nature, are taken for anger or "
        "sadness.",
        "Names an expression, not a feeling, and looks for the strong expression of a textbook.",
        "Faces that are turned away, covered, blurred or under 32 pixels are less reliable.",
    ),
)


def read_faces(data: Path) -> Values:
    """Blendshapes (N, 48) of FairFace's faces that are seen well and from the front; kept in KEPT."""
    if not KEPT.exists():
        samples = read_samples(FairFace(), data, "train")[0]
        drawn = np.random.default_rng(SEED).permutation(len(samples))[:FACES]
        card, session = read_card(PACKAGED / f"{MESH}.json"), Session(PACKAGED / f"{MESH}.onnx", "cpu")
        found = []
        for start in range(0, len(drawn), BATCH):
            crops = [_crop(samples[row], card) for row in drawn[start : start + BATCH]]
            told = session.run(normalise(np.concatenate(crops), card.mean, card.std))[0]
            found += [row[SHAPES] for row in told if _counts(row)]
        KEPT.parent.mkdir(exist_ok=True)
        np.savez_compressed(KEPT, blendshapes=np.array(found))
    return np.load(KEPT)["blendshapes"].astype(np.float64)


def _crop(sample: Sample, card: ModelCard) -> NDArray[np.uint8]:
    image = sample.load()
    height, width = image.shape[:2]
    return crop_batch(image, [placed_square(width, height, sample.placement, card.crop)], card.crop)


def _counts(told: NDArray[np.float32]) -> bool:
    """Whether a face is seen well, and from the front."""
    if sigmoid(told[PRESENCE : PRESENCE + 1])[0] < CLEAR:
        return False
    head = find_head(told[:PRESENCE].reshape(-1, 3).astype(np.float64))
    return abs(pose_of(head, 1, 1).yaw_deg) < FRONTAL_DEG


def write_ranks(blendshapes: Values) -> None:
    """Write mimik.mesh.channels' table."""
    values = blendshapes @ mixing()
    smile = values[:, NAMES.index(SMILE)]
    lines = [",".join(["channel", "faces", *(f"{rank:g}" for rank in RANKS)])]
    for name, own in zip(NAMES, values.T, strict=True):
        for faces, rows in (("at rest", smile < AT_REST), ("smiling", smile > SMILING)):
            line = np.round(np.quantile(own[rows], RANKS), 5)
            # Values that are alike, such as nought, are moved apart: each rank has one of its own.
            for k in range(1, len(line)):
                line[k] = max(line[k], line[k - 1] + STEP)
            lines.append(",".join([name, faces, *(f"{value:.5f}" for value in line)]))
    write_whole(FILE, "\n".join(lines) + "\n")
    rank_table.cache_clear()


class Head:
    """Nodes and constants behind a network."""

    def __init__(self, model: onnx.ModelProto) -> None:
        """Take a network, without the head that it may have."""
        self.graph = model.graph
        for parts in (self.graph.node, self.graph.initializer, self.graph.output):
            kept = [part for part in parts if not (part.name == OWN or part.name.startswith(f"{OWN}/"))]
            del parts[:]
            parts.extend(kept)

    def constant(self, values: NDArray[np.generic] | float | Sequence[int]) -> str:
        """Keep a constant; its name."""
        held = np.asarray(values)
        name = f"{OWN}/w{len(self.graph.initializer)}"
        kept = held.astype(np.int64 if held.dtype.kind == "i" else np.float32)
        self.graph.initializer.append(numpy_helper.from_array(kept, name))
        return name

    def add(self, op: str, *inputs: str, output: str = "", **attributes: object) -> str:
        """Add a node; the name of what it gives."""
        name = output or f"{OWN}/t{len(self.graph.node)}"
        node = helper.make_node(op, list(inputs), [name], name=f"{OWN}/{len(self.graph.node)}", **attributes)
        self.graph.node.append(node)
        return name

    def clip(self, x: str, low: float, high: float) -> str:
        """Hold values between two ends."""
        return self.add("Clip", x, self.constant(np.float32(low)), self.constant(np.float32(high)))

    def plus(self, x: str, values: NDArray[np.generic] | float) -> str:
        """Add a constant."""
        return self.add("Add", x, self.constant(values))

    def times(self, x: str, values: NDArray[np.generic] | float) -> str:
        """Multiply by a constant."""
        return self.add("Mul", x, self.constant(values))


def widened(network: bytes, weights: rules.Weights) -> bytes:
    """A network of meshes with one more output, the rules' logits: open_rules in ONNX."""
    model = onnx.load_from_string(network)
    head = Head(model)
    _, presence, shapes = next(node.input for node in model.graph.node if "mesh" in node.output)
    values = head.add("MatMul", shapes, head.constant(mixing()))
    smile = head.add("Gather", values, head.constant([NAMES.index(SMILE)]), axis=1)
    lines = [_looked_up(head, values, table) for table in rank_table()[1]]
    share = head.times(head.clip(smile, MIXED, SMILING), 1 / (SMILING - MIXED))
    share = head.plus(share, -MIXED / (SMILING - MIXED))
    lower = head.add("Min", head.add("Sub", lines[1], lines[0]), head.constant(0.0))
    ranks = head.add("Add", lines[0], head.add("Mul", share, lower))
    smiles = head.clip(head.times(head.plus(smile, -AT_REST), rules.SMILE_SLOPE), *rules.SMILE_LIMITS)
    told = head.add("MatMul", _evidence(head, ranks, smiles), head.constant(rules.EXPECTED.T))
    told = head.plus(head.times(told, weights.weights), weights.offsets)
    told = head.add("MatMul", head.add("Exp", told), head.constant(rules.SHARES))
    told = head.add("Log", head.plus(told, rules.REST))
    # Neutral is what the others are held against: its evidence is nought.
    order = np.eye(len(rules.LABELS))[[rules.LABELS.index(label) for label in rules.EXPRESSIONS]]
    told = head.add("MatMul", told, head.constant(order))
    told = head.add("Mul", told, head.add("Sigmoid", presence))
    head.add("Add", told, head.constant(weights.prior), output=OWN)
    info = helper.make_tensor_value_info(OWN, TensorProto.FLOAT, ["n", len(rules.LABELS)])
    model.graph.output.append(info)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _looked_up(head: Head, values: str, table: Values) -> str:
    """Ranks (N, C) of values (N, C), drawn straight between the points of a table (C, R)."""
    steps = np.diff(table, axis=1)
    each = head.add("Unsqueeze", values, head.constant([2]))
    way = head.clip(head.add("Div", head.plus(each, -table[:, :-1]), head.constant(steps)), 0, 1)
    ranks, _ = rank_table()
    sums = head.add("MatMul", way, head.constant(np.diff(ranks)))
    return head.plus(sums, float(ranks[0]))


def _evidence(head: Head, ranks: str, smiles: str) -> str:
    """Evidence of each unit, (N, U)."""
    names = [rules.channels_of(unit) for unit in rules.UNITS]
    picked = [[NAMES.index(own[k % len(own)]) for k in range(max(map(len, names)))] for own in names]
    best = head.add(
        "ReduceMax", head.add("Gather", ranks, head.constant(picked), axis=1), axes=[2], keepdims=0
    )
    powers = np.array([len(own) * (rules.STEEPNESS - 1) for own in names])
    density = head.times(head.add("Pow", best, head.constant(powers)), rules.SHOWN * rules.STEEPNESS)
    told = head.add("Log", head.plus(density, 1 - rules.SHOWN))
    # Whether a face smiles isn't told by its rank among those that smile as much.
    others = np.array([unit != "12" for unit in rules.UNITS], float)
    alone = head.add("MatMul", smiles, head.constant(1 - others[None]))
    return head.add("Add", head.times(told, others), alone)


def check(weights: rules.Weights, network: bytes) -> None:
    """Make sure that the network says what the rules say.

    Raises:
        SystemExit: It doesn't.
    """
    faces = np.random.default_rng(SEED).random((8, 3, 256, 256), np.float32)
    mesh, said = Session(network, "cpu").run(faces)
    presence = sigmoid(mesh[:, PRESENCE]).astype(np.float64)
    wanted = weights.logits(mesh[:, SHAPES].astype(np.float64), presence)
    if (off := np.abs(said - wanted).max()) > 1e-3:
        raise SystemExit(f"the network's answers differ from the rules' by {off:.2g}")


def called(logits: Values) -> dict[str, float]:
    """Share of faces that comes out as each label."""
    shares = np.bincount(logits.argmax(axis=1), minlength=len(rules.LABELS)) / len(logits)
    return dict(zip(rules.LABELS, np.round(shares, 4).tolist(), strict=True))


def rest_of(logits: Values) -> tuple[float, ...]:
    """Mean log-probabilities of the faces that come out neutral."""
    told = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    own = told[logits.argmax(axis=1) == rules.LABELS.index("neutral")]
    return tuple(np.round(own.mean(axis=0), 4).tolist())


def main() -> None:
    """Count, and write ranks, network and cards."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder that holds fairface")
    blendshapes = read_faces(parser.parse_args().data)
    write_ranks(blendshapes)
    weights = rules.count(blendshapes)
    mesh, file = read_card(PACKAGED / f"{MESH}.json"), PACKAGED / f"{MESH}.onnx"
    network = widened(file.read_bytes(), weights)
    check(weights, network)
    sha256 = hashlib.sha256(network).hexdigest()
    logits = weights.logits(blendshapes, np.ones(len(blendshapes)))
    training = {"faces": len(blendshapes), "rules": weights.as_json(), "called": called(logits)}
    own = replace(CARD, sha256=sha256, parameters=mesh.parameters, at_rest=rest_of(logits), training=training)
    file.write_bytes(network)
    # Terms are those of the file as a whole.
    for card in (own, replace(mesh, sha256=sha256, licence=own.licence)):
        write_whole(PACKAGED / f"{card.name}.json", card.to_json())


if __name__ == "__main__":
    main()
