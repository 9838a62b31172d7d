"""What live viewers and the server tell each other."""

from __future__ import annotations

import json
import math
import struct
from typing import Annotated, Any, Literal, TypeAlias

import cv2
import numpy as np
from pydantic import Field, TypeAdapter, ValidationError

from mimik.app.problems import validation_text
from mimik.app.schemas import AskedTask, Id, Note, Seconds, Word
from mimik.app.schemas_checks import Strict
from mimik.app.schemas_read import How, Strength
from mimik.errors import RefusedError
from mimik.explain.units import derived, explain_face
from mimik.pipeline.session import Step
from mimik.render.hide import hide
from mimik.types import SOUND_RATE, Face, Image, Samples

HINTS = {
    "too dark": "too_dark",
    "too bright": "too_bright",
    "too small": "move_closer",
    "blurred": "hold_still",
    "turned away": "turn_to_camera",
    "cut off by the border": "partly_covered",
    "eyes covered": "partly_covered",
    "mouth covered": "partly_covered",
    "one side covered": "partly_covered",
}
"""Why a face can't be trusted to what its owner may do."""
READ = ("models", "tasks", "smoothing", "listen")
"""Options of which null says nothing."""
PREVIEW_SIDE, PREVIEW_QUALITY = 960, 80
"""Longer side in pixels, and JPEG's quality, of what is sent of a server's source."""


SOUND_MARK = b"PCM "
"""Stands behind the time of a block of sound, where no picture begins so."""
MOST_SAMPLES = 10 * SOUND_RATE
"""Of one block."""
LATEST_S = 1e9
"""Times beyond this are no seconds of a clock."""


class SourceIndex(Strict):
    """A source of the server."""

    index: Annotated[int, Field(ge=0, le=10_000)]


class Options(How, Strict):
    """What may change while live; what isn't named stays."""

    models: Word | None = None
    tasks: Annotated[list[AskedTask], Field(min_length=1)] | None = None
    smoothing: Strength | None = None
    preview: bool | None = None
    blur: bool | None = None
    listen: bool | None = None


class Start(Options):
    """The first message."""

    type: Literal["start"]
    source: Literal["browser"] | SourceIndex = "browser"
    record: Id | None = None
    zero_s: Seconds | None = None
    reference: None = None
    """Pages say so that no face at rest is known, which is so at the start in any case."""


class Change(Options):
    """Other options from now on."""

    type: Literal["options"]


class Record(Strict):
    """Record from now on, or no more."""

    type: Literal["record"]
    session: Id | None
    zero_s: Seconds | None = None


class Mark(Strict):
    """A marker at the newest frame."""

    type: Literal["marker"]
    label: Word
    note: Note = ""


class Reference(Strict):
    """Take everybody's face at rest from the next seconds, or go back to readings as they are."""

    type: Literal["reference"]
    seconds: Annotated[float, Field(gt=0, le=60, allow_inf_nan=False)] | None = None
    clear: bool = False


class Stop(Strict):
    """The end."""

    type: Literal["stop"]


Said: TypeAlias = Annotated[Start | Change | Record | Mark | Reference | Stop, Field(discriminator="type")]
_SAID: TypeAdapter[Said] = TypeAdapter(Said)


def understand(text: str) -> Said:
    """A viewer's message.

    Raises:
        RefusedError: It is none of those that there are.
    """
    try:
        return _SAID.validate_json(text)
    except ValidationError as error:
        raise RefusedError("invalid", validation_text(error.errors())) from error


def wanted(options: Options) -> dict[str, Any]:
    """What a message names of what is read, and how: null is the default of all but those of READ."""
    said = options.model_dump(include={*READ, *How.model_fields}, exclude_unset=True)
    return {name: value for name, value in said.items() if value is not None or name not in READ}


def split_frame(data: bytes) -> tuple[float, bytes]:
    """Time and picture of a binary message."""
    if len(data) < 9:
        raise RefusedError("bad_frame", "a frame is 8 bytes of time (float64, little-endian) and a picture")
    return float(struct.unpack_from("<d", data)[0]), data[8:]


def is_sound(data: bytes) -> bool:
    """Whether a binary message brings sound; all others are frames."""
    return data[8:12] == SOUND_MARK


def split_sound(data: bytes) -> tuple[float, Samples]:
    """Time and samples of a binary message: mono float32 (N,), full scale at -1 and 1.

    Raises:
        RefusedError: It holds no samples, half of one, too many, or no time.
    """
    (time_s,), count = struct.unpack_from("<d", data), (len(data) - 12) / 2
    if not 1 <= count <= MOST_SAMPLES or count % 1:
        raise RefusedError(
            "bad_sound",
            f"a block of sound is 8 bytes of time, 'PCM ' and 1 to {MOST_SAMPLES} samples of int16 (mono, "
            f"{SOUND_RATE} a second), not {count:g}",
        )
    if not math.isfinite(time_s) or abs(time_s) > LATEST_S:
        raise RefusedError("bad_sound", f"a block's time must be seconds, not {time_s}")
    return time_s, np.frombuffer(data, "<i2", offset=12).astype(np.float32) / np.float32(32768)


def join_frame(time_s: float, picture: bytes) -> bytes:
    """The binary message of a time and a picture."""
    return struct.pack("<d", time_s) + picture


def frame_message(step: Step) -> dict[str, Any]:
    """What a viewer is told of a frame, but for what the connection knows."""
    faces = step.result.faces
    told: dict[str, Any] = {"type": "frame", "frame": step.result.to_dict(), "time_s": step.result.time_s}
    told["hints"] = [{"id": face.id, "hint": hint} for face in faces if (hint := hint_of(face))]
    told["explain"] = {str(f.id): words for f in faces if (words := explain_words(f))}
    told["derived"] = {str(f.id): values for f in faces if f.emotion and (values := derived(f))}
    return told


def hint_of(face: Face) -> str | None:
    """What a person may do to be seen better."""
    reason = face.quality.reason or (face.au.reason if face.au else None)
    return HINTS.get(reason or "")


def explain_words(face: Face) -> dict[str, Any] | None:
    """Why a face is given its emotion; None without emotion and action units."""
    found = explain_face(face)
    return {**found.to_dict(), "text": found.text} if found else None


def preview(step: Step, blur: bool) -> bytes:
    """A server source's frame as JPEG, its faces hidden on wish."""
    image: Image = step.frame.image
    if blur:
        image = hide(image, [*(face.box_xyxy for face in step.result.faces), *step.also_hide_xyxy])
    height, width = image.shape[:2]
    scale = PREVIEW_SIDE / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    done, data = cv2.imencode(
        ".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, PREVIEW_QUALITY]
    )
    if not done:
        raise RefusedError("unreadable", "the frame can't be shown")
    return data.tobytes()


def dumps(message: dict[str, Any]) -> str:
    """A message as text."""
    return json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
