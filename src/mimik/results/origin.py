"""What made a results file, wherever it is said."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mimik.results.dataset import Located
from mimik.results.head import heads_in, heads_of
from mimik.results.parquet import read_metadata


def made_by(path: Located) -> list[Mapping[str, Any]]:
    """What made a results file: the heads of OUT.run; where there is none, those that Parquet holds itself.

    Raises:
        DataError: It isn't a whole Parquet file.
        MissingExtraError: Parquet without pyarrow.
    """
    heads: list[Mapping[str, Any]] = [*heads_of(path)]
    if not heads and isinstance(path, Path) and path.suffix.lower() == ".parquet" and path.exists():
        heads += heads_in(read_metadata(path))
    return heads
