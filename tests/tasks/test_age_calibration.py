"""Which ages decide how sure an age model is."""

from __future__ import annotations

import numpy as np
import pytest

from mimik.data.base import Sample
from mimik.tasks.age import Age
from mimik.tasks.calibration import FEWEST
from mimik.tasks.years import age_group


def aged(count: int, exact: int) -> tuple[np.ndarray, list[Sample]]:
    """Logits four times too sure of ages, and the ages: the first so many exact, the others as bands."""
    rng = np.random.default_rng(0)
    centres = rng.uniform(20, 80, count)
    years = centres + rng.normal(0, 6, count)
    years[:exact] = centres[:exact]  # So few as are right by chance.
    logits = -0.5 * ((np.arange(101) - centres[:, None]) / 3) ** 2
    labels = [{"age": y} if i < exact else {"age_group": age_group(y)} for i, y in enumerate(years.tolist())]
    samples = [Sample(str(i), lambda: None, "val", label) for i, label in enumerate(labels)]  # type: ignore[arg-type, return-value]
    return logits.astype(np.float32), samples


def test_a_few_exact_ages_do_not_decide_how_sure_an_age_is() -> None:
    bands, few = (Age().fit_temperature(*aged(400, exact), (), "age") for exact in (0, 3))
    assert bands == pytest.approx(4, abs=0.8)  # variance grows with the temperature: (6 / 3)^2
    assert few == pytest.approx(bands, rel=0.05)
    # Enough of them do: these are right to the year.
    assert Age().fit_temperature(*aged(400, FEWEST), (), "age") < 0.5
