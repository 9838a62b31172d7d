"""``mimik analyze``: faces in, results out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
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
    place,
    seconds,
    width,
)
from mimik.cli.parser import DONE, FAILED, INTERRUPTED
from mimik.cli.show import Show
from mimik.errors import OptionError

if TYPE_CHECKING:
    from mimik.runs.job import Job
    from mimik.runs.progress import BatchReport


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "analyze",
        help="read the faces and voices in pictures, videos, recordings, folders, cameras or streams",
        description="Read the faces in pictures, videos, folders, patterns, zip archives, numbered pictures "
        "(frame_%04d.jpg), a pipe (-), cameras (0, 1, ...), streams (rtsp://, http://) or object stores "
        "(s3://, gs://, az://, hf://); or all that a table names (--manifest). "
        "Voices are heard in recordings and microphones (mic), and with voice among --tasks in videos, "
        "streams, and beside cameras. "
        "The same command again goes on where it was stopped.",
    )
    parser.set_defaults(run=run)
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="what to read")
    _add_output(parser.add_argument_group("output"))
    _add_reading(parser.add_argument_group("what is read"))
    _add_frames(parser.add_argument_group("which frames"))
    _add_how(parser.add_argument_group("how"))


def _add_output(out: argparse._ArgumentGroup) -> None:
    out.add_argument(
        "-o",
        "--output",
        type=place,
        metavar="FILE|DIR/",
        help="results: .jsonl, .csv or .parquet; or a folder (out/, s3://bucket/out/) for a Parquet part a "
        "source, into which several commands may write at the same time",
    )
    out.add_argument(
        "--points-in-csv",
        action="store_true",
        help="have .csv hold the points of meshes, too (.jsonl and .parquet do)",
    )
    out.add_argument(
        "--render", type=Path, metavar="PATH", help="annotated picture, video, or folder of them"
    )
    out.add_argument("--blur", action="store_true", help="make every face in --render unrecognisable")
    out.add_argument("--json", action="store_true", help="print a JSON line a frame instead of the table")
    out.add_argument("--quiet", action="store_true", help="print nothing but errors, and the lines of --json")
    out.add_argument("--overwrite", action="store_true", help="replace what --output and --render hold")


def _add_reading(what: argparse._ArgumentGroup) -> None:
    what.add_argument(
        "--shard",
        metavar="I/N",
        help="only one of N equal parts of the sources: the Ith, and every Nth after it; for arrays of jobs",
    )
    what.add_argument(
        "--manifest",
        metavar="FILE",
        help="a table of sources, .csv, .jsonl or .parquet: path, if you like start_s, end_s, person, labels",
    )
    add_tasks(what, hears=True)
    add_detection(what)
    add_following(what)
    what.add_argument("--min-face", type=int, default=0, metavar="PX", help="leave smaller faces out")
    add_models(what)
    what.add_argument(
        "--threshold",
        type=float,
        metavar="P",
        help='a class below this is "uncertain" (default: as in the model\'s card)',
    )
    what.add_argument(
        "--prior",
        action="append",
        metavar="TASK:A=P,B=P",
        help="how frequent classes are where you look, emotion:neutral=0.3 or emotion:even; others share "
        "the rest (default: as the model's card assumes)",
    )
    what.add_argument(
        "--age-groups",
        type=width,
        metavar="5|10",
        help="age groups of so many years each, up to 100+ (default: 0-2, 3-9, 10-19, ..., 60-69, 70+)",
    )
    what.add_argument(
        "--fov",
        type=float,
        metavar="DEG",
        help="vertical field of view of the camera, by which meshes tell where heads are (default: 63)",
    )
    what.add_argument(
        "--smooth", type=float, default=1.0, metavar="X", help="strength of smoothing; 0 is off (default: 1)"
    )
    what.add_argument(
        "--keep-id",
        type=seconds,
        metavar="S",
        help="how long someone may be unseen and keep the id (default: 1, or longer between sparse frames)",
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

    what.add_argument(
        "--voice-reference",
        nargs="+",
        metavar=("FILE[@A-B]|first", "S"),
        help="the speaker's own voice, some ten seconds of it: a recording from second A to B, or 'first S', "
        "what is said first. Voices are heard against it; for sources in which one person speaks, which go "
        "before this option",
    )


def _add_frames(frames: argparse._ArgumentGroup) -> None:
    frames.add_argument("--every", type=int, default=1, metavar="N", help="every Nth frame")
    frames.add_argument(
        "--start", type=seconds, default=0.0, metavar="S", help="from this second on: 90, 1:30 or 1m30s"
    )
    frames.add_argument("--end", type=seconds, metavar="S", help="up to this second")
    frames.add_argument("--max-fps", type=float, metavar="F", help="at most F frames a second")
    frames.add_argument(
        "--fps",
        type=float,
        metavar="F",
        help="frames a second of what doesn't say it: raw streams (.h264, .mjpeg), numbered pictures",
    )
    frames.add_argument(
        "--track", type=int, metavar="N", help="which video track of a file, from 1 (default: its own choice)"
    )
    frames.add_argument(
        "--audio-track",
        type=int,
        metavar="N",
        help="which audio track of a file is heard, from 1 (default: its own choice)",
    )
    frames.add_argument(
        "--channel", type=int, metavar="N", help="the one channel of it that is heard, from 1 (default: all)"
    )
    frames.add_argument(
        "--mic", metavar="NAME", help="the microphone that is heard beside a camera (default: the system's)"
    )
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
    from mimik.runs.base import ENGINES

    add_device(how)
    how.add_argument(
        "--threads",
        type=int,
        default=1,
        metavar="N",
        help="CPU threads of each network call, in each worker; changes no result (default: 1)",
    )
    how.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="processes at most, each with whole sources (default: 1; with --engine ray, all cores)",
    )
    how.add_argument(
        "--engine",
        default="local",
        metavar="|".join(ENGINES),
        help="where sources are read: this machine, or a Ray cluster, or Ray on this machine where none runs "
        "(default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Read all sources; see the exit codes in mimik.cli.parser."""
    from mimik.runs.batch import run_batch

    _check(args)
    show = Show(args.json, args.quiet)
    report = run_batch(
        args.sources,
        args.output,
        _job(args),
        workers=args.workers,
        engine=args.engine,
        overwrite=args.overwrite,
        manifest=args.manifest,
        shard=args.shard,
        on_progress=show.progress,
    )
    show.end(report, args.output)
    if not args.quiet:
        _tell_points(args)
    if args.blur and not (args.quiet or args.json):
        print(
            "Faces that were not found are not hidden: look through what was written before you share it.",
            file=sys.stderr,
        )
    return _code(report)


def _tell_points(args: argparse.Namespace) -> None:
    """Say that a CSV leaves points out, where there are some."""
    from mimik.results.head import declared_kinds

    if _suffix(args.output) != ".csv" or args.points_in_csv:
        return
    if names := [name for name, kind in declared_kinds(args.output).items() if kind == "points"]:
        left_out = f"{args.output}: left out: {', '.join(names)}"
        print(f"mimik: {left_out}; write .jsonl or .parquet, or add --points-in-csv", file=sys.stderr)


def _check(args: argparse.Namespace) -> None:
    """Refuse what can't be, before anything is loaded.

    Raises:
        OptionError: Names the options.
    """
    from mimik.results.base import FORMATS
    from mimik.runs.base import LOCAL, executor_of

    if not args.sources and args.manifest is None:
        raise OptionError(
            "nothing to read: name a table of sources (--manifest) or a SOURCE; see 'mimik analyze --help'"
        )
    if _suffix(args.output) not in (None, *FORMATS):
        raise OptionError(
            f"{args.output}: results can be written as {', '.join(FORMATS)}; name such a file, or a folder "
            "with a / at its end"
        )
    if args.workers is not None and args.workers < 1:
        raise OptionError(f"--workers must be 1 or more, not {args.workers}")
    several = executor_of(args.engine, args.workers, 2) != "here"
    option = "--workers" if args.engine == LOCAL else "--engine"
    if several and not args.output:
        raise OptionError(f"{option} needs a results file: name one with -o")
    if several and args.json:
        raise OptionError(
            f"--json prints frame by frame, without {option}: use it with --workers 1, or read the -o file"
        )
    if args.blur and not args.render:
        raise OptionError("--blur hides faces in what --render writes: name a path with --render")
    if args.points_in_csv and _suffix(args.output) != ".csv":
        raise OptionError("--points-in-csv is for .csv: name such a file with -o")


def _suffix(output: Path | str | None) -> str | None:
    """The suffix of a results file; None where there is none, or a folder."""
    return None if output is None or isinstance(output, str) or output.is_dir() else output.suffix.lower()


def _job(args: argparse.Namespace) -> Job:
    """The options of the command, checked."""
    from mimik.faces.detect.base import DetectorOptions
    from mimik.render.draw import RenderOptions
    from mimik.runs.job import Job
    from mimik.sources.options import SourceOptions
    from mimik.tasks.prior import parse_priors
    from mimik.temporal.smooth import SmoothOptions

    return Job(
        tasks=listed(args.tasks),
        detector=args.detector,
        device=args.device,
        **chosen_models(args),
        threads=args.threads,
        threshold=args.threshold,
        prior=parse_priors(args.prior or ()) or None,
        units=listed(args.units),
        age_groups=args.age_groups,
        fov_deg=args.fov,
        detection=DetectorOptions(size=args.detect_size, min_face=args.min_face),
        smoothing=SmoothOptions(strength=args.smooth),
        keep_id_s=args.keep_id,
        detect_every=args.detect_every,
        neutral=args.neutral if args.neutral is not None else args.neutral_first,
        frames=SourceOptions(
            start_s=args.start,
            end_s=args.end,
            every=args.every,
            max_fps=args.max_fps,
            fps=args.fps,
            track=args.track,
            max_size=args.max_size,
            max_pixels=args.max_pixels,
            patience_s=args.patience,
        ),
        voice_reference=_reference(args.voice_reference),
        audio_track=args.audio_track,
        channel=args.channel,
        microphone=args.mic,
        points_in_csv=args.points_in_csv,
        render=args.render,
        drawing=RenderOptions(hide="blur") if args.blur else None,
    )


def _reference(words: Sequence[str] | None) -> str | float | None:
    """What --voice-reference names: a file, or the seconds after "first".

    Raises:
        OptionError: It is neither.
    """
    if words is None:
        return None
    if words[0] == "first" and len(words) == 2:
        try:
            return float(words[1])
        except ValueError:
            raise OptionError(f"--voice-reference first takes seconds, not {words[1]!r}") from None
    if len(words) > 1 or words[0] == "first":
        raise OptionError(
            f"--voice-reference takes a file, or 'first' and seconds, not {' '.join(words)!r}; name the "
            "sources before it"
        )
    return words[0]


def _code(report: BatchReport) -> int:
    if report.interrupted:
        return INTERRUPTED
    return FAILED if report.failed or report.partial else DONE
