"""``mimik analyze``: faces in, results out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimik.cli.options import (
    add_detection,
    add_device,
    add_model,
    add_set,
    add_tasks,
    chosen_models,
    load_neutral,
    neutral_settings,
    words,
)
from mimik.cli.parser import DONE, FAILED, INTERRUPTED
from mimik.cli.show import Show, say
from mimik.errors import OptionError, SourceError

if TYPE_CHECKING:
    from mimik.pipeline.analyzer import Analyzer
    from mimik.render.draw import RenderOptions
    from mimik.render.hide import Hiding
    from mimik.render.plan import RenderPlan
    from mimik.runs.progress import BatchReport
    from mimik.sources.options import SourceOptions
    from mimik.temporal.neutral import Neutral
    from mimik.types import FrameResult


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "analyze",
        help="read the faces in pictures, videos, folders, cameras or streams",
        description="Read the faces in pictures, videos, folders, patterns, cameras (0, 1, ...) or "
        "streams (rtsp://, http://). The same command again goes on where it was stopped.",
    )
    parser.set_defaults(run=run)
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="what to read")
    _add_output(parser.add_argument_group("output"))
    _add_reading(parser.add_argument_group("what is read"))
    _add_frames(parser.add_argument_group("which frames"))
    _add_how(parser.add_argument_group("how"))


def _add_output(out: argparse._ArgumentGroup) -> None:
    out.add_argument("-o", "--output", type=Path, metavar="FILE", help="results: .jsonl, .csv or .parquet")
    out.add_argument(
        "--render", type=Path, metavar="PATH", help="annotated picture, video, or folder of them"
    )
    out.add_argument("--blur", action="store_true", help="make every face in --render unrecognisable")
    out.add_argument("--json", action="store_true", help="print a JSON line a frame instead of the table")
    out.add_argument("--quiet", action="store_true", help="print nothing but errors, and the lines of --json")
    out.add_argument("--overwrite", action="store_true", help="replace what --output and --render hold")


def _add_reading(what: argparse._ArgumentGroup) -> None:
    add_tasks(what)
    add_detection(what)
    what.add_argument("--min-face", type=int, default=0, metavar="PX", help="leave smaller faces out")
    add_set(what)
    add_model(what)
    what.add_argument(
        "--threshold",
        type=float,
        metavar="P",
        help='a class below this is "uncertain" (default: as in the model\'s card)',
    )
    what.add_argument(
        "--smooth", type=float, default=1.0, metavar="X", help="strength of smoothing; 0 is off (default: 1)"
    )
    rest = what.add_mutually_exclusive_group()
    rest.add_argument(
        "--neutral",
        metavar="FILE[@A-B]",
        help="the person's face at rest (a picture, or a video from second A to B): emotion and action units "
        "become a change from it; for sources that show this one person",
    )
    rest.add_argument(
        "--neutral-first",
        type=float,
        metavar="S",
        help="the same, each person's face at rest being what their first S seconds show",
    )


def _add_frames(frames: argparse._ArgumentGroup) -> None:
    frames.add_argument("--every", type=int, default=1, metavar="N", help="every Nth frame")
    frames.add_argument("--start", type=float, default=0.0, metavar="S", help="from this second on")
    frames.add_argument("--end", type=float, metavar="S", help="up to this second")
    frames.add_argument("--max-fps", type=float, metavar="F", help="at most F frames a second")
    frames.add_argument("--max-size", type=int, metavar="PX", help="scale larger frames down")
    frames.add_argument(
        "--max-pixels",
        type=int,
        default=100_000_000,
        metavar="N",
        help="refuse larger pictures (default: %(default)s)",
    )
    frames.add_argument(
        "--patience",
        type=float,
        default=10.0,
        metavar="S",
        help="how long to wait for a lost stream (default: 10)",
    )


def _add_how(how: argparse._ArgumentGroup) -> None:
    add_device(how)
    how.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes, each with whole sources (default: 1)"
    )


@dataclass(frozen=True)
class Job:
    """Everything that a worker needs to build its own analyser; picklable."""

    tasks: tuple[str, ...]
    detector: str
    device: str
    models: dict[str, str]
    threshold: float | None
    units: tuple[str, ...] | None
    detect_size: int | None
    min_face: int
    smooth: float
    neutral: str | float | None
    """A file that shows a face at rest, or the seconds that do."""
    frames: SourceOptions
    plan: RenderPlan | None
    drawing: RenderOptions | None
    addresses: dict[str, str]
    """Name of a source to what is opened: an address may hold a password, a name never does."""

    def analyzer(self) -> Analyzer:
        """Load detector and models."""
        from mimik.faces.detect.base import DetectorOptions
        from mimik.pipeline.analyzer import Analyzer
        from mimik.temporal.smooth import SmoothOptions

        return Analyzer(
            self.tasks,
            self.detector,
            self.device,
            models=self.models,
            threshold=self.threshold,
            units=self.units,
            detection=DetectorOptions(size=self.detect_size, min_face=self.min_face),
            smoothing=SmoothOptions(strength=self.smooth),
        )

    def __call__(self) -> Reading:
        """What a batch calls in each process."""
        analyzer = self.analyzer()
        return Reading(self, analyzer, load_neutral(analyzer, self.neutral))


class Reading:
    """Reads one source after another, and draws on the way."""

    def __init__(self, job: Job, analyzer: Analyzer, neutral: Neutral | float | None = None) -> None:
        self._job, self.analyzer, self._neutral = job, analyzer, neutral
        self.frame_count: int | None = None
        """Expected frames of the source at work."""

    def __call__(self, name: str) -> Generator[FrameResult, None, str | None]:
        """Yield a source's frames; return why it ended early."""
        from mimik.sources.open import open_source

        with ExitStack() as stack:
            source = stack.enter_context(open_source(self._job.addresses.get(name, name), self._job.frames))
            self.frame_count = source.frame_count
            writer = None
            if self._job.plan:
                # A video stays one if a single frame of it is taken.
                moving = source.live or source.fps is not None or source.frame_count != 1
                drawing = self._job.plan.drawing(name, moving, source.fps, live=source.live)
                writer = stack.enter_context(drawing)
            first_s = self._neutral if isinstance(self._neutral, float) else None
            moved: set[bool | None] = set()
            for step in self.analyzer.frames(source, neutral=self._neutral):
                if first_s is not None:
                    moved |= _against_neutral(step.result)
                if writer:
                    from mimik.render.draw import draw

                    picture = draw(step.frame.image, step.result, self._job.drawing, step.also_hide_xyxy)
                    writer.write(picture, step.frame.time_s)
                yield step.result
            if False in moved and True not in moved:
                reason = f"no face at rest was found in the first {first_s:g} s"
                say(name, f"{reason}; its readings are as they are")
            return source.problem


def _against_neutral(result: FrameResult) -> set[bool | None]:
    """Whether a frame's readings are changes from a face at rest; None of those that can't be."""
    from mimik.readings import AGAINST_NEUTRAL

    readings = (one for face in result.faces for one in face.readings.values())
    return {getattr(one, AGAINST_NEUTRAL, None) for one in readings}


def run(args: argparse.Namespace) -> int:
    """Read all sources; see the exit codes in mimik.cli.parser."""
    from mimik.runs.batch import run_batch
    from mimik.runs.results import Results
    from mimik.sources.address import is_live, public_name

    _check(args)
    found, missing = expand(args.sources, args.render)
    names = [public_name(address) for address in found]
    job = _job(args, names, dict(zip(names, found, strict=True)))
    reading = job()
    show = Show(args.json, args.quiet, reading, missing)
    with ExitStack() as stack:
        results = None
        if args.output:
            info = reading.analyzer.info(_settings(job), against_neutral=job.neutral is not None)
            results = stack.enter_context(Results(args.output, info, overwrite=args.overwrite))
            if results.lost:
                show.lost(args.output, results.lost)
        make: Callable[[], Reading] = job if args.workers > 1 else lambda: reading
        live = {name for name in names if is_live(name)}
        report = run_batch(names, make, results, args.workers, show.progress, live=live)
    # What earlier runs read: --render came only now, or hides faces now. What is live can't come again.
    undrawn = job.plan.undrawn(n for n in report.earlier if n not in live) if job.plan else []
    if undrawn and not report.interrupted:
        drawing = run_batch(undrawn, lambda: reading, None, 1, show.progress)
        report.failed += drawing.failed
    report.failed = missing + report.failed
    show.end(report, args.output)
    if args.blur and not (args.quiet or args.json):
        print(
            "Faces that were not found are not hidden: look through what was written before you share it.",
            file=sys.stderr,
        )
    return _code(report)


def _check(args: argparse.Namespace) -> None:
    """Refuse what can't be, before anything is loaded.

    Raises:
        OptionError: Names the options.
    """
    from mimik.results.base import FORMATS

    if args.output and args.output.suffix.lower() not in FORMATS:
        raise OptionError(f"{args.output}: results can be written as {', '.join(FORMATS)}; name such a file")
    if args.workers < 1:
        raise OptionError(f"--workers must be 1 or more, not {args.workers}")
    if args.workers > 1 and not args.output:
        raise OptionError("--workers needs a results file: name one with -o")
    if args.workers > 1 and args.json:
        raise OptionError("--json prints frame by frame: use it with --workers 1, or read the -o file")
    if args.blur and not args.render:
        raise OptionError("--blur hides faces in what --render writes: name a path with --render")


def _settings(job: Job) -> dict[str, Any]:
    """The options that change what is written, but for those that the analyser knows."""
    # Runs of before there was a reference go on as they are.
    return {"frames": job.frames.settings()} | neutral_settings(job.neutral)


def expand(specs: Sequence[str], render: Path | None = None) -> tuple[list[str], list[tuple[str, str]]]:
    """All that folders and patterns hold, each file once, and those that hold nothing, with the reason.

    What lies in the folder ``render`` was drawn by an earlier run: it is read only if that is named.
    """
    from mimik.sources.expand import expand_sources
    from mimik.storage.identity import once

    def drawn(path: str) -> bool:
        return render is not None and Path(path).resolve().is_relative_to(render.resolve())

    names: list[str] = []
    missing: list[tuple[str, str]] = []
    for spec in specs:
        try:
            found = expand_sources([spec])
            names += [name for name in found if drawn(spec) or not drawn(name)]
        except SourceError as error:
            missing.append((spec, str(error)))
    return once(names), missing


def _job(args: argparse.Namespace, names: Sequence[str], addresses: dict[str, str]) -> Job:
    """The options of the command, checked."""
    from mimik.sources.options import SourceOptions

    frames = SourceOptions(
        start_s=args.start,
        end_s=args.end,
        every=args.every,
        max_fps=args.max_fps,
        max_size=args.max_size,
        max_pixels=args.max_pixels,
        patience_s=args.patience,
        threads=1 if args.workers > 1 else None,
    )
    plan, drawing = _rendering(args, names)
    tasks = words(args.tasks)
    return Job(
        tasks,
        args.detector,
        args.device,
        chosen_models(args, tasks),
        args.threshold,
        None if args.units is None else words(args.units),
        args.detect_size,
        args.min_face,
        args.smooth,
        args.neutral if args.neutral is not None else args.neutral_first,
        frames,
        plan,
        drawing,
        addresses,
    )


def _rendering(
    args: argparse.Namespace, names: Sequence[str]
) -> tuple[RenderPlan | None, RenderOptions | None]:
    """Where annotated pictures go, and how they look."""
    if not args.render:
        return None, None
    from mimik.render.draw import RenderOptions
    from mimik.render.plan import plan_render
    from mimik.sources.open import SUFFIXES

    # A run that goes on may draw again what it had drawn itself, and nothing else.
    record = args.output.with_name(args.output.name + ".drawn") if args.output else None
    hide: Hiding | None = "blur" if args.blur else None
    plan = plan_render(args.render, names, overwrite=args.overwrite, record=record, hide=hide)
    kinds = {name: SUFFIXES.get(Path(name).suffix.lower()) for name in names}
    # A GIF may move or not; what is no file is known once it is opened.
    plan.check({n: kind == "video" for n, kind in kinds.items() if kind and not n.lower().endswith(".gif")})
    return plan, RenderOptions(hide=hide)


def _code(report: BatchReport) -> int:
    if report.interrupted:
        return INTERRUPTED
    return FAILED if report.failed or report.partial else DONE
