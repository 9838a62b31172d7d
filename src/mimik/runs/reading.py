"""What reads the sources of a job: its models are loaded once, then one source follows another."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any

from mimik.errors import NoPictureError, SourceError
from mimik.models.shared import Shared
from mimik.pipeline.analyzer import Analyzer
from mimik.pipeline.listen import Listener
from mimik.pipeline.session import StreamSession
from mimik.render.draw import RenderOptions, draw
from mimik.render.plan import RenderPlan
from mimik.render.video import PictureWriter
from mimik.results.csv import POINTS_IN_CSV
from mimik.runs.ending import ended, until_stopped
from mimik.runs.fusing import Fusing, fusion_of, joined, levels_for, with_fusion
from mimik.runs.hearing import HearingBeside, open_hearing, sound_options
from mimik.runs.job import Job
from mimik.runs.manifest import Clip
from mimik.runs.neutral import RestWatch, load_neutral, neutral_settings
from mimik.runs.reader import About, Ending, Read, Resume
from mimik.runs.reference import load_reference, reference_settings
from mimik.runs.watching import watched
from mimik.sources.address import is_camera, is_sound, microphone
from mimik.sources.base import Source
from mimik.sources.held import is_held, read_held
from mimik.sources.live import LiveSource
from mimik.sources.open import open_held, open_source
from mimik.sources.options import SourceOptions
from mimik.types import RunInfo
from mimik.voice.level import Levels


class Loader:
    """Builds what reads a job's sources: loaded once in each process, and pickled without it."""

    def __init__(
        self,
        job: Job,
        plan: RenderPlan | None,
        addresses: Mapping[str, str],
        clips: Mapping[str, Clip] | None = None,
    ) -> None:
        """Prepare; nothing is loaded.

        Args:
            job: The options.
            plan: Where annotated pictures go, if anywhere.
            addresses: Name of a source to what is opened, where that differs.
            clips: Name of a source to its row, of what a manifest names.
        """
        self.job, self.plan, self.addresses, self.clips = job, plan, addresses, clips or {}
        self._reading: Reading | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return Loader, (self.job, self.plan, self.addresses, self.clips)

    def __call__(self) -> Reading:
        """What reads the sources.

        Raises:
            MimikError: As Analyzer, or the face at rest can't be read.
        """
        if self._reading is None:
            self._reading = Reading(self)
        return self._reading


class Reading:
    """Reads one source after another, and draws on the way."""

    def __init__(self, loader: Loader) -> None:
        self._job, self._plan = loader.job, loader.plan
        self._addresses, self._clips = loader.addresses, loader.clips
        shared = Shared()
        self._watcher = self._job.watcher(shared)
        self._analyzer, self._listener = self._job.analyzer(shared), self._job.listener(shared)
        self._neutral = load_neutral(self._analyzer, self._job.rest())
        self._reference = load_reference(self._listener, self._job.own_voice())
        self._fusion, self._unfused = fusion_of(
            self._analyzer, self._listener, commercial=self._job.commercial
        )

    def info(self) -> RunInfo:
        """What makes the results."""
        # Without a reference nothing is said of it, so that older runs go on.
        settings = {"frames": self._job.frames.settings()} | neutral_settings(self._job.rest())
        settings |= reference_settings(self._job.own_voice())
        for name in ("audio_track", "channel", "microphone"):
            if (value := getattr(self._job, name)) is not None:
                settings[name] = value
        if self._job.points_in_csv:
            settings[POINTS_IN_CSV] = True
        if self._watcher:
            return self._watcher.info(settings)
        analyzer, listener = self._analyzer, self._listener
        seen = analyzer.info(settings, against_neutral=self._neutral is not None) if analyzer else None
        against = self._reference is not None
        heard = listener.info(settings, against_reference=against) if listener else None
        return with_fusion(joined(seen, heard), self._fusion, against_reference=against)

    def __call__(self, name: str, /, resume: Resume | None = None) -> Generator[Read, None, Ending]:
        """Yield what is read in a source, or after a resume; return what there is to say of it.

        Raises:
            MimikError: It can't be read, or drawn.
        """
        clip = self._clips.get(name)
        try:
            return (yield from self._read(name, resume))
        except SourceError as error:
            if clip is None:
                raise
            raise clip.explained(error) from error

    def _read(self, name: str, resume: Resume | None) -> Generator[Read, None, Ending]:
        """What can be seen of a source, or be heard."""
        spec = self._addresses.get(name, name)
        # What is piped in can be read once, for pictures and sound.
        address: str | bytes = read_held(spec)[0] if is_held(spec) else spec
        if self._watcher:
            options = sound_options(self._job.frames, self._job.audio_track, self._job.channel)
            return (yield from watched(self._watcher, name, address, self._job.frames, options))
        if self._listener is not None and (self._analyzer is None or is_sound(name)):
            return (yield from self._hear(self._listener, name, address))
        assert self._analyzer is not None
        try:
            return (yield from self._see(self._analyzer, name, address, resume))
        except NoPictureError:
            if self._listener is None:
                raise
        return (
            yield from self._hear(self._listener, name, address, "it has no picture: only voices were read")
        )

    def _frames(self, name: str) -> SourceOptions:
        """Which frames of a source are taken."""
        clip = self._clips.get(name)
        return clip.frames(self._job.frames) if clip else self._job.frames

    def _hear(
        self, listener: Listener, name: str, address: str | bytes, note: str | None = None
    ) -> Generator[Read, None, Ending]:
        """Voices alone."""
        options = sound_options(self._frames(name), self._job.audio_track, self._job.channel)
        with open_hearing(listener, address, name, options, reference=self._reference) as hearing:
            stop = yield from until_stopped(map(Read, hearing.rest()), live=hearing.live)
            if hearing.live:
                hearing.stop()
            yield from map(Read, hearing.rest())
            about = About(hearing.left_out, hearing.offset_s or None)
            return ended(stop, [hearing.problem], [note, *hearing.notes()], about)

    def _see(
        self, analyzer: Analyzer, name: str, address: str | bytes, resume: Resume | None
    ) -> Generator[Read, None, Ending]:
        """Faces, and voices where they are asked for."""
        rest = RestWatch(self._neutral)
        session, options = analyzer.session(self._neutral), self._frames(name)
        session.hiding = self._job.drawing is not None and self._job.drawing.hide is not None
        if resume:
            options = replace(options, skip=resume.frames)
        with ExitStack() as stack:
            source = stack.enter_context(
                open_source(address, options)
                if isinstance(address, str)
                else open_held(address, options, name)
            )
            if name in self._clips:
                source.name = name  # It may be a part of what was opened.
            levels = levels_for(self._fusion, analyzer, live=source.live)
            longest_s = self._job.segmenting.longest_s
            fusing = Fusing(self._fusion, longest_s, live=source.live, levels=levels)
            if resume:
                rest.found = _FOUND[resume.state[0]]
                fusing.restore(session, resume.state[1:])
            writer = self._writer(name, source, stack)
            voices = stack.enter_context(self._beside(name, address, source, levels))
            # What is drawn is one film, which can't be gone on with.
            parted = not (source.live or writer or source.frame_count == 1)
            known = resume.spans if resume else 0
            looked = self._look(source, session, rest, fusing, voices, writer, known, parted=parted)
            stop = yield from until_stopped(looked, live=source.live)
            for span in voices.rest():
                if span.span >= known:
                    fusing.hold(span)
            yield from map(Read, fusing.rest())
            left_out = (*source.left_out, *voices.left_out)
            sync = fusing.verdict()
            about = About(
                left_out, source.offset_s or None, source.created_at, sync.to_dict() if sync else None
            )
            notes = [*source.notes, session.note(), rest.note(), *voices.notes(), self._unfused]
            notes.append(sync.note() if sync else None)
            return ended(stop, [source.problem, voices.problem], notes, about)

    def _look(
        self,
        source: Source,
        session: StreamSession,
        rest: RestWatch,
        fusing: Fusing,
        voices: HearingBeside,
        writer: PictureWriter | None,
        known: int,
        *,
        parted: bool,
    ) -> Iterator[Read]:
        """A source's frames, and what is heard up to each."""
        for step in map(session.step, source):
            for span in voices.until(step.frame.time_s):
                if span.span >= known:  # What is heard before the resume is heard again, which is fast.
                    fusing.hold(span)
            fusing.see(step.result)
            yield from map(Read, fusing.until(step.frame.time_s))
            rest.see(step.result)
            if writer:
                look = self._job.drawing or RenderOptions()
                picture = draw(step.frame.image, step.result, look, step.also_hide_xyxy)
                writer.write(picture, step.frame.time_s)
            yield Read(
                step.result,
                source.frame_count,
                partial(_state, fusing, session, rest.found) if parted else None,
            )

    def _beside(
        self, name: str, address: str | bytes, source: Source, levels: Levels | None
    ) -> HearingBeside:
        """The sound beside the pictures of a source; a still picture has none, a camera the microphone's."""
        still = source.frame_count == 1 and source.fps is None and not source.live
        listener = None if still else self._listener
        options = sound_options(self._frames(name), self._job.audio_track, self._job.channel)
        if isinstance(address, str) and is_camera(address):
            address = microphone(self._job.microphone)
        began = partial(getattr, source, "began_s") if isinstance(source, LiveSource) else None
        return HearingBeside(listener, address, source.name, options, began, self._reference, levels)

    def _writer(self, name: str, source: Source, stack: ExitStack) -> PictureWriter | None:
        """What draws a source, open until the stack is closed; None if nothing is drawn."""
        if self._plan is None:
            return None
        # A video stays one if a single frame of it is taken.
        moving = source.live or source.fps is not None or source.frame_count != 1
        return stack.enter_context(self._plan.drawing(name, moving, source.fps, live=source.live))


_FOUND = (None, False, True)
"""Whether faces at rest were found: there was nobody to be moved, there was but no face at rest, yes."""


def _state(fusing: Fusing, session: StreamSession, found: bool | None) -> bytes:
    """What the reading of a source can go on from."""
    return bytes([_FOUND.index(found)]) + fusing.snapshot(session)
