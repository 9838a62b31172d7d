"""What a client is told when something can't be done: a status, a code, and one line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from mimik.errors import (
    DataError,
    DecodeError,
    LiveSourceError,
    MimikError,
    MissingExtraError,
    NoSoundError,
    OptionError,
    OutputError,
    RefusedError,
    SourceError,
    TooLargeError,
    UnknownNameError,
)

KINDS: dict[type[MimikError], tuple[int, str]] = {
    TooLargeError: (413, "too_large"),
    NoSoundError: (422, "no_sound"),
    DecodeError: (422, "unreadable"),
    LiveSourceError: (409, "unreadable"),
    SourceError: (422, "unreadable"),
    UnknownNameError: (422, "unknown_name"),
    OptionError: (422, "invalid"),
    DataError: (422, "invalid"),
    MissingExtraError: (409, "missing_extra"),
    OutputError: (507, "not_saved"),
}
"""mimik's errors to status and code; the first that fits."""

STATUS: dict[str, int] = {
    **{code: status for status, code in KINDS.values()},
    "bad_request": 400,
    "bad_host": 400,
    "token_needed": 401,
    "forbidden_origin": 403,
    "not_found": 404,
    **dict.fromkeys(("busy", "not_fused", "not_ready", "not_recording", "taken"), 409),
    **dict.fromkeys(
        ("no_rest", "has_neutral", "unknown_model", "mixed_models", "model_gone", "not_fused"), 409
    ),
    "too_slow": 408,
    "too_large": 413,
    **dict.fromkeys(("invalid", "bad_frame", "bad_sound", "no_face", "unreadable"), 422),
    "too_many": 429,
}
"""Code of a RefusedError to status."""

FRAMEWORK: dict[int, str] = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    413: "too_large",
    422: "invalid",
}
"""Status to code for what the framework itself refuses."""

INTERNAL = "something went wrong inside the server; its log says what"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client is told about an error."""

    status: int
    """HTTP status, 4xx or 5xx."""
    code: str
    """A word for programs ("too_large")."""
    message: str
    """One line for people."""

    def to_dict(self) -> dict[str, str]:
        """Code and message, as every error of the API has them."""
        return {"code": self.code, "message": self.message}

    def body(self) -> dict[str, dict[str, str]]:
        """The JSON of a request that failed."""
        return {"error": self.to_dict()}


def answer_of(error: Exception) -> Answer:
    """What a client is told about an error: the one place where HTTP is made of mimik's own."""
    if isinstance(error, RefusedError):
        return Answer(STATUS[error.code], error.code, str(error))
    for kind, (status, code) in KINDS.items():
        if isinstance(error, kind):
            return Answer(status, code, one_line(str(error)))
    if isinstance(error, MimikError):
        return Answer(422, "invalid", one_line(str(error)))
    return Answer(500, "internal", INTERNAL)


def framework_answer(status: int, message: str) -> Answer:
    """What a client is told where the framework refuses."""
    return Answer(status, FRAMEWORK.get(status, "bad_request"), message)


def validation_text(errors: Any) -> str:
    """What a check of pydantic found, in one line."""
    told = [f"{'.'.join(map(str, e['loc']))}: {_plain(e)}".removeprefix(": ") for e in errors[:3]]
    more = f" (and {len(errors) - 3} more)" if len(errors) > 3 else ""
    return one_line("; ".join(told) + more)


def _plain(error: Any) -> str:
    """What a check says: one of our own without pydantic's word for it, pydantic's with what came."""
    message, came = str(error["msg"]), error.get("input")
    if "UploadFile" in message:
        return "must be a file that has a name, as curl -F files=@photo.jpg sends it"
    if message.startswith("Input should") and isinstance(came, str | int | float):
        message += f", not {came!r:.60}"
    return message.removeprefix("Value error, ")


def one_line(text: str) -> str:
    """Text without line ends and control characters, at most 500 characters."""
    return re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in text)).strip()[:500]
