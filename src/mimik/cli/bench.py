"""``mimik bench``: milliseconds of each stage, and frames per second."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimik.cli.options import (
    add_detection,
    add_device,
    add_following,
    add_models,
    add_tasks,
    chosen_models,
    listed,
)
from mimik.errors import OptionError, OutputError
from mimik.models.device import check_threads
from mimik.storage.whole import write_whole

if TYPE_CHECKING:
    from mimik.bench import Report


MOST_FACES = 8
"""More would be too small at 640 x 480."""


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "bench",
        help="measure the speed",
        description="Measure how long each stage takes on this machine, and how many frames a second the "
        "whole path reads. The last line is JSON.",
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "source",
        nargs="?",
        help="picture, video, address or camera (default: one face at 640 x 480)",
    )
    parser.add_argument(
        "--faces", type=int, metavar="N", help="faces in the default source, 1 to 8 (default: 1)"
    )
    parser.add_argument("--json", dest="file", type=Path, metavar="FILE", help="write the JSON there, too")
    add_tasks(parser)
    add_detection(parser)
    add_following(parser)
    add_models(parser)
    add_device(parser)
    parser.add_argument(
        "--seconds",
        type=float,
        default=5.0,
        metavar="S",
        help="length of each of the two measurements (default: 5)",
    )
    parser.add_argument(
        "--threads",
        type=int,
        default=1,
        metavar="N",
        help="of decoder, OpenCV and networks (default: 1, one core)",
    )


def run(args: argparse.Namespace) -> int:
    """Measure, print a table and a line of JSON."""
    import cv2

    if not args.seconds > 0:
        raise OptionError(f"seconds must be above 0, not {args.seconds}")
    check_threads(args.threads)
    if args.faces is not None and args.source is not None:
        raise OptionError("--faces is for the default source; leave one of the two out")
    if args.faces is not None and not 1 <= args.faces <= MOST_FACES:
        raise OptionError(f"faces must be 1 to {MOST_FACES}, not {args.faces}")
    if args.file is not None and not args.file.parent.is_dir():
        raise OutputError(f"{args.file}: its folder doesn't exist; make it first")
    before = cv2.getNumThreads()
    cv2.setNumThreads(args.threads)
    try:
        report = _measure(args)
    finally:
        cv2.setNumThreads(before)
    line = json.dumps(report.to_dict())
    print(_table(report))
    print(line, flush=True)
    if args.file is not None:
        write_whole(args.file, line + "\n")
    return 0


def _measure(args: argparse.Namespace) -> Report:
    """Measure the source that was named, or the example."""
    from mimik.bench import example_video, measure
    from mimik.faces.detect.base import DetectorOptions
    from mimik.pipeline.analyzer import Analyzer

    analyzer = Analyzer(
        listed(args.tasks),
        args.detector,
        args.device,
        **chosen_models(args),
        units=listed(args.units),
        detection=DetectorOptions(size=args.detect_size),
        detect_every=args.detect_every,
        threads=args.threads,
    )
    if args.source is not None:
        return measure(analyzer, args.source, seconds=args.seconds, threads=args.threads)
    faces = args.faces or 1
    name = f"{faces} face{'s' if faces > 1 else ''}, 640 x 480"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "faces.mp4")
        example_video(path, faces)
        return measure(analyzer, path, name=name, seconds=args.seconds, threads=args.threads)


def _table(report: Report) -> str:
    """The report for people."""
    lines = [
        f"{report.source}: {report.width} x {report.height}, {report.faces:.2f} faces a frame, "
        f"{report.detector}, {report.threads} thread{'s' if report.threads > 1 else ''}",
        "",
        f"{'stage':<20}{'median ms':>10}{'95 % ms':>10}",
    ]
    lines += [f"{name:<20}{s.median_ms:>10.3f}{s.p95_ms:>10.3f}" for name, s in report.stages.items()]
    if report.face_ms:
        lines += ["", f"{'a face':<20}{'median ms':>10}"]
        lines += [f"{name:<20}{value:>10.3f}" for name, value in report.face_ms.items()]
    return "\n".join([*lines, "", f"{report.frames_per_s:.1f} frames/s over {report.frames} frames", ""])
