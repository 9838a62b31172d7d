"""Which loss each head minimises, and what goes with which; recipes are read without torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mimik.errors import ModelError, OptionError, RecipeError, UnknownNameError
from mimik.tasks.own import load_scored_as
from mimik.train.recipe.options import DataOptions, HeadOptions, ObjectiveOptions

CROSS_ENTROPY, FOCAL, HINGE = "cross_entropy", "focal", "squared_hinge"
DISTRIBUTION, MSE, MAE = "distribution", "mse", "mae"
LOSSES: dict[str, tuple[str, ...]] = {
    "classes": (CROSS_ENTROPY, FOCAL, HINGE),
    "years": (DISTRIBUTION, MSE, MAE),
    "units": (CROSS_ENTROPY, FOCAL),
    "scores": (MSE,),
}
"""Kind of objective (mimik.train.objectives.base.OBJECTIVES) to its losses, its own first."""
NUMBERS = (MSE, MAE)
"""Losses of an age that is one number."""
BALANCED = "balanced"
"""In the place of class weights: by how often each class is trained on."""
AID = "scores"
"""What stands in the place of a task in heads that learn another program's numbers, and its objective."""


def kind_of(head: HeadOptions) -> str:
    """The kind of a head's objective: a key of LOSSES, or of an objective from outside.

    Raises:
        UnknownNameError: There is no such task.
    """
    return AID if head.task == AID else load_scored_as(head.task, head.kind, head.labels).objective


def loss_of(head: HeadOptions, options: ObjectiveOptions) -> str:
    """The loss of a head: its own, else that of [objective], else its kind's first; "" of unknown kinds.

    Raises:
        UnknownNameError: There is no such task.
    """
    known = LOSSES.get(kind_of(head), ("",))
    return head.loss or options.loss or known[0]


def check_losses(
    heads: Sequence[HeadOptions], options: ObjectiveOptions, data: Sequence[DataOptions], taught: bool
) -> None:
    """Refuse losses that a head can't have, and what has no meaning with them.

    Args:
        heads: All of the recipe.
        options: Its [objective].
        data: Its sets.
        taught: Whether a teacher's answers are a part of the targets.

    Raises:
        RecipeError: Says what came, what is allowed, and what to do.
    """
    try:
        chosen = [(head, kind_of(head), loss_of(head, options)) for head in heads]
    except (UnknownNameError, ModelError, OptionError):
        return  # Said where the objective is loaded, with the remedy.
    for head, kind, loss in chosen:
        _check_kind(head, kind, loss)
        if loss == HINGE:
            _check_hinge(head, options, taught)
    _check_weights(chosen, options, data)
    losses = {loss for _, _, loss in chosen}
    if options.focal_gamma != ObjectiveOptions.focal_gamma and FOCAL not in losses:
        raise RecipeError(
            f"objective: focal_gamma is for loss = {FOCAL!r}; leave it out (0 makes focal the cross-entropy)"
        )
    if any(kind == "years" for _, kind, _ in chosen) and DISTRIBUTION not in losses:
        plain = ObjectiveOptions()
        if (options.sigma_years, options.mean_weight) != (plain.sigma_years, plain.mean_weight):
            raise RecipeError(
                "objective: sigma_years and mean_weight are of an age's distribution; leave them out"
            )
    alone = all(head.one_versus_all for head, kind, _ in chosen if kind == "classes")
    if options.soft_labels and alone:
        raise RecipeError(
            "objective: soft_labels are of heads with classes that aren't one_versus_all, and there is none"
        )


def _check_kind(head: HeadOptions, kind: str, loss: str) -> None:
    """A head's loss must be of its kind, and its outputs must fit it."""
    known = LOSSES.get(kind, ("",))
    if loss not in known:
        there = ", ".join(filter(None, known)) or "none to choose"
        raise RecipeError(
            f"{head.name}: loss = {loss!r} is none of its task: for {head.target_name} there is {there}; "
            "say it under [objective], or in the head if there are several"
        )
    if kind == "years" and (head.outputs == 1) != (loss in NUMBERS):
        raise RecipeError(
            f"{head.name}: {loss!r} with outputs = {head.outputs}: an age of one number has outputs = 1 and "
            f"the loss {' or '.join(NUMBERS)}, one over the years outputs = 101 and {DISTRIBUTION}"
        )


def _check_hinge(head: HeadOptions, options: ObjectiveOptions, taught: bool) -> None:
    """Margins are learned from one label each."""
    votes = head.votes if head.votes >= 0 else options.votes
    soft = {
        "label_smoothing": options.label_smoothing,
        "votes": votes,
        "soft_labels": options.soft_labels,
        "own_classes": options.own_classes,
        "[teacher]": taught,
    }
    if there := [name for name, value in soft.items() if value]:
        raise RecipeError(
            f"{head.name}: {HINGE} learns margins from one label each, not from shares: leave "
            f"{' and '.join(there)} out, or take {CROSS_ENTROPY} or {FOCAL}"
        )


def _check_weights(
    chosen: Sequence[tuple[HeadOptions, str, str]], options: ObjectiveOptions, data: Sequence[DataOptions]
) -> None:
    """Weights must be of classes that there are, and not undo what the draws have done."""
    if not options.class_weights:
        return
    named = [head for head, kind, _ in chosen if kind in ("classes", "units")]
    if not named:
        raise RecipeError("objective: class_weights are of classes or units, and no head has any")
    if isinstance(options.class_weights, Mapping):
        labels = list(dict.fromkeys(label for head in named for label in head.labels))
        if strange := [name for name in options.class_weights if name not in labels]:
            there = ", ".join(labels)
            raise RecipeError(f"objective: class_weights of {', '.join(strange)}: the labels are {there}")
    elif any(entry.balanced for entry in data):
        raise RecipeError(
            f"objective: class_weights = {BALANCED!r} beside a [[data]] with balanced = true evens classes "
            "out twice; leave one of them out"
        )
