"""What a client is told when something can't be done: a status, a code, and one line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mimik.errors import (
    DataError,
    DecodeError,
    LiveSourceError,
    MimikError,
    MissingExtraError,
    OptionError,
    OutputError,
    RefusedError,
    SourceError,
    TooLargeError,
    UnknownNameError,
)

KINDS: dict[type[MimikError], tuple[int, str]] = {
    TooLargeError: (413, "too_large"),
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
    "bad_request": 400,
    "bad_host": 400,
    "token_needed": 401,
    "forbidden_origin": 403,
    "not_found": 404,
    **dict.fromkeys(("busy", "not_ready", "not_recording", "taken"), 409),
    **dict.fromkeys(("no_rest", "has_neutral", "unknown_model", "mixed_models", "model_gone"), 409),
    "too_large": 413,
    **dict.fromkeys(("invalid", "bad_frame", "no_face", "unreadable"), 422),
    "too_many": 429,
}
"""Code of a RefusedError to status."""

INTERNAL = "something went wrong inside the server; its log says what"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client is told of an error."""

    status: int
    """HTTP status, 4xx or 5xx."""
    code: str
    """A word for programs ("too_large")."""
    message: str
    """One line for people."""


def answer_of(error: MimikError) -> Answer:
    """What a client is told of one of mimik's errors: the one place where HTTP is made of them."""
    if isinstance(error, RefusedError):
        return Answer(STATUS[error.code], error.code, str(error))
    for kind, (status, code) in KINDS.items():
        if isinstance(error, kind):
            return Answer(status, code, one_line(str(error)))
    return Answer(422, "invalid", one_line(str(error)))


def one_line(text: str) -> str:
    """Text without line ends and control characters, at most 500 characters."""
    return re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in text)).strip()[:500]


def body(code: str, message: str) -> dict[str, dict[str, str]]:
    """The JSON of an error."""
    return {"error": {"code": code, "message": message}}
