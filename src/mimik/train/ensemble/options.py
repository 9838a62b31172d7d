"""The parts of an ensemble's recipe, each checked when it is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mimik.errors import RecipeError

COMBINES = ("mean", "weighted", "product", "perceptron")
"""How members may be joined."""
KNOWN = ("refuse", "leave_out", "use")
"""What may be done with pictures that a finished member was trained on."""
MOST_LAYERS = 2
"""Hidden layers that a perceptron may have."""


@dataclass(frozen=True)
class MemberOptions:
    """One member of an ensemble, or several of one recipe."""

    recipe: str = ""
    """A recipe's file, from the ensemble's own folder or the working directory: it is trained."""
    model: str = ""
    """A finished model instead: a name in the catalogue, an ONNX file with its card, or a run's folder."""
    name: str = ""
    """What it is called; the recipe's or the model's name if empty."""
    heads: tuple[str, ...] = ()
    """Names of the models that are used of a recipe or a run with several; those that fit if empty."""
    seeds: tuple[int, ...] = ()
    """A member for each seed, instead of the recipe's own."""
    one_versus_all: bool = False
    """Whether the recipe becomes experts, one for each of its classes, which tell it from all others;
    together they are one member."""
    experts: tuple[str, ...] = ()
    """Classes for which the recipe becomes an expert each, and a member each."""

    def __post_init__(self) -> None:
        told = self.name or self.recipe or self.model or "a member"
        if bool(self.recipe) == bool(self.model):
            raise RecipeError(f"{told}: a member needs a recipe, or a finished model; name one of them")
        if self.model and (self.seeds or self.one_versus_all or self.experts):
            raise RecipeError(f"{told}: seeds, one_versus_all and experts are for recipes; leave them out")
        if self.one_versus_all and self.experts:
            raise RecipeError(
                f"{told}: one_versus_all makes an expert for each class, experts for some; leave one out"
            )
        if len(set(self.seeds)) < len(self.seeds) or any(seed < 0 for seed in self.seeds):
            raise RecipeError(f"{told}: seeds must differ and be 0 or more, not {list(self.seeds)}")


@dataclass(frozen=True)
class EnsembleOptions:
    """How members are joined."""

    combine: str = "mean"
    """"mean" of the members' probabilities, "weighted" mean of these, "product" of them (their geometric
    mean), or a "perceptron" over all that they say."""
    hidden: tuple[int, ...] = (32,)
    """Widths of the perceptron's hidden layers, two at most; without any it is logistic regression."""
    penalty: float = 1e-2
    """Weight of the perceptron's squared weights against the mean loss."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """Member to its weight, of "weighted"; fitted if there are none."""
    folds: int = 5
    """Parts into which the people are divided: what is fitted is fitted on answers for people whom a
    member hasn't seen."""
    subjects: bool = False
    """Whether there is a fold for each person instead."""
    known: str = "refuse"
    """What is done with pictures that a finished member was trained on: "refuse" them, "leave_out", or "use"
    them, which flatters the ensemble."""

    def __post_init__(self) -> None:
        for name, allowed in (("combine", COMBINES), ("known", KNOWN)):
            if getattr(self, name) not in allowed:
                raise RecipeError(
                    f"ensemble: {name} must be one of {', '.join(allowed)}, not {getattr(self, name)!r}"
                )
        if len(self.hidden) > MOST_LAYERS or any(not 1 <= width <= 1024 for width in self.hidden):
            raise RecipeError(
                f"ensemble: hidden must be {MOST_LAYERS} widths at most, 1 to 1024, not {list(self.hidden)}"
            )
        if not self.penalty >= 0:
            raise RecipeError(f"ensemble: penalty must be 0 or more, not {self.penalty}")
        if self.folds < 2:
            raise RecipeError(f"ensemble: folds must be 2 or more, not {self.folds}")
        if self.weights and self.combine != "weighted":
            raise RecipeError(f'ensemble: weights go with combine = "weighted", not "{self.combine}"')
        bad = {name: weight for name, weight in self.weights.items() if not _is_weight(weight)}
        if bad:
            raise RecipeError(f"ensemble: weights must be numbers of 0 or more, not {bad}")
        if self.weights and not sum(self.weights.values()):
            raise RecipeError("ensemble: one weight at least must be above 0")

    @property
    def fitted(self) -> bool:
        """Whether anything is fitted to the members' answers."""
        return self.combine == "perceptron" or (self.combine == "weighted" and not self.weights)


def _is_weight(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


@dataclass(frozen=True)
class DistilOptions:
    """A small network that learns from an ensemble's answers."""

    recipe: str
    """The student's recipe, from the ensemble's own folder or the working directory."""
    share: float = 0.7
    """Share of its target that is taken from the ensemble."""

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise RecipeError(f"distil: share must be above 0 and at most 1, not {self.share}")
