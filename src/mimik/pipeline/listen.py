"""Joins the stages of sound: source -> segment -> features -> recognise -> span."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mimik._version import __version__
from mimik.errors import MimikWarning, ModelError, OptionError
from mimik.models.card import file_sha256
from mimik.models.shared import Shared
from mimik.models.store import find_file
from mimik.pipeline.choice import Named, choose
from mimik.pipeline.versions import libraries
from mimik.readings import AGAINST_REFERENCE, ClassReading, Reading, columns
from mimik.sources.address import is_live, public_name
from mimik.sources.live_sound import LiveSound
from mimik.sources.open_sound import open_sound
from mimik.sources.options import SoundOptions
from mimik.sources.sound import SoundSource
from mimik.tasks.base import SOUND
from mimik.tasks.loaded import LoadedModel, load_models, with_threshold
from mimik.types import RunInfo, Samples, Sound, SpanResult
from mimik.voice.own import OwnVoice
from mimik.voice.quality import assess
from mimik.voice.recognise import VoiceRecogniser
from mimik.voice.reference import VoiceReference, reference_of
from mimik.voice.segment import Segmenter, SegmentOptions, Utterance

SoundInput: TypeAlias = "str | Path | bytes"
"""A path, an address, "mic", or encoded bytes."""


class Listener:
    """Reads voices. Loads its models once; each source has a session of its own.

    Example:
        >>> listener = Listener()
        >>> for span in listener.stream("speech.wav"):  # doctest: +SKIP
        ...     print(span.start_s, span.end_s, span.voice.text)
    """

    def __init__(
        self,
        tasks: Sequence[str] | None = None,
        device: str = "auto",
        *,
        models: str | Named | None = None,
        model: Named | None = None,
        commercial: bool = False,
        threshold: float | None = None,
        segmenting: SegmentOptions | None = None,
        threads: int = 1,
        shared: Shared | None = None,
    ) -> None:
        """Load the models.

        Args:
            tasks: What is heard: "voice", or tasks of one's own; all that there are models for if None.
            device: "auto", "cpu", "cuda", or "cuda:1" for a GPU by its number.
            models: Name of a set, or task to another model; see Analyzer.
            model: Task to another model than the set's, by catalogue name or path.
            commercial: Refuse models that may not be used in products.
            threshold: Probability below which a class is "uncertain", instead of the cards' own.
            segmenting: What counts as an utterance.
            threads: CPU threads of each network call.
            shared: What several listeners and analysers have in common.

        Raises:
            UnknownNameError: A task, device, set or model doesn't exist.
            ModelError: A model's file is damaged or doesn't fit its card.
            OptionError: A value is out of range, a task isn't heard in voices, the set has no model for a
                task, or a model may not be used in products.
        """
        if threshold is not None and not 0 <= threshold <= 1:
            raise OptionError(f"threshold must be 0 to 1, not {threshold!r:.40}")
        choice = choose(tasks, models, model, commercial=commercial, source=SOUND)
        self.tasks = choice.tasks
        """The tasks that are read, in the order of the results."""
        loaded = load_models(choice.models, device, threads, shared or Shared())
        if threshold is not None:
            loaded = {name: with_threshold(one, threshold) for name, one in loaded.items()}
        self._recogniser = VoiceRecogniser(loaded)
        self.segmenting = segmenting or SegmentOptions()
        """What counts as an utterance."""
        self._settings = {
            "threshold": threshold,
            "device": device,
            "segmenting": dataclasses.asdict(self.segmenting),
        }

    @property
    def models(self) -> Mapping[str, LoadedModel]:
        """Task to the model that reads it, in the order of the results."""
        return MappingProxyType(self._recogniser.models)

    def info(self, settings: Mapping[str, Any] | None = None, *, against_reference: bool = False) -> RunInfo:
        """What makes the results, for the head of a results file.

        Args:
            settings: Further options that change the results (of the source).
            against_reference: Whether voices are heard against a reference.
        """
        further = columns("truth", AGAINST_REFERENCE) if against_reference else ()
        made_by = {
            name: {"name": m.card.name, "version": m.card.version, "sha256": m.card.sha256}
            for name, m in self.models.items()
        }
        return RunInfo(
            version=__version__,
            detector=None,
            tasks=self.tasks,
            models=made_by | self._speech_file(),
            settings={**self._settings, **(settings or {})},
            columns={name: m.task.columns(m.card) + further for name, m in self.models.items()},
            libraries=libraries(),
            heard=self.tasks,
        )

    def _speech_file(self) -> dict[str, dict[str, str]]:
        """What tells speech, where it is a network."""
        if self.segmenting.detector != "silero":
            return {}
        try:
            file = find_file("silero")
        except ModelError:
            return {}  # Loudness takes its place, as a session says.
        return {"speech": {"name": file.name, "sha256": file_sha256(file)}}

    def reference(self, source: SoundInput, options: SoundOptions | None = None) -> VoiceReference:
        """One person's own voice, from some ten seconds or more of their speech.

        Args:
            source: What ``stream`` takes; only this person speaks in it.
            options: Which sound of it is taken.

        Raises:
            SourceError: It can't be read, or has no sound.
            OptionError: There is too little speech, or a live source has no end.
        """
        if isinstance(source, str) and is_live(source) and (options or SoundOptions()).end_s is None:
            name = public_name(source)
            raise OptionError(f"{name}: never ends: say which seconds are the reference ({name}@0-10)")
        with open_sound(source, options) as opened:
            segmenter = Segmenter(self.segmenting)
            utterances = [*(u for sound in opened for u in segmenter.push(sound)), *segmenter.finish()]
            return reference_of((u.sound.samples for u in utterances), self._recogniser, opened.name)

    def session(self, reference: VoiceReference | float | None = None) -> ListeningSession:
        """A new source's state, to be fed block by block.

        Args:
            reference: The speaker's own voice, against which all is heard; or the seconds of speech, from the
                first on, that are it (readings until then are as they are, and say so).

        Raises:
            OptionError: Other models made it, or the seconds are out of range.
        """
        return ListeningSession(self._recogniser, self.segmenting, reference)

    def read(self, utterance: Utterance, number: int = 0) -> SpanResult:
        """What is heard in one utterance by itself.

        Args:
            utterance: As mimik.voice.segment gives it.
            number: Its number in its source, from 0.
        """
        session = self.session()
        session.spans = number
        return session._read(utterance)

    def stream(
        self,
        source: SoundInput | SoundSource | LiveSound,
        options: SoundOptions | None = None,
        *,
        reference: VoiceReference | float | None = None,
    ) -> Iterator[SpanResult]:
        """Read the voices of a recording, video, stream or microphone, utterance by utterance.

        Args:
            source: A path, an address, "mic" or "mic:NAME", encoded bytes, or an open source of sound.
            options: Which sound is taken.
            reference: The speaker's own voice; see ``session``.

        Yields:
            Each utterance as it ends; none where nobody speaks.

        Raises:
            SourceError: It can't be read, or has no sound.

        Warns:
            MimikWarning: It ended early, or something is wrong with the recording; an open source says so
                itself.
        """
        if isinstance(source, SoundSource | LiveSound):
            if options is not None:
                raise OptionError(f"{source.name}: is open already: give options to open_sound")
            yield from self.session(reference).through(source)
            return
        with open_sound(source, options) as opened:
            yield from self.session(reference).through(opened)
            for text in filter(None, [opened.problem, *opened.notes]):
                warnings.warn(f"{opened.name}: {text}", MimikWarning, stacklevel=2)


class ListeningSession:
    """The state of one source of sound."""

    def __init__(
        self,
        recogniser: VoiceRecogniser,
        segmenting: SegmentOptions,
        reference: VoiceReference | float | None = None,
    ) -> None:
        """Start before the first block.

        Args:
            recogniser: Runs the models.
            segmenting: What counts as an utterance.
            reference: See Listener.session.
        """
        self._recogniser = recogniser
        self._segmenter = Segmenter(segmenting)
        self._own = OwnVoice(recogniser, reference)
        self.spans = 0
        """Utterances so far."""

    @property
    def speech(self) -> float:
        """Probability of speech in the newest 32 ms, 0 to 1."""
        return self._segmenter.speech

    @property
    def speaking(self) -> bool:
        """Whether an utterance has begun that hasn't ended."""
        return self._segmenter.speaking

    def push(self, sound: Sound) -> list[SpanResult]:
        """The utterances that end with a block; raises as Segmenter.push."""
        return list(map(self._read, self._segmenter.push(sound)))

    def finish(self) -> list[SpanResult]:
        """The utterances that end with the sound."""
        return list(map(self._read, self._segmenter.finish()))

    def through(self, sounds: Iterable[Sound]) -> Iterator[SpanResult]:
        """All utterances of a source, as they end."""
        for sound in sounds:
            yield from self.push(sound)
        yield from self.finish()

    def note(self) -> str | None:
        """What a user must know of the utterances: that there were none, or that some were left out."""
        short, seconds = self._segmenter.too_short, self._segmenter.too_short_s
        told = [] if self.spans else ["nobody speaks in it"]
        if short:
            pieces = "piece" if short == 1 else "pieces"
            told.append(f"left out: {short} {pieces} of speech too short to be scored ({seconds:.1f} s)")
        if self.spans and (lacking := self._own.lacking()):
            told.append(lacking)
        return "; ".join(told) or None

    def _read(self, utterance: Utterance) -> SpanResult:
        """One utterance, put into words."""
        number, self.spans = self.spans, self.spans + 1
        return SpanResult(
            source=utterance.sound.source,
            span=number,
            start_s=utterance.start_s,
            end_s=utterance.end_s,
            quality=assess(utterance, self._segmenter.options.margin_s),
            readings=self._readings(utterance.sound.samples),
        )

    def _readings(self, samples: Samples) -> dict[str, Reading]:
        """What each task's model says of an utterance, against the speaker's own voice where it is known."""
        raw = self._recogniser.logits(samples)
        against = self._own.reference
        said = raw if against is None else against.against(raw)
        self._own.hear(samples)
        return {name: self._reading(name, said[name], raw[name], against) for name in raw}

    def _reading(
        self,
        name: str,
        said: NDArray[np.float32],
        raw: NDArray[np.float32],
        against: VoiceReference | None,
    ) -> Reading:
        model = self._recogniser.models[name]
        values = model.task.decode(np.stack([said, raw]), model.card)
        reading = model.task.reading(values[0], values[1], model.card)
        if not self._own.asked or not isinstance(reading, ClassReading):
            return reading
        moved = against is not None and name in against.logits
        return dataclasses.replace(reading, against_reference=moved)
