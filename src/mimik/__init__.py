"""mimik reads faces: emotion, action units, gender and age, in pictures, videos and live, offline.

>>> import mimik
>>> for result in mimik.analyze("photo.jpg"):  # doctest: +SKIP
...     print(result.faces)
"""

from __future__ import annotations

from mimik._moved import forward
from mimik._version import __version__ as __version__
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
from mimik.tables import late

TYPE_CHECKING = False
"""As in typing, which takes longer to import than all of this."""

if TYPE_CHECKING:
    from mimik.faces.detect.base import DetectorOptions
    from mimik.pipeline.analyzer import Analyzer
    from mimik.pipeline.api import analyze
    from mimik.readings import AgeReading, AuReading, ClassReading, Reading
    from mimik.render.draw import draw
    from mimik.render.hide import hide
    from mimik.results.frame import to_dataframe
    from mimik.results.read import read_results
    from mimik.sources.options import SourceOptions
    from mimik.temporal.neutral import Neutral
    from mimik.temporal.smooth import SmoothOptions
    from mimik.types import Face, Frame, FrameResult, Pose, Quality

_LATE = {
    "AgeReading": "mimik.readings",
    "AuReading": "mimik.readings",
    "Analyzer": "mimik.pipeline.analyzer",
    "ClassReading": "mimik.readings",
    "DetectorOptions": "mimik.faces.detect.base",
    "Face": "mimik.types",
    "Frame": "mimik.types",
    "FrameResult": "mimik.types",
    "Neutral": "mimik.temporal.neutral",
    "Pose": "mimik.types",
    "Quality": "mimik.types",
    "Reading": "mimik.readings",
    "SmoothOptions": "mimik.temporal.smooth",
    "SourceOptions": "mimik.sources.options",
    "analyze": "mimik.pipeline.api",
    "draw": "mimik.render.draw",
    "hide": "mimik.render.hide",
    "read_results": "mimik.results.read",
    "to_dataframe": "mimik.results.frame",
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


forward()
if not TYPE_CHECKING:  # A type checker would take every name for one of these.
    __getattr__ = late(__name__, _LATE)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
