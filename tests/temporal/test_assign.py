"""The cheapest pairing, against trying every one."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mimik.temporal.assign import assign

cost = st.one_of(st.integers(0, 20).map(float), st.just(np.inf))


def best(costs: np.ndarray) -> tuple[int, float]:
    """Most pairs, then the least cost, of every pairing."""
    rows, columns = costs.shape
    results = []
    for choice in itertools.permutations([*range(columns), *[None] * rows], rows):
        values = [costs[r, c] for r, c in enumerate(choice) if c is not None]
        if np.isfinite(values).all():
            results.append((-len(values), float(sum(values))))
    count, total = min(results)
    return -count, total


@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_is_the_cheapest_of_the_largest(rows: int, columns: int, data: st.DataObject) -> None:
    values = data.draw(st.lists(cost, min_size=rows * columns, max_size=rows * columns))
    costs = np.array(values).reshape(rows, columns)
    pairs = assign(costs)
    assert len({r for r, _ in pairs}) == len({c for _, c in pairs}) == len(pairs)
    assert all(np.isfinite(costs[pair]) for pair in pairs)
    assert (len(pairs), sum(costs[pair] for pair in pairs)) == best(costs)


def test_nothing_to_pair() -> None:
    assert assign(np.zeros((0, 3))) == assign(np.zeros((2, 0))) == []
    assert assign(np.full((2, 2), np.inf)) == []
