"""The outputs that an ensemble joins: of which files, what they mean, and whether they fit together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mimik.errors import MimikError, RecipeError, some_of
from mimik.models.card import ModelCard, read_card
from mimik.models.inputs import MEAN, STD
from mimik.models.store import cards_in, check_hash, find_model
from mimik.tasks.own import scored_of
from mimik.train.ensemble.recipe import EnsembleRecipe, Finished, Trained
from mimik.train.recipe.options import HeadOptions
from mimik.train.recipe.recipe import Recipe

CLASSES, ODDS, UNITS, YEARS, NUMBER = "classes", "odds", "units", "years", "number"
"""What an output means: one of several classes, one class against all others, units each by itself, a
distribution over years, or an age as one number."""


@dataclass(frozen=True)
class Part:
    """One output of a member's file."""

    member: str
    """Name of the member; experts of all classes have the same."""
    name: str
    """What it is called among the members' folders."""
    card: ModelCard
    """Its model's card."""
    file: Path
    """Its ONNX file."""
    kind: str
    """CLASSES, ODDS, UNITS, YEARS or NUMBER."""
    label: str = ""
    """Of an expert, the class that it tells from the others."""

    @property
    def width(self) -> int:
        """How many values it adds to what is joined."""
        return 1 if self.kind == ODDS else self.card.outputs

    def with_temperature(self, temperature: float) -> Part:
        """The same at another temperature than its card's."""
        return replace(self, card=replace(self.card, temperature=temperature))


def finished_parts(member: Finished, recipe: EnsembleRecipe) -> list[Part]:
    """The outputs of a finished member.

    Raises:
        RecipeError: There is no such model, it is damaged, or has no model of a name.
    """
    word, name = Path(member.model), recipe.joined.name
    try:
        words = [str(card) for card in cards_in(word)] if word.is_dir() else [member.model]
        if not words:
            raise RecipeError(f"{name}: its member {member.name}: {word} holds no model (yet)")
        found = [find_model(one) for one in words]
    except RecipeError:
        raise
    except (MimikError, OSError) as error:
        raise RecipeError(f"{name}: its member {member.name}: {error}") from error
    parts = [_part(member.name, member.name, card, file, None) for card, file in found]
    return _chosen(parts, member.heads, recipe)


def trained_parts(member: Trained, run: Path, recipe: EnsembleRecipe) -> list[Part]:
    """The outputs of a member that was trained, in a run's folder."""
    parts = []
    for head in member.recipe.all_heads:
        if not head.aid:
            card = read_card(run / f"{head.name}.json")
            file = run / card.file
            check_hash(file, card.sha256)
            parts.append(_part(member.group, member.name, card, file, head))
    return _chosen(parts, member.heads, recipe)


def planned_parts(member: Trained, recipe: EnsembleRecipe) -> list[Part]:
    """The same of a member that isn't trained yet: its cards say what its recipe says."""
    own = member.recipe
    parts = [
        _part(
            member.group,
            member.name,
            ModelCard(
                name=head.name,
                version=own.version,
                task=head.task,
                kind=head.kind,
                file="",
                sha256="",
                parameters=0,
                labels=head.labels,
                outputs=head.output_count,
                takes=own.takes,
                mean=MEAN,
                std=STD,
            ),
            Path(),
            head,
        )
        for head in own.all_heads
        if not head.aid
    ]
    return _chosen(parts, member.heads, recipe)


def _part(member: str, name: str, card: ModelCard, file: Path, head: HeadOptions | None) -> Part:
    kind = str(scored_of(card).objective)
    if head is not None and head.rest:
        return Part(member, name, card, file, ODDS, head.labels[1])
    return Part(member, name, card, file, NUMBER if kind == YEARS and card.outputs == 1 else kind)


def _chosen(parts: Sequence[Part], names: Sequence[str], recipe: EnsembleRecipe) -> list[Part]:
    """The parts that are used: those that are named, or those that fit the way of joining."""
    if names:
        there = {part.card.name: part for part in parts}
        if missing := [name for name in names if name not in there]:
            raise RecipeError(
                f"{recipe.joined.name}: its member {parts[0].member} has no model {some_of(missing)}: there "
                f"is {', '.join(there)}"
            )
        return [there[name] for name in names]
    if recipe.options.combine == "perceptron" or len(parts) == 1:
        return list(parts)
    (head,) = recipe.joined.all_heads
    fitting = [p for p in parts if p.card.task == head.task and p.card.labels == head.labels]
    return fitting[:1] or list(parts)


def check_parts(parts: Sequence[Part], recipe: EnsembleRecipe) -> None:
    """Make sure that outputs can be joined.

    Raises:
        RecipeError: They are of other crops or labels, of a kind that can't be joined, or there is one alone.
    """
    joined, combine = recipe.joined, recipe.options.combine
    (head,) = joined.all_heads
    for part in parts:
        check_input(part, joined)
        if part.kind not in (CLASSES, ODDS, UNITS, YEARS, NUMBER):
            raise RecipeError(
                f"{joined.name}: its member {part.member} reads {part.card.task}, which can't be joined"
            )
    members = list(dict.fromkeys(part.member for part in parts))
    if combine != "perceptron":
        for member in members:
            _check_labels([part for part in parts if part.member == member], head, recipe)
    same = parts[0].card.labels == head.labels and parts[0].card.task == head.task
    experts = len(parts) > 1 and all(part.kind == ODDS for part in parts)
    alone = len(parts) == 1 and same if combine == "perceptron" else not experts
    if len(members) == 1 and alone:
        raise RecipeError(
            f"{joined.name}: it has one member alone, {members[0]}, so there is nothing to join; name another"
        )


def check_input(part: Part, joined: Recipe) -> None:
    """Members see one and the same crop, so that a face is cut out once."""
    card = part.card
    if card.takes != joined.takes:
        told = (
            [
                f"{name} {getattr(card.takes, name)!r} in place of {getattr(joined.takes, name)!r}"
                for name in card.takes.__dataclass_fields__
                if getattr(card.takes, name) != getattr(joined.takes, name, None)
            ]
            if type(card.takes) is type(joined.takes)
            else []
        )
        raise RecipeError(
            f"{joined.name}: its member {part.member} takes {card.takes.text}, and the ensemble "
            f"{joined.takes.text}{': ' if told else ''}{', '.join(told)}; members must see the same"
        )
    if (card.mean, card.std) != (MEAN, STD):
        raise RecipeError(
            f"{joined.name}: its member {part.member} sees levels less {card.mean} over {card.std}, and the "
            f"ensemble less {MEAN} over {STD}; members must see the same"
        )


def _check_labels(parts: Sequence[Part], head: HeadOptions, recipe: EnsembleRecipe) -> None:
    """A mean needs the same classes of each member."""
    name, combine = recipe.joined.name, recipe.options.combine
    if all(part.kind == ODDS for part in parts):
        if sorted(part.label for part in parts) != sorted(head.labels):
            raise RecipeError(
                f"{name}: an expert for {some_of(part.label for part in parts)} alone has no place in a "
                f'{combine}; join experts with combine = "perceptron", or make them with one_versus_all'
            )
        return
    card = parts[0].card
    if len(parts) > 1 or (card.labels, card.outputs) != (head.labels, head.output_count):
        told = f"{card.task} with the labels {', '.join(card.labels) or f'of {card.outputs} years'}"
        raise RecipeError(
            f"{name}: its member {parts[0].member} answers {told}, and the ensemble {head.task} with "
            f"{', '.join(head.labels) or f'{head.output_count} years'}: a {combine} needs the same, in the "
            'same order; combine = "perceptron" joins others'
        )
