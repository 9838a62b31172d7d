"""Measure the shipped models and write what was measured: cards, docs/figures, docs/results.md, README.

    python benchmarks/figures.py --data DATA [NAME ...]         measure (all models if none is named)
    python benchmarks/figures.py --install runs/gender.mini-seed0   copy a run's model into the package
    python benchmarks/figures.py --tables                       write the tables again from docs/figures

DATA is the folder that holds the data sets (docs/data.md).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mimik.evaluate.score import evaluate_model
from mimik.models.card import ModelCard, read_card
from mimik.models.store import PACKAGED, catalogue

ROOT = Path(__file__).parent.parent
FIGURES = ROOT / "docs" / "figures"
BOTH = (False, True)
TESTS = {
    "emotion": (("fer2013", "public", BOTH), ("ckplus", "test", (True,))),
    "gender": (("utkface", "test", BOTH), ("fairface", "val", BOTH)),
    "age": (("utkface", "test", BOTH), ("fairface", "val", BOTH)),
    "cover": (("covered", "test", (False,)),),
}
"""Task to the reader and split that its models are tested on, and whether through the detector."""
OWN_TESTS = {
    "emotion8.base": (("ferplus", "public", BOTH), ("ckplus", "test", (True,))),
    "emotion.wild": (("ferplus", "public", BOTH), ("fer2013", "public", BOTH)),
    "emotion.posed": (),
    "tilt.mini": (("turned", "test", (False,)),),
    "au.base": (),
    "mesh.base": (),
    "voice.base": (),
}
"""The same for models that are tested otherwise; benchmarks/action_units.py measures those without any."""
TITLES = {"fer2013": "FER-2013", "ckplus": "CK+", "utkface": "UTKFace", "fairface": "FairFace"}
TITLES |= {"ferplus": "FER+", "covered": "painted covers", "turned": "turned faces"}


def tests_of(card: ModelCard) -> tuple[tuple[str, str, tuple[bool, ...]], ...]:
    """Reader, split and ways of a model's tests."""
    return OWN_TESTS[card.name] if card.name in OWN_TESTS else TESTS[card.task]


def measure(name: str, data: Path) -> None:
    """Score one model as its test pictures are and as the detector finds them."""
    card = catalogue()[name]
    for reader, split, ways in tests_of(card):
        for detect in ways:
            report = evaluate_model(name, data, reader, split, detect=detect)
            for key in ("model", "data"):
                report.pop(key, None)
            path = FIGURES / f"{name}.{reader}-{split}{'.detect' if detect else ''}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
            print(path.name, report["n"], report.get("accuracy", report.get("mae")), flush=True)


def install(run: Path) -> None:
    """Copy a run's model and its card, or the cards of its heads, into the package."""
    for path in sorted(run.glob("*.json")):
        if path.name != "recipe.json":
            card = read_card(path)
            shutil.copy(run / card.file, PACKAGED / card.file)
            (PACKAGED / f"{card.name}.json").write_text(card.to_json(), encoding="utf-8")


def reports(card: ModelCard) -> list[tuple[str, str, bool, dict[str, Any]]]:
    """Reader, split, detect and report of all that was measured of a model."""
    found = []
    for reader, split, ways in tests_of(card):
        for detect in ways:
            path = FIGURES / f"{card.name}.{reader}-{split}{'.detect' if detect else ''}.json"
            if path.exists():
                found.append((reader, split, detect, json.loads(path.read_text(encoding="utf-8"))))
    return found


def rows(
    card: ModelCard, reader: str, split: str, detect: bool, report: dict[str, Any]
) -> list[dict[str, Any]]:
    """The card's figures of one report."""
    flag = " --detect" if detect else ""
    shared = {
        "data": TITLES[reader],
        "split": split + (", through the detector" if detect else ""),
        "command": f"mimik evaluate {card.name} DATA --reader {reader} --split {split}{flag}",
    }

    def row(metric: str, value: Any, ci95: Any, n: int) -> dict[str, Any]:
        return {**shared, "metric": metric, "value": round(value, 4), "n": n} | (
            {"ci95": [round(v, 4) for v in ci95]} if ci95 else {}
        )

    n = report["n"]
    if card.task == "age":
        found = [row("mae", report["mae"], report["ci95"], n)] if report.get("mae") is not None else []
        if report.get("coverage80") is not None:
            found.append(row("coverage of the 80 % interval", report["coverage80"], None, n))
        found.append(row("age group", report["group_accuracy"], report["group_ci95"], n))
        return [*found, row("age group within one", report["group_within_one"], None, n)]
    found = [
        row("accuracy", report["accuracy"], report["ci95"], n),
        row("macro F1", report["macro_f1"], None, n),
    ]
    adults = report["subgroups"].get("adults", {}).get("18-60")
    if adults:
        found.append(row("accuracy, 18 to 60 years", adults["accuracy"], adults["ci95"], adults["n"]))
    if clear := report.get("clear_votes"):
        found.append(row("accuracy, more than 5 of 10 votes", clear["accuracy"], clear["ci95"], clear["n"]))
    twins = report.get("without_twins")
    if twins:
        found.append(
            row("accuracy without near copies of training rows", twins["accuracy"], twins["ci95"], twins["n"])
        )
    return [*found, row("calibration error, 15 bins", report["ece"], None, n)]


UNIT_FOLDS = ("action_units.py", "au.folds.json")
FOLDED = {"au.base": UNIT_FOLDS, "emotion.posed": UNIT_FOLDS, "emotion.wild": ("wild.py", "wild.json")}
"""Models that are measured by folds of CK+: the script, and what it wrote."""


def fold_rows(card: ModelCard) -> list[dict[str, Any]]:
    """The card's figures of five folds of CK+ by person."""
    if card.name not in FOLDED:
        return []
    script, file = FOLDED[card.name]
    report = json.loads((FIGURES / file).read_text(encoding="utf-8"))
    shared = {
        "data": "CK+",
        "split": "five folds by person",
        "command": f"python benchmarks/{script} --data DATA",
    }
    if card.name != "au.base":
        found = (
            [
                ("accuracy, six emotions", report["folds"]["peaks"]),
                ("accuracy, with neutral", report["folds"]["all"]),
            ]
            if card.name == "emotion.wild"
            else [
                ("accuracy, seven emotions", report["emotions"][card.name]),
                ("accuracy, with neutral", report["emotions"][f"{card.name}, with neutral"]),
            ]
        )
        measured = [(metric, row["accuracy"], row["ci95"], row["n"]) for metric, row in found]
    else:
        mean, n = report["network"]["mean"], report["network"]["n"]
        names = {"auc": "AUC", "f1": "F1", "average_precision": "average precision"}
        of = f"over {len(mean['units'])} units"
        measured = [(f"mean {name} {of}", mean[key], mean["ci95"][key], n) for key, name in names.items()]
    return [
        {**shared, "metric": metric, "value": round(value, 4), "n": n, "ci95": [round(v, 4) for v in ci95]}
        for metric, value, ci95, n in measured
    ]


def subgroups(reader: str, report: dict[str, Any]) -> list[dict[str, Any]]:
    """The card's figures by subgroup of one report."""
    found = []
    for name, values in report["subgroups"].items():
        for value, figures in values.items():
            key = (
                "mae"
                if figures.get("mae") is not None
                else "group_accuracy"
                if "group_accuracy" in figures
                else "accuracy"
            )
            ci95 = figures.get("group_ci95" if key == "group_accuracy" else "ci95")
            found.append(
                {"data": TITLES[reader], "by": name, "value": value, "n": figures["n"], "metric": key}
                | {"figure": round(figures[key], 4), "ci95": [round(v, 4) for v in ci95]}
            )
    return found


def write_cards() -> dict[str, ModelCard]:
    """Put what was measured into the cards."""
    cards = {}
    for name, card in catalogue().items():
        if name in ELSEWHERE:
            continue
        if card.input == "sound":  # benchmarks/voice_folds.py writes it.
            cards[name] = card
            continue
        measured = reports(card)
        figures = [row for entry in measured for row in rows(card, *entry)] + fold_rows(card)
        parts = [
            part for reader, _, detect, report in measured if not detect for part in subgroups(reader, report)
        ]
        card = dataclasses.replace(card, figures=tuple(figures), subgroups=tuple(parts))
        (PACKAGED / f"{name}.json").write_text(card.to_json(), encoding="utf-8")
        cards[name] = card
    return cards


ELSEWHERE = ("mesh.base",)
"""Cards that other scripts write, and whose figures have a page of their own."""
NAMES = {"mae": "mean error", "macro_recall": "macro recall", "macro_recall_own": "macro recall, own classes"}
"""Metrics that the tables call otherwise than the cards."""
HARDER = ("noise", "telephone")
"""Ways of hearing a set that the short table leaves out."""
AREAS = ("mean AUC", "mean average precision", "mean F1", "calibration error")
"""How metrics begin that are no shares of faces, and so are not given in percent."""


def shown(figure: dict[str, Any]) -> str:
    """A figure with its interval."""
    if figure["metric"] == "mae":
        value, ends = f"{figure['value']:.2f} years", [f"{v:.2f}" for v in figure.get("ci95", ())]
    elif figure["metric"].startswith(AREAS):
        value, ends = f"{figure['value']:.3f}", [f"{v:.3f}" for v in figure.get("ci95", ())]
    else:
        value, ends = f"{100 * figure['value']:.1f} %", [f"{100 * v:.1f}" for v in figure.get("ci95", ())]
    return f"{value} ({' to '.join(ends)})" if ends else value


def name_of(figure: dict[str, Any]) -> str:
    """What the tables call a figure's metric."""
    return NAMES.get(figure["metric"], figure["metric"])


def is_short(figure: dict[str, Any]) -> bool:
    """Whether the short table has a figure."""
    if "F1" in figure["metric"] or any(way in figure["data"] for way in HARDER):
        return False
    return "detector" not in figure["split"] or figure["data"] == "CK+"


def short_table(cards: dict[str, ModelCard]) -> str:
    """The main figures as Markdown, a row a model and test."""
    lines = ["| model | parameters | tested on | figures (95 % interval) |", "|---|---|---|---|"]
    for card in cards.values():
        items = "clips" if card.input == "sound" else "faces"
        tests: dict[str, list[dict[str, Any]]] = {}
        for figure in card.figures:
            if is_short(figure):
                tests.setdefault(f"{figure['data']} {figure['split']}", []).append(figure)
        for name, figures in tests.items():
            said = "; ".join(f"{name_of(f)} {shown(f)}" for f in figures)
            cells = (f"`{card.name}`", f"{card.parameters:,}", f"{name}, {figures[0]['n']:,} {items}", said)
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def table(cards: dict[str, ModelCard]) -> str:
    """All figures as Markdown."""
    lines = [
        "| model | parameters | data | figure | value (95 % interval) | n |",
        "|---|---|---|---|---|---|",
    ]
    for card in cards.values():
        for figure in card.figures:
            data = f"{figure['data']} {figure['split']}"
            cells = (
                card.name,
                f"{card.parameters:,}",
                data,
                name_of(figure),
                shown(figure),
                f"{figure['n']:,}",
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def subgroup_table(cards: dict[str, ModelCard]) -> str:
    """All figures by subgroup as Markdown."""
    lines = ["| model | data | by | group | figure (95 % interval) | n |", "|---|---|---|---|---|---|"]
    for card in cards.values():
        for part in card.subgroups:
            value = shown({"metric": part["metric"], "value": part["figure"], "ci95": part["ci95"]})
            label = "" if part["metric"] == "accuracy" else f" {part['metric'].replace('_', ' ')}"
            cells = (card.name, part["data"], part["by"], part["value"], value + label, f"{part['n']:,}")
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def fill(path: Path, block: str, text: str) -> None:
    """Put text between a file's markers ``<!-- BLOCK:begin -->`` and ``<!-- BLOCK:end -->``."""
    begin, end = f"<!-- {block}:begin -->", f"<!-- {block}:end -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    before = path.read_text(encoding="utf-8")
    if not pattern.search(before):
        raise SystemExit(f"{path}: lacks the markers {begin} and {end}")
    path.write_text(pattern.sub(lambda _: f"{begin}\n{text}\n{end}", before), encoding="utf-8")


def measured_table(
    doc: str | None, measure: Callable[[Path], None], report: Path, block: str, table: Callable[[Any], str]
) -> None:
    """The command line of a benchmark with one report: ``--data`` measures first; the table is written."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    args = parser.parse_args()
    if args.data:
        measure(args.data)
    fill(ROOT / "docs" / "results.md", block, table(json.loads(report.read_text(encoding="utf-8"))))


def runs_to_measure(doc: str | None) -> argparse.Namespace:
    """``runs`` and ``data`` from the command line of a benchmark that scores runs of recipes."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", type=Path)
    parser.add_argument("--data", type=Path)
    args = parser.parse_args()
    if args.runs and args.data is None:
        parser.error("--data is needed to measure runs")
    return args


def main() -> None:
    """Run one of the three jobs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--install", type=Path)
    parser.add_argument("--tables", action="store_true")
    args = parser.parse_args()
    if args.install:
        install(args.install)
        return
    if args.data:
        for name in args.names or catalogue():
            measure(name, args.data)
    cards = write_cards()
    fill(ROOT / "README.md", "figures", short_table(cards))
    fill(ROOT / "docs" / "results.md", "figures", table(cards))
    fill(ROOT / "docs" / "results.md", "subgroups", subgroup_table(cards))


if __name__ == "__main__":
    main()
