"""Versions of the shipped models before the present one: out of the history of mimik's repository."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from mimik.errors import ModelError, OptionError, UnknownNameError
from mimik.models.cache import AT
from mimik.models.download import downloading

TABLE = Path(__file__).parent / "earlier.csv"
"""What there is; written by scripts/list_earlier.py."""
FILES = "src/mimik/models/files"
"""Where models lie in the repository."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A version, and where it is."""

    name: str
    version: str
    commit: str
    """The last commit of the repository that holds it."""
    card_sha256: str
    """Of its card."""
    sha256: str
    """Of its ONNX file."""


def earlier_versions() -> dict[str, Earlier]:
    """NAME@VERSION to each version that can be had."""
    with TABLE.open(encoding="utf-8", newline="") as table:
        return {f"{row['name']}{AT}{row['version']}": Earlier(**row) for row in csv.DictReader(table)}


def earlier_files(name: str, place: str | None) -> dict[str, bytes]:
    """Card and ONNX file of an earlier version by their names, the hashes checked.

    Args:
        name: "emotion.base@4".
        place: Where the repository is: the folder of a clone, or the address under which its files lie by
            commit (a forge's "raw" files: ADDRESS/COMMIT/PATH).

    Raises:
        UnknownNameError: There is no such version.
        OptionError: No place is named.
        ModelError: It can't be had there, or is another file.
    """
    there = earlier_versions()
    if name not in there:
        same = [other for other in there if other.partition(AT)[0] == name.partition(AT)[0]]
        raise UnknownNameError("earlier version", name, same or there)
    if place is None:
        raise OptionError(
            f"{name} isn't in the package: say with --url where mimik's repository is, the folder of a clone "
            "or the address of its raw files"
        )
    one = there[name]
    card = f"{one.name}.json"
    text = _read(place, one.commit, card, one.card_sha256)
    file = str(json.loads(text)["file"])
    return {card: text, file: _read(place, one.commit, file, one.sha256)}


def _read(place: str, commit: str, file: str, sha256: str) -> bytes:
    """A file of a commit, its hash checked."""
    path = f"{FILES}/{file}"
    if "://" not in place and not Path(place).is_dir():
        raise ModelError(
            f"{place}: no such folder; name that of a clone of mimik, or the address of its files"
        )
    content = _of_clone(place, commit, path) if Path(place).is_dir() else _of_server(place, commit, path)
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ModelError(
            f"{place}: {file} of {commit[:8]} has SHA-256 {found[:12]}..., expected {sha256[:12]}...; "
            "name mimik's own repository"
        )
    return content


def _of_clone(folder: str, commit: str, path: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", "-C", folder, "show", f"{commit}:{path}"], capture_output=True, check=True
        )
    except FileNotFoundError as error:
        raise ModelError(
            f"{folder}: git isn't installed; install it, or name the raw files' address"
        ) from error
    except subprocess.CalledProcessError as error:
        said = ["git failed", *error.stderr.decode(errors="replace").strip().splitlines()][-1]
        raise ModelError(
            f"{folder}: no clone of mimik with the commit {commit[:8]} ({said}); clone it whole "
            "(git fetch --unshallow)"
        ) from error
    return done.stdout


def _of_server(address: str, commit: str, path: str) -> bytes:
    url = f"{address.rstrip('/')}/{commit}/{path}"
    with downloading(url, "name the folder of a clone, or another address") as reply:
        return bytes(reply.read())
