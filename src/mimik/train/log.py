"""The log of a run: a line an epoch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from mimik.storage.append import AppendFile

LOG = "log.jsonl"
"""Its name in a run's folder."""


def add_row(run: Path, row: Mapping[str, Any]) -> None:
    """Add an epoch to the log.

    Raises:
        OutputError: It can't be written; no part of the line is left.
    """
    path = run / LOG
    size = path.stat().st_size if path.exists() else 0
    with closing(AppendFile(path, size)) as log:
        log.append((json.dumps(row) + "\n").encode())


def read_rows(run: Path) -> list[dict[str, Any]]:
    """All epochs of a log; none where there is no log yet."""
    path = run / LOG
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("}")]
