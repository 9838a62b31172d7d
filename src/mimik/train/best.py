"""The weights that were best on validation, kept beside the last ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mimik.errors import RecipeError
from mimik.models.card import read_card
from mimik.storage.whole import write_whole
from mimik.train.checkpoint import save_tensors

BEST = "best.pt"
"""Name of the file in a run's folder; a recipe may start from it as from a checkpoint."""
LOWER = ("mae", "validation_loss")
"""Figures of validation that are better when lower."""


@dataclass(frozen=True)
class Best:
    """The best epoch so far."""

    epoch: int
    """Counted from 1."""
    rank: tuple[float, ...]
    """What epochs are compared by: the highest is the best."""
    phase: int = 0
    """The phase that it is of, from 0."""


def rank(figures: Mapping[str, float]) -> tuple[float, ...]:
    """What epochs are compared by: higher is better.

    The task's figure, and the loss where that is equal; the loss alone where several heads have a
    figure each, whose units differ.

    Args:
        figures: Of validation: ``validation_loss``, and each head's figure by its name.
    """
    own = {name: value for name, value in figures.items() if name != "validation_loss"}
    ordered = [*own.items(), ("validation_loss", figures["validation_loss"])]
    if len(own) > 1:
        ordered = ordered[-1:]
    signed = (-value if name in LOWER else value for name, value in ordered)
    return tuple(value if math.isfinite(value) else -math.inf for value in signed)


def read_best(run: Path, phase: int = 0) -> Best | None:
    """The best epoch of a phase, from a run's folder; None if there is none yet.

    Args:
        run: The run's folder.
        phase: The one that the run is in, from 0. The file may still hold the best of the one before.

    Raises:
        RecipeError: The file is damaged.
    """
    held = _read(run)
    if not held or held.get("phase", 0) != phase:
        return None
    return Best(int(held["epoch"]), tuple(held["rank"]), phase)


def keep_best(
    best: Best | None,
    epoch: int,
    figures: Mapping[str, float],
    network: nn.Module,
    run: Path,
    phase: int = 0,
    write: bool = True,
) -> Best:
    """The best epoch after another one; if that is it, its weights are written.

    Args:
        best: The best epoch before.
        epoch: The new one.
        figures: Its figures of validation.
        network: Its averaged weights.
        run: The run's folder.
        phase: The phase that the epoch is of, from 0; ``best`` is of the same.
        write: Whether its weights are written at all; of several processes one does it.
    """
    now = Best(epoch, rank(figures), phase)
    if best and now.rank <= best.rank:
        return best
    if not write:
        return now
    held = {
        "averaged": network.state_dict(),
        "epoch": epoch,
        "phase": phase,
        "rank": list(now.rank),
        "figures": dict(figures),
    }
    save_tensors(run / BEST, held)
    return now


def load_best(network: nn.Module, run: Path) -> None:
    """Give a network the weights of the best epoch of a run."""
    network.load_state_dict(_read(run)["averaged"])


def tell_choice(cards: Sequence[Path], epoch: int, epochs: int) -> None:
    """Have cards say that their figures of validation are those by which an epoch was chosen.

    Args:
        cards: Files of the exported cards.
        epoch: The one that was chosen.
        epochs: Of so many.
    """
    said = f"Epoch {epoch} of {epochs} was chosen by its figures on validation, so they flatter it a little."
    for path in cards:
        card = read_card(path)
        write_whole(path, replace(card, limits=(*card.limits, said)).to_json())


def _read(run: Path) -> dict[str, Any]:
    path = run / BEST
    if not path.exists():
        return {}
    try:
        held: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # what a damaged pickle raises has no common base
        raise RecipeError(f"{path}: damaged; delete it, and the run goes on without it") from error
    return held
