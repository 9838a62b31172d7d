"""face-api's age and gender network beside mimik's: the same faces, as found and with the box off.

    npm install @vladmandic/face-api@1.7.15
    python benchmarks/face_api.py node_modules/@vladmandic/face-api DATA [MODEL ...]    score them
    ... --framing    face-api on training pictures, over its crop's scale and place: how TESTS was chosen
    ... --parity     its answers as ONNX against the package's own; Node.js, and npm install
                     @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 beside it, run the package
    ... --tables     write tables and plot again from docs/figures

Writes docs/figures/face-api.json and .png and the tables of docs/results.md; models that aren't named keep
their figures. DATA is the folder that holds UTKFace and fairface. mimik's detector finds the faces for all;
their boxes are moved and scaled as mimik.evaluate.robustness does. The sets' pictures end about the face:
what a crop wants past the border repeats the last pixels.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from face_api_onnx import SIZE, write_models
from figures import FIGURES, ROOT, fill
from mimik.data.base import load_reader, read_samples
from mimik.evaluate.answers import Answers, Move, collect_answers, face_finder
from mimik.evaluate.robustness import SCALES, SHIFTS
from mimik.evaluate.rows import AskOptions, choose_rows
from mimik.faces.crop import crop_batch, normalise
from mimik.models.card import ModelCard
from mimik.models.inputs import CropSpec
from mimik.models.session import Session
from mimik.models.store import find_model
from mimik.tasks import metrics
from mimik.tasks.age import Age
from mimik.tasks.loaded import load_model
from mimik.tasks.probabilities import softmax
from mimik.tasks.years import GROUPS

RIVAL = "face-api"
MODELS = ("gender.mini", "gender.base", "age.mini", "age.base")
TESTS = {"gender-fairface": (1.05, 0.05), "gender-utkface": (1.05, 0.05)}
TESTS |= {"age-fairface": (1.05, 0.0), "age-utkface": (1.0, 0.05)}
"""Test to the scale and shift_y of face-api's crop with which it does best on the set's training pictures."""
TITLES = {"gender": "gender", "age": "age", "fairface": "FairFace val", "utkface": "UTKFace test"}
FRAMING_SCALES = (0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2, 1.25, 1.3, 1.5)
FRAMING_SHIFTS = (-0.05, 0.0, 0.05, 0.1, 0.15)
LOOSE = 1.5
"""A crop far looser than any in SCALES, times the one as found; it isn't counted among the worst."""
PLACES = [(way, step) for way in ("right", "down") for step in SHIFTS]
PLACES += [("scale", step) for step in (*SCALES, LOOSE)]
MOVES = [Move(), *(Move(**{way: step}) for way, step in PLACES)]
REPORT = FIGURES / "face-api.json"
YEARS = "mean error"
COLOURS = {RIVAL: "#c1440e", "mini": "#2a6f97", "base": "#9aa5b1"}

Values = NDArray[np.float64]


def ask(
    model: Path | str, test: str, data: Path, split: str | None, limit: int | None, moves: Sequence[Move]
) -> tuple[ModelCard, Answers]:
    """A model's answers on the faces that the detector finds in a test's pictures."""
    task, reader = test.split("-")
    loaded = load_model(task, str(model))
    rows = choose_rows(loaded.card, data, AskOptions(reader, split, limit=limit))
    find, _ = face_finder(rows.samples, loaded.card.crop, True, "auto")
    return loaded.card, collect_answers(loaded, rows.samples, find, moves)


def per_face(card: ModelCard, answers: Answers, move: int) -> dict[str, Values]:
    """What each answer is worth, by the name of the figure: 1 if it is right, or the years that it is off."""
    logits, samples = answers.logits[:, move], answers.samples
    if card.task != "age":
        truth = [card.labels.index(str(s.labels[card.task])) for s in samples]
        return {"accuracy": (logits.argmax(axis=1) == truth) * 1.0}
    values = Age().decode(logits, card)
    if "age" in samples[0].labels:
        return {YEARS: np.abs([float(s.labels["age"]) for s in samples] - values[:, 0])}
    group = np.array([list(GROUPS).index(str(s.labels["age_group"])) for s in samples], np.intp)
    said = values[:, 3:].argmax(axis=1)
    return {"age group": (said == group) * 1.0, "within one": metrics.within_one(group, said) * 1.0}


def figure(name: str, values: Values) -> list[float]:
    """The mean of some values and the ends of its interval."""
    if name == YEARS:
        return [float(values.mean()), *metrics.bootstrap_interval(values)]
    return [float(values.mean()), *metrics.wilson_interval(int(values.sum()), len(values))]


def report(model: Path | str, test: str, data: Path, limit: int, rival: dict[str, Values]) -> dict[str, Any]:
    """A model's figures, its lead over face-api on the same faces, and the first figure as the box moves."""
    card, answers = ask(model, test, data, None, None, MOVES[:1])
    found = per_face(card, answers, 0)
    head = next(iter(found))
    lead = {name: rival[name] - v if name == YEARS else v - rival[name] for name, v in found.items()}
    _, moved = ask(model, test, data, None, limit, MOVES[1:])
    curve = [figure(head, per_face(card, moved, i)[head]) for i in range(len(PLACES))]
    return {
        "version": card.version,
        "n": len(answers.samples),
        "missed": len(answers.missed),
        "crop": [card.crop.scale, card.crop.shift_y],
        "figures": {name: figure(name, values) for name, values in found.items()},
        "lead": {name: [float(v.mean()), *metrics.bootstrap_interval(v)] for name, v in lead.items()},
        "n_moved": len(moved.samples),
        "moved": [[*place, *values] for place, values in zip(PLACES, curve, strict=True)],
    }


def rival_model(package: Path, folder: Path, test: str) -> Path:
    """face-api's network for a test, in the crop that suits it there."""
    scale, shift_y = TESTS[test]
    return write_models(package, folder, CropSpec(SIZE, 3, scale, shift_y))[test.split("-")[0]]


def score(package: Path, folder: Path, data: Path, names: Sequence[str], limit: int) -> None:
    """Measure face-api and some models, and add them to the report."""
    known = json.loads(REPORT.read_text(encoding="utf-8")) if REPORT.exists() else {}
    for test in TESTS:
        mine = [name for name in names if name.split(".")[0] in (RIVAL, test.split("-")[0])]
        path = rival_model(package, folder, test)
        rival = per_face(*ask(path, test, data, None, None, MOVES[:1]), 0) if mine else {}
        for name in mine:
            row = report(path if name == RIVAL else name, test, data, limit, rival)
            known.setdefault(test, {})[name] = row
            print(test, name, {k: round(v[0], 4) for k, v in row["figures"].items()}, flush=True)
            REPORT.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def framing(package: Path, folder: Path, data: Path, limit: int) -> None:
    """Print face-api's figure on training pictures for each scale (across) and place (down) of its crop."""
    moves = [Move(down=shift, scale=scale) for shift in FRAMING_SHIFTS for scale in FRAMING_SCALES]
    for test in TESTS:
        path = write_models(package, folder, CropSpec(SIZE, 3))[test.split("-")[0]]
        card, answers = ask(path, test, data, "train", limit, moves)
        found = [next(iter(per_face(card, answers, i).items())) for i in range(len(moves))]
        table = np.array([values.mean() for _, values in found]).reshape(len(FRAMING_SHIFTS), -1)
        print(f"{test}, {len(answers.samples)} training pictures: {found[0][0]}")
        print("shift_y", *(f"{scale:6.2f}" for scale in FRAMING_SCALES))
        for shift, row in zip(FRAMING_SHIFTS, table, strict=True):
            print(f"{shift:7.2f}", *(f"{value:6.3f}" for value in row), flush=True)


def parity(package: Path, folder: Path, data: Path, limit: int) -> None:
    """Print how far the ONNX file's answers lie from the package's own."""
    spec = CropSpec(SIZE, 3)
    samples = read_samples(load_reader("fairface"), data, "val")[0][:limit]
    find, _ = face_finder(samples, spec, True, "auto")
    images = [(image, find(image, sample)) for sample in samples for image in [sample.load()]]
    crops = np.concatenate([crop_batch(image, [square], spec) for image, square in images if square])
    write_models(package, folder, spec)
    raw = folder / "crops.rgb"
    raw.write_bytes(np.ascontiguousarray(crops.transpose(0, 2, 3, 1)).tobytes())
    command = ["node", str(Path(__file__).with_suffix(".mjs")), str(package), str(raw)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    own = np.array(json.loads(said.splitlines()[-1]))
    session = Session(folder / "face-api.onnx")
    answers = dict(zip(session.outputs, session.run(normalise(crops, 0, 1)), strict=True))
    years = np.abs(answers["years"][:, 0] - own[:, 0]).max()
    male = np.abs(softmax(answers["gender"])[:, 0] - own[:, 1]).max()
    print(f"{len(own)} faces: at most {years:.1g} years and {male:.1g} in the probability of male apart")


def shown(name: str, values: Sequence[float], sign: str = "") -> str:
    """A figure with its interval."""
    if name == YEARS:
        return f"{values[0]:{sign}.2f} years ({values[1]:{sign}.2f} to {values[2]:{sign}.2f})"
    mean, low, high = (100 * value for value in values)
    return f"{mean:{sign}.1f}{'' if sign else ' %'} ({low:{sign}.1f} to {high:{sign}.1f})"


def title(test: str) -> str:
    """A test in words."""
    return ", ".join(TITLES[part] for part in test.split("-"))


def still_table(known: dict[str, Any], sizes: dict[str, float]) -> list[str]:
    """The figures as found, in Markdown."""
    lines = [
        "| test | network | MB | figure | value (95 % interval) | ahead of face-api by |",
        "|---" * 6 + "|",
    ]
    for test, rows in known.items():
        for model, row in rows.items():
            for name, values in row["figures"].items():
                lead = "" if model == RIVAL else shown(name, row["lead"][name], "+")
                cells = [f"{title(test)}, {row['n']:,} faces", model, f"{sizes[model]:.2f}", name]
                lines.append(f"| {' | '.join([*cells, shown(name, values), lead])} |")
    return lines


def moved_table(known: dict[str, Any]) -> list[str]:
    """The worst figures with the box off, in Markdown."""
    heads = ("test", "network", "as found", "worst, 10 % off", "worst of all", f"looser by {LOOSE:g}")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for test, rows in known.items():
        for model, row in rows.items():
            name = next(iter(row["figures"]))
            off = {(way, step): values for way, step, *values in row["moved"]}
            found, loose = off["scale", 1.0], off["scale", LOOSE]
            cells = [f"{title(test)}, {row['n_moved']:,} faces", model, shown(name, found)]
            for reach in (0.1, 0.25):
                near = [k for k in off if abs(k[1] - (k[0] == "scale")) < reach + 1e-6]
                place = (max if name == YEARS else min)(near, key=lambda k: off[k][0])
                cells.append(f"{shown(name, off[place])}: {place[0]} {place[1]:g}")
            lines.append(f"| {' | '.join([*cells, shown(name, loose)])} |")
    return lines


def draw(known: dict[str, Any], path: Path) -> None:
    """Draw the curves of all networks, a row a test."""
    from matplotlib.figure import Figure

    picture = Figure(figsize=(9, 2.7 * len(known)), layout="constrained")
    grid = picture.subplots(len(known), 3, sharey="row")
    for panels, (test, rows) in zip(grid, known.items(), strict=True):
        for panel, way in zip(panels, ("right", "down", "scale"), strict=True):
            for model, row in rows.items():
                name = next(iter(row["figures"]))
                curve = np.array([m[1:] for m in row["moved"] if m[0] == way])
                steps, (middle, low, high) = curve[:, 0], curve[:, 1:].T * (1 if name == YEARS else 100)
                colour = COLOURS[model.split(".")[-1]]
                panel.fill_between(steps, low, high, color=colour, alpha=0.15, linewidth=0)
                panel.plot(steps, middle, "o-", markersize=3, color=colour, label=model)
            panel.set(xlabel="box scaled by" if way == "scale" else f"box moved {way}, in its sides")
            panel.grid(alpha=0.3)
        unit = "years" if name == YEARS else "%"
        panels[0].set(ylabel=f"{name}, {unit}")
        panels[1].set_title(title(test))
        panels[2].legend(fontsize="small")
    picture.savefig(path, dpi=150)


def main() -> None:
    """Score, or one of the other jobs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("package", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("models", nargs="*", help="face-api or names of the catalogue; all if none is named")
    parser.add_argument("--limit", type=int, default=1000, help="pictures of each curve")
    parser.add_argument("--framing", action="store_true")
    parser.add_argument("--parity", action="store_true")
    parser.add_argument("--tables", action="store_true")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if args.framing:
            return framing(args.package, folder, args.data, args.limit)
        if args.parity:
            return parity(args.package, folder, args.data, args.limit)
        if not args.tables:
            score(args.package, folder, args.data, args.models or (RIVAL, *MODELS), args.limit)
    read = json.loads(REPORT.read_text(encoding="utf-8"))
    known = {test: {m: rows[m] for m in (RIVAL, *MODELS) if m in rows} for test, rows in read.items()}
    files = {model: find_model(model)[1] for model in MODELS}
    files[RIVAL] = args.package / "model" / "age_gender_model.bin"
    sizes = {model: path.stat().st_size / 1e6 for model, path in files.items()}
    text = "\n".join([*still_table(known, sizes), "", *moved_table(known)])
    fill(ROOT / "docs" / "results.md", "face-api", text)
    return draw(known, FIGURES / "face-api.png")


if __name__ == "__main__":
    main()
