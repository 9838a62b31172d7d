"""Uploaded pictures, videos and recordings, read within the limits."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from mimik.app.live.engine import Engine, check_searched
from mimik.app.options import Limits
from mimik.app.problems import answer_of
from mimik.app.uploads.files import Upload
from mimik.app.uploads.wish import RestFile, Wish, is_recording
from mimik.errors import MimikError, RefusedError
from mimik.pipeline.session import Step
from mimik.runs.fusing import Fusing, fusion_of, joined, levels_for, with_fusion
from mimik.runs.hearing import Hearing, HearingBeside, sound_options
from mimik.runs.neutral import RestWatch
from mimik.sources.base import Source
from mimik.sources.open import open_source
from mimik.sources.options import SoundOptions, SourceOptions
from mimik.sources.sound import SoundSource
from mimik.temporal.neutral import Neutral, mean_neutral, rests_of
from mimik.types import Frame
from mimik.voice.level import Levels

MOST_FRAMES = 3_000
"""Frames that one answer of /v1/analyze holds; a job has no such limit."""


@dataclass(frozen=True, slots=True)
class Rest:
    """The face at rest that a request's files are read against."""

    neutral: Neutral | float | None
    """As Analyzer.stream takes it."""
    note: str | None = None
    """What is strange about it."""


class Reader:
    """Reads the files of one request, one after another."""

    def __init__(self, engine: Engine, wish: Wish, limits: Limits, stop: threading.Event) -> None:
        self.batcher = engine.batcher
        self.wish, self.limits, self.stop = wish, limits, stop
        self._rest: Rest | RefusedError | None = None

    def rest(self) -> Rest:
        """The face at rest; its file is read once.

        Raises:
            RefusedError: It can't be read, or shows no face at rest.
        """
        if self._rest is None:
            named = self.wish.rest
            try:
                self._rest = self._read_rest(named) if isinstance(named, RestFile) else Rest(named)
            except MimikError as error:
                assert isinstance(named, RestFile)
                self._rest = _refusal(error, named.upload)
        if isinstance(self._rest, RefusedError):
            raise self._rest
        return self._rest

    def _read_rest(self, named: RestFile) -> Rest:
        """The face at rest that a picture or video shows."""
        name, analyzer = named.upload.name, self.wish.analyzer
        assert analyzer is not None  # see wish.settle
        session, rests = analyzer.session(), rests_of(analyzer.models)
        options = self.within(SourceOptions(start_s=named.start_s, end_s=named.end_s))
        with open_source(named.upload.path, options, name=name) as source:
            neutral = mean_neutral(map(session.unsmoothed, self.frames(source, options)), rests, name)
        look = neutral.look(rests)
        note = f"{name}: the face at rest reads as {look}; if it isn't at rest, choose another"
        return Rest(neutral, note if look else None)

    def within(self, options: SourceOptions) -> SourceOptions:
        """Options of pictures with the server's limits."""
        limits = self.limits
        rate = options.max_fps or limits.rate_fps
        return replace(options, max_fps=rate, max_pixels=limits.pixels, threads=1)

    def sound(self) -> SoundOptions:
        """Which sound is taken, within the limits."""
        options = sound_options(self.wish.frames, self.wish.audio_track, self.wish.channel)
        return replace(options, end_s=min(options.end_s or self.limits.duration_s, self.limits.duration_s))

    def frames(self, source: Source, options: SourceOptions) -> Iterator[Frame]:
        """A source's frames up to the limit, where its ``problem`` says so, or until reading is stopped.

        Raises:
            RefusedError: It is much longer than allowed.
            TooLargeError: A frame is too large to be searched as it is asked for.
        """
        self._check_length(source, options)
        for frame in source:
            if frame.time_s > self.limits.duration_s:
                source.problem = f"longer than {self.limits.duration_s:g} s; the rest was left out"
                return
            if self.stop.is_set():
                return
            check_searched(frame, self.wish.read, self.limits)
            yield frame

    def _check_length(self, source: Source, options: SourceOptions) -> None:
        """Refuse what is much too long before its first frame."""
        if not (source.frame_count and source.fps):
            return
        taken = min(source.fps / options.every, options.max_fps or source.fps)
        self.check_seconds(source.name, options.start_s + source.frame_count / taken)

    def check_seconds(self, name: str, seconds: float) -> None:
        """Refuse what is much too long.

        Raises:
            RefusedError: It is.
        """
        limit_s = self.limits.duration_s
        if seconds > 1.05 * limit_s + 1:
            raise RefusedError(
                "too_large",
                f"{name}: {seconds:.0f} s are more than the limit of {limit_s:g} s; name an end, "
                "or read it with 'mimik analyze'",
            )


def _refusal(error: MimikError, upload: Upload) -> RefusedError:
    """An error about a file, which its sender knows by another name than we do."""
    refusal = RefusedError(answer_of(error).code, upload.named(error))
    refusal.__cause__ = error
    return refusal


class FileReader:
    """Reads one file; iterate once."""

    def __init__(self, reader: Reader, upload: Upload) -> None:
        self._reader, self._upload = reader, upload
        self._opened = self._passed_over = False
        wish = reader.wish
        self._fusion, self._unfused = fusion_of(wish.analyzer, wish.listener, commercial=wish.commercial)
        self.problem: str | None = None
        """Why it ended early, None if nothing went wrong."""
        self.note: str | None = None
        """What else there is to know; nothing is missing for it."""
        self.left_out: tuple[str, ...] = ()
        """What the file holds beside what was read."""
        self.expected: int | None = None
        """How many frames there may be; None if unknown."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Results, frame by frame and utterance by utterance, until the end or until it is stopped.

        Raises:
            RefusedError: It or the face at rest can't be read, or it is longer than allowed.
        """
        rest = self._reader.rest()
        try:
            yield from self._heard() if self._is_heard() else self._frames(rest)
        except MimikError as error:
            raise _refusal(error, self._upload) from error

    def made_by(self) -> dict[str, Any] | None:
        """What makes the results: RunInfo.to_dict(); None if nothing could be read."""
        if not self._opened:
            return None
        wish, rest = self._reader.wish, self._reader.wish.rest
        # The limit is a setting only where it changed something.
        frames = self._reader.within(wish.frames) if self._passed_over else wish.frames
        settings: dict[str, Any] = {"frames": frames.settings()}
        if rest is not None:
            settings |= rest.settings() if isinstance(rest, RestFile) else {"neutral": rest}
        settings |= wish.sound_settings()
        seen = heard = None
        against = wish.read.voice_first is not None
        if wish.analyzer is not None:
            seen = wish.analyzer.info(settings, against_neutral=rest is not None)
        if wish.listener is not None:
            heard = wish.listener.info(settings, against_reference=against)
        return with_fusion(joined(seen, heard), self._fusion, against_reference=against).to_dict()

    def _is_heard(self) -> bool:
        """Whether there is nothing to see: only voices are asked for, or it is a recording."""
        wish = self._reader.wish
        return wish.analyzer is None or (wish.listener is not None and is_recording(self._upload.name))

    def _heard(self) -> Iterator[dict[str, Any]]:
        """Voices alone."""
        reader, upload, listener = self._reader, self._upload, self._reader.wish.listener
        assert listener is not None
        sound = SoundSource(upload.path, reader.sound())
        sound.name = upload.name
        with Hearing(listener, sound, reader.wish.read.voice_first) as hearing:
            self._opened, self.left_out = True, hearing.left_out
            if hearing.duration_s is not None and reader.wish.frames.end_s is None:
                reader.check_seconds(upload.name, hearing.duration_s)
            for span in hearing.rest():
                if reader.stop.is_set():
                    return
                yield span.to_dict()
            self.problem = hearing.problem and upload.named(hearing.problem)
            if reader.wish.frames.end_s is None and hearing.goes_on(reader.limits.duration_s):
                self.problem = f"longer than {reader.limits.duration_s:g} s; the rest was left out"
            self.note = upload.named("; ".join(hearing.notes())) or None

    def _frames(self, rest: Rest) -> Iterator[dict[str, Any]]:
        reader, upload, watch = self._reader, self._upload, RestWatch(rest.neutral)
        analyzer, options = reader.wish.analyzer, reader.within(reader.wish.frames)
        assert analyzer is not None
        session = analyzer.session(rest.neutral)
        with ExitStack() as stack:
            source = stack.enter_context(open_source(upload.path, options, name=upload.name))
            levels = levels_for(self._fusion, analyzer, live=False)
            voices = stack.enter_context(self._beside(source, levels))
            longest_s = reader.wish.listener.segmenting.longest_s if reader.wish.listener else 0.0
            fusing = Fusing(self._fusion, longest_s, live=False, levels=levels)
            self._opened, self.expected = True, source.frame_count
            self.left_out = (*source.left_out, *voices.left_out)
            read = partial(reader.batcher.step, session)
            steps = map(read, self._counted(reader.frames(source, options)))
            yield from self._looked(steps, voices, watch, fusing)
            sync = fusing.verdict()
            problems = filter(None, [source.problem, voices.problem])
            self.problem = upload.named("; ".join(problems)) or None
            notes = [
                *source.notes,
                session.note(),
                watch.note(),
                rest.note,
                self._rate_note(),
                *voices.notes(),
                self._unfused,
                sync.note() if sync else None,
            ]
            self.note = upload.named("; ".join(filter(None, notes))) or None

    def _looked(
        self, steps: Iterable[Step], voices: HearingBeside, watch: RestWatch, fusing: Fusing
    ) -> Iterator[dict[str, Any]]:
        """Frames, and what is heard up to each."""
        for step in steps:
            for span in voices.until(step.frame.time_s):
                fusing.hold(span)
            fusing.see(step.result)
            yield from (span.to_dict() for span in fusing.until(step.frame.time_s))
            watch.see(step.result)
            yield step.result.to_dict()
        if self._reader.stop.is_set():
            return
        for span in voices.rest():
            fusing.hold(span)
        yield from (span.to_dict() for span in fusing.rest())

    def _beside(self, source: Source, levels: Levels | None) -> HearingBeside:
        """The sound beside the pictures, where voices are asked for; a still picture has none."""
        reader, upload = self._reader, self._upload
        still = source.frame_count == 1 and source.fps is None
        listener = None if still else reader.wish.listener
        own = reader.wish.read.voice_first
        return HearingBeside(
            listener, str(upload.path), upload.name, reader.sound(), reference=own, levels=levels
        )

    def _counted(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """See whether the limit of the rate has passed over frames that were asked for."""
        wanted, before = self._reader.wish.frames, None
        for frame in frames:
            if wanted.max_fps is None and before is not None and frame.index - before > wanted.every:
                self._passed_over = True
            before = frame.index
            yield frame

    def _rate_note(self) -> str | None:
        rate = f"{self._reader.limits.rate_fps:g} frames a second"
        return f"{rate} were taken, which is the limit rate_fps" if self._passed_over else None


def is_span(result: Mapping[str, Any]) -> bool:
    """Whether a result is an utterance; else it is a frame."""
    return result.get("type") == "span"


def analyse(reader: Reader, uploads: Sequence[Upload]) -> list[dict[str, Any]]:
    """Read files one after another, as the answer of /v1/analyze; a file that fails says why.

    Raises:
        RefusedError: The face at rest can't be read.
    """
    reader.rest()
    return [_one(FileReader(reader, upload), upload) for upload in uploads]


def _one(reader: FileReader, upload: Upload) -> dict[str, Any]:
    frames: list[dict[str, Any]] = []
    spans: list[dict[str, Any]] = []
    error, problem = None, None
    try:
        for result in reader:
            if is_span(result):
                spans.append(result)
                continue
            if len(frames) >= MOST_FRAMES:
                problem = f"only the first {MOST_FRAMES} frames; POST /v1/jobs reads all of them"
                break
            frames.append(result)
    except RefusedError as refusal:
        error = answer_of(refusal).to_dict()
    return {
        "file": upload.name,
        "status": "error" if error else "ok",
        "frames": frames,
        "spans": spans,
        "problem": problem or reader.problem,
        "note": reader.note,
        "left_out": list(reader.left_out),
        "made_by": reader.made_by(),
        "error": error,
    }
