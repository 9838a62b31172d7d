"""Many sources into one results file: on past a bad one, here or in several processes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing

from mimik.errors import OptionError
from mimik.runs.progress import Analyse, BatchReport, Make, Outcome, Progress, SourceReader, Tally
from mimik.runs.results import Results
from mimik.runs.workers import run_workers
from mimik.storage.identity import once

REPLACED = (
    "another file was read under this name, and its results stay: rename this one, or read all again with "
    "--overwrite"
)


def run_batch(
    sources: Sequence[str],
    make: Make,
    results: Results | None,
    workers: int = 1,
    on_progress: Callable[[Progress], None] | None = None,
    *,
    live: Collection[str] = (),
) -> BatchReport:
    """Analyse sources one after another and write their results in their order.

    Sources that are in the results already are skipped (a file that took the place of one is reported
    as failed), and a file that is named twice is taken once, however it is written.
    A source that fails is recorded, and the rest goes on. After Ctrl-C the same call goes on with
    the source that it stopped in.

    Args:
        sources: Paths, addresses or names, as the analyser takes them.
        make: Builds the analyser.
        results: Where they go, opened by ``with``; None only tells on_progress.
        workers: Processes, each with whole sources.
        on_progress: Told of each frame and each end of a source.
        live: The sources that end by Ctrl-C only: what was read then counts as done.

    Raises:
        OutputError: The results can't be written: no use in going on.
        OptionError: workers is below 1, or above 1 without results or with a live source.
        KeyboardInterrupt: Ctrl-C, unless in a live source.
    """
    if workers < 1 or (workers > 1 and results is None):
        raise OptionError(f"workers must be 1 or more, and 1 where no results file is written, not {workers}")
    if workers > 1 and live:
        raise OptionError(
            f"{next(iter(live))}: workers take sources that end; read each camera or stream by a command of "
            "its own"
        )
    unique = once(sources)
    held = {source: entry for source in unique if results and (entry := results.entry_of(source))}
    replaced = {source for source in held if results and results.replaced(source)}
    todo = [source for source in unique if source not in held]
    tally = Tally(len(unique), len(held) - len(replaced), on_progress)
    tally.report.partial += [(source, entry.error) for source, entry in held.items() if entry.error]
    tally.report.earlier += [source for source in held if source not in replaced]
    for source in filter(replaced.__contains__, held):
        tally.close(source, Outcome(0, f"{source}: {REPLACED}"))
    if workers > 1 and results and len(todo) > 1:
        run_workers(todo, make, results, min(workers, len(todo)), tally)
    elif todo:
        _run_here(todo, make(), results, tally, live)
    return tally.report


def _run_here(
    sources: Iterable[str], analyse: Analyse, results: Results | None, tally: Tally, live: Collection[str]
) -> None:
    for source in sources:
        if results:
            results.begin(source, live=source in live)
        reader = SourceReader(analyse, source)
        try:
            _write_all(reader, source, results, tally)
        except KeyboardInterrupt:
            if source not in live:
                raise
            tally.report.interrupted = True
        outcome = reader.outcome()
        if tally.report.interrupted and not outcome.frames:
            return  # It was still being opened: there is nothing to count as done.
        if results and outcome.failed:
            results.fail(source, outcome.problem or "")
        elif results:
            results.finish(source, outcome.problem)
        tally.close(source, outcome)
        if tally.report.interrupted:
            return


def _write_all(reader: SourceReader, source: str, results: Results | None, tally: Tally) -> None:
    with closing(reader.frames()) as frames:
        for result in frames:
            if results:
                results.write(result)
            reader.count += 1
            tally.tick(source, reader.count, result)
