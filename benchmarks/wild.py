"""emotion.wild: the two heads for emotion of face.base as one answer, for faces outside of a laboratory.

    python benchmarks/wild.py --data DATA             what weights and priors give, into docs/experiments.md
    python benchmarks/wild.py --data DATA --install   add it to face.base.onnx, with its card

``emotion`` has learned FER-2013's labels, which see neutral too seldom, ``ferplus`` the votes of FER+, which
see it often. Their probabilities, each at its card's temperature and contempt left out, are joined by a
weighted geometric mean, then moved from the classes' frequencies on validation to others (mimik.tasks.prior):
to a power of them, 1 as they are, 0 all alike. All is chosen on what neither head has learned from: the 4 %
of FER-2013's Training that recipes/face.second.toml holds, without near copies of the rest, and CK+ (peak
frames of six emotions, and faces at rest). Nodes in the file do the same in use. Needs onnx.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ckplus_faces import Pictures, calm_of, logits_of, read
from figures import FIGURES, ROOT, fill
from mimik.data.base import Sample, load_reader, read_samples
from mimik.data.copies import near_any, thumbnails
from mimik.evaluate.ask import ask
from mimik.evaluate.rest import mean_rest
from mimik.evaluate.rows import AskOptions
from mimik.models.card import ModelCard, file_sha256, read_card
from mimik.models.store import PACKAGED
from mimik.tasks.calibration import expected_calibration_error, fit_temperature
from mimik.tasks.loaded import load_model
from mimik.tasks.probabilities import softmax
from mimik.train.inputs.units import name_digests

NAME, OUTPUT, VERSION = "emotion.wild", "wild", "1"
HEADS = ("emotion.base", "emotion8.base")
WEIGHT, POWER = 0.5, 0.0
"""Of the first head, and to which power the frequencies are taken; docs/experiments.md says why."""
WEIGHTS, POWERS = (1.0, 0.7, 0.5, 0.3, 0.0), (1.0, 0.5, 0.0)
HOLDOUT = 0.04
WILD = ("angry", "happy", "sad", "surprise", "neutral")
"""The classes that people show often."""
REPORT = FIGURES / "wild.json"
LIMITS = (
    "Assumes that all seven expressions are equally frequent: say with --prior how often they come where you "
    "look.",
    "Weak anger, as actors in a laboratory pose it, is often called neutral or sad.",
    "Disgust is rare in the training data (436 of 28,709 pictures).",
    "Names an expression, not a feeling; posed and theatrical faces are over-represented.",
)
Logits = NDArray[np.float64]


def log_softmax(logits: Logits) -> Logits:
    """Log-probabilities (N, K)."""
    return np.asarray(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))


class Blend:
    """The two heads as one."""

    def __init__(self, first: ModelCard, second: ModelCard, weight: float) -> None:
        self.first, self.second, self.weight = first, second, weight
        self.columns = [second.labels.index(label) for label in first.labels]

    def __call__(self, first: NDArray[np.float32], second: NDArray[np.float32]) -> Logits:
        """Log-probabilities (N, 7) from the heads' logits (N, 7) and (N, 8)."""
        one = log_softmax(first.astype(np.float64) / self.first.temperature)
        other = log_softmax(second.astype(np.float64)[:, self.columns] / self.second.temperature)
        return log_softmax(self.weight * one + (1 - self.weight) * other)


def evened(prior: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    """Frequencies to a power, 1 in all."""
    return np.asarray(prior**power / (prior**power).sum())


class Validation:
    """What both heads say of faces that they haven't learned from."""

    def __init__(self, data: Path) -> None:
        samples, plus = held(data)
        cards = [read_card(PACKAGED / f"{name}.json") for name in HEADS]
        self.labels = cards[0].labels
        self.fer = [str(sample.labels["emotion"]) for sample in samples]
        self.plus = [plus.get(sample.key, "") for sample in samples]
        peaks, calm = read(data / "CK+", detect=True), calm_of(read(data / "CK+48", detect=False))
        shown = np.flatnonzero(peaks.emotions != "contempt")
        six = Pictures(*([part[i] for i in shown] for part in (peaks.samples, peaks.images, peaks.boxes)))
        self.posed = [*six.emotions.tolist(), *calm.emotions.tolist()]
        self.said, self.said_posed = [], []
        for name in HEADS:
            model = load_model("emotion", name, "cpu")
            self.said.append(ask(model, samples, AskOptions())[0].logits[:, 0])
            self.said_posed.append(np.concatenate([logits_of(model, six), logits_of(model, calm)]))
        self.cards = cards

    def row(self, weight: float, power: float) -> dict[str, float]:
        """Figures of a weight and a power."""
        blend = Blend(self.cards[0], self.cards[1], weight)
        found, posed = blend(*self.said), blend(*self.said_posed)
        prior = np.exp(found).mean(axis=0)
        moved = np.log(evened(prior, power) / prior)
        return {
            "weight": weight,
            "power": power,
            "fer": share_right(found + moved, self.fer, self.labels),
            "plus": share_right(found + moved, self.plus, self.labels),
            "plus7": recall(found + moved, self.plus, self.labels, self.labels),
            "plus5": recall(found + moved, self.plus, self.labels, WILD),
            "neutral": recall(found + moved, self.plus, self.labels, ("neutral",)),
            "posed": recall(posed + moved, self.posed, self.labels, self.labels),
        }


def held(data: Path) -> tuple[list[Sample], dict[str, str]]:
    """Pictures of FER-2013's Training that neither head has learned from, and FER+'s label by their key."""
    samples, _ = read_samples(load_reader("fer2013"), data / "fer2013", "train")
    plus, _ = read_samples(load_reader("ferplus"), data / "fer2013", "train")
    chosen = name_digests([sample.key for sample in samples]) < int(HOLDOUT * 2**32)
    mine = [sample for sample, own in zip(samples, chosen, strict=True) if own]
    rest = [sample for sample, own in zip(samples, chosen, strict=True) if not own]
    copied = near_any(thumbnails(s.load() for s in mine), thumbnails(s.load() for s in rest))
    kept = [sample for sample, near in zip(mine, copied, strict=True) if not near]
    return kept, {sample.key: str(sample.labels["emotion"]) for sample in plus}


def share_right(scores: Logits, truth: list[str], labels: tuple[str, ...]) -> float:
    """Accuracy over faces with one of the labels."""
    known = np.isin(truth, labels)
    return float((np.array(labels)[scores.argmax(axis=1)] == np.array(truth))[known].mean())


def recall(scores: Logits, truth: list[str], labels: tuple[str, ...], classes: tuple[str, ...]) -> float:
    """Mean share of some classes' faces that are found."""
    said, wanted = np.array(labels)[scores.argmax(axis=1)], np.array(truth)
    return float(
        np.mean([(said[wanted == name] == name).mean() for name in classes if (wanted == name).any()])
    )


def install(data: Path) -> None:
    """Add the blend to the file as an output, with a card; the other heads' cards name the new file."""
    seen = Validation(data)
    blend = Blend(seen.cards[0], seen.cards[1], WEIGHT)
    found = blend(*seen.said)
    truth = np.array([seen.labels.index(name) if name in seen.labels else -1 for name in seen.plus])
    # As voters see it, at the frequencies that validation has; then at those that the card states.
    temperature = fit_temperature(found[truth >= 0].astype(np.float32), truth[truth >= 0])
    said = np.exp(log_softmax(found / temperature))
    print("temperature", temperature, "ECE", expected_calibration_error(said[truth >= 0], truth[truth >= 0]))
    prior = said.mean(axis=0)
    shares = evened(prior, POWER)
    moved = temperature * np.log(shares / prior)
    digest = add_output(blend, moved)
    first = seen.cards[0]
    card = replace(
        first,
        name=NAME,
        version=VERSION,
        output=OUTPUT,
        temperature=round(temperature, 4),
        prior=tuple(round(float(share), 6) for share in shares),
        at_rest=(),
        recipe="python benchmarks/wild.py --data DATA --install",
        figures=(),
        subgroups=(),
        limits=LIMITS,
        sha256=digest,
    )
    calm = [name == "neutral" for name in seen.plus]
    card = replace(card, at_rest=mean_rest(card, (found + moved)[calm].astype(np.float32)))
    (PACKAGED / f"{NAME}.json").write_text(card.to_json(), encoding="utf-8")
    for path in sorted(PACKAGED.glob("*.json")):
        other = read_card(path)
        if other.file == card.file:
            path.write_text(replace(other, sha256=digest, **assumed(other, seen)).to_json(), encoding="utf-8")


def assumed(card: ModelCard, seen: Validation) -> dict[str, Any]:
    """The prior of a head whose answers on validation are known."""
    if card.name not in HEADS:
        return {}
    said = softmax(seen.said[HEADS.index(card.name)], card.temperature).mean(axis=0)
    return {"prior": tuple(round(float(share), 6) for share in said)}


def add_output(blend: Blend, moved: NDArray[np.float64]) -> str:
    """Write the blend's nodes into the file, in place of those that are there; the file's SHA-256."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    path = PACKAGED / blend.first.file
    model = onnx.load(path)
    graph = model.graph
    for old in [node for node in graph.node if node.name.startswith(f"{OUTPUT}_")]:
        graph.node.remove(old)
    for kept in (graph.initializer, graph.output):
        for old in [value for value in kept if value.name == OUTPUT or value.name.startswith(f"{OUTPUT}_")]:
            kept.remove(old)
    values = {
        "first_t": np.float32(1 / blend.first.temperature),
        "second_t": np.float32(1 / blend.second.temperature),
        "columns": np.array(blend.columns, np.int64),
        "first_w": np.float32(blend.weight),
        "second_w": np.float32(1 - blend.weight),
        "moved": moved.astype(np.float32),
    }
    for name, value in values.items():
        graph.initializer.append(numpy_helper.from_array(np.asarray(value), f"{OUTPUT}_{name}"))
    steps = (
        ("Mul", (blend.first.output, "first_t"), "first_scaled"),
        ("LogSoftmax", ("first_scaled",), "first_log"),
        ("Mul", ("first_log", "first_w"), "first_part"),
        ("Gather", (blend.second.output, "columns"), "second_some"),
        ("Mul", ("second_some", "second_t"), "second_scaled"),
        ("LogSoftmax", ("second_scaled",), "second_log"),
        ("Mul", ("second_log", "second_w"), "second_part"),
        ("Add", ("first_part", "second_part"), "joined"),
        ("LogSoftmax", ("joined",), "joined_log"),
        ("Add", ("joined_log", "moved"), ""),
    )
    heads = {blend.first.output, blend.second.output}
    for number, (kind, inputs, result) in enumerate(steps):
        taken = [name if name in heads else f"{OUTPUT}_{name}" for name in inputs]
        made = f"{OUTPUT}_{result}" if result else OUTPUT
        axis = {"axis": 1} if kind in ("LogSoftmax", "Gather") else {}
        graph.node.append(helper.make_node(kind, taken, [made], name=f"{OUTPUT}_{number}", **axis))
    graph.output.append(helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["faces", len(moved)]))
    path.write_bytes(model.SerializeToString())
    return file_sha256(path)


def table(rows: list[dict[str, float]]) -> str:
    """The report as Markdown."""
    head = ("weight of `emotion.base`", "power", "FER-2013", "FER+", "seven", "five", "neutral", "CK+")
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for row in rows:
        keys = ("fer", "plus", "plus7", "plus5", "neutral", "posed")
        shown = [f"{100 * row[key]:.1f}" for key in keys]
        lines.append(f"| {row['weight']:g} | {row['power']:g} | {' | '.join(shown)} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, install, or write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--install", action="store_true")
    args = parser.parse_args()
    if args.install:
        install(args.data)
        return
    if args.data:
        seen = Validation(args.data)
        rows = [seen.row(weight, power) for weight in WEIGHTS for power in POWERS]
        n = {
            "fer": len(seen.fer),
            "plus": sum(name in seen.labels for name in seen.plus),
            "posed": len(seen.posed),
        }
        REPORT.write_text(json.dumps({"n": n, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    found = json.loads(REPORT.read_text(encoding="utf-8"))
    fill(ROOT / "docs" / "experiments.md", "wild", table(found["rows"]))


if __name__ == "__main__":
    main()
