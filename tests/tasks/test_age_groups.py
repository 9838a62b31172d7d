from __future__ import annotations

import pytest

from mimik.errors import OptionError
from mimik.tasks.years import group_of


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
