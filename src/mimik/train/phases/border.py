"""From one phase of a training to the next."""

from __future__ import annotations

from pathlib import Path

from mimik.train.best import load_best, read_best
from mimik.train.checkpoint import CHECKPOINT, State


def next_phase(state: State, run: Path, write: bool = True) -> None:
    """Begin the next phase from the averaged weights of the one that is over.

    Where that one had patience, from those of its best epoch. The checkpoint that is written here makes a run
    that is stopped in the first epoch of the new phase go on there.

    Args:
        state: What is changed.
        run: The run's folder.
        write: Whether the checkpoint is written; of several processes one does it.

    Raises:
        OutputError: The checkpoint can't be written.
        RecipeError: The best weights are damaged.
    """
    if state.course[state.phase].epochs.optim.patience and read_best(run, state.phase):
        load_best(state.averaged, run)
    state.network.load_state_dict(state.averaged.state_dict())
    state.enter(state.phase + 1)
    if write:
        state.save(run / CHECKPOINT)
