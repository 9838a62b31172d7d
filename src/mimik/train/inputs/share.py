"""Each class's share of validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mimik.train.inputs.units import Units


@dataclass(frozen=True, eq=False)
class Shares:
    """How much of each class a split may and should hold."""

    strata: Sequence[NDArray[np.bool_]]
    """Which pictures are of each class, (N,); the first are all of them."""
    free: NDArray[np.bool_]
    """Pictures whose side the split chooses, (N,)."""
    learnable: NDArray[np.bool_]
    """Pictures that may be trained on, (N,)."""
    share: float
    """Part of each class that is held."""

    def topped_up(
        self, held: NDArray[np.bool_], units: Units, barred: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """The held pictures (N,), and for each class with less than half its share further units.

        Args:
            held: Those that are held so far.
            units: What is held as a whole; those with the lowest hashes come first.
            barred: Pictures (N,) whose unit can't be held.
        """
        held = held.copy()
        for stratum in self.lacking(held):
            wanted = max(1, int(self.share * (stratum & self.free).sum()))
            left = stratum & self.free & ~held & ~np.isin(units.names, units.names[barred])
            order = np.argsort(units.digests[left], kind="stable")
            for name in dict.fromkeys(units.names[left][order].tolist()):
                if (held & stratum).sum() >= wanted:
                    break
                more = self.free & (units.names == name)
                if not self._too_large(more) and self._leaves_some(held | more):
                    held |= more
        return held

    def lacking(self, held: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
        """The classes that have less than half of their share, or nothing, in validation."""
        return [
            stratum
            for stratum in self.strata
            if (stratum & self.free).any()
            and (held & stratum).sum() < max(1, self.share * (stratum & self.free).sum() / 2)
        ]

    def spared(self, held: NDArray[np.bool_], units: Units) -> NDArray[np.bool_]:
        """The held pictures (N,) without units that training can't do without.

        They have more than half of a class's pictures, or the last of them.
        """
        held = held.copy()
        chosen = held & self.free
        names, counts = np.unique(units.names[chosen], return_counts=True)
        smallest = min((int((s & self.learnable).sum()) for s in self.strata if s.any()), default=0)
        for name in names[counts > smallest / 2].tolist():
            if self._too_large(unit := chosen & (units.names == name)):
                held &= ~unit
        while (bare := self._bare(held)) is not None:
            own = held & bare & self.free
            held &= ~(self.free & (units.names == units.names[own][units.digests[own].argmax()]))
        return held

    def needs_sparing(self, held: NDArray[np.bool_]) -> bool:
        """Whether training might lack a class, so that units have to be looked at."""
        return any(2 * (held & s & self.free).sum() > (s & self.learnable).sum() for s in self.strata)

    def _too_large(self, unit: NDArray[np.bool_]) -> bool:
        """Whether a unit has more than half of what can be learned of a class."""
        return any(2 * (unit & s).sum() > (s & self.learnable).sum() for s in self.strata)

    def _leaves_some(self, held: NDArray[np.bool_]) -> bool:
        return self._bare(held) is None

    def _bare(self, held: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
        """The first class of which free pictures are held and none is left to train on."""
        for stratum in self.strata:
            if (stratum & held & self.free).any() and not (stratum & self.learnable & ~held).any():
                return stratum
        return None
