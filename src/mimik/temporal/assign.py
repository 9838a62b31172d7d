"""Pairing rows with columns at the least total cost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def assign(costs: NDArray[np.float64]) -> list[tuple[int, int]]:
    """As many pairs as possible of rows and columns, and among those the cheapest.

    Pairs that have no rival are settled at once (nearly all of them in a video); the rest by the
    Hungarian method, which greedy choice would not replace: it gives one person's face away when
    two are close.

    Args:
        costs: (R, C), 0 or more, infinite where a pair is not allowed.

    Returns:
        Row and column of each pair, by row.
    """
    if not costs.size:
        return []
    if costs.size == 1:
        return [(0, 0)] if costs[0, 0] < np.inf else []
    allowed = np.isfinite(costs)
    alone = allowed & (allowed.sum(axis=0) == 1)[None, :] & (allowed.sum(axis=1) == 1)[:, None]
    pairs = [(int(r), int(c)) for r, c in np.argwhere(alone)]
    rows = np.flatnonzero(allowed.any(axis=1) & ~alone.any(axis=1))
    columns = np.flatnonzero(allowed.any(axis=0) & ~alone.any(axis=0))
    if rows.size:
        part = costs[np.ix_(rows, columns)]
        # Dearer than any full set of allowed pairs, so that such a pair is taken only for want of one.
        barred = (part[np.isfinite(part)].max() + 1) * (min(part.shape) + 1)
        full = np.where(np.isfinite(part), part, barred)
        chosen = _hungarian(full) if rows.size <= columns.size else [(r, c) for c, r in _hungarian(full.T)]
        pairs += [(int(rows[r]), int(columns[c])) for r, c in chosen if np.isfinite(part[r, c])]
    return sorted(pairs)


def _hungarian(costs: NDArray[np.float64]) -> list[tuple[int, int]]:
    """The cheapest pairing of every row of (R, C), R <= C: Kuhn and Munkres with potentials."""
    count, width = costs.shape
    row_price, column_price = np.zeros(count), np.zeros(width + 1)
    owner = np.full(width + 1, -1)  # The last column is a stand-in, where each new row begins.
    for row in range(count):
        owner[width] = row
        here = width
        least = np.full(width, np.inf)
        came_from = np.full(width, width)
        used = np.zeros(width + 1, bool)
        while owner[here] >= 0:
            used[here] = True
            reduced = costs[owner[here]] - row_price[owner[here]] - column_price[:width]
            better = (reduced < least) & ~used[:width]
            least[better], came_from[better] = reduced[better], here
            following = int(np.where(used[:width], np.inf, least).argmin())
            step = least[following]
            row_price[owner[used]] += step
            column_price[used] -= step
            least[~used[:width]] -= step
            here = following
        while here != width:
            owner[here] = owner[came_from[here]]
            here = int(came_from[here])
    return [(int(owner[c]), c) for c in range(width) if owner[c] >= 0]
