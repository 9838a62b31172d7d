"""Files as they are sent: what they are called, and where they lie."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from mimik.app.options import Limits
from mimik.app.problems import one_line
from mimik.app.uploads.scratch import Scratch
from mimik.errors import RefusedError
from mimik.sources.open import OTHERS, SUFFIXES


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent."""

    name: str
    """What its sender calls it; for results and messages only."""
    path: Path
    """Where it lies."""

    def named(self, text: object) -> str:
        """A message about the file, by its sender's name for it."""
        return one_line(str(text).replace(str(self.path), self.name))


def keep_uploads(
    files: Sequence[tuple[str | None, BinaryIO]], scratch: Scratch, limits: Limits
) -> list[Upload]:
    """Put uploads into the private folder.

    Args:
        files: What its sender calls each, and what it holds.
        scratch: The folder.
        limits: How many there may be.

    Raises:
        RefusedError: There are too many.
        OutputError: The disk is full.
    """
    if len(files) > limits.files:
        raise RefusedError("too_large", f"{len(files)} files are more than the {limits.files} of one request")
    kept: list[Upload] = []
    try:
        for number, (name, stream) in enumerate(files, 1):
            shown = shown_name(name, number)
            kept.append(Upload(shown, scratch.keep(stream, _known_suffix(shown))))
    except BaseException:
        drop(kept)
        raise
    return kept


def drop(uploads: Iterable[Upload]) -> None:
    """Remove uploads."""
    for upload in uploads:
        upload.path.unlink(missing_ok=True)


def shown_name(name: str | None, number: int) -> str:
    """What results call an upload."""
    last = PurePosixPath((name or "").replace("\\", "/")).name.encode("utf-8", "replace").decode()
    return one_line(last)[:200] or f"file {number}"


def _known_suffix(name: str) -> str:
    """The suffix that tells how a file is read, one of ours; none where it tells nothing."""
    suffix = PurePosixPath(name).suffix.lower()
    return next((known for known in (*SUFFIXES, *OTHERS) if known == suffix), "")
