"""Checksums of a folder's files, in the form that ``sha256sum -c`` reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from mimik.errors import ModelError, some_of
from mimik.models.card import file_sha256

SUMS = "SHA256SUMS"
"""Name of the file."""
_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *](\S.*)")


def sums_text(files: Mapping[str, Path]) -> str:
    """The text of the file.

    Args:
        files: Path within the folder, with "/", to the file as it is.
    """
    return "".join(f"{file_sha256(files[name])}  {name}\n" for name in sorted(files))


def read_sums(folder: Path) -> dict[str, str]:
    """Path within a folder to SHA-256, as its checksums have it.

    Raises:
        ModelError: They can't be read, or aren't checksums.
    """
    path = folder / SUMS
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: can't be read; copy the folder again") from error
    found = {}
    for number, line in enumerate(lines, 1):
        if not (match := _LINE.fullmatch(line)):
            raise ModelError(f"{path}: line {number} is no checksum with a file; copy the folder again")
        found[match[2]] = match[1].lower()
    return found


def check_sums(folder: Path) -> dict[str, str]:
    """Make sure that the files of a folder are those that its checksums name.

    Returns:
        As read_sums.

    Raises:
        ModelError: One is missing, or another one.
    """
    sums = read_sums(folder)
    if lost := [name for name in sums if not (folder / name).is_file()]:
        raise ModelError(f"{folder}: {some_of(lost)} of {SUMS} isn't there; copy the folder again")
    wrong = [name for name, sha256 in sums.items() if file_sha256(folder / name) != sha256]
    if wrong:
        raise ModelError(
            f"{folder}: {some_of(wrong)} isn't what {SUMS} says: damaged or changed; copy the folder again"
        )
    return sums
