"""Many sources into one results file: on past a bad one, here or in several processes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import cast

from mimik.errors import MimikWarning, OptionError, printable
from mimik.pipeline.choice import choose
from mimik.runs.base import LOCAL, Merging, executor_of, load_executor
from mimik.runs.dataset import DatasetMerger, DatasetResults
from mimik.runs.job import Job
from mimik.runs.manifest import read_manifest
from mimik.runs.merge import Merger
from mimik.runs.named import Named, find_sources, plan_drawing
from mimik.runs.output import Output, check_together, find_output
from mimik.runs.progress import BatchReport, Progress, Tally
from mimik.runs.reader import Make, Outcome
from mimik.runs.reading import Loader
from mimik.runs.results import Results
from mimik.runs.shard import Shard
from mimik.sources.address import STDIN, is_camera, is_sound, microphone
from mimik.storage.identity import once
from mimik.tasks.base import SOUND

REPLACED = (
    "another file was read under this name, and its results stay: rename this one, or read all again with "
    "--overwrite"
)


def run_batch(
    sources: str | Path | int | Iterable[str | Path | int],
    output: str | Path | None,
    job: Job | None = None,
    *,
    workers: int | None = None,
    engine: str = LOCAL,
    overwrite: bool = False,
    manifest: str | Path | None = None,
    shard: str | Shard | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> BatchReport:
    """Read many sources into one results file or dataset, as ``mimik analyze`` does, to the same bytes.

    The same call again goes on where it was stopped or killed: sources that are in the results are
    skipped (a file that took the place of one is reported as failed), those that failed are tried again.
    A file that is named twice is taken once, however it is written. A source that fails is reported, and
    the rest goes on.

    Args:
        sources: Files, folders, patterns, addresses and camera numbers, as the command takes them.
        output: The results file (.jsonl, .csv, .parquet); what made it and what is in it is written
            beside it as OUTPUT.run. Or a dataset of Parquet parts, in which several runs may write at once: a
            folder with a slash at its end ("out/"), one that holds a dataset already, or an address
            ("s3://bucket/out/"); see docs/scale.md. None only tells on_progress.
        job: What is read and how; None is Job().
        workers: Processes at most, each with whole sources; more than 1 need an output, and sources that
            end. None is 1 with the engine "local", and with "ray" a worker for each core of the cluster.
        engine: Where they are read: "local" is this machine, "ray" a Ray cluster (pip install mimik[ray]),
            which needs an output, sources that end, and a job that draws nothing; see docs/scale.md.
        overwrite: Whether what output and job.render hold is replaced.
        manifest: A table of further sources (.csv, .jsonl or .parquet), a row a clip: path, and if you like
            start_s, end_s, person and labels; see docs/scale.md. sources may then be empty.
        shard: Read only one of N equal parts of the sources, "I/N": the Ith and every Nth after it.
        on_progress: Told first of what holds no source (which isn't counted), then of each frame and each
            end of a source. With several workers frames are told by their count only.

    Returns:
        How it ended, with all that failed, ended early or was left out, and why.

    Raises:
        OptionError: Options that don't fit each other or the sources.
        SourceNotFoundError, DataError: There is no such manifest, or it can't be used; a bad row of it fails
            by itself.
        OutputError: The results can't be written.
        OutputExistsError: The output holds results of other settings, or something else; or what would
            be drawn exists.
        MimikError: As Analyzer; or the face at rest can't be read.
        KeyboardInterrupt: Ctrl-C, unless in a camera or stream: what was read of it then counts as done.

    Warns:
        MimikWarning: The output was cut short, and goes on from what is whole; or with other libraries.

    Example:
        >>> report = run_batch("clips/", "out.jsonl", Job(tasks=("emotion", "au")))  # doctest: +SKIP
        >>> print(report.done, report.failed)  # doctest: +SKIP
    """
    job = job or Job()
    place = None if output is None else find_output(output)
    part = Shard.parse(shard) if isinstance(shard, str) else shard
    clips = None if manifest is None else read_manifest(manifest)
    made = [where for where in (job.render, place.folder if place else None) if where is not None]
    named = find_sources(_specs(sources), made, job.senses(), clips)
    job = _settled(job, named)
    _check_cameras(job, named)
    _check(workers, engine, place, job, named)
    check_together(place, overwrite=overwrite, sharded=part is not None, live=named.live)
    names = part.part(named.names) if part else named.names
    hide = job.drawing.hide if job.drawing else None
    plan = plan_drawing(job.render, named.names, only=names, output=place, overwrite=overwrite, hide=hide)
    if executor_of(engine, workers, 2) != "here" and job.frames.threads is None:
        job = replace(job, frames=replace(job.frames, threads=1))
    load = Loader(job, plan, named.addresses, named.clips)
    reading = load()
    if on_progress:
        for source, reason in named.missing:
            on_progress(Progress(source, 0, True, 0, len(names), reason))
    with ExitStack() as stack:
        results = None
        if place:
            results = place.open(reading.info(), names, named.clips, overwrite=overwrite)
            stack.enter_context(results)
            if results.lost:
                warnings.warn(_cut_short(results), MimikWarning, stacklevel=2)
            results.note_left_out(named.left_out)
        report = read_all(names, load, results, workers, on_progress, engine=engine, live=named.live)
    report.failed[:0] = named.missing
    report.left_out[:0] = named.left_out
    # What earlier runs read: render came only now, or hides faces now. What is live can't come again.
    undrawn = plan.undrawn(name for name in report.earlier if name not in named.live) if plan else []
    if undrawn and not report.interrupted:
        report.failed += read_all(undrawn, load, None, on_progress=on_progress).failed
    return report


def _settled(job: Job, named: Named) -> Job:
    """A job that names its tasks where all of its sources hold sound alone, which has no faces."""
    if job.tasks is None and not job.filmed() and named.names and all(map(is_sound, named.names)):
        return replace(job, tasks=choose(None, job.models, job.model, source=SOUND).tasks)
    return job


def _specs(sources: object) -> list[str]:
    """Sources as the command takes them."""
    several = isinstance(sources, Iterable) and not isinstance(sources, str | bytes)
    named: list[object] = list(cast("Iterable[object]", sources)) if several else [sources]
    if strange := [spec for spec in named if not isinstance(spec, str | Path | int)]:
        kind = type(strange[0]).__name__
        raise OptionError(f"a source of a batch is a path, address or camera number, not {kind}")
    return list(map(str, named))


def _check(workers: int | None, engine: str, output: Output | None, job: Job, named: Named) -> None:
    """Refuse a number of workers or an engine that can't be, before anything is loaded.

    Raises:
        OptionError: Says what to do.
        MissingExtraError: The engine isn't installed.
    """
    if workers is not None and (
        not isinstance(workers, int) or workers < 1 or (workers > 1 and output is None)
    ):
        words = "workers must be 1 or more, and 1 where no results file is written"
        raise OptionError(f"{words}, not {workers!r:.40}")
    if executor_of(engine, workers, 2) == "here":
        return
    takes = "workers take" if engine == LOCAL else f"the engine {engine} takes"
    if named.live:
        raise OptionError(
            f"{min(named.live)}: {takes} sources that end; read each camera or stream by a command of its own"
        )
    if STDIN in named.addresses.values():
        raise OptionError(
            f"-: what is piped in reaches one process only: leave workers at 1 and the engine at {LOCAL}, or "
            "name a file"
        )
    if engine == LOCAL:
        return
    if output is None:
        raise OptionError(f"the engine {engine} writes into a results file: name one (-o)")
    if job.render is not None:
        raise OptionError(
            f"the engine {engine} reads on machines that may be others, and draws nothing: leave render out, "
            f"or take the engine {LOCAL}"
        )
    load_executor(engine)


def _check_cameras(job: Job, named: Named) -> None:
    """Refuse voices of a camera alone, clips of what is live, and a microphone that nothing would hear.

    Raises:
        OptionError: Says what to do.
    """
    if job.filmed() and named.live:
        raise OptionError(f"{min(named.live)}: never ends, and a clip is read whole: record it first")
    cameras = [name for name in named.names if is_camera(name)]
    faces, voices = job.parted()
    if cameras and faces == ():
        raise OptionError(
            f"{cameras[0]}: a camera has no sound of its own: name the microphone (mic), or faces as well "
            "(--tasks emotion,voice)"
        )
    if job.microphone is not None and not (cameras and voices):
        raise OptionError(
            "a microphone (microphone, --mic) is heard beside a camera, with voice among the tasks: to hear "
            f"it alone, name it as the source, {microphone(job.microphone)!r}"
        )


def _cut_short(results: Results | DatasetResults) -> str:
    sources = "1 source" if results.lost == 1 else f"{results.lost} sources"
    return f"{printable(str(results.path))}: was cut short; {sources} of it are analysed again"


def read_all(
    sources: Sequence[str],
    make: Make,
    results: Results | DatasetResults | None,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    *,
    engine: str = LOCAL,
    live: Collection[str] = (),
) -> BatchReport:
    """Read what isn't in the results yet; see run_batch, which gives it all that it needs.

    Args:
        sources: Names of single sources.
        make: Builds what reads them.
        results: Where they go, opened by ``with``; None only tells on_progress.
        workers: Processes; more than 1 need results, and sources that end.
        on_progress: Told of each frame and each end of a source.
        engine: Where they are read, one of ENGINES.
        live: The sources that end by Ctrl-C only.
    """
    unique = once(sources)
    held = {source: entry for source in unique if results and (entry := results.before.entry_of(source))}
    replaced = {source for source in held if results and results.before.replaced(source)}
    todo = [source for source in unique if source not in held]
    tally = Tally(len(unique), len(held) - len(replaced), on_progress)
    tally.report.partial += [(source, entry.error) for source, entry in held.items() if entry.error]
    tally.report.left_out += [(s, what) for s, entry in held.items() for what in entry.left_out or ()]
    tally.report.earlier += [source for source in held if source not in replaced]
    for source in filter(replaced.__contains__, held):
        tally.close(source, Outcome(0, f"{source}: {REPLACED}"))
    merger, left = _merging(todo, results, tally, live)
    if left:
        executor = load_executor(executor_of(engine, workers, len(left)))
        executor(left, make, merger, workers)
    return tally.report


def _merging(
    todo: Sequence[str], results: Results | DatasetResults | None, tally: Tally, live: Collection[str]
) -> tuple[Merging, list[str]]:
    """What takes the sources, and those that no part waits for."""
    if isinstance(results, DatasetResults):
        return DatasetMerger(todo, results, tally), list(todo)
    merger = Merger(todo, results, tally, live)
    return merger, merger.recover(todo)
