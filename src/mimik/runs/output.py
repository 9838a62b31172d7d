"""Where a run's results go: one file, or a dataset of parts."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mimik.errors import OptionError, OutputError
from mimik.results.dataset import HEAD
from mimik.runs.dataset import DatasetResults
from mimik.runs.results import Results
from mimik.storage.folder import open_folder
from mimik.storage.remote import without_secrets
from mimik.storage.stored import check_writable
from mimik.types import RunInfo

if TYPE_CHECKING:
    from mimik.runs.manifest import Clip


@dataclass(frozen=True, slots=True)
class Output:
    """What a user named for results."""

    where: str | Path
    """A file; or the folder or address of a dataset."""
    in_parts: bool
    """Whether it is a dataset."""

    @property
    def folder(self) -> str | Path | None:
        """The folder whose files are no sources; None of a file."""
        return self.where if self.in_parts else None

    def drawn(self, render: Path) -> Path:
        """Where it is noted what was drawn: beside a file, in a folder, or beside what is drawn."""
        if not self.in_parts:
            return Path(f"{self.where}.drawn")
        return (
            render.with_name(f"{render.name}.drawn") if self._stored else Path(self.where) / "run" / "drawn"
        )

    @property
    def _stored(self) -> bool:
        return isinstance(self.where, str) and "://" in self.where

    def open(
        self, info: RunInfo, names: Sequence[str], clips: Mapping[str, Clip], *, overwrite: bool
    ) -> Results | DatasetResults:
        """What takes the results, to be used in a ``with`` block.

        Args:
            info: What makes them.
            names: The sources of the run.
            clips: Source to what a manifest says of it.
            overwrite: Whether what is there is replaced.

        Raises:
            OutputError: The suffix of a file is unknown.
            MissingExtraError: Parquet without pyarrow.
        """
        if self.in_parts:
            return DatasetResults(self.where, info, names, overwrite=overwrite, clips=clips)
        return Results(self.where, info, overwrite=overwrite, clips=clips)


def find_output(output: str | Path) -> Output:
    """What an output names; a dataset is an address, a folder with a slash at its end, or one that is there.

    Raises:
        OutputError: It is a folder or address without a slash that holds no dataset.
        OptionError: Nothing can be written to such an address.
        StoreError, MissingExtraError: It is an address without a slash, and can't be asked.
    """
    text = str(output)
    if "://" in text:
        check_writable(text)
        if not text.endswith("/") and not open_folder(text).has(HEAD):
            raise OutputError(
                f"{without_secrets(text)}: results in a store are a folder of parts: put a / at its end"
            )
        return Output(text, True)
    path = Path(output)
    if text.endswith(("/", os.sep)) or (path / HEAD).exists():
        return Output(path, True)
    if path.is_dir():
        raise OutputError(
            f"{path}: is a folder; name a file in it, or put a / at its end for results in parts"
        )
    return Output(path, False)


def check_together(output: Output | None, *, overwrite: bool, sharded: bool, live: Collection[str]) -> None:
    """Refuse what can't go into a dataset.

    Args:
        output: Where the results go.
        overwrite: Whether what is there is to be removed.
        sharded: Whether other runs read other parts of the sources.
        live: Cameras and streams among the sources.

    Raises:
        OptionError: Says what to do.
    """
    if output is None or not output.in_parts:
        return
    if overwrite and sharded:
        raise OptionError(
            "--overwrite with --shard would remove what other shards have written: remove the folder once, "
            "before all of them, or name another"
        )
    if live:
        raise OptionError(
            f"{min(live)}: never ends, and a part is written when its source has ended: name a file "
            "(out.jsonl), which grows as it comes"
        )
