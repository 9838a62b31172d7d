"""``mimik compare``: models on the same pictures, how surely they differ, and what they cost."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mimik.cli.evaluate import how_found, learned_notes, left_out_notes, what
from mimik.cli.options import add_data_options, add_device, sound_change
from mimik.cli.output import check_outputs, say
from mimik.errors import some_of
from mimik.tasks.words import fitted

MOST_BESIDE = 4
"""Models whose figures by subgroup stand side by side; of more they would fit no terminal."""


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "compare",
        help="compare models on the same pictures",
        description="Compare models of one task on those pictures of a data set that all of them can answer: "
        "figures, differences with paired intervals, McNemar's test, subgroups, size, work and time. "
        "A folder of runs is a leaderboard. Needs no torch.",
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "models",
        nargs="+",
        metavar="MODEL",
        help="names of models, paths of ONNX files or of runs' folders; or one folder of runs",
    )
    parser.add_argument(
        "data", type=Path, help="the data set's folder, zip or CSV, or the folder that holds it"
    )
    add_data_options(parser, "compare on")
    add_device(parser)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report; - is the terminal")
    parser.add_argument(
        "--plots", type=Path, metavar="DIR", help="draw figures against cost, and differences"
    )


def run(args: argparse.Namespace) -> int:
    """Compare and report."""
    from mimik.evaluate.compare import compare_models

    check_outputs(args.json, plots=args.plots)
    report = compare_models(
        args.models,
        args.data,
        args.reader,
        args.split,
        detect=args.detect,
        detector=args.detector,
        device=args.device,
        limit=args.limit,
        splits=args.splits,
        change=sound_change(args),
    )
    say(report, summary(report), args.json)
    if args.plots:
        from mimik.plots.compare import draw_comparison

        draw_comparison(report, args.plots)
    for item in report["failed"][:5]:
        print(f"mimik: {item['error']}", file=sys.stderr)
    return 1 if report["failed"] else 0


def summary(report: Mapping[str, Any]) -> str:
    """A comparison as a person reads it."""
    data, models = report["data"], report["models"]
    n = f"{report['n']:,} {what(report['models'][0]['report'])}"
    if report["groups"] < report["n"]:
        n += f" of {report['groups']:,} people (or groups of copies)"
    count = f"{len(models)} models" if len(models) > 1 else "1 model"
    lines = [f"{count} of {report['task']} on {data['reader']} {data['split']}, {how_found(report)}: {n}", ""]
    for name, measure in report["measures"].items():
        lines += [*fitted(_figure_rows(report, name, measure)), ""]
    lines += [*fitted(_cost_rows(report)), ""]
    if rows := _subgroup_rows(report):
        lines += [*fitted(rows), ""]
    return "\n".join([*lines, *fitted([(note,) for note in _notes(report)])]).rstrip() + "\n"


def _figure_rows(report: Mapping[str, Any], name: str, measure: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A row a model: one of its figures, and how it differs from the first."""
    models, pairs = report["models"], {pair["model"]: pair for pair in report["pairs"]}
    tested = name == next((p["mcnemar"] or {} for p in report["pairs"]), {}).get("figure")
    head = ("model", measure["title"], "95 %", "difference", "95 %", "b", "c", "p")
    rows: list[tuple[str, ...]] = [head if tested else head[:5] if report["pairs"] else head[:3]]
    for model in models:
        figure = model["figures"][name]
        row = [model["name"], _value(measure, figure["value"]), _span(measure, figure["ci95"])]
        if pair := pairs.get(model["name"]):
            found = pair["figures"][name]
            row += [_value(measure, found["difference"], "+"), _span(measure, found["ci95"], "+")]
            if tested:
                test = pair["mcnemar"]
                row += [f"{test['b']:,}", f"{test['c']:,}", _p(test["p"])]
        rows.append(tuple(row))
    return rows


def _value(measure: Mapping[str, Any], value: float | None, sign: str = "") -> str:
    """A figure, or with a sign a difference; that of shares is in percentage points."""
    if value is None:
        return "-"
    if measure["unit"] == "share":
        return f"{100 * value:{sign}.1f}" + ("" if sign else " %")
    return f"{value:{sign}.{2 if measure['unit'] == 'years' else 3}f}"


def _span(measure: Mapping[str, Any], interval: Sequence[float] | None, sign: str = "") -> str:
    if not interval:
        return "-"
    unit = " %" if measure["unit"] == "share" and not sign else ""
    return " to ".join(_value(measure, value, sign).removesuffix(" %") for value in interval) + unit


def _p(p: float) -> str:
    return f"{p:.4f}" if p >= 0.0001 else "< 0.0001"


def _cost_rows(report: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A row a model: what it costs."""
    rows: list[tuple[str, ...]] = [("model", "parameters", "file, MB", "MFLOPs", f"ms a {_unit(report)}")]
    rows += [
        (
            model["name"] + ("*" if model["shares_file"] else ""),
            f"{model['parameters']:,}",
            f"{model['bytes'] / 1e6:.2f}",
            f"{model['flops'] / 1e6:,.1f}",
            f"{model['ms_a_face']:.3f}",
        )
        for model in report["models"]
    ]
    return rows


def _subgroup_rows(report: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A row a subgroup: the first figure of each model; of two models how they differ, too."""
    models, pairs = report["models"], report["pairs"]
    if not pairs or len(models) > MOST_BESIDE:
        return []
    measure = next(iter(report["measures"].values()))
    head = ("by", "", "faces" if _unit(report) == "face" else "clips", *(model["name"] for model in models))
    rows = [(*head, "difference", "95 %") if len(pairs) == 1 else head]
    for by, values in pairs[0]["subgroups"].items():
        for value in values:
            found = [pair["subgroups"][by][value] for pair in pairs]
            said = (found[0]["against"], *(one["value"] for one in found))
            row = [by, value, f"{found[0]['n']:,}", *(_value(measure, figure) for figure in said)]
            if len(pairs) == 1:
                gap, interval = found[0]["difference"], found[0]["ci95"]
                row += [_value(measure, gap, "+"), _span(measure, interval, "+")]
            rows.append(tuple(row))
    return rows if len(rows) > 1 else []


def _notes(report: Mapping[str, Any]) -> list[str]:
    """How to read it, what flatters the figures, and what was left out."""
    models, pairs, turns = report["models"], report["pairs"], report["timing"]["turns"]
    notes = [m["note"] for m in report["measures"].values() if m["note"]][:1]
    notes += _pair_notes(models[0]["name"], pairs, what(report))
    notes.append(
        f"ms a {_unit(report)}: the network alone on one CPU thread, median of {turns} turns in which "
        f"each model reads one {_unit(report)}; FLOPs: two for each multiplication and addition of "
        "convolutions and matrix products"
    )
    if shared := [model["name"] for model in models if model["shares_file"]]:
        notes.append(
            f"* of {some_of(shared)} the cost is that of the whole file, which answers further tasks"
        )
    if pairs and pairs[0]["subgroups"] and len(models) > MOST_BESIDE:
        notes.append("figures by subgroup are in the report (--json)")
    if len(common := _common_classes(models)) == 1:
        notes.append(
            f"all models know {next(iter(common))} alone of their classes: these figures tell how often each "
            "says it, not how well it tells classes apart"
        )
    for model, extra in _own_classes(models):
        notes.append(f"{model} tells classes apart that not all models know: {', '.join(extra)}")
    for model in models:
        notes += learned_notes(model["name"], model["report"])
    notes += [f"left out: {name}: {why}" for name, why in report["other_models"].items()]
    return [*notes, *left_out_notes(report)]


def _common_classes(models: Sequence[Mapping[str, Any]]) -> set[str]:
    """The classes that all models know."""
    return set.intersection(*(set(model["report"].get("labels", [])) for model in models))


def _own_classes(models: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """Name of each model that has classes which others lack, and these."""
    labels = {model["name"]: model["report"].get("labels", []) for model in models}
    common = _common_classes(models)
    found = {name: [label for label in own if label not in common] for name, own in labels.items()}
    return [(name, extra) for name, extra in found.items() if extra]


def _unit(report: Mapping[str, Any]) -> str:
    """What the networks' work is told of."""
    return "second" if what(report) == "clips" else "face"


def _pair_notes(first: str, pairs: Sequence[Mapping[str, Any]], some: str) -> list[str]:
    """What differences and p are."""
    if not pairs:
        return []
    notes = [f"differences are to {first} on the same {some}, those of shares in percentage points"]
    tests = [pair["mcnemar"] for pair in pairs if pair["mcnemar"]]
    if tests:
        notes.append(f"b: {some} that the model alone has right, c: {first} alone; p: McNemar's exact test")
    if any(test["clustered"] for test in tests):
        notes.append(
            f"p takes {some} for independent, but some are of one person or near copies: trust the interval"
        )
    if len(pairs) > 1:
        notes.append(f"neither intervals nor p are corrected for {len(pairs)} comparisons")
    return notes
