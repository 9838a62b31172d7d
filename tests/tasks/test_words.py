"""Tables fit the terminal, and are whole in a pipe."""

from __future__ import annotations

import sys

import pytest

from mimik.cli.main import main
from mimik.tasks.words import aligned, fitted, terminal_width

ROWS = [("name", "what is said", "share"), ("a", "one two three four five six", "12.5 %"), ("bcd", "seven")]


def test_a_row_is_a_line_where_there_is_room() -> None:
    assert aligned(ROWS) == aligned(ROWS, width=80)
    assert aligned(ROWS, "  ")[1] == "  a     one two three four five six  12.5 %"


def test_the_widest_column_goes_on_in_the_next_line() -> None:
    assert aligned(ROWS, " ", width=32) == [
        " name  what is said       share",
        " a     one two three      12.5 %\n       four five six",
        " bcd   seven",
    ]


@pytest.mark.parametrize("width", [80, 60, 40, 30])
def test_no_line_is_longer_and_no_word_is_lost(width: int) -> None:
    rows = [("a head of words", "word " * 12, "number"), ("x" * 20, "and more " * 9, "99.9 %")]
    texts = aligned(rows, "  ", width)
    assert len(texts) == 2
    assert max(len(line) for text in texts for line in text.splitlines()) <= width
    letters = sorted("".join(cell for row in rows for cell in row).replace(" ", ""))
    assert sorted("".join(texts).replace("\n", "").replace(" ", "")) == letters


def test_a_number_keeps_its_percent_sign() -> None:
    (text,) = aligned([("accuracy 66.9 % of all", "b" * 8)], width=25)
    assert "66.9 %" in text.splitlines()[0] or "66.9 %" in text.splitlines()[1]


def test_the_head_gives_way_before_the_rest() -> None:
    texts = aligned([("commercial use", "figure"), ("no", "a figure")], width=20)
    assert texts == ["commercial  figure\nuse", "no          a figure"]


def test_a_pipe_gets_whole_lines_and_a_terminal_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert terminal_width() is None and fitted(ROWS) == aligned(ROWS)
    monkeypatch.setenv("COLUMNS", "30")
    assert terminal_width() == 30 and fitted(ROWS) == aligned(ROWS, width=30)
    monkeypatch.setenv("COLUMNS", "")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr("os.get_terminal_size", _tells_nothing)
    assert terminal_width() == 80


def _tells_nothing(descriptor: int = 0) -> None:
    raise OSError


def test_the_models_fit_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    main(["models"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 12 and max(map(len, lines)) <= 80
