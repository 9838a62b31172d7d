"""The cache folder, and the models in it that were added by name and version."""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ADDED = "models"
"""Folder of the cache that holds a folder for each ONNX file that was added, named by its hash: the file, and
a card ``NAME@VERSION.json`` for each model in it."""
AT = "@"
"""Stands between a model's name and its version."""


def cache_folder() -> Path:
    """Where fetched and added models are kept: MIMIK_CACHE, or the system's cache folder."""
    if own := os.environ.get("MIMIK_CACHE"):
        return Path(own)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "mimik"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "mimik"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mimik"


def added_cards(name: str = "") -> list[Path]:
    """The cards of the models that were added, by name, the newest version of each first.

    Args:
        name: Of one model, every version of it; all models if empty.
    """
    pattern = f"{glob.escape(name) if name else '*'}{AT}*.json"
    # A folder that is being filled begins with a dot, which glob leaves out.
    found = [path for path in (cache_folder() / ADDED).glob(f"*/{pattern}") if path.parent.name[0] != "."]
    newest = sorted(found, key=lambda path: _order(name_and_version(path)[1]), reverse=True)
    return sorted(newest, key=lambda path: name_and_version(path)[0])


def name_and_version(card: Path) -> tuple[str, str]:
    """What the file name of an added model's card says."""
    name, _, version = card.name.removesuffix(".json").partition(AT)
    return name, version


def _order(version: str) -> list[tuple[int, int, str]]:
    """What versions are sorted by: "10" comes after "9", and "1.0" after "1.0-rc"."""
    return [*_parts(version), (1, 0, "")]


def _parts(version: str) -> Iterator[tuple[int, int, str]]:
    for part in re.findall(r"\d+|[^\d.]+", version):
        yield (2, int(part), "") if part.isdigit() else (0, 0, part)
