"""``mimik evaluate``: how good a model is on a data set in its own layout."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mimik.cli.columns import aligned


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    from mimik.data.base import READERS

    parser = commands.add_parser(
        "evaluate",
        help="score a model on a data set",
        description="Score an exported model on a data set in its own layout (folder, zip or CSV), without "
        "torch: the pictures as they are, or with --detect the face that the detector finds.",
    )
    parser.set_defaults(run=run)
    parser.add_argument("model", help="name of a model, or the path of an ONNX file with its card beside it")
    parser.add_argument(
        "data", type=Path, help="the data set's folder, zip or CSV, or the folder that holds it"
    )
    parser.add_argument("--reader", metavar="|".join(READERS), help="default: guessed from the layout")
    parser.add_argument("--split", metavar="NAME", help="or all (default: the set's test split)")
    parser.add_argument("--detect", action="store_true", help="score the largest face that is detected")
    parser.add_argument(
        "--detector", default="auto", metavar="auto|yunet|haar", help="with --detect (default: %(default)s)"
    )
    parser.add_argument(
        "--device",
        default="auto",
        metavar="auto|cpu|cuda",
        help="where the network runs (default: %(default)s)",
    )
    parser.add_argument("--limit", type=int, metavar="N", help="at most N rows, evenly spread")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report; - is the terminal")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="draw confusion, calibration or age error")


def run(args: argparse.Namespace) -> int:
    """Score and report."""
    from mimik.evaluate.score import evaluate_model

    to_terminal = args.json is not None and str(args.json) == "-"
    _check_outputs(None if to_terminal else args.json, args.plots)
    report = evaluate_model(
        args.model,
        args.data,
        args.reader,
        args.split,
        detect=args.detect,
        detector=args.detector,
        device=args.device,
        limit=args.limit,
    )
    text = json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    print(text if to_terminal else summary(report), end="")
    if args.json and not to_terminal:
        from mimik.storage.whole import write_whole

        write_whole(args.json, text)
    if args.plots:
        from mimik.plots.reports import draw_report

        draw_report(report, args.plots)
    for item in report["failed"][:5]:
        print(f"mimik: {item['error']}", file=sys.stderr)
    return 1 if report["failed"] else 0


def _check_outputs(json_file: Path | None, plots: Path | None) -> None:
    """Find out before the work whether its results can be kept."""
    from mimik.errors import OutputError

    if json_file and not os.access(json_file.absolute().parent, os.W_OK):
        raise OutputError(f"{json_file}: its folder isn't there or can't be written")
    if plots:
        from mimik.plots.reports import check_available

        check_available()
        there = next(path for path in (plots, *plots.absolute().parents) if path.exists())
        if not there.is_dir() or not os.access(there, os.W_OK):
            what = "may not be written" if there.is_dir() else "is a file"
            raise OutputError(f"{plots}: no folder for plots, as {there} {what}; name another folder")


def summary(report: Mapping[str, Any]) -> str:
    """A report as a person reads it."""
    data, model = report["data"], report["model"]
    crop = f"faces found by {report['detector']}" if report["detector"] else "pictures as they are"
    if report["detector"] and not report["detect"]:
        crop = f"faces in scenes found by {report['detector']}"
    lines = [f"{model['name']} {model['version']} on {data['reader']} {data['split']}, {crop}", ""]
    lines += {"age": _age_lines, "au": _unit_lines}.get(report["task"], _class_lines)(report)
    lines += ["", *_subgroup_lines(report), *_note_lines(report)]
    return "\n".join(lines).rstrip() + "\n"


def _unit_lines(report: Mapping[str, Any]) -> list[str]:
    lines, mean = [f"faces      {report['n']:,} of {report['people']:,} people"], report["mean"]
    if mean:
        names = {"auc": "mean AUC", "f1": "mean F1", "average_precision": "mean AP"}
        for figure, name in names.items():
            low, high = mean["ci95"][figure]
            lines.append(f"{name:<10} {mean[figure]:.3f}  (95 %: {low:.3f} to {high:.3f})")
        lines.append(f"           over the {len(mean['units'])} units with 20 positives or more")
    rows = [("unit", "positives", "AUC", "AP", "F1", "precision", "recall")]
    figures = ("auc", "average_precision", "f1", "precision", "recall")
    for name, row in report["units"].items():
        shown = ("-" if row[f] is None else f"{row[f]:.3f}" for f in figures)
        rows.append((name, f"{row['positives']:,}", *shown))
    return [*lines, "", *aligned(rows)]


def _class_lines(report: Mapping[str, Any]) -> list[str]:
    low, high = report["ci95"]
    lines = [
        f"faces      {report['n']:,}",
        f"accuracy   {_percent(report['accuracy'])}  (95 %: {_percent(low)} to {_percent(high)})",
        f"macro F1   {_percent(report['macro_f1'])}",
        f"ECE        {report['ece']:.3f}",
    ]
    if report["threshold"] and report["certain"]["n"]:
        share = report["certain"]["n"] / report["n"]
        shown = _percent(report["certain"]["accuracy"])
        lines.append(f"certain    {shown}  (of the {_percent(share)} that reach {report['threshold']:g})")
    if clear := report.get("clear_votes"):
        shown, count = _percent(clear["accuracy"]), f"{clear['n']:,}"
        lines.append(f"clear      {shown}  (of {count} where more than 5 of FER+'s 10 votes agree)")
    if twins := report.get("without_twins"):
        lines.append(f"no twins   {_percent(twins['accuracy'])}  ({twins['n']:,} without a copy in Training)")
    if "accuracy_all" in report:
        lines.append(f"of all     {_percent(report['accuracy_all'])}  (a missed face counts as wrong)")
    rows = [("class", "faces", "precision", "recall", "F1")]
    for label, row in report["per_class"].items():
        rows.append((label, f"{row['n']:,}", *(_percent(row[k]) for k in ("precision", "recall", "f1"))))
    return [*lines, "", *aligned(rows)]


def _age_lines(report: Mapping[str, Any]) -> list[str]:
    lines = [f"faces      {report['n']:,}"]
    if report["mae"] is not None:
        low, high = report["ci95"]
        lines += [
            f"MAE        {report['mae']:.2f} years  (95 %: {low:.2f} to {high:.2f})",
            f"within 5   {_percent(report['cs5'])}",
            f"bias       {report['bias']:+.2f} years",
            f"interval   holds {_percent(report['coverage80'])} (it is made to hold 80 %)",
        ]
    low, high = report["group_ci95"]
    return [
        *lines,
        f"age group  {_percent(report['group_accuracy'])}  (95 %: {_percent(low)} to {_percent(high)})",
        f"within one {_percent(report['group_within_one'])}",
    ]


def _subgroup_lines(report: Mapping[str, Any]) -> list[str]:
    """A row a subgroup: its figure with the 95 % interval."""
    rows = [("by", "", "faces", "MAE" if report.get("mae") is not None else "accuracy", "95 %")]
    for name, values in report["subgroups"].items():
        for value, row in values.items():
            if row.get("mae") is not None:
                figure, (low, high) = f"{row['mae']:.2f}", row["ci95"]
                span = f"{low:.2f} to {high:.2f}"
            else:
                figure = _percent(row.get("accuracy", row.get("group_accuracy")))
                interval = row.get("ci95") or row.get("group_ci95")
                span = " to ".join(map(_percent, interval)) if interval else "-"
            rows.append((name, value, f"{row['n']:,}", figure, span))
    return [*aligned(rows), ""] if len(rows) > 1 else []


def _note_lines(report: Mapping[str, Any]) -> list[str]:
    """What was not scored, and what flatters the figures."""
    notes = []
    if report["trained_on"]:
        name = report["model"]["name"]
        notes.append(f"{name} has learned from this set, which has no split of its own: figures flatter it")
    if report["missed"]:
        notes.append(f"pictures without a face found: {report['missed']:,}")
    if report["failed"]:
        notes.append(f"pictures that can't be read: {len(report['failed']):,}")
    if report["skipped"]:
        notes.append(f"files or rows left out by the reader's rule: {report['skipped']:,}")
    notes += [f"rows labelled {label!r}, left out: {n:,}" for label, n in report["left_out"].items()]
    return notes


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
