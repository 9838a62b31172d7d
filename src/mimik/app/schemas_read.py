"""What may be asked of the reading of faces: the options of ``mimik analyze``, by the same names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from mimik.app.schemas import YEAR_S, AskedTask, Word
from mimik.faces.detect.base import DETECTORS
from mimik.temporal.neutral import LONGEST_S

LARGEST = 2**31 - 1
"""A whole number that is beyond every picture."""
KEEP_ID_S = 3600.0
"""The longest keep_id: whoever isn't expected any more is forgotten."""

if TYPE_CHECKING:
    KnownDetector: TypeAlias = str
else:
    KnownDetector = Literal[("auto", *DETECTORS)]
"""What can find faces."""


def _split(words: Any) -> Any:
    """The words of a list, also where commas stand between them as on the command line."""
    if not isinstance(words, list):
        return words
    return [part.strip() for word in words for part in (word.split(",") if isinstance(word, str) else [word])]


def _number(value: Any) -> Any:
    """A number of an address, which is text there."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


Words = BeforeValidator(_split)
Pair: TypeAlias = Annotated[str, Field(max_length=200)]
Shares: TypeAlias = Annotated[str, Field(max_length=2000)]
Unit: TypeAlias = Annotated[str, Field(max_length=8)]
Strength: TypeAlias = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Moment: TypeAlias = Annotated[float, Field(ge=0, le=YEAR_S, allow_inf_nan=False)]
Rate: TypeAlias = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]


class How(BaseModel):
    """How faces are found and put into words."""

    model: Annotated[list[Pair], Field(max_length=20), Words] | None = Field(
        None,
        description="TASK=NAME: another model for a task than the set's, one of the cards of /v1/models",
    )
    detector: KnownDetector = Field("auto", description="what finds the faces; auto is YuNet")
    detect_size: Annotated[int, Field(ge=0, le=LARGEST)] | None = Field(
        None,
        description="longer side of the picture that is searched, in pixels: 64 up to the limit detect_size; "
        "0 is its own; the detector's choice if absent",
    )
    min_face: Annotated[int, Field(ge=0, le=LARGEST)] = Field(
        0, description="leave smaller faces out, in pixels"
    )
    detect_every: Literal["auto"] | Annotated[int, Field(ge=1, le=LARGEST)] = Field(
        "auto",
        description="search the whole picture for faces in every Nth frame, follow those in view between; "
        "auto searches every 0.3 s, and when a face is lost; every frame is searched where faces are hidden",
    )
    threshold: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = Field(
        None, description='a class below this probability is "uncertain"; as in the model\'s card if absent'
    )
    prior: Annotated[list[Shares], Field(max_length=20)] | None = Field(
        None,
        description="TASK:CLASS=SHARE,CLASS=SHARE or TASK:even: how frequent a task's classes are where the "
        "pictures are from; those that aren't named share the rest; as the model's card assumes if absent",
        examples=[["emotion:neutral=0.5"]],
    )
    units: Annotated[list[Unit] | None, Field(max_length=80), Words] = Field(
        None, description="the action units that are read; all of the model if absent", examples=[["AU12"]]
    )
    age_groups: Annotated[Literal[0, 5, 10], BeforeValidator(_number)] = Field(
        0, description="years of an age group, 5 or 10, up to 100+; 0 is 0-2, 3-9, 10-19, ..., 70+"
    )
    keep_id: Annotated[float, Field(gt=0, le=KEEP_ID_S, allow_inf_nan=False)] | None = Field(
        None,
        description="seconds that someone may be unseen and keep the id; 1, or longer between sparse frames, "
        "if absent",
    )
    voice_first: Annotated[float, Field(gt=0, le=YEAR_S, allow_inf_nan=False)] | None = Field(
        None,
        description="seconds of speech, from the first on, that are the speaker's own voice, against which "
        "all later utterances are heard; where one person speaks",
    )


class Wanted(How):
    """What is read of files, and how."""

    models: Word | None = Field(
        None, description="set of models, of those of /v1/models; the server's own if absent"
    )
    tasks: Annotated[list[AskedTask] | None, Field(max_length=20), Words] = Field(
        None,
        description="what to read, of the sets of /v1/models; if absent, all that the set's models read of "
        "faces, or hear in voices where every file is a recording by its name",
    )
    smoothing: Strength = Field(1.0, description="strength of smoothing over time; 0 is off")
    start: Moment = Field(0.0, description="of a video, from this second on")
    end: Moment | None = Field(None, description="of a video, up to this second")
    every: Annotated[int, Field(ge=1, le=LARGEST)] = Field(1, description="every Nth frame of a video")
    max_fps: Rate | None = Field(
        None, description="at most so many frames a second, up to the limit rate_fps"
    )
    fps: Rate | None = Field(
        None, description="frames a second of what doesn't say it: raw streams (.h264, .mjpeg)"
    )
    track: Annotated[int, Field(ge=1, le=LARGEST)] | None = Field(
        None, description="which video track of a file, from 1; its own choice if absent"
    )
    audio_track: Annotated[int, Field(ge=1, le=LARGEST)] | None = Field(
        None, description="which audio track of a file, from 1; its own choice if absent"
    )
    channel: Annotated[int, Field(ge=1, le=LARGEST)] | None = Field(
        None, description="the one channel of it that is heard, from 1; all of them, mixed, if absent"
    )
    max_size: Annotated[int, Field(ge=16, le=LARGEST)] | None = Field(
        None, description="scale larger frames down to this longer side, in pixels"
    )
    neutral_start: Moment | None = Field(
        None, description="second of the file neutral from which it shows the face at rest"
    )
    neutral_end: Moment | None = Field(None, description="second up to which it does")
    neutral_first: Annotated[float, Field(gt=0, le=LONGEST_S, allow_inf_nan=False)] | None = Field(
        None, description="seconds from when a person is first seen that show theirs, instead of a file"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Wanted:
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"end must be above start ({self.start:g}), not {self.end:g}")
        if self.neutral_start is not None and self.neutral_end is None:
            raise ValueError("neutral_start needs neutral_end")
        if self.neutral_end is not None and self.neutral_end <= (self.neutral_start or 0):
            since = f"{self.neutral_start or 0:g}"
            raise ValueError(f"neutral_end must be above neutral_start ({since}), not {self.neutral_end:g}")
        return self
