"""Every error that mimik raises on purpose.

    MimikError
    ├── SourceError (OSError)                 a picture, video or camera can't be read
    │   ├── SourceNotFoundError (FileNotFoundError)
    │   ├── DecodeError (ValueError)          empty, truncated or not a picture or video
    │   │   ├── NoSoundError                  a video or picture that has no sound
    │   │   ├── NoPictureError                sound alone, or too few pictures
    │   │   └── NoFaceError                   a clip in which no face is found
    │   ├── TooLargeError (ValueError)        more pixels than the limit allows
    │   ├── LiveSourceError (ConnectionError) a camera or stream is absent or has vanished
    │   └── StoreError (ConnectionError)      an object store or web server doesn't give a file now
    ├── OutputError (OSError)                 a result can't be written
    │   └── OutputExistsError (FileExistsError)
    ├── PortError (OSError)                   the app's address can't be listened on
    ├── OptionError (ValueError)              a value outside what is allowed
    │   └── UnknownNameError                  no such task, model, detector, reader ...
    ├── ModelError (ValueError)               wrong hash, or card and file don't fit
    ├── DataError (ValueError)                a data set that isn't in its own layout
    ├── RecipeError (ValueError)              a training recipe that can't be used
    ├── DivergedError (ArithmeticError)       a training whose loss is no longer a number
    ├── LostProcessError                      another process of a training has ended
    ├── RefusedError                          a request that can't be met as things stand
    │   └── NotFoundError (LookupError)       what is named isn't there (any more)
    └── MissingExtraError (ImportError)       an optional dependency isn't installed

A message is one line: what came, what is allowed, what to do. The command line
prints it as it is and exits with 1 (an item failed) or 2 (wrong use). What is left out while the
work goes on, in Python, is a MimikWarning (UserWarning).
"""

from __future__ import annotations

from collections.abc import Iterable

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to import than all of this
    from typing import Any


class MimikError(Exception):
    """Base of all errors that mimik raises on purpose."""


class MimikWarning(UserWarning):
    """Something was left out, and the work goes on."""


class SourceError(MimikError, OSError):
    """A picture, video, folder, camera or stream that can't be read."""


class SourceNotFoundError(SourceError, FileNotFoundError):
    """The path doesn't exist or the pattern matches nothing."""


class DecodeError(SourceError, ValueError):
    """The bytes are empty, damaged or in no known format."""


class NoSoundError(DecodeError):
    """A picture, or a video without an audio track: there is nothing to hear."""


class NoPictureError(DecodeError):
    """Sound alone, or too few pictures: there is nothing to see."""


class NoFaceError(DecodeError):
    """A clip in which no face is found, or in too few of its pictures."""


class TooLargeError(SourceError, ValueError):
    """The picture has more pixels than the limit allows; nothing was decoded."""


class LiveSourceError(SourceError, ConnectionError):
    """A camera or stream is absent, or has vanished for longer than the patience."""


class StoreError(SourceError, ConnectionError):
    """An object store or web server that doesn't answer, or refuses: what was read of the file isn't kept."""


class OutputError(MimikError, OSError):
    """A result can't be written: unwritable, full, or of an unknown kind."""


class OutputExistsError(OutputError, FileExistsError):
    """The output holds results of other settings."""


class PortError(MimikError, OSError):
    """The app's address isn't this machine's, or its port is in use."""


class OptionError(MimikError, ValueError):
    """An option has a value outside what is allowed."""


class UnknownNameError(OptionError):
    """A name that isn't in its table (task, model, detector, reader, ...)."""

    def __init__(
        self, kind: str, name: str, allowed: Iterable[str], meant: str | None = None, remedy: str = ""
    ) -> None:
        """Build the message: what there is, and the nearest name.

        Args:
            kind: What was looked up, in the singular ("detector").
            name: The name that was asked for.
            allowed: The names that exist.
            meant: What its user must mean; the nearest by its letters if None.
            remedy: What to do where no name is near.
        """
        import difflib  # here, for `import mimik` to stay quick

        choices = sorted(allowed)
        begins = [choice for choice in choices if len(name) > 2 and choice.startswith(name.lower())]
        near = [meant] if meant else begins or difflib.get_close_matches(name.lower(), choices, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; {remedy}" if remedy else ""
        super().__init__(f"unknown {kind} {name!r}: there is {', '.join(choices) or 'none'}{hint}")
        self.kind, self.name, self.allowed = kind, name, tuple(choices)
        self._more = (meant, remedy)

    def __reduce__(self) -> tuple[type, tuple[str | tuple[str, ...] | None, ...]]:
        return type(self), (self.kind, self.name, self.allowed, *self._more)


class ModelError(MimikError, ValueError):
    """A model file whose hash is wrong, or whose card doesn't fit it."""


class DataError(MimikError, ValueError):
    """A data set that isn't in the layout that its reader expects."""


class RecipeError(MimikError, ValueError):
    """A training recipe with an unknown key or an impossible value."""


class DivergedError(MimikError, ArithmeticError):
    """The loss is no longer a number; the last good checkpoint stays."""


class LostProcessError(MimikError):
    """Another process of a training has ended, so this one ends, too; the checkpoint stays."""


class RefusedError(MimikError):
    """A request that can't be met as things stand: a recording is busy, a reference doesn't fit."""

    def __init__(self, code: str, message: str) -> None:
        """Say what came, what is allowed, and what to do.

        Args:
            code: A word for programs ("busy").
            message: One line for people.
        """
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return type(self), (self.code, str(self))


class NotFoundError(RefusedError, LookupError):
    """What is named isn't there, or not any more."""

    def __init__(self, what: str, number: object) -> None:
        """Name it.

        Args:
            what: Its kind, in the singular ("session").
            number: Its number or name.
        """
        super().__init__("not_found", f"there is no {what} {number}; it may have been deleted")
        self.what, self.number = what, number

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return type(self), (self.what, self.number)


class MissingExtraError(MimikError, ImportError):
    """An optional dependency is missing."""

    def __init__(self, what: str, extra: str) -> None:
        """Name what needs the dependency and the extra that brings it.

        Args:
            what: What can't be done ("Parquet output").
            extra: The extra of mimik to install ("table").
        """
        super().__init__(f"{what} needs an optional dependency: pip install 'mimik[{extra}]'")
        self.what, self.extra = what, extra

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.what, self.extra)


def in_words(error: Exception) -> str:
    """What an exception says of damaged data, for people: mimik's own as they are, Python's in words."""
    if isinstance(error, MimikError):
        return str(error)
    if isinstance(error, KeyError):
        return f"no {error.args[0]!r}"
    text = str(error).partition("could not convert string to float: ")[2]
    return f"{text} is no number" if text else "a value of the wrong kind"


def some_of(names: Iterable[str], most: int = 4) -> str:
    """The first of some different names, and how many more there are."""
    found = list(dict.fromkeys(names))
    rest = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + rest


def printable(name: str) -> str:
    """A name in which nothing can move the cursor, break the line or be no letter."""
    return name if name.isprintable() else repr(name)[1:-1]
