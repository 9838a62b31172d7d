"""Names of files after sources."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from mimik.storage.names import file_names


def names(*sources: str) -> list[str]:
    return list(file_names(sources, ".csv").values())


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["in/talk.mp4", "in/b.mp4"], ["talk.csv", "b.csv"]),
        (["a/talk.mp4", "b/talk.mp4"], ["a_talk.csv", "b_talk.csv"]),
        (["a/talk.mp4", "a/talk.mov"], ["talk.mp4.csv", "talk.mov.csv"]),
        (["x/a/t.mp4", "y/a/t.mp4", "c/t.mp4"], ["x_a_t.csv", "y_a_t.csv", "c_t.csv"]),
        (["a/Talk.mp4", "a/talk.mp4"], ["a_Talk.mp4.csv", "a_talk.mp4-2.csv"]),
        (["a_talk.mp4", "a/talk.mp4", "b/talk.mp4"], ["a_talk.mp4.csv", "a_talk.mp4-2.csv", "b_talk.csv"]),
        (["0", "stdin", "rtsp://host/live?x=1"], ["0.csv", "stdin.csv", "live_x=1.csv"]),
        (["C:\\clips\\a.mp4", "con.mp4", "NUL"], ["a.csv", "_con.csv", "_NUL.csv"]),
        (["..", ""], ["source.csv", "source-2.csv"]),
        (["a/.hidden", "-f.mp4", "dots...", "x:y|z.mp4"], ["_hidden.csv", "_f.csv", "dots.csv", "x_y_z.csv"]),
    ],
)  # fmt: skip
def test_names_say_as_much_as_tells_them_apart(sources: list[str], expected: list[str]) -> None:
    assert names(*sources) == expected
    assert names(*sources) == expected  # the same each time


def test_names_that_a_file_system_takes_for_one_are_told_apart() -> None:
    whole = unicodedata.normalize("NFC", "é.mp4")
    first, second = names(whole, unicodedata.normalize("NFD", whole))
    assert first != second


@pytest.mark.parametrize("name", ["x" * 300 + ".mp4", "照" * 200 + ".mp4", "bad\udcff\n\x1b.mp4"])
def test_every_name_can_be_a_file(tmp_path: Path, name: str) -> None:
    first, second = names(f"a/{name}", f"b/{name}")
    for made in (first, second):
        assert len(f"{made}.part.rows".encode()) < 255 and made.isprintable()
        (tmp_path / f"{made}.part.rows").write_text("x")
    assert len(list(tmp_path.iterdir())) == 2
