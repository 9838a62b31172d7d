"""``mimik evaluate``: how good a model is on a data set in its own layout."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimik.cli.options import add_data_options, add_device, sound_change
from mimik.cli.output import TERMINAL, check_outputs, json_text
from mimik.errors import OptionError
from mimik.storage.whole import write_whole
from mimik.tasks.words import fitted

if TYPE_CHECKING:
    from mimik.evaluate.score import Asked


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "evaluate",
        help="score a model on a data set",
        description="Score an exported model on a data set in its own layout (folder, zip or CSV), without "
        "torch: the pictures as they are, or with --detect the face that the detector finds.",
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "model", help="name of a model, path of an ONNX file with its card beside it, or a run's folder"
    )
    parser.add_argument(
        "data",
        nargs="?",
        type=Path,
        help="the data set's folder, zip or CSV, or the folder that holds it; of a run, the pictures that it "
        "held for validation if nothing is named",
    )
    parser.add_argument(
        "--data",
        dest="root",
        type=Path,
        metavar="PATH",
        help="of a run: the folder that holds its data sets (default: where they lay in training)",
    )
    add_data_options(parser, "score")
    add_device(parser)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report; - is the terminal")
    parser.add_argument(
        "--predictions",
        type=Path,
        metavar="FILE",
        help="write a CSV with a row for each picture; - is the terminal",
    )
    parser.add_argument("--plots", type=Path, metavar="DIR", help="draw confusion, calibration or age error")


def run(args: argparse.Namespace) -> int:
    """Score and report."""
    if args.json and args.json == args.predictions:
        raise OptionError(f"--json and --predictions both name {args.json}: choose another for one of them")
    check_outputs(args.json, args.predictions, plots=args.plots)
    asked = _asked(args)
    texts = {}
    if args.predictions:
        texts[args.predictions] = asked.predictions()
    report = asked.report()
    if args.json:
        texts[args.json] = json_text(report)
    print(texts.pop(TERMINAL, None) or summary(report), end="")
    if hint := _finding_hint(asked):
        print(hint, file=sys.stderr)
    for path, text in texts.items():
        write_whole(path, text)
    if args.plots:
        from mimik.plots.reports import draw_report

        draw_report(report, args.plots)
    for item in report["failed"][:5]:
        print(f"mimik: {item['error']}", file=sys.stderr)
    return 1 if report["failed"] else 0


def _asked(args: argparse.Namespace) -> Asked:
    """What the model says of the data set, or of what its run held."""
    from mimik.evaluate.rows import AskOptions
    from mimik.evaluate.score import ask_held, ask_model

    if args.data is None:
        if not Path(args.model).exists():
            raise OptionError(f"name a data set to score {args.model} on, or a run's folder in its place")
        if args.reader or args.split or args.detect or args.limit or args.splits or sound_change(args).words:
            raise OptionError(
                "--reader, --split, --splits, --detect, --limit, --noise-db and --telephone need a data set; "
                "name one after the model"
            )
        return ask_held(args.model, args.root, device=args.device)
    if args.root:
        raise OptionError("--data says where a run's own data sets lie; leave it out, or the data set")
    options = AskOptions(
        args.reader,
        args.split,
        args.splits,
        args.limit,
        args.detect,
        args.detector,
        args.device,
        sound_change(args),
    )
    return ask_model(args.model, args.data, options)


def _finding_hint(asked: Asked) -> str:
    """What to add where a model learned from faces that were found, and is asked of pictures as they are."""
    from mimik.data.base import load_reader

    card, chosen = asked.model.card, asked.chosen
    sets = card.training.get("recipe", {}).get("data", [])
    if asked.detector or not sets or not load_reader(chosen.reader).general:
        return ""
    if not all(entry.get("detect") for entry in sets):
        return ""
    return (
        f"mimik: {card.name} was trained on faces that were found in their pictures, and these were taken as "
        "they are: unless they are cut out the same way, add --detect"
    )


def summary(report: Mapping[str, Any]) -> str:
    """A report as a person reads it."""
    from mimik.data.base import load_reader
    from mimik.evaluate.held import HELD
    from mimik.tasks.own import load_named
    from mimik.tasks.words import percent

    data, model = report["data"], report["model"]
    name = f"{model['name']} {model['version']}"
    lines = [f"{name} on {data['reader']} {data['split']}, {how_found(report)}", ""]
    task = load_named(report["task"], report.get("kind", ""), report.get("labels", ()))
    lines += task.figure_lines(report)
    if data["split"] != HELD:
        lines += load_reader(data["reader"]).figure_lines(report)
    if "accuracy_all" in report:
        lines.append(f"of all     {percent(report['accuracy_all'])}  (a missed face counts as wrong)")
    if rows := task.figure_table(report):
        lines += ["", *fitted(rows)]
    lines += ["", *_subgroup_lines(report), *_note_lines(report)]
    return "\n".join(lines).rstrip() + "\n"


def how_found(report: Mapping[str, Any]) -> str:
    """Where the faces of a report come from, or how its utterances are heard."""
    if report["detector"] and what(report) == "clips":
        return f"each clip whole, its face found by {report['detector']}"
    if what(report) == "clips":
        changed = report.get("changed")
        return f"heard with {' and '.join(changed)}" if changed else "heard as they are"
    if not report["detector"]:
        return "pictures as they are"
    return f"faces {'' if report['detect'] else 'in scenes '}found by {report['detector']}"


def what(report: Mapping[str, Any]) -> str:
    """What a report counts: "pictures", or "clips" of sound, or of both."""
    inner = report["models"][0]["report"] if "models" in report else report
    return "clips" if inner.get("input") else "pictures"


def _subgroup_lines(report: Mapping[str, Any]) -> list[str]:
    """A row a subgroup: its figure with the 95 % interval."""
    from mimik.tasks.words import percent

    head = "clips" if what(report) == "clips" else "faces"
    rows = [("by", "", head, "MAE" if report.get("mae") is not None else "accuracy", "95 %")]
    for name, values in report["subgroups"].items():
        for value, row in values.items():
            if row.get("mae") is not None:
                figure, (low, high) = f"{row['mae']:.2f}", row["ci95"]
                span = f"{low:.2f} to {high:.2f}"
            else:
                figure = percent(row.get("accuracy", row.get("group_accuracy")))
                interval = row.get("ci95") or row.get("group_ci95")
                span = " to ".join(map(percent, interval)) if interval else "-"
            rows.append((name, value, f"{row['n']:,}", figure, span))
    return [*fitted(rows), ""] if len(rows) > 1 else []


def learned_notes(name: str, report: Mapping[str, Any]) -> list[str]:
    """Whether a model of that name knows the pictures, and the figures without those."""
    from mimik.tasks.own import load_named

    known = report.get("overlap")
    if known is None:
        said = {
            True: f"{name} has learned from this split: figures flatter it",
            None: f"not known whether {name} has learned from these {what(report)}: its run's folder would "
            "tell",
        }
        return [said[report["trained_on"]]] if report["trained_on"] in said else []
    some = what(report)
    lines = [f"{known['held']:,} of the {some} were held for {name}'s validation"] if known["held"] else []
    if known["exact"] or known["near"]:
        lines.append(
            f"{name} was trained on {known['exact']:,} of the {some}, and on near copies of "
            f"{known['near']:,} more: figures flatter it"
        )
        task = load_named(report["task"], report.get("kind", ""), report.get("labels", ()))
        left = known["without"]
        lines += ["without those:", *task.figure_lines(left)] if left else ["without those none is left"]
    return lines


def _note_lines(report: Mapping[str, Any]) -> list[str]:
    """What was not scored, and what flatters the figures."""
    return [*learned_notes(report["model"]["name"], report), *left_out_notes(report)]


def left_out_notes(report: Mapping[str, Any]) -> list[str]:
    """What was not scored, and why."""
    notes = []
    if report["missed"]:
        notes.append(f"{what(report)} without a face found: {report['missed']:,}")
    if report["failed"]:
        notes.append(f"{what(report)} that can't be decoded: {len(report['failed']):,}")
    if report["skipped"]:
        notes.append(f"files or rows left out by the reader's rule: {report['skipped']:,}")
    notes += [f"rows labelled {label!r}, left out: {n:,}" for label, n in report["left_out"].items()]
    return notes
