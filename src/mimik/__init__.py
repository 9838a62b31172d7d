"""mimik reads faces: emotion, action units, gender and age, in pictures, videos and live, offline.

>>> import mimik
>>> for result in mimik.analyze("photo.jpg"):  # doctest: +SKIP
...     print(result.faces)
"""

from __future__ import annotations

import importlib

from mimik.errors import (
    DataError,
    DecodeError,
    LiveSourceError,
    MimikError,
    MimikWarning,
    MissingExtraError,
    ModelError,
    OptionError,
    OutputError,
    OutputExistsError,
    RecipeError,
    SourceError,
    SourceNotFoundError,
    TooLargeError,
    UnknownNameError,
)

TYPE_CHECKING = False
"""As in typing, which takes longer to import than all of this."""

if TYPE_CHECKING:
    from mimik.at_once import analyze
    from mimik.detect.base import DetectorOptions
    from mimik.hiding import hide
    from mimik.neutral import Neutral
    from mimik.pipeline import Analyzer
    from mimik.readings import AgeReading, AuReading, ClassReading, Reading
    from mimik.render import draw
    from mimik.results import read_results, to_dataframe
    from mimik.smooth import SmoothOptions
    from mimik.sources.base import SourceOptions
    from mimik.types import Face, Frame, FrameResult, Pose, Quality

__version__ = "0.1.0"

_LATE = {
    "AgeReading": "mimik.readings",
    "AuReading": "mimik.readings",
    "Analyzer": "mimik.pipeline",
    "ClassReading": "mimik.readings",
    "DetectorOptions": "mimik.detect.base",
    "Face": "mimik.types",
    "Frame": "mimik.types",
    "FrameResult": "mimik.types",
    "Neutral": "mimik.neutral",
    "Pose": "mimik.types",
    "Quality": "mimik.types",
    "Reading": "mimik.readings",
    "SmoothOptions": "mimik.smooth",
    "SourceOptions": "mimik.sources.base",
    "analyze": "mimik.at_once",
    "draw": "mimik.render",
    "hide": "mimik.hiding",
    "read_results": "mimik.results",
    "to_dataframe": "mimik.results",
}

__all__ = [
    "AgeReading",
    "Analyzer",
    "AuReading",
    "ClassReading",
    "DataError",
    "DecodeError",
    "DetectorOptions",
    "Face",
    "Frame",
    "FrameResult",
    "LiveSourceError",
    "MimikError",
    "MimikWarning",
    "MissingExtraError",
    "ModelError",
    "Neutral",
    "OptionError",
    "OutputError",
    "OutputExistsError",
    "Pose",
    "Quality",
    "Reading",
    "RecipeError",
    "SmoothOptions",
    "SourceError",
    "SourceNotFoundError",
    "SourceOptions",
    "TooLargeError",
    "UnknownNameError",
    "analyze",
    "draw",
    "hide",
    "read_results",
    "to_dataframe",
]


if not TYPE_CHECKING:  # A type checker would take every name for one of these.

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used, so that ``import mimik`` stays quick (PEP 562)."""
        if name in _LATE:
            return getattr(importlib.import_module(_LATE[name]), name)
        raise AttributeError(f"module 'mimik' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
