"""Files that are there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from mimik.errors import OutputError
from mimik.storage.whole import part_of, whole_file, write_whole


def test_a_file_gets_its_name_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with whole_file(path) as part:
        part.write_text("new", encoding="utf-8")
        assert part == part_of(path) and not path.exists()
    assert path.read_text(encoding="utf-8") == "new" and list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(KeyError), whole_file(path, tmp_path / "other") as part:
        part.write_text("half", encoding="utf-8")
        raise KeyError
    assert path.read_text(encoding="utf-8") == "old" and list(tmp_path.iterdir()) == [path]


def test_a_text_goes_through_a_link(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "target")
    write_whole(link, "text\n")
    assert link.is_symlink() and (tmp_path / "target").read_text(encoding="utf-8") == "text\n"


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(OutputError, match=r"there: can't be written .*: it is a folder; name a file"):
        write_whole(tmp_path / "there", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
