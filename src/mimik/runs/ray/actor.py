"""What reads sources in a process of a Ray cluster, perhaps on another machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Generator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from mimik._version import __version__
from mimik.errors import MimikError, OutputError
from mimik.results.base import Format
from mimik.runs.base import PartsPlace
from mimik.runs.parts import Piece, pieces
from mimik.runs.reader import Analyse, Make, Outcome, Resume, SourceReader
from mimik.storage.identity import whole_of


@dataclass(frozen=True, slots=True)
class Origin:
    """The process that runs the batch, as its workers must be; picklable."""

    host: str
    """Name of its machine."""
    folder: str
    """Where it works, from which sources and models are named."""
    version: str = __version__
    """Of its mimik."""
    gpu: bool = False
    """Whether its workers are given a GPU each."""


def this_origin(*, gpu: bool) -> Origin:
    """This process as an origin."""
    return Origin(socket.gethostname(), str(Path.cwd()), gpu=gpu)


class Actor:
    """Loads models once, then reads one source after another."""

    _analyse: Analyse
    _form: Format
    _parts: PartsPlace

    def start(self, make: Make, parts: PartsPlace, origin: Origin) -> MimikError | None:
        """Build what reads sources; returns why that can't be."""
        self._origin, self._host = origin, socket.gethostname()
        if origin.version != __version__:
            words = f"{self._host} has mimik {__version__}, and {origin.host} has {origin.version}"
            return MimikError(f"{words}: install the same on all machines of the cluster")
        if not origin.gpu:
            os.environ["CUDA_VISIBLE_DEVICES"] = ""  # "auto" would take one that Ray gave to others.
        with suppress(OSError):  # On another machine; sources that are named in full may be there.
            os.chdir(origin.folder)
        try:
            self._parts = parts
            self._analyse, self._form = make(), parts.form()
        except MimikError as error:
            return error if self._host == origin.host else MimikError(f"{error} (on {self._host})")
        return None

    def read(self, source: str, resume: Resume | None) -> Generator[Piece | Outcome, None, None]:
        """A source's records, then how it ended."""
        reader = SourceReader(self._analyse, source)
        if resume:
            reader.go_on(resume)
        with closing(pieces(reader, self._form)) as read:
            yield from read
        yield self._explained(source, reader.outcome())

    def write(self, source: str) -> Generator[int | Outcome | OutputError, None, None]:
        """The frames of a source so far, now and then, while its part is written from here; how it ended.

        Yields also why no part can be written, which ends the run.
        """
        reader = SourceReader(self._analyse, source)
        try:
            with closing(self._parts.writing(reader, self._form)) as written:
                outcome = yield from written
        except OutputError as error:
            yield error
        else:
            yield self._explained(source, outcome)

    def _explained(self, source: str, outcome: Outcome) -> Outcome:
        """How a source ended; of a file that this machine doesn't see, with what to do."""
        strange = self._host != self._origin.host and "://" not in source
        if not (outcome.failed and strange) or Path(whole_of(source)).exists():
            return outcome
        return replace(
            outcome,
            problem=f"{outcome.problem} (on {self._host}: the machines of a Ray cluster read from a folder "
            f"that all of them see under one name, or from a store)",
        )
