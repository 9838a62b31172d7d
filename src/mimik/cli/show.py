"""What ``mimik analyze`` prints: faces as a table, progress, and how it ended."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections import Counter, defaultdict, deque
from pathlib import Path
from typing import TYPE_CHECKING

from mimik.errors import printable
from mimik.sources.address import is_live
from mimik.storage.remote import without_secrets
from mimik.tasks.words import fitted

if TYPE_CHECKING:
    from mimik.runs.progress import BatchReport, Progress
    from mimik.types import FrameResult, SpanResult

REDRAW_S = 0.2
"""How often the progress line is drawn."""
RATE_S = 10.0
"""Over how long the rate in it is taken."""
LOOKS = round(RATE_S / REDRAW_S)
"""How many drawings of the bar that is."""

UNSEEN = "too little clear speech with a mouth in view that moves"
"""Why a source's sound can't be judged."""


class Person:
    """What was seen of one person in a source."""

    def __init__(self) -> None:
        self.frames = 0
        self.texts: dict[str, str] = {}
        self.words: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.reasons: Counter[str] = Counter()

    def cells(self, moving: bool) -> list[str]:
        """One word or two a task: the answer, or over time the most frequent one."""
        if not moving:
            return [*self.texts.values(), *(f"({reason})" for reason in self.reasons)]
        cells = []
        for counts in self.words.values():
            word, count = counts.most_common(1)[0]
            cells.append(f"{word} in {100 * count / self.frames:.0f} %")
        doubtful = sum(self.reasons.values())
        return [*cells, f"{self.frames} frames" + (f", {doubtful} not reliable" if doubtful else "")]


class Rate:
    """Frames, or utterances, a second, of all sources at work over the last seconds."""

    def __init__(self) -> None:
        self._through = 0
        self._at_work: dict[str, int] = {}
        self._seen: deque[tuple[float, int]] = deque(maxlen=LOOKS)

    def count(self, progress: Progress) -> None:
        """A source has gone on, or has ended."""
        self._at_work[progress.source] = progress.frames or progress.spans
        if progress.finished:
            self._through += self._at_work.pop(progress.source)

    def now(self, at_s: float) -> float | None:
        """How fast it goes, asked for at each drawing; None until that can be said."""
        self._seen.append((at_s, self._through + sum(self._at_work.values())))
        (then_s, before), (_, count) = self._seen[0], self._seen[-1]
        return max(0, count - before) / (at_s - then_s) if at_s > then_s else None


class Show:
    """Prints while a batch runs."""

    def __init__(self, as_json: bool, quiet: bool) -> None:
        self._json, self._quiet = as_json, quiet
        self._bar = not quiet and sys.stderr.isatty()
        self._people: defaultdict[int, Person] = defaultdict(Person)
        self._heard: list[tuple[str, ...]] = []
        """Times and readings of the utterances of the source at work."""
        self._taken = 0
        """Frames of the source at work that were seen here; other processes show their last one only."""
        self._began = self._drawn = 0.0
        self._first_done: int | None = None
        """Sources that were through when the first progress came."""
        self._rate = Rate()

    def progress(self, progress: Progress) -> None:
        """A source has gone on, or has ended."""
        # Of other processes only the last frame is known: of a picture, that is all.
        elsewhere = progress.frames == 1 and not (self._people or self._json)
        if progress.last and (not progress.finished or elsewhere):
            self._take(progress.last)
        if progress.heard:
            self._hear(progress.source, progress.heard)
        self._rate.count(progress)
        begun = (
            progress.frames > 0 or progress.spans > 0 or progress.done > 0
        )  # Before, it is told only what holds no source.
        if begun and self._first_done is None:
            self._first_done = progress.done
            self._began = self._drawn = time.monotonic()
        if begun and self._bar and time.monotonic() - self._drawn >= REDRAW_S:
            self._draw(progress)
        if progress.finished:
            self._close(progress)

    def _take(self, result: FrameResult) -> None:
        if self._json:
            self._print(json.dumps(result.to_dict(), ensure_ascii=False, allow_nan=False))
            return
        self._taken += 1
        for face in result.faces:
            person = self._people[face.id]
            person.frames += 1
            for task, reading in face.readings.items():
                person.texts[task] = reading.text
                person.words[task][reading.word] += 1
            if face.quality.reason:
                person.reasons[face.quality.reason] += 1

    def _hear(self, source: str, span: SpanResult) -> None:
        """An utterance: its time and what was heard, at once where the source is live."""
        if self._json:
            self._print(json.dumps(span.to_dict(), ensure_ascii=False, allow_nan=False))
            return
        reason = (f"({span.quality.reason})",) if span.quality.reason else ()
        row = (span_times(span), *(reading.text for reading in span.readings.values()), *reason)
        if not is_live(source):
            self._heard.append(row)
        elif not self._quiet:  # Its end may be hours away.
            self._print("  ".join(("", *row)))

    def _close(self, progress: Progress) -> None:
        """Print what was seen in a source that has ended."""
        if progress.note:
            say(progress.source, progress.note)
        if progress.problem:
            say(progress.source, progress.problem)
        if not self._json and not self._quiet and (progress.frames or progress.spans):
            self._print("\n".join(self._lines(progress)))
        self._people.clear()
        self._heard.clear()
        self._taken = 0

    def _lines(self, progress: Progress) -> list[str]:
        heard = [_count(progress.spans, "utterance")] if progress.spans else []
        if not progress.frames:
            return [f"{printable(progress.source)}: {heard[0]}", *fitted(self._heard, "  ")]
        moving = progress.frames > 1
        last = progress.last
        size = f"{last.width} x {last.height}, " if last else ""
        length = f"{progress.frames} frames, " if moving else ""
        seen = len(self._people)
        noun = ("person" if seen == 1 else "people") if moving else ("face" if seen == 1 else "faces")
        count = f"{seen or 'no'} {noun}" if self._taken else "done"
        rows = [(f"#{i}", *person.cells(moving)) for i, person in sorted(self._people.items())]
        told = f"{printable(progress.source)}: {size}{length}{', '.join([count, *heard])}"
        return [told, *fitted(rows, "  "), *fitted(self._heard, "  ")]

    def _draw(self, progress: Progress) -> None:
        """One line over the last one, on the terminal only."""
        self._drawn = now = time.monotonic()
        expected = progress.expected
        within = min(1.0, progress.frames / expected) if expected and not progress.finished else 0.0
        share = (progress.done + within) / max(1, progress.total)
        fresh = progress.done + within - (self._first_done or 0)
        left = (
            (now - self._began) / fresh * (progress.total - progress.done - within) if fresh > 0.01 else None
        )
        bar = "#" * round(20 * share)
        until = "" if left is None else f"  {_clock(left)} left"
        at = "frame" if progress.frames or not progress.spans else "utterance"
        rate = self._rate.now(now)
        until += "" if rate is None else f"  {rate:.{0 if rate >= 10 else 1}f} {at}s/s"
        frames = f"{progress.frames or progress.spans}" + (f" of {expected}" if expected else "")
        name = printable(Path(progress.source).name)[-30:]
        text = f"[{bar:<20}] {progress.done} of {progress.total}{until}  {name}  {at} {frames}"
        # A line that wraps could not be drawn over.
        room = shutil.get_terminal_size().columns - 1
        print(f"\r\x1b[2K{text[:room]}", end="", file=sys.stderr, flush=True)

    def _clear(self) -> None:
        if self._bar:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)

    def _print(self, text: str) -> None:
        self._clear()
        print(text, flush=True)  # who reads a pipe wants the lines of a camera as they come

    def end(self, report: BatchReport, output: Path | str | None) -> None:
        """Say how it ended."""
        self._clear()
        for source, reason in report.partial:
            if report.skipped and not report.done:
                say(source, reason)
        if report.left_out and not self._quiet:
            from mimik.sources.expand import in_words

            print(f"mimik: left out: {in_words(report.left_out)}", file=sys.stderr)
        if report.unjudged and not self._quiet:
            of = _count(report.unjudged, "source")
            print(f"mimik: whether the sound is in time isn't known of {of}: {UNSEEN}", file=sys.stderr)
        several = report.done + report.skipped + len(report.failed) > 1
        if self._quiet or self._json or not (several or output):
            return
        parts = [f"{report.done} read"]
        parts += [f"{report.skipped} done before"] if report.skipped else []
        parts += [f"{len(report.partial)} ended early"] if report.partial else []
        parts += [f"{len(report.failed)} failed"] if report.failed else []
        where = f"; results in {without_secrets(str(output))}" if output else ""
        counts = [_count(report.frames, "frame")] if report.frames or not report.spans else []
        counts += [_count(report.spans, "utterance")] if report.spans else []
        print(f"{', '.join([*parts, *counts])}{where}", file=sys.stderr)


def say(source: str, reason: str) -> None:
    """A line about a source, in place of the progress line."""
    if sys.stderr.isatty():
        print("\r\x1b[2K", end="", file=sys.stderr)
    line = " ".join(reason.split())
    # A path leaves out the last / of what was typed.
    named = source in line or str(Path(source)) in line
    print(f"mimik: {line if named else f'{printable(source)}: {line}'}", file=sys.stderr, flush=True)


def span_times(span: SpanResult) -> str:
    """When an utterance begins and ends, "0:03.2 to 0:05.1"."""
    return " to ".join(f"{int(t) // 60}:{t % 60:04.1f}" for t in (max(0.0, span.start_s), span.end_s))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _clock(seconds: float) -> str:
    """Seconds as h:mm:ss or m:ss."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
