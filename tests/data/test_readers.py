"""What every reader of the table must do."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimik.data.base import READERS, Skipped, load_reader
from mimik.data.fer2013 import VOTES
from mimik.errors import DataError, UnknownNameError
from mimik.tasks.base import TASKS


@pytest.mark.parametrize("name", READERS)
def test_contract(name: str, tmp_path: Path) -> None:
    reader = load_reader(name)
    assert reader.test_split in reader.splits
    assert set(reader.tasks) <= set(TASKS)
    assert reader.tasks or not reader.guessed  # Its labels may be of a task that is in no table.
    assert not reader.fits(tmp_path)
    with pytest.raises(DataError, match="expected"):
        list(reader.read(tmp_path))
    with pytest.raises(DataError, match="no such file"):
        list(reader.read(tmp_path / "none"))


HEADERS = {
    "fer2013/labels.csv": "row,emotion,usage," + ",".join(VOTES),
    "fairface/fairface_label_val.csv": "file,age,gender,race",
    "manifest/m.csv": "path,label,age,split",
}


@settings(max_examples=60)
@given(rows=st.lists(st.lists(st.text('0123456789abcPublicTest/-. "', max_size=9), max_size=14), max_size=4))
@pytest.mark.parametrize("name", HEADERS)
def test_damaged_tables_give_a_data_error_or_rows(
    name: str, rows: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "fuzz" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    (file.parent / "00000.webp").write_bytes(b"")
    file.write_text("\n".join([HEADERS[name], *(",".join(row) for row in rows)]))
    reader = load_reader({"fer2013": "fer2013", "fairface": "fairface", "manifest": "csv"}[file.parent.name])
    with contextlib.suppress(DataError):
        for sample in reader.read(file.parent):
            assert isinstance(sample, Skipped) or sample.labels or reader.test_split == "test"


def test_unknown_reader() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'fer2013'"):
        load_reader("fer213")
