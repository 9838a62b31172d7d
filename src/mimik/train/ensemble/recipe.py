"""The recipe of an ensemble: its members, how they are joined, and what the joined model is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mimik.errors import RecipeError, some_of
from mimik.models.card import ModelCard
from mimik.train.ensemble.experts import expert_recipe
from mimik.train.ensemble.options import DistilOptions, EnsembleOptions, MemberOptions
from mimik.train.folds.division import same_set
from mimik.train.recipe.build import build
from mimik.train.recipe.losses import check_losses
from mimik.train.recipe.options import DataOptions
from mimik.train.recipe.read import build_recipe, read_recipe, read_values
from mimik.train.recipe.recipe import Recipe

MEMBERS, ENSEMBLE, DISTIL = "members", "ensemble", "distil"
OWN = (
    *("name", "version", "task", "kind", "labels", "outputs", "data", "crop", "sound", "holdout", "seed"),
    *("threshold", "kept_accuracy", "objective", "licence", "commercial_use", "sources", "limits"),
)
"""Fields of a recipe that that of an ensemble may have, too."""
FAMILY = "ensemble"
"""What stands in the place of a family of networks."""


@dataclass(frozen=True)
class Trained:
    """A member that is trained, or one expert of a member."""

    name: str
    """What it is called, and its folder."""
    group: str
    """The member that it belongs to: experts of all classes are one."""
    recipe: Recipe
    """What is trained."""
    heads: tuple[str, ...]
    """Names of the models that are used; those that fit if empty."""


@dataclass(frozen=True)
class Finished:
    """A member that is finished."""

    name: str
    """What it is called."""
    model: str
    """What names it: a name of the catalogue, a file, or a run's folder."""
    heads: tuple[str, ...]
    """Names of the models that are used of a run with several; those that fit if empty."""


@dataclass(frozen=True)
class EnsembleRecipe:
    """Everything that makes an ensemble."""

    joined: Recipe
    """What the joined model is: its name, task, input, and the pictures that it is fitted and judged by."""
    members: tuple[Trained | Finished, ...]
    """What is joined, in order."""
    options: EnsembleOptions
    """How."""
    distil: DistilOptions | None = None
    """How its answers make a small network, if they do."""
    student: Recipe | None = None
    """That network's recipe."""

    @property
    def trained(self) -> tuple[Trained, ...]:
        """The members that are trained."""
        return tuple(member for member in self.members if isinstance(member, Trained))

    @property
    def by_folds(self) -> bool:
        """Whether members are trained by folds, too: what is fitted, or taught, mustn't be in-sample."""
        return bool(self.trained) and (self.options.fitted or self.student is not None)


def is_ensemble(path: Path) -> bool:
    """Whether a recipe's file is that of an ensemble.

    Raises:
        RecipeError: It can't be read.
    """
    return MEMBERS in read_values(path)


def read_ensemble(path: Path, seed: int | None = None) -> EnsembleRecipe:
    """Read and check an ensemble's recipe, and the recipes that it names.

    What it doesn't say of its task, input and pictures is as in its first recipe.

    Args:
        path: The file.
        seed: Instead of its own.

    Raises:
        RecipeError: It can't be read, or has an unknown key or a value of the wrong kind.
    """
    values, where = read_values(path), str(path)
    tables = {name: values.pop(name, None) for name in (MEMBERS, ENSEMBLE, DISTIL, "tune")}
    if strange := [name for name in values if name not in OWN]:
        raise RecipeError(
            f"{where}: {some_of(strange)} has no meaning with [[members]]: an ensemble has {', '.join(OWN)}, "
            "[[members]], [ensemble] and [distil]"
        )
    told = tables[MEMBERS]
    if not isinstance(told, list) or not all(isinstance(entry, dict) for entry in told) or not told:
        raise RecipeError(f"{where}: [[members]] must be tables, one for each member")
    entries = [build(MemberOptions, entry, f"{where}: members") for entry in told]
    options = build(EnsembleOptions, _table(tables[ENSEMBLE], where, ENSEMBLE), f"{where}: ensemble")
    members = [member for entry in entries for member in _members(entry, path)]
    _check_names(members, where)
    first = next((m.recipe for m in members if isinstance(m, Trained) and not _is_expert(m)), None)
    first = first or _base_of(entries, path)
    values |= {"seed": seed} if seed is not None else {}
    if "clip" in values or (first and first.clip):
        raise RecipeError(f"{where}: ensembles join networks of pictures, or of voices, not of clips")
    joined = _joined(values, members, first, where)
    distil, student = None, None
    if tables[DISTIL] is not None:
        distil = build(DistilOptions, _table(tables[DISTIL], where, DISTIL), f"{where}: distil")
        student = _student(read_recipe(beside(distil.recipe, path)), joined, distil)
    found = EnsembleRecipe(joined, tuple(members), options, distil, student)
    _check_weights(found)
    return found


def _table(value: Any, where: str, name: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RecipeError(f"{where}: [{name}] must be a table, not {value!r}")
    return value


def beside(name: str, recipe: Path) -> Path:
    """A file that a recipe names: from the recipe's folder, else from the working directory."""
    own = recipe.parent / name
    return own if own.exists() else Path(name)


def _members(entry: MemberOptions, path: Path) -> Iterator[Trained | Finished]:
    """The members that an entry makes."""
    if entry.model:
        own = beside(entry.model, path)
        model = str(own) if own.exists() else entry.model
        yield Finished(entry.name or Path(entry.model).name, model, entry.heads)
        return
    recipe = read_recipe(beside(entry.recipe, path))
    if recipe.fold >= 0 or recipe.folds:
        recipe = replace(recipe, fold=-1, data=tuple(replace(own, folds=0) for own in recipe.data))
    for seed in entry.seeds or (recipe.seed,):
        seeded = replace(recipe, seed=seed)
        name = entry.name or recipe.name
        name = f"{name}-seed{seed}" if entry.seeds else name
        if not (entry.one_versus_all or entry.experts):
            yield Trained(name, name, seeded, entry.heads)
        for label in recipe.all_heads[0].labels if entry.one_versus_all else entry.experts:
            expert = expert_recipe(seeded, label)
            called = f"{name}-{expert.heads[0].task.removeprefix(f'{recipe.all_heads[0].task}-')}"
            yield Trained(called, name if entry.one_versus_all else called, expert, ())


def _is_expert(member: Trained) -> bool:
    return any(head.rest for head in member.recipe.heads)


def _base_of(entries: Sequence[MemberOptions], path: Path) -> Recipe | None:
    """The recipe of which all members are experts."""
    return next((read_recipe(beside(entry.recipe, path)) for entry in entries if entry.recipe), None)


def _check_names(members: Sequence[Trained | Finished], where: str) -> None:
    names = [member.name for member in members]
    if twice := {name for name in names if names.count(name) > 1}:
        raise RecipeError(f"{where}: two members are called {some_of(twice)}; give each a name of its own")


def _joined(
    values: dict[str, Any], members: Sequence[Trained | Finished], first: Recipe | None, where: str
) -> Recipe:
    """The recipe of the joined model."""
    recipes = [member.recipe for member in members if isinstance(member, Trained)]
    if first is None and not ("data" in values and ("crop" in values or "sound" in values)):
        raise RecipeError(
            f"{where}: all members are finished: say task, labels, crop or sound, and the [[data]] that it "
            "is fitted and judged by"
        )
    made = _values_of(first, recipes) | values if first else values
    if first and "task" in values:  # Another task has other labels.
        made = {
            name: value
            for name, value in made.items()
            if name in values or name not in ("kind", "outputs", "objective")
        }
    if strange := values.keys() & {"heads", "network"}:
        raise RecipeError(f"{where}: {some_of(strange)} is a member's own")
    plain = {name: value for name, value in made.items() if not isinstance(value, Ready)}
    placeholder = plain | ({"data": [{"reader": "folder", "split": "all"}]} if "data" not in plain else {})
    if "crop" not in plain and "sound" not in plain:
        placeholder |= {"crop": {"size": 8}}
    if isinstance(own := made.get("objective"), Ready):
        placeholder |= {"objective": {"loss": own.value.loss}}  # By which outputs are checked.
    found = build_recipe(placeholder | {"network": {"family": FAMILY}}, where)
    ready = {name: value.value for name, value in made.items() if isinstance(value, Ready)}
    if "crop" in ready or "sound" in ready:
        ready = {"crop": None, "sound": None} | ready
    return replace(found, **ready)


@dataclass(frozen=True)
class Ready:
    """A value that another recipe has checked."""

    value: Any
    """As its field holds it."""


def _values_of(first: Recipe, recipes: Iterable[Recipe]) -> dict[str, Any]:
    """What an ensemble has of its members' recipes where it doesn't say otherwise."""
    data: list[DataOptions] = []
    sources: dict[str, Mapping[str, Any]] = {}
    for recipe in (first, *recipes):
        data += [entry for entry in recipe.data if not any(same_set(entry, own) for own in data)]
        sources |= {
            str(source.get("name")): source for source in recipe.sources if source.get("name") not in sources
        }
    head = first.all_heads[0]
    found: dict[str, Any] = {"holdout": first.holdout, "licence": first.licence}
    found |= {"task": head.task, "kind": head.kind, "labels": list(head.labels), "outputs": head.outputs}
    found |= {"threshold": head.threshold, "kept_accuracy": head.kept_accuracy}
    found |= {
        "objective": Ready(replace(first.objective, loss=head.loss or first.objective.loss)),
        "data": Ready(tuple(replace(entry, folds=0) for entry in data)),
    }
    found |= {"sources": Ready(tuple(sources.values()))}
    return found | {"crop" if first.crop else "sound": Ready(first.takes)}


def _student(recipe: Recipe, joined: Recipe, distil: DistilOptions) -> Recipe:
    """A student's recipe with its teacher's share.

    Raises:
        RecipeError: It doesn't learn the task, has other labels, or a teacher of its own.
    """
    (head,) = joined.all_heads
    same = [own for own in recipe.all_heads if own.task == head.task]
    if not same:
        raise RecipeError(f"{recipe.name}: a student must learn {head.task}, as its ensemble answers that")
    if (same[0].labels, same[0].output_count) != (head.labels, head.output_count):
        raise RecipeError(f"{recipe.name}: a student must have the labels of its ensemble, in their order")
    if recipe.teacher.models:
        raise RecipeError(
            f"{recipe.name}: a student has the ensemble as its teacher; leave [teacher] models out"
        )
    if not recipe.crop:
        raise RecipeError(f"{recipe.name}: [distil] is for pictures, as [teacher] is; leave it out")
    data = tuple(replace(own, folds=0) for own in recipe.data)
    check_losses(recipe.all_heads, recipe.objective, recipe.data, True)
    return replace(recipe, fold=-1, data=data, teacher=replace(recipe.teacher, share=distil.share))


def _check_weights(recipe: EnsembleRecipe) -> None:
    """Refuse weights for no member, or for some only."""
    names = {m.group if isinstance(m, Trained) else m.name for m in recipe.members}
    told = recipe.options.weights
    if told and (unknown := sorted(told.keys() - names)):
        raise RecipeError(
            f"{recipe.joined.name}: weights name {some_of(unknown)}, which is no member: there is "
            f"{', '.join(sorted(names))}"
        )
    if told and (missing := sorted(names - told.keys())):
        raise RecipeError(f"{recipe.joined.name}: weights lack {some_of(missing)}; give each member one")


def plain_ensemble(recipe: EnsembleRecipe) -> dict[str, Any]:
    """An ensemble's recipe as JSON may hold it."""
    return dataclasses.asdict(recipe)


def united_licence(own: str, cards: Sequence[ModelCard]) -> str:
    """The terms of weights that were joined: each member's, and the ensemble's own, once."""
    texts = list(dict.fromkeys(text for text in (own, *(card.licence for card in cards)) if text))
    return " ".join(text for text in texts if not any(text in other for other in texts if other != text))
