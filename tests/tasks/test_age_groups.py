from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import mimik as package
from mimik.errors import OptionError
from mimik.readings import AgeReading
from mimik.tasks.age import Age
from mimik.tasks.years import GROUPS, WIDTHS, age_group, group_as_text, group_from_text, group_of


@pytest.mark.parametrize(
    ("years", "five", "ten"),
    [
        (0.0, "0-4", "0-9"),
        (-0.3, "0-4", "0-9"),
        (4.99, "0-4", "0-9"),
        (5, "5-9", "0-9"),
        (22.3, "20-24", "20-29"),
        (24.994, "20-24", "20-29"),
        (24.996, "25-29", "20-29"),  # In a results file it is 25.
        (99.9, "95-99", "90-99"),
        (100, "100+", "100+"),
        (131, "100+", "100+"),
    ],
)
def test_an_age_group_of_equal_width_is_the_band_in_which_years_lie(
    years: float, five: str, ten: str
) -> None:
    assert (group_of(years, 5), group_of(years, 10)) == (five, ten)


@pytest.mark.parametrize("width", [0, 1, 7, 20, -5, 5.0, True, "5", None])
def test_age_groups_are_5_or_10_years_wide(width: object) -> None:
    with pytest.raises(OptionError, match=r"age groups \(--age-groups\) must be 5 or 10 years wide, not"):
        group_of(20, width)  # type: ignore[arg-type]


def reading(years: float, width: int | None, previous: str | None = None) -> AgeReading:
    """What an age of so many years is told as."""
    scores = [0.9 if name == age_group(years) else 0.01 for name in GROUPS]
    values = np.float32([years, years - 5, years + 6, *scores])
    return Age(width).reading(values, values, None, previous)  # type: ignore[arg-type]


@pytest.mark.parametrize(("width", "group"), [(None, "20-29"), (5, "20-24"), (10, "20-29")])
def test_a_reading_tells_the_group_that_was_asked_for(width: int | None, group: str) -> None:
    told = reading(22, width)
    assert (told.group, told.label, told.word) == (group, group, group)
    assert told.text == ("22 (17-28)" if width is None else f"22 (17-28), group {group}")
    assert told.to_dict()["group"] == group_of(told.to_dict()["years"], width or 10)


@pytest.mark.parametrize("previous", [None, "20-24", "25-29"])
def test_the_group_follows_from_the_years_alone_whatever_it_was_before(previous: str | None) -> None:
    assert reading(24.9, 5, previous).group == "20-24"
    assert reading(25.1, 5, previous).group == "25-29"


def test_the_schema_allows_all_groups_and_no_others() -> None:
    schema = json.loads((Path(package.__file__).parent / "schema.json").read_text(encoding="utf-8"))
    allowed = schema["$defs"]["age_reading"]["properties"]["group"]["enum"]
    equal = {group_of(years, width) for years in range(120) for width in WIDTHS}
    assert set(allowed) == {*GROUPS, *equal, None} and len(allowed) == len(set(allowed))


@pytest.mark.parametrize(
    ("group", "text"), [("3-9", "3 to 9"), ("10-19", "10 to 19"), ("70+", "70+"), ("100+", "100+")]
)
def test_a_group_as_a_spreadsheet_leaves_it_alone(group: str, text: str) -> None:
    assert group_as_text(group) == text
    assert group_from_text(text) == group_from_text(group) == group


def test_other_texts_are_no_groups() -> None:
    for text in ("3 to", "x 3 to 9", "3 TO 9", "to", "", "2 to 3 people"):
        assert group_from_text(text) == text
