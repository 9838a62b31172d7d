"""How a study searches, checked when it is built."""

from __future__ import annotations

from dataclasses import dataclass

from mimik.errors import OptionError, RecipeError, UnknownNameError

SAMPLERS = ("tpe", "random")
"""How values are proposed."""
PRUNERS = ("median", "halving", "none")
"""How a trial is found to be hopeless before its end."""


@dataclass(frozen=True)
class TuneOptions:
    """How a study searches its space; the space itself is the rest of [tune]."""

    sampler: str = "tpe"
    """How values are proposed: "tpe", which learns from the trials before, or "random"."""
    pruner: str = "median"
    """Who ends hopeless trials early: "median", "halving" or "none"."""
    startup: int = 5
    """Trials that must be finished before one is ended early."""
    settle: int = 3
    """Epochs that each trial has before it may be ended."""
    figure: str = ""
    """Figure of validation that is made better: the task's if empty; ``validation_loss`` where there are
    several heads."""

    def __post_init__(self) -> None:
        for kind, name, allowed in (("sampler", self.sampler, SAMPLERS), ("pruner", self.pruner, PRUNERS)):
            if name not in allowed:
                raise RecipeError(str(UnknownNameError(kind, name, allowed)))
        for name in ("startup", "settle"):
            if getattr(self, name) < 0:
                raise RecipeError(f"{name} must be 0 or more, not {getattr(self, name)}")


def check_amount(trials: int, timeout_s: float | None) -> None:
    """Make sure that a study may begin.

    Raises:
        OptionError: There are no trials, or no time for them.
    """
    if trials < 1:
        raise OptionError(f"--trials must be 1 or more, not {trials}")
    if timeout_s is not None and not timeout_s > 0:
        raise OptionError(f"--timeout must be above 0 seconds, not {timeout_s:g}")
