"""Where the commands' figures go: the terminal, files, and folders of plots."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mimik.errors import OutputError

TERMINAL = Path("-")
"""What may be named instead of a file."""


def json_text(figures: Mapping[str, Any]) -> str:
    """Figures as JSON, to be read by people, too."""
    return json.dumps(figures, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def say(figures: Mapping[str, Any], text: str, file: Path | None) -> None:
    """Print what a person reads, or the figures; write the figures where they are wanted.

    Raises:
        OutputError: The file can't be written.
    """
    from mimik.storage.whole import write_whole

    print(json_text(figures) if file == TERMINAL else text, end="")
    if file not in (None, TERMINAL):
        write_whole(file, json_text(figures))


def check_outputs(*files: Path | None, plots: Path | None = None) -> None:
    """Find out before the work whether its results can be kept.

    Raises:
        OutputError: A file's folder isn't there or can't be written, or there can be no folder for plots.
        MissingExtraError: Plots are wanted, and matplotlib isn't installed.
    """
    for file in files:
        if file not in (None, TERMINAL) and not os.access(file.absolute().parent, os.W_OK):
            raise OutputError(f"{file}: its folder isn't there or can't be written")
    if plots:
        from mimik.plots.files import check_available

        check_available()
        there = next(path for path in (plots, *plots.absolute().parents) if path.exists())
        if not there.is_dir() or not os.access(there, os.W_OK):
            what = "may not be written" if there.is_dir() else "is a file"
            raise OutputError(f"{plots}: no folder for plots, as {there} {what}; name another folder")
