"""Uploaded pictures and videos, read within the limits."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from mimik.app.live.engine import Engine, ReadOptions
from mimik.app.options import Limits
from mimik.app.problems import answer_of, one_line
from mimik.app.uploads.scratch import Scratch
from mimik.errors import MimikError, RefusedError
from mimik.sources.base import Source
from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions

MOST_FRAMES = 3_000
"""Frames that one answer of /v1/analyze holds; a job has no such limit."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent."""

    name: str
    """What its sender calls it; for results and messages only."""
    path: Path
    """Where it lies."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How files are read."""

    read: ReadOptions
    """What is read, by which models."""
    every: int = 1
    """Every Nth frame of a video."""


def keep_uploads(
    files: Sequence[tuple[str | None, BinaryIO]], scratch: Scratch, limits: Limits
) -> list[Upload]:
    """Put uploads into the private folder.

    Args:
        files: What its sender calls each, and what it holds.
        scratch: The folder.
        limits: How many there may be.

    Raises:
        RefusedError: There are too many.
        OutputError: The disk is full.
    """
    if len(files) > limits.files:
        raise RefusedError("too_large", f"{len(files)} files are more than the {limits.files} of one request")
    kept: list[Upload] = []
    try:
        for number, (name, stream) in enumerate(files, 1):
            kept.append(Upload(shown_name(name, number), scratch.keep(stream)))
    except BaseException:
        drop(kept)
        raise
    return kept


def drop(uploads: list[Upload]) -> None:
    """Remove uploads."""
    for upload in uploads:
        upload.path.unlink(missing_ok=True)


def shown_name(name: str | None, number: int) -> str:
    """What results call an upload."""
    last = PurePosixPath((name or "").replace("\\", "/")).name.encode("utf-8", "replace").decode()
    return one_line(last)[:200] or f"file {number}"


class FileReader:
    """Reads one file; iterate once."""

    def __init__(
        self, engine: Engine, upload: Upload, wish: Wish, limits: Limits, stop: threading.Event
    ) -> None:
        self._engine, self._upload, self._wish, self._limits = engine, upload, wish, limits
        self._stop = stop
        self.problem: str | None = None
        """Why it ended early, None if nothing went wrong."""
        self.expected: int | None = None
        """How many frames there may be; None if unknown."""
        self.made_by: dict[str, Any] | None = None
        """What makes the results: RunInfo.to_dict(); None before the first frame."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Results, frame by frame, until the end or until it is stopped.

        Raises:
            RefusedError: It can't be read, or is longer than allowed.
        """
        try:
            yield from self._frames()
        except MimikError as error:
            # The message names the file as we do; its sender knows it by another name.
            text = str(error).replace(str(self._upload.path), self._upload.name)
            raise RefusedError(answer_of(error).code, one_line(text)) from error

    def _frames(self) -> Iterator[dict[str, Any]]:
        limits = self._limits
        options = SourceOptions(
            every=self._wish.every, max_fps=limits.rate_fps, max_pixels=limits.pixels, threads=1
        )
        with open_source(self._upload.path, options, name=self._upload.name) as source:
            self.expected = source.frame_count
            self._check_length(source)
            session = self._engine.session(self._wish.read)
            self.made_by = self._engine.info(self._wish.read, options).to_dict()
            for frame in source:
                if frame.time_s > limits.duration_s:
                    self.problem = f"longer than {limits.duration_s:g} s; the rest was left out"
                    return
                if self._stop.is_set():
                    return
                yield self._engine.batcher.step(session, frame).result.to_dict()
            problem = source.problem
            self.problem = problem and one_line(problem.replace(str(self._upload.path), self._upload.name))

    def _check_length(self, source: Source) -> None:
        """Refuse what is much too long before its first frame."""
        if source.frame_count and source.fps:
            taken = min(source.fps / self._wish.every, self._limits.rate_fps)
            seconds = source.frame_count / taken
            if seconds > 1.05 * self._limits.duration_s + 1:
                raise RefusedError(
                    "too_large",
                    f"{self._upload.name}: {seconds:.0f} s are more than the limit of "
                    f"{self._limits.duration_s:g} s; cut it, or read it with 'mimik analyze'",
                )


def analyse(
    engine: Engine, uploads: list[Upload], wish: Wish, limits: Limits, stop: threading.Event
) -> list[dict[str, Any]]:
    """Read files one after another, as the answer of /v1/analyze; a file that fails says why."""
    return [_one(FileReader(engine, upload, wish, limits, stop), upload) for upload in uploads]


def _one(reader: FileReader, upload: Upload) -> dict[str, Any]:
    frames: list[dict[str, Any]] = []
    error, problem = None, None
    try:
        for frame in reader:
            if len(frames) >= MOST_FRAMES:
                problem = f"only the first {MOST_FRAMES} frames; POST /v1/jobs reads all of them"
                break
            frames.append(frame)
    except RefusedError as refusal:
        error = answer_of(refusal).to_dict()
    return {
        "file": upload.name,
        "status": "error" if error else "ok",
        "frames": frames,
        "problem": problem or reader.problem,
        "made_by": reader.made_by,
        "error": error,
    }
