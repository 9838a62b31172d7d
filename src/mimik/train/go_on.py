"""What is said to someone who asks a run for another number of epochs than it began with."""

from __future__ import annotations

import shlex
from pathlib import Path

from mimik.errors import OutputExistsError
from mimik.evaluate.held import CONFIGURATION
from mimik.train.checkpoint import CHECKPOINT
from mimik.train.log import read_rows
from mimik.train.recipe.recipe import Recipe
from mimik.train.run_folder import read_configuration


def check_epochs(run: Path, recipe: Recipe) -> None:
    """Make sure that a run in a folder isn't asked for another number of epochs.

    Its learning rate has been falling towards 0 at its own last epoch, so more of them are another run: one
    that starts from its weights.

    Args:
        run: The run's folder.
        recipe: What is to be trained.

    Raises:
        OutputExistsError: It is; says how to go on.
    """
    if not (run / CONFIGURATION).exists() or not (run / CHECKPOINT).exists():
        return
    if recipe.phases:
        return  # Each has its own; check_folder tells whether they are others.
    began = read_configuration(run).get("optim", {}).get("epochs")
    more = recipe.optim.epochs - int(began or recipe.optim.epochs)
    if not more:
        return
    if not (run / f"{recipe.name}.onnx").exists():
        raise OutputExistsError(
            f"{run}: its run began with {began} epochs, over which its learning rate falls; go on with that "
            "number, or name another folder with --run"
        )
    onward = (
        f"to train {more} more, add {_words('--start', run / CHECKPOINT, '--epochs', more)} "
        f"{_words('--run', f'{run}-more')}"
        if more > 0
        else "to train fewer, name another folder with --run"
    )
    done = max((row.get("epoch", 0) for row in read_rows(run)), default=began)
    ended = f"finished, after {began} epochs"
    if recipe.optim.schedule in ("cosine", "one_cycle"):
        ended += ", with its learning rate at 0"
    if done < began:
        ended = f"finished: it ended early, after {done} of {began} epochs"
    raise OutputExistsError(f"{run}: its run is {ended}; {onward}")


def _words(*words: object) -> str:
    """Words of a command as a shell takes them."""
    return shlex.join(map(str, words))
