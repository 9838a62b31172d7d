"""The face at rest that a run names: a file, seconds of one, or each person's first seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from mimik.errors import OptionError
from mimik.models.card import file_sha256
from mimik.pipeline.analyzer import Analyzer
from mimik.readings import AGAINST_NEUTRAL
from mimik.sources.address import public_name
from mimik.sources.options import SourceOptions
from mimik.temporal.neutral import Neutral
from mimik.types import FrameResult


def load_neutral(analyzer: Analyzer | None, named: str | float | None) -> Neutral | float | None:
    """The face at rest that ``--neutral`` names, FILE or FILE@A-B; seconds stay as they are.

    Raises:
        SourceError, OptionError: It can't be read, or shows no face at rest; or no faces are read.
    """
    if analyzer is None:
        if named is not None:
            raise OptionError("a face at rest is named, but the tasks are of voices alone: add emotion or au")
        return None
    if named is None or isinstance(named, float):
        analyzer.session(named)  # Says now what can't be.
        return named
    file, times = file_and_times(named)
    if times is None:
        return analyzer.neutral(file)
    return analyzer.neutral(file, SourceOptions(start_s=times[0], end_s=times[1]))


def neutral_settings(named: str | float | None) -> dict[str, str | float]:
    """What the settings of a run hold of ``--neutral`` or ``--neutral-first``; nothing without them.

    Another picture may come to lie under a file's name, so its hash is held, too.
    """
    if named is None:
        return {}
    if isinstance(named, float):
        return {"neutral": named}
    if not (file := Path(file_and_times(named)[0])).is_file():
        return {"neutral": public_name(named)}
    return {"neutral": named, "neutral_sha256": file_sha256(file)}


@dataclass(slots=True)
class RestWatch:
    """Whether the first seconds of a source showed people's faces at rest."""

    neutral: Neutral | float | None
    """The face at rest that was asked for; there is something to be watched if it is seconds."""
    found: bool | None = None
    """Whether some reading was a change from a face at rest; None where nobody was seen."""
    last_s: float = 0.0
    """Time of the last frame."""

    def see(self, result: FrameResult) -> None:
        """Take a frame's result."""
        self.last_s = result.time_s
        if not isinstance(self.neutral, float):
            return
        readings = (one for face in result.faces for one in face.readings.values())
        if told := {getattr(one, AGAINST_NEUTRAL, None) for one in readings} - {None}:
            self.found = bool(self.found) or True in told

    def note(self) -> str | None:
        """Why no reading is a change from a face at rest, and what to do; None where there is no reason."""
        first_s = self.neutral
        if not isinstance(first_s, float) or self.found is not False:
            return None
        if 0 < self.last_s < first_s:
            why = (
                f"it is only {self.last_s:.1f} s long, less than the first {first_s:g} s that were asked for"
            )
            return f"{why}; its readings are as they are (for short clips, 1 s is enough)"
        return f"no face at rest was found in the first {first_s:g} s; its readings are as they are"


def file_and_times(named: str) -> tuple[str, tuple[float, float] | None]:
    """The file that ``FILE[@A-B]`` names, and the seconds of it."""
    part = re.fullmatch(r"(.+)@(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)", named)
    if part is None or Path(named).exists():
        return named, None
    return part[1], (float(part[2]), float(part[3]))
