"""Emotions by time as subtitles, SRT and WebVTT: of each utterance, and for as long as a face holds one."""

from __future__ import annotations

import html
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from mimik.errors import DataError, OptionError, some_of
from mimik.readings import UNCERTAIN, ClassReading
from mimik.results.dataset import Located
from mimik.results.frames import read_frames
from mimik.results.gaps import lasting
from mimik.results.head import MARK
from mimik.results.outcomes import outcomes
from mimik.results.read import holds_spans_alone, is_named, read_spans
from mimik.storage.whole import write_whole

SUFFIXES = (".srt", ".vtt")
SHORTEST_S = 0.3
"""An expression that a face holds for less than this can't be read as a subtitle."""
TOUCHING_S = 0.002
"""Two frames follow each other where one begins at most this long after the end of the other."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A line that is shown for a while."""

    start_s: float
    """On the clock of the file that is played, which begins with its first sound or picture."""
    end_s: float
    text: str


@dataclass(slots=True)
class Track:
    """The subtitles of one source."""

    cues: list[Cue] = field(default_factory=list)
    """In no order."""
    clipped: int = 0
    """Cues that begin before the file does: they are shown from its beginning on."""
    before: int = 0
    """Those that end before it, which are left out."""
    brief: int = 0
    """Expressions of a face that were too short to be read, which are left out."""
    untrusted: int = 0
    """Frames of faces that can't be trusted, which are left out."""
    offset_s: float = 0.0
    """From the beginning of the file to its first picture."""

    def shown(self) -> list[Cue]:
        """The cues by time, none before the beginning; counts those that were."""
        self.clipped = self.before = 0
        found = []
        for cue in self.cues:
            start_s, end_s = cue.start_s + self.offset_s, cue.end_s + self.offset_s
            self.before += end_s <= 0
            self.clipped += start_s < 0 < end_s
            if end_s > 0:
                found.append(Cue(max(0.0, start_s), end_s, cue.text))
        return sorted(found, key=lambda cue: (cue.start_s, cue.end_s))


def read_tracks(results: Located, source: str | None = None, faces: bool = False) -> dict[str, Track]:
    """The subtitles of each source of a results file, in its order.

    Args:
        results: A .jsonl, .csv or .parquet file, or a dataset of parts.
        source: Only sources of this name or end of their path.
        faces: Whether faces are told of, too; where the results hold no voices, they are in any case.

    Raises:
        DataError: It holds neither voices nor faces with an expression, or none of that source; or its
            times aren't known.
    """
    tracks: defaultdict[str, Track] = defaultdict(Track)
    spans = list(read_spans(results))
    seen = dict.fromkeys(str(span["source"]) for span in spans)
    both, faces = faces and bool(spans), faces or not spans
    for span in spans:
        tracks[span["source"]].cues += _of_span(span, "voice: " if both else "")
    told = () if holds_spans_alone(results) else read_frames(results)
    for name, frames in groupby(told, key=lambda frame: str(frame["source"])):
        seen[name] = None
        placed = _placed(frames, tracks[name])
        if faces:
            tracks[name].cues += _of_faces(placed, tracks[name])
        else:
            deque(placed, maxlen=0)
    for name, offset_s in _offsets(results).items():
        if name in seen and not tracks[name].offset_s:  # Voices alone have no frames that say it.
            tracks[name].offset_s = offset_s
    wanted = {name: tracks[name] for name in seen if source is None or is_named(name, source)}
    _check(results, source, wanted, seen)
    return wanted


def _placed(frames: Iterable[Mapping[str, Any]], track: Track) -> Iterator[Mapping[str, Any]]:
    """The same frames; the track learns where in their file they begin."""
    for frame in frames:
        track.offset_s = frame.get("offset_s") or 0.0
        yield frame


def _offsets(results: Located) -> dict[str, float]:
    """Where in their files the pictures of sources begin, as OUT.run says; empty where none can be read."""
    ends = outcomes(results)
    if ends is None and isinstance(results, Path):  # A table of utterances has that of the faces.
        ends = outcomes(results.with_name(f"{results.stem.removesuffix(MARK)}{results.suffix}"))
    return {end.source: end.offset_s for end in ends or ()}


def _check(
    results: Located, source: str | None, tracks: Mapping[str, Track], seen: Mapping[str, None]
) -> None:
    """Raise where there is nothing to show."""
    if source is not None and not tracks:
        raise DataError(f"{results}: holds no source {source!r}; there is {some_of(seen) or 'none'}")
    if not any(track.cues for track in tracks.values()):
        raise DataError(
            f"{results}: neither utterances nor expressions of faces over time to write as subtitles: "
            "analyze a video or recording with --tasks voice or --tasks emotion"
        )


def _of_span(span: Mapping[str, Any], begin: str) -> Iterator[Cue]:
    """The cue of an utterance; none where nothing was read of it."""
    reason = (span["quality"] or {}).get("reason")
    readings = {k: v for k, v in span.items() if isinstance(v, Mapping) and v.get("probabilities")}
    # Of several it is said which is which: "voice happy 78 %, face and voice happy 91 %".
    named = {name: f"{name.replace('_', ' and ')} " if len(readings) > 1 else "" for name in readings}
    told = ", ".join(named[name] + _told(reading) for name, reading in readings.items())
    text = told if reason is None else f"not reliable: {reason}"
    if readings:
        yield Cue(float(span["start_s"]), float(span["end_s"]), begin + text)


def _told(reading: Mapping[str, Any]) -> str:
    """A reading as on a picture: "happy 78 %", "uncertain (sad 38 %)"."""
    shares = {name: value for name, value in reading["probabilities"].items() if value is not None}
    return ClassReading(reading["label"], shares, shares).text


@dataclass(slots=True)
class _Run:
    """An expression that a face holds."""

    label: str
    start_s: float
    end_s: float
    sum: float = 0.0
    """Of the expression's probability over time."""

    def cue(self, number: int | None) -> Cue:
        """Its cue; the probability is the mean over time."""
        who = "face" if number is None else f"#{number}"
        share = f" {100 * self.sum / (self.end_s - self.start_s):.0f} %" if self.label != UNCERTAIN else ""
        return Cue(self.start_s, self.end_s, f"{who} {self.label}{share}")


def _of_faces(frames: Iterable[Mapping[str, Any]], track: Track) -> Iterator[Cue]:
    """A cue for each expression that a person's face holds long enough."""
    held: dict[int | None, _Run] = {}
    for frame, seconds in lasting((frame["time_s"], frame) for frame in frames):
        if seconds is None:
            continue  # Another tool's results may know no times.
        there = {face["id"]: face for face in frame["faces"] if (face.get("emotion") or {}).get("label")}
        track.untrusted += sum(_doubtful(face) for face in there.values())
        for number in [*held]:
            face = there.get(number)
            goes_on = face and not _doubtful(face) and face["emotion"]["label"] == held[number].label
            if not goes_on or frame["time_s"] - held[number].end_s > TOUCHING_S:
                yield from _ended(number, held.pop(number), track)
        for number, face in there.items():
            if not _doubtful(face):
                run = held.setdefault(
                    number, _Run(face["emotion"]["label"], frame["time_s"], frame["time_s"])
                )
                run.end_s = frame["time_s"] + seconds
                run.sum += seconds * (face["emotion"].get("probabilities") or {}).get(run.label, 0.0)
    for number, run in held.items():
        yield from _ended(number, run, track)


def _doubtful(face: Mapping[str, Any]) -> bool:
    """Whether a face can't be trusted."""
    return (face["quality"] or {}).get("reason") is not None


def _ended(number: int | None, run: _Run, track: Track) -> Iterator[Cue]:
    """The cue of an expression that is over, unless it was too short to be read."""
    if run.end_s - run.start_s >= SHORTEST_S:
        yield run.cue(number)
    else:
        track.brief += 1


def write_subtitles(cues: Iterable[Cue], path: Path) -> None:
    """Write cues as SRT or WebVTT, as the file's name says, whole or not at all.

    Raises:
        OptionError: It is named otherwise.
        OutputError: It can't be written.
    """
    suffix = check_suffix(path)
    blocks = [
        f"{number}\n{_clock(cue.start_s, suffix)} --> {_clock(_end(cue), suffix)}\n"
        f"{_plain(cue.text, suffix)}\n"
        for number, cue in enumerate(cues, 1)
    ]
    write_whole(path, "\n".join([*(["WEBVTT\n"] if suffix == ".vtt" else []), *blocks]))


def check_suffix(path: Path) -> str:
    """The kind of a file of subtitles.

    Raises:
        OptionError: It is of another kind.
    """
    if (suffix := path.suffix.lower()) not in SUFFIXES:
        raise OptionError(f"{path}: subtitles are written as {' or '.join(SUFFIXES)}")
    return suffix


def _end(cue: Cue) -> float:
    """Where a cue ends: players refuse one that lasts no time."""
    return max(cue.end_s, cue.start_s + 0.001)


def _clock(time_s: float, suffix: str) -> str:
    """A time as hours, minutes, seconds and thousandths, behind a comma in SRT and a point in WebVTT."""
    seconds, thousandths = divmod(round(1000 * time_s), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    mark = "," if suffix == ".srt" else "."
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{mark}{thousandths:03d}"


def _plain(text: str, suffix: str) -> str:
    """A text in one line without marks: SRT knows no way to write <, so there it is left out."""
    line = " ".join(text.split())
    return html.escape(line, quote=False) if suffix == ".vtt" else line.replace("<", "").replace(">", "")


def notes(tracks: Iterable[Track]) -> list[str]:
    """What of some sources isn't shown, or not as it was, a line each."""
    tracks = list(tracks)
    counts = (
        ("left out: {} that the faces held for less than " + f"{SHORTEST_S:g} s", "expression", "brief"),
        ("left out: {} of faces that can't be trusted", "frame", "untrusted"),
        ("left out: {} before the beginning of the picture", "cue", "before"),
        ("cut: {} that began before the picture", "cue", "clipped"),
    )
    told = []
    for text, noun, name in counts:
        if number := sum(getattr(track, name) for track in tracks):
            told.append(text.format(f"{number:,} {noun}{'' if number == 1 else 's'}"))
    return told
