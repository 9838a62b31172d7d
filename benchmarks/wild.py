"""emotion.wild: two heads for emotion of face.base and its action units as one answer.

    python benchmarks/wild.py --data DATA             what weights, priors and units give: docs/experiments.md
    python benchmarks/wild.py --data DATA --install   add it to face.base.onnx, with its card

``emotion`` has learned FER-2013's labels, which see neutral too seldom, ``ferplus`` the votes of FER+, which
see it often. Their probabilities, each at its card's temperature and contempt left out, are joined by a
weighted geometric mean, then moved from the classes' frequencies on validation to others (mimik.tasks.prior):
to a power of them, 1 as they are, 0 all alike. To that the action units of ``au`` add their part
(benchmarks/wild_units.py). All is chosen on what neither head has learned from: the 4 % of FER-2013's
Training that recipes/face.second.toml holds, without near copies of the rest, and CK+ (peak frames of six
emotions, and faces at rest), whose units are read by fits that haven't seen the person
(benchmarks/unit_folds.py). Nodes in the file do the same in use. Needs onnx and torch.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from action_units import unscaled
from ckplus_faces import FOLDS, calm_of, logits_of, read
from ckplus_faces import Pictures as Posed
from figures import FIGURES, ROOT, fill
from mimik.data.base import Sample, load_reader, read_samples
from mimik.data.copies import copy_groups, near_any, thumbnails
from mimik.evaluate.ask import ask
from mimik.evaluate.rest import mean_rest
from mimik.evaluate.rows import AskOptions
from mimik.models.card import ModelCard, file_sha256, read_card
from mimik.models.store import PACKAGED
from mimik.tasks.calibration import expected_calibration_error, fit_temperature
from mimik.tasks.loaded import load_model
from mimik.tasks.probabilities import softmax
from mimik.tasks.unit_figures import drawn_people
from mimik.train.inputs.augment import augmented
from mimik.train.inputs.pictures import Pictures
from mimik.train.inputs.units import name_digests
from mimik.train.recipe.changes import AugmentOptions
from wild_units import PENALTY, SHARES, WEAKENED, Beside, Faces, Learned, weakened

NAME, OUTPUT, VERSION = "emotion.wild", "wild", "2"
HEADS, UNITS = ("emotion.base", "emotion8.base"), "au.base"
WEIGHT, POWER = 0.5, 0.0
"""Of the first head, and to which power the frequencies are taken; docs/experiments.md says why."""
WEIGHTS, POWERS = (1.0, 0.7, 0.5, 0.3, 0.0), (1.0, 0.5, 0.0)
TRIED = (
    ((0.6, 0.4, 0.0), 0.01),
    ((0.6, 0.4, 0.0), 0.003),
    ((0.6, 0.4, 0.0), 0.001),
    ((0.8, 0.15, 0.05), 0.0005),
    ((0.8, 0.1, 0.1), 0.001),
    (SHARES, PENALTY),
    ((0.7, 0.15, 0.15), 0.001),
    ((0.6, 0.2, 0.2), 0.001),
    ((0.5, 0.25, 0.25), 0.001),
)
"""Shares and penalties of what units add."""
POOR = AugmentOptions(
    rotate_deg=15,
    contrast=0.5,
    brightness=0.3,
    gamma=0.6,
    noise=0.08,
    blur=0.5,
    occlude=0.3,
    motion=0.2,
    jpeg=0.3,
)
VIEWS, BATCH = 4, 64
"""How pictures are spoilt, and how often each."""
HOLDOUT = 0.04
WILD = ("angry", "happy", "sad", "surprise", "neutral")
"""The classes that people show often."""
REPORT = FIGURES / "wild.json"
LIMITS = (
    "Assumes that all seven expressions are equally frequent: say with --prior how often they come where you "
    "look.",
    "Weak anger, as actors in a laboratory pose it, is often called neutral or sad.",
    "What action units add was learned from posed, frontal faces of about a hundred people (CK+).",
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
    """What both heads and the units say of faces that they haven't learned from."""

    def __init__(self, data: Path) -> None:
        samples, plus = held(data)
        groups = copy_groups(thumbnails(sample.load() for sample in samples))
        self.folds = np.random.default_rng(0).permutation(len(samples))[groups] % FOLDS
        cards = [read_card(PACKAGED / f"{name}.json") for name in HEADS]
        self.labels = cards[0].labels
        self.fer = [str(sample.labels["emotion"]) for sample in samples]
        self.plus = [plus.get(sample.key, "") for sample in samples]
        peaks, crops = read(data / "CK+", detect=True), read(data / "CK+48", detect=False)
        calm = calm_of(crops)
        shown = np.flatnonzero(peaks.emotions != "contempt")
        six = Posed(*([part[i] for i in shown] for part in (peaks.samples, peaks.images, peaks.boxes)))
        self.posed = [*six.emotions.tolist(), *calm.emotions.tolist()]
        self.said, self.said_posed = [], []
        for name in HEADS:
            model = load_model("emotion", name, "cpu")
            self.said.append(ask(model, samples, AskOptions())[0].logits[:, 0])
            self.said_posed.append(np.concatenate([logits_of(model, six), logits_of(model, calm)]))
        self.cards = cards
        self.units = ask(load_model("au", UNITS, "cpu"), samples, AskOptions())[0].logits[:, 0]
        self._read_poor(samples)
        self._read_posed(data, peaks, shown, crops)

    def _read_poor(self, samples: list[Sample]) -> None:
        """What both heads and the units say of spoilt pictures, VIEWS times all of them."""
        models = [load_model("emotion", name, "cpu") for name in HEADS] + [load_model("au", UNITS, "cpu")]
        rows, card = np.arange(len(samples)), models[0].card
        pictures = Pictures(
            [s.load() for s in samples], samples, np.ones(len(rows)), np.zeros(len(rows), np.int8)
        )
        said: list[list[NDArray[np.float32]]] = [[] for _ in models]
        for view in range(VIEWS):
            rng = np.random.default_rng((0, view))
            for part in np.split(rows, range(BATCH, len(rows), BATCH)):
                batch = augmented(pictures, part, card.crop, POOR, rng, card.mean, card.std)
                for found, model in zip(said, models, strict=True):
                    found.append(model.logits(batch))
        *self.said_poor, self.poor_units = (np.concatenate(found) for found in said)

    def _read_posed(self, data: Path, peaks: Posed, shown: NDArray[np.intp], crops: Posed) -> None:
        """Who is seen in CK+, and the units of each by fits that haven't seen the person."""
        still = np.flatnonzero(crops.emotions == "neutral")
        parts = [
            (unscaled(UNITS, kind, pictures, data), rows)
            for kind, pictures, rows in (("peaks", peaks, shown), ("crops", crops, still))
        ]
        self.people = np.concatenate([peaks.people[shown], crops.people[still]])
        self.people_folds = np.concatenate([peaks.folds[shown], crops.folds[still]])
        self.posed_units = np.concatenate([said.outer[rows] for said, rows in parts])
        self.posed_inner = np.concatenate([said.inner[:, rows] for said, rows in parts], axis=1)

    def learned(self, weight: float, power: float) -> Learned:
        """The faces that what units add is fitted to, with the scores of a weight and a power."""
        blend = Blend(self.cards[0], self.cards[1], weight)
        found, posed = blend(*self.said), blend(*self.said_posed)
        prior = np.exp(found).mean(axis=0)
        moved = np.log(evened(prior, power) / prior)
        told = [self.labels.index(name) if name in self.labels else -1 for name in self.plus]
        voted = Faces(found + moved, self.units.astype(np.float64), np.array(told), self.folds)
        spoilt = blend(*self.said_poor) + moved
        poor = Faces(
            spoilt, self.poor_units.astype(np.float64), np.tile(told, VIEWS), np.tile(self.folds, VIEWS)
        )
        truth = np.array([self.labels.index(name) for name in self.posed])
        faces = Faces(posed + moved, self.posed_units, truth, self.people_folds, self.posed_inner)
        return Learned(voted, poor, faces, weakened(faces, self.people, self.labels.index("neutral")))

    def figures(self, learned: Learned) -> dict[str, float]:
        """How often the scores of faces are right."""
        voted, posed = learned.voted.scores, learned.posed.scores
        weak = {
            f"weak{share}": recall(f.scores, [self.labels[k] for k in f.truth], self.labels, self.labels)
            for share, f in zip(WEAKENED, learned.weak, strict=True)
        }
        return {
            "fer": share_right(voted, self.fer, self.labels),
            "plus": share_right(voted, self.plus, self.labels),
            "plus7": recall(voted, self.plus, self.labels, self.labels),
            "plus5": recall(voted, self.plus, self.labels, WILD),
            "neutral": recall(voted, self.plus, self.labels, ("neutral",)),
            "poor": recall(learned.poor.scores, self.plus * VIEWS, self.labels, WILD),
            "posed": recall(posed, self.posed, self.labels, self.labels),
            "anger": recall(posed, self.posed, self.labels, ("angry",)),
            **weak,
        }

    def unit_rows(self) -> list[dict[str, Any]]:
        """Figures without units, and with what they add by each of TRIED, cross-fitted."""
        learned = self.learned(WEIGHT, POWER)
        rows: list[dict[str, Any]] = [{"shares": None, **self.figures(learned)}]
        for shares, penalty in TRIED:
            own = self.figures(learned.crossed(shares, penalty))
            rows.append({"shares": shares, "penalty": penalty, **own})
            print(rows[-1], flush=True)
        return rows

    def by_people(self) -> dict[str, Any]:
        """Accuracy on peaks of CK+ and with faces at rest, each person by what knows none of theirs."""
        said = self.learned(WEIGHT, POWER).crossed(SHARES, PENALTY).posed.scores
        right = np.array(self.labels)[said.argmax(axis=1)] == np.array(self.posed)
        shown = np.array(self.posed) != "neutral"
        return {"peaks": drawn(right[shown], self.people[shown]), "all": drawn(right, self.people)}

    def row(self, weight: float, power: float) -> dict[str, float]:
        """Figures of a weight and a power, without units."""
        return {"weight": weight, "power": power, **self.figures(self.learned(weight, power))}


def drawn(right: NDArray[np.bool_], people: NDArray[np.str_]) -> dict[str, Any]:
    """A share with its interval over people."""
    ends = drawn_people(people, lambda rows: {"accuracy": float(right[rows].mean())})
    return {"n": len(right), "accuracy": float(right.mean()), "ci95": ends["accuracy"]}


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
    learned = seen.learned(WEIGHT, POWER)
    beside = learned.fitted(SHARES, PENALTY)
    # What units add was fitted at an even prior; here at validation's frequencies again, and cross-fitted.
    frequent = np.exp(blend(*seen.said)).mean(axis=0)
    even = np.log(len(frequent) * frequent)
    found = log_softmax(learned.crossed(SHARES, PENALTY).voted.scores + even)
    truth = learned.voted.truth
    # As voters see it, at the frequencies that validation has; then at those that the card states.
    temperature = fit_temperature(found[truth >= 0].astype(np.float32), truth[truth >= 0])
    said = np.exp(log_softmax(found / temperature))
    print("temperature", temperature, "ECE", expected_calibration_error(said[truth >= 0], truth[truth >= 0]))
    prior = said.mean(axis=0)
    shares = evened(prior, POWER)
    moved = temperature * np.log(shares / prior)
    digest = add_output(blend, beside, moved + (1 - beside.scale) * even)
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
        data=read_card(PACKAGED / f"{UNITS}.json").data,
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


def add_output(blend: Blend, beside: Beside, moved: NDArray[np.float64]) -> str:
    """Write the blend's nodes into the file, in place of those that are there; the file's SHA-256."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    path, units = PACKAGED / blend.first.file, read_card(PACKAGED / f"{UNITS}.json").output
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
        "scale": np.float32(beside.scale),
        "matrix": beside.matrix.astype(np.float32),
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
        ("Mul", ("joined_log", "scale"), "heads"),
        ("Sigmoid", (units,), "likely"),
        ("MatMul", ("likely", "matrix"), "added"),
        ("Add", ("heads", "added"), "both"),
        ("Add", ("both", "moved"), ""),
    )
    heads = {blend.first.output, blend.second.output, units}
    for number, (kind, inputs, result) in enumerate(steps):
        taken = [name if name in heads else f"{OUTPUT}_{name}" for name in inputs]
        made = f"{OUTPUT}_{result}" if result else OUTPUT
        axis = {"axis": 1} if kind in ("LogSoftmax", "Gather") else {}
        graph.node.append(helper.make_node(kind, taken, [made], name=f"{OUTPUT}_{number}", **axis))
    graph.output.append(helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["faces", len(moved)]))
    path.write_bytes(model.SerializeToString())
    return file_sha256(path)


def table(rows: list[dict[str, float]]) -> str:
    """What weights and priors give, as Markdown."""
    head = ("weight of `emotion.base`", "power", "FER-2013", "FER+", "seven", "five", "neutral", "CK+")
    keys = ("fer", "plus", "plus7", "plus5", "neutral", "posed")
    return markdown(head, [[f"{row['weight']:g}", f"{row['power']:g}", *percent(row, keys)] for row in rows])


def unit_table(rows: list[dict[str, Any]]) -> str:
    """What units add, as Markdown."""
    head = ("votes, peaks, weakened", "penalty", "FER-2013", "FER+", "seven", "five", "neutral", "spoilt")
    head += ("CK+", "anger there", *(f"weakened to {share:g}" for share in WEAKENED))
    keys = (
        "fer",
        "plus",
        "plus7",
        "plus5",
        "neutral",
        "poor",
        "posed",
        "anger",
        *(f"weak{s}" for s in WEAKENED),
    )
    lines = []
    for row in rows:
        shares = ", ".join(f"{share:g}" for share in row["shares"]) if row["shares"] else "no units"
        lines.append([shares, f"{row['penalty']:g}" if row["shares"] else "", *percent(row, keys)])
    return markdown(head, lines)


def percent(row: dict[str, Any], keys: tuple[str, ...]) -> list[str]:
    """Shares as percent."""
    return [f"{100 * row[key]:.1f}" for key in keys]


def markdown(head: tuple[str, ...], lines: list[list[str]]) -> str:
    """A table."""
    rows = [f"| {' | '.join(cells)} |" for cells in (list(head), *lines)]
    return "\n".join([rows[0], "|" + "---|" * len(head), *rows[1:]])


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
        n = {
            "fer": len(seen.fer),
            "plus": sum(name in seen.labels for name in seen.plus),
            "posed": len(seen.posed),
        }
        found = {
            "n": n,
            "rows": [seen.row(weight, power) for weight in WEIGHTS for power in POWERS],
            "units": seen.unit_rows(),
            "folds": seen.by_people(),
        }
        REPORT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    found = json.loads(REPORT.read_text(encoding="utf-8"))
    fill(ROOT / "docs" / "experiments.md", "wild", table(found["rows"]))
    fill(ROOT / "docs" / "experiments.md", "wild-units", unit_table(found["units"]))


if __name__ == "__main__":
    main()
