"""The values that travel along the pipeline. All are frozen and checked when built."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.readings import FACE_VOICE, AgeReading, AuReading, ClassReading, Column, FusedReading, Reading

SCHEMA_VERSION = 1
"""Version of what a result is: the number at the end of the "$id" in schema.json."""
TILT_UNCLEAR = "tilt unclear"
"""Why not to trust a face of which it isn't known which way up it is."""
Image: TypeAlias = NDArray[np.uint8]
"""A picture: RGB, uint8, shape (H, W, 3)."""
Samples: TypeAlias = NDArray[np.float32]
"""Sound: mono, float32, shape (N,), full scale at -1 and 1."""
SOUND_RATE = 16_000
"""Samples a second of all sound that is analysed: speech has little of use above 8 kHz."""
FULL = 0.999
"""A sample as large as this has reached the end of what its format can hold."""
Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the frame; may reach past its borders."""
Point: TypeAlias = tuple[float, float]
"""x, y in pixels of the frame."""


@dataclass(frozen=True, slots=True)
class Placement:
    """How the crops of a data set lie about a face, in the terms of a model's CropSpec."""

    scale: float
    """Side of the picture over the face's size."""
    shift_y: float
    """How far its centre lies below that of the face's box, in the same unit."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a source, with its true time."""

    image: Image
    """RGB, uint8, (H, W, 3), upright."""
    index: int = 0
    """Number of the picture in its source, from 0, counted before any frame was left out."""
    time_s: float = 0.0
    """Seconds since the source's first frame."""
    source: str = ""
    """Path, address or name of what it came from."""
    offset_s: float = 0.0
    """Seconds from the beginning of the source's container, be it sound, to its first frame."""
    created_at: str | None = None
    """When the source was recorded, as it says itself (ISO 8601); None if it doesn't."""

    def __post_init__(self) -> None:
        image = self.image
        if (
            not isinstance(image, np.ndarray)
            or image.dtype != np.uint8
            or image.ndim != 3
            or image.shape[2] != 3
        ):
            got = f"{getattr(image, 'dtype', type(image).__name__)} {getattr(image, 'shape', '')}".strip()
            raise OptionError(f"a frame's image must be RGB uint8 (H, W, 3), not {got}")
        if 0 in image.shape:
            raise OptionError(f"a frame's image must have pixels, not shape {image.shape}")
        if self.index < 0 or not math.isfinite(self.time_s):
            raise OptionError(f"frame index {self.index} or time {self.time_s} is out of range")

    @property
    def width(self) -> int:
        """Pixels across."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Pixels down."""
        return int(self.image.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """A stretch of a source's sound, with its true time."""

    samples: Samples
    """Mono, float32, (N,), full scale at -1 and 1; what was louder may lie beyond."""
    rate: int = SOUND_RATE
    """Samples per second."""
    time_s: float = 0.0
    """Seconds from the source's first picture, or from its own first sound where it shows none, to the
    first sample; below 0 for what is heard before the first picture."""
    source: str = ""
    """Path, address or name of what it came from."""
    full: NDArray[np.bool_] | None = None
    """Which samples were at full scale in a channel before the mix, bool (N,); None if that isn't known."""

    def __post_init__(self) -> None:
        samples = self.samples
        if not isinstance(samples, np.ndarray) or samples.dtype != np.float32 or samples.ndim != 1:
            got = f"{getattr(samples, 'dtype', type(samples).__name__)} {getattr(samples, 'shape', '')}"
            raise OptionError(f"a sound's samples must be mono float32 (N,), not {got.strip()}")
        if self.full is not None and self.full.shape != samples.shape:
            raise OptionError(f"a sound's full must be bool {samples.shape}, not {self.full.shape}")
        if self.rate < 1 or not math.isfinite(self.time_s):
            raise OptionError(f"a sound's rate {self.rate} or time {self.time_s} is out of range")

    @property
    def at_full(self) -> NDArray[np.bool_]:
        """Which samples are at full scale, or were, bool (N,)."""
        return np.abs(self.samples) >= FULL if self.full is None else self.full

    @property
    def duration_s(self) -> float:
        """How long it lasts, in seconds."""
        return len(self.samples) / self.rate

    @property
    def end_s(self) -> float:
        """When it is over, on the clock of time_s."""
        return self.time_s + self.duration_s


@dataclass(frozen=True, slots=True)
class Detection:
    """One face that a detector found."""

    box_xyxy: Box
    """The face from forehead to chin and ear to ear, framed alike by every detector."""
    score: float
    """The detector's confidence, 0 to 1."""
    landmarks_xy: tuple[Point, ...] | None = None
    """Right eye, left eye, nose tip, right and left corner of the mouth (the person's own right
    and left); None if the detector gives none."""
    roll_deg: float | None = None
    """How far the face is turned, clockwise as the viewer sees it, by the face itself and not by its
    landmarks, -180 to 180; None where that isn't known."""
    tilt_clear: bool = True
    """Whether nothing contradicts the landmarks in which way up the face is."""

    def __post_init__(self) -> None:
        left, top, right, bottom = self.box_xyxy
        if not all(map(math.isfinite, self.box_xyxy)) or right <= left or bottom <= top:
            raise OptionError(f"box_xyxy must be left < right and top < bottom, not {self.box_xyxy}")
        if self.landmarks_xy is not None and len(self.landmarks_xy) != 5:
            raise OptionError(f"landmarks_xy must hold 5 points, not {len(self.landmarks_xy)}")


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a head points, in degrees; all zero for a face straight to the camera."""

    yaw_deg: float
    """Turned to the person's own left is positive."""
    pitch_deg: float
    """Looking up is positive."""
    roll_deg: float
    """Tilted clockwise as the viewer sees it is positive."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a face can be seen."""

    size_px: float
    """Geometric mean of the box's width and height, in pixels of the frame."""
    sharpness: float
    """0 (blurred) to 1 (sharp)."""
    brightness: float
    """Mean luminance of the face, 0 to 1."""
    pose: Pose | None = None
    """None without landmarks."""
    reason: str | None = None
    """Why the readings should not be trusted ("too small"), or None if they can be."""

    @property
    def reliable(self) -> bool:
        """Whether nothing speaks against the readings."""
        return self.reason is None

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form, as in the results file."""
        pose = self.pose
        return {
            "size_px": round(self.size_px, 1),
            "sharpness": round(self.sharpness, 3),
            "brightness": round(self.brightness, 3),
            "pose": pose
            and {
                "yaw_deg": round(pose.yaw_deg, 1),
                "pitch_deg": round(pose.pitch_deg, 1),
                "roll_deg": round(pose.roll_deg, 1),
            },
            "reliable": self.reliable,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Face:
    """One face in one frame and everything read from it."""

    id: int
    """Number of the person's track within the source, from 0."""
    box_xyxy: Box
    """See Detection.box_xyxy."""
    score: float
    """The detector's confidence, 0 to 1."""
    quality: Quality
    """How well the face can be seen."""
    landmarks_xy: tuple[Point, ...] | None = None
    """See Detection.landmarks_xy."""
    readings: Mapping[str, Reading] = field(default_factory=dict)
    """Task name to its answer; a task that wasn't asked for is absent."""

    @property
    def emotion(self) -> ClassReading | None:
        """The expression; None if it wasn't asked for."""
        reading = self.readings.get("emotion")
        return reading if isinstance(reading, ClassReading) else None

    @property
    def gender(self) -> ClassReading | None:
        """Gender as it appears; None if it wasn't asked for."""
        reading = self.readings.get("gender")
        return reading if isinstance(reading, ClassReading) else None

    @property
    def age(self) -> AgeReading | None:
        """Age as it appears; None if it wasn't asked for."""
        reading = self.readings.get("age")
        return reading if isinstance(reading, AgeReading) else None

    @property
    def au(self) -> AuReading | None:
        """Facial action units; None if they weren't asked for."""
        reading = self.readings.get("au")
        return reading if isinstance(reading, AuReading) else None

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form, as in the results file."""
        points = self.landmarks_xy
        return {
            "id": self.id,
            "box_xyxy": [round(v, 1) for v in self.box_xyxy],
            "landmarks_xy": points and [[round(x, 1), round(y, 1)] for x, y in points],
            "score": round(self.score, 4),
            "quality": self.quality.to_dict(),
            **{name: reading.to_dict() for name, reading in self.readings.items()},
        }


@dataclass(frozen=True, slots=True)
class FrameResult:
    """All faces of one frame."""

    source: str
    """Path, address or name of what the frame came from."""
    frame: int
    """Number of the frame in its source, from 0."""
    time_s: float
    """Seconds since the source's first frame."""
    width: int
    """Pixels across."""
    height: int
    """Pixels down."""
    detector: str
    """Name of the detector that was used."""
    faces: tuple[Face, ...] = ()
    """The faces, by id; empty where there is none."""
    offset_s: float = 0.0
    """Seconds from the beginning of the source's container, be it sound, to its first frame."""
    created_at: str | None = None
    """When the source was recorded, as it says itself (ISO 8601); None if it doesn't."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form: one line of a JSONL results file."""
        return {
            "source": self.source,
            "frame": self.frame,
            "time_s": round(self.time_s, 6),
            **({"offset_s": round(self.offset_s, 6)} if self.offset_s else {}),
            **({"created_at": self.created_at} if self.created_at else {}),
            "width": self.width,
            "height": self.height,
            "detector": self.detector,
            "faces": [face.to_dict() for face in self.faces],
        }


@dataclass(frozen=True, slots=True)
class SpanQuality:
    """How well a voice can be heard, or a clip be read."""

    speech: float | None
    """Mean probability of speech, 0 to 1; None of a whole clip, in which it isn't looked for."""
    level_db: float | None
    """Loudness (RMS) in decibels below full scale: -20 is loud, -50 faint; None where nothing was heard."""
    reason: str | None = None
    """Why the readings should not be trusted ("clipped", "too short"), or None if they can be."""

    @property
    def reliable(self) -> bool:
        """Whether nothing speaks against the readings."""
        return self.reason is None

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form, as in the results file."""
        return {
            "speech": None if self.speech is None else round(self.speech, 3),
            "level_db": None if self.level_db is None else round(self.level_db, 1),
            "reliable": self.reliable,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class SpanResult:
    """What was heard in one utterance, a stretch of a source's sound; or what a whole clip was read as."""

    source: str
    """Path, address or name of what the sound came from."""
    span: int
    """Number of the utterance in its source, from 0."""
    start_s: float
    """Where it begins, in seconds since the source's first picture, or since its sound begins where there is
    no picture; may be below 0."""
    end_s: float
    """Where it ends, on the same clock."""
    quality: SpanQuality
    """How well it can be heard."""
    readings: Mapping[str, Reading] = field(default_factory=dict)
    """Task name to its answer."""

    @property
    def voice(self) -> ClassReading | None:
        """The vocal expression; None if it wasn't asked for."""
        reading = self.readings.get("voice")
        return reading if isinstance(reading, ClassReading) else None

    @property
    def face_voice(self) -> FusedReading | None:
        """What face and voice say together; None unless emotion and voice were asked for, of a video."""
        reading = self.readings.get(FACE_VOICE)
        return reading if isinstance(reading, FusedReading) else None

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form: one line of a JSONL results file, with "type" as "span"."""
        return {
            "type": "span",
            "source": self.source,
            "span": self.span,
            "start_s": round(self.start_s, 3),
            "end_s": round(self.end_s, 3),
            "quality": self.quality.to_dict(),
            **{name: reading.to_dict() for name, reading in self.readings.items()},
        }


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What made a set of results, so that a paper can say so."""

    version: str
    """mimik's version."""
    detector: str | None
    """The detector's name; None where no faces are looked for."""
    tasks: tuple[str, ...]
    """The tasks that were asked for, in order."""
    models: Mapping[str, Mapping[str, str]]
    """Task to name, version and sha256 of its model, "detector" to name and sha256 of its file if it
    has one of its own."""
    settings: Mapping[str, Any]
    """Every option that changes the results, JSON-safe."""
    columns: Mapping[str, tuple[Column, ...]]
    """Task to its flat columns, in order ("label", "angry", ..., "raw_angry", ...)."""
    libraries: Mapping[str, str] = field(default_factory=dict)
    """Name to version of what decoded and computed ("onnxruntime", ...)."""
    heard: tuple[str, ...] = ()
    """Those of the tasks that are heard in voices, or read in whole clips: they stand in spans, the others in
    faces."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {
            "mimik": self.version,
            "detector": self.detector,
            "tasks": list(self.tasks),
            **({"heard": list(self.heard)} if self.heard else {}),
            "models": {k: dict(v) for k, v in self.models.items()},
            "settings": dict(self.settings),
            "libraries": dict(self.libraries),
            "schema_version": SCHEMA_VERSION,
            "columns": {task: {c.name: c.kind for c in own} for task, own in self.columns.items()},
        }
