"""What a client is told when something can't be done: a status, a code, and one line."""

from __future__ import annotations

import re

from mimik.errors import (
    DataError,
    DecodeError,
    LiveSourceError,
    MimikError,
    MissingExtraError,
    OptionError,
    OutputError,
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

INTERNAL = "something went wrong inside the server; its log says what"


class Refusal(Exception):
    """A request that is refused, and why."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Say what came, what is allowed, and what to do.

        Args:
            status: HTTP status, 4xx.
            code: A word for programs ("too_large").
            message: One line for people.
        """
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def not_found(what: str, number: object) -> Refusal:
    """There is no such thing (any more)."""
    return Refusal(404, "not_found", f"there is no {what} {number}; it may have been deleted")


def refusal_of(error: MimikError) -> Refusal:
    """What a client is told of one of mimik's errors."""
    for kind, (status, code) in KINDS.items():
        if isinstance(error, kind):
            return Refusal(status, code, one_line(str(error)))
    return Refusal(422, "invalid", one_line(str(error)))


def one_line(text: str) -> str:
    """Text without line ends and control characters, at most 500 characters."""
    return re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in text)).strip()[:500]


def body(code: str, message: str) -> dict[str, dict[str, str]]:
    """The JSON of an error."""
    return {"error": {"code": code, "message": message}}
