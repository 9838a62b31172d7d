"""mimik reads faces and voices: emotion, action units, gender and age, in files and live, offline.

>>> import mimik
>>> for result in mimik.analyze("photo.jpg"):  # doctest: +SKIP
...     print(result.faces)
>>> for span in mimik.listen("speech.wav"):  # doctest: +SKIP
...     print(span.start_s, span.voice)
"""

from __future__ import annotations

from mimik._moved import forward
from mimik._version import __version__ as __version__
from mimik.errors import (
    DataError,
    DecodeError,
    DivergedError,
    LiveSourceError,
    LostProcessError,
    MimikError,
    MimikWarning,
    MissingExtraError,
    ModelError,
    NoFaceError,
    NoPictureError,
    NoSoundError,
    NotFoundError,
    OptionError,
    OutputError,
    OutputExistsError,
    PortError,
    RecipeError,
    RefusedError,
    SourceError,
    SourceNotFoundError,
    StoreError,
    TooLargeError,
    UnknownNameError,
)
from mimik.tables import late

TYPE_CHECKING = False
"""As in typing, which takes longer to import than all of this."""

if TYPE_CHECKING:
    from mimik.data.predictions import Prediction, read_predictions
    from mimik.evaluate.compare import compare_models
    from mimik.evaluate.score import evaluate_model
    from mimik.explain.units import explain_face
    from mimik.faces.detect.base import DetectorOptions
    from mimik.mesh.reading import MeshReading
    from mimik.pipeline.analyzer import Analyzer
    from mimik.pipeline.api import analyze, listen
    from mimik.pipeline.listen import Listener, ListeningSession
    from mimik.pipeline.session import Step, StreamSession
    from mimik.readings import AgeReading, AuReading, ClassReading, Reading
    from mimik.render.draw import RenderOptions, draw
    from mimik.render.hide import hide
    from mimik.results.dataframe import to_dataframe
    from mimik.results.read import read_results, read_spans
    from mimik.results.summarise import summarise
    from mimik.runs.batch import run_batch
    from mimik.runs.job import Job
    from mimik.runs.progress import BatchReport, Progress
    from mimik.runs.writer import open_writer
    from mimik.sources.open import open_source
    from mimik.sources.open_sound import open_sound
    from mimik.sources.options import SoundOptions, SourceOptions
    from mimik.temporal.neutral import Neutral
    from mimik.temporal.smooth import SmoothOptions
    from mimik.types import Face, Frame, FrameResult, Pose, Quality, Sound, SpanQuality, SpanResult
    from mimik.voice.segment import SegmentOptions

_LATE = {
    "AgeReading": "mimik.readings",
    "Analyzer": "mimik.pipeline.analyzer",
    "AuReading": "mimik.readings",
    "BatchReport": "mimik.runs.progress",
    "ClassReading": "mimik.readings",
    "DetectorOptions": "mimik.faces.detect.base",
    "Face": "mimik.types",
    "Frame": "mimik.types",
    "FrameResult": "mimik.types",
    "Job": "mimik.runs.job",
    "Listener": "mimik.pipeline.listen",
    "ListeningSession": "mimik.pipeline.listen",
    "MeshReading": "mimik.mesh.reading",
    "Neutral": "mimik.temporal.neutral",
    "Pose": "mimik.types",
    "Prediction": "mimik.data.predictions",
    "Progress": "mimik.runs.progress",
    "Quality": "mimik.types",
    "Reading": "mimik.readings",
    "RenderOptions": "mimik.render.draw",
    "SegmentOptions": "mimik.voice.segment",
    "SmoothOptions": "mimik.temporal.smooth",
    "Sound": "mimik.types",
    "SoundOptions": "mimik.sources.options",
    "SourceOptions": "mimik.sources.options",
    "SpanQuality": "mimik.types",
    "SpanResult": "mimik.types",
    "Step": "mimik.pipeline.session",
    "StreamSession": "mimik.pipeline.session",
    "analyze": "mimik.pipeline.api",
    "compare_models": "mimik.evaluate.compare",
    "draw": "mimik.render.draw",
    "evaluate_model": "mimik.evaluate.score",
    "explain_face": "mimik.explain.units",
    "hide": "mimik.render.hide",
    "listen": "mimik.pipeline.api",
    "open_sound": "mimik.sources.open_sound",
    "open_source": "mimik.sources.open",
    "open_writer": "mimik.runs.writer",
    "read_predictions": "mimik.data.predictions",
    "read_results": "mimik.results.read",
    "read_spans": "mimik.results.read",
    "run_batch": "mimik.runs.batch",
    "summarise": "mimik.results.summarise",
    "to_dataframe": "mimik.results.dataframe",
}

__all__ = [
    "AgeReading",
    "Analyzer",
    "AuReading",
    "BatchReport",
    "ClassReading",
    "DataError",
    "DecodeError",
    "DetectorOptions",
    "DivergedError",
    "Face",
    "Frame",
    "FrameResult",
    "Job",
    "Listener",
    "ListeningSession",
    "LiveSourceError",
    "LostProcessError",
    "MeshReading",
    "MimikError",
    "MimikWarning",
    "MissingExtraError",
    "ModelError",
    "Neutral",
    "NoFaceError",
    "NoPictureError",
    "NoSoundError",
    "NotFoundError",
    "OptionError",
    "OutputError",
    "OutputExistsError",
    "PortError",
    "Pose",
    "Prediction",
    "Progress",
    "Quality",
    "Reading",
    "RecipeError",
    "RefusedError",
    "RenderOptions",
    "SegmentOptions",
    "SmoothOptions",
    "Sound",
    "SoundOptions",
    "SourceError",
    "SourceNotFoundError",
    "SourceOptions",
    "SpanQuality",
    "SpanResult",
    "Step",
    "StoreError",
    "StreamSession",
    "TooLargeError",
    "UnknownNameError",
    "analyze",
    "compare_models",
    "draw",
    "evaluate_model",
    "explain_face",
    "hide",
    "listen",
    "open_sound",
    "open_source",
    "open_writer",
    "read_predictions",
    "read_results",
    "read_spans",
    "run_batch",
    "summarise",
    "to_dataframe",
]


forward()
if not TYPE_CHECKING:  # A type checker would take every name for one of these.
    __getattr__ = late(__name__, _LATE)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
