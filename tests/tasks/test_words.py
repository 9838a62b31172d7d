"""Tables for the terminal."""

from __future__ import annotations

from mimik.tasks.words import aligned, folded

ROWS = [("#0", "happy 97 %", "35 (26-44)", "AU06 cheek raiser, AU12 lip corner puller"), ("#10", "sad 40 %")]


def test_a_table_that_fits_stays_as_it_is() -> None:
    assert folded(ROWS, 80) == aligned(ROWS)
    assert folded([], 80) == []


def test_the_widest_column_stands_below_what_fits() -> None:
    assert folded(ROWS, 50) == [
        "#0   happy 97 %  35 (26-44)",
        "     AU06 cheek raiser, AU12 lip corner puller",
        "#10  sad 40 %",
    ]


def test_a_long_answer_is_broken_at_its_commas() -> None:
    assert folded(ROWS, 30) == [
        "#0   happy 97 %  35 (26-44)",
        "     AU06 cheek raiser,",
        "     AU12 lip corner puller",
        "#10  sad 40 %",
    ]
    assert folded([("#0", "one long word of its own", "b")], 10) == [
        "#0  b",
        "    one long word of its own",
    ]
