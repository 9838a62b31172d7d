"""What may be asked for: sets of models, tasks of faces and voices, and how a viewer's wish is settled."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mimik.errors import OptionError, UnknownNameError
from mimik.faces.detect.base import DetectorOptions
from mimik.models.card import ModelCard
from mimik.models.sets import DEFAULT_SET, MODEL_SETS, lacking, models_of
from mimik.models.store import catalogue, find_model
from mimik.models.terms import for_products
from mimik.pipeline.choice import choose, default_tasks, ordered_tasks, with_helpers
from mimik.tasks.base import CLIP, CROP, SOUND, TASKS, hearing_tasks, input_of
from mimik.tasks.loaded import check_age_groups
from mimik.tasks.own import check_known, in_order
from mimik.tasks.prior import NO_FACES, parse_priors
from mimik.temporal.follow import Every, FollowOptions
from mimik.temporal.smooth import SmoothOptions


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What is read, by which models; viewers share batches where they share a network."""

    models: str
    """Name of a set."""
    tasks: tuple[str, ...]
    """What is read of faces, in the order of the table of tasks; empty if only voices are heard."""
    smoothing: float = 1.0
    """Strength; 0 is off."""
    detector: str = "auto"
    """"auto" (YuNet), "yunet" or "haar"."""
    detect_size: int | None = None
    """Longer side of the picture that is searched, in pixels; the detector's own choice if None, all of the
    picture if 0."""
    min_face: int = 0
    """Smaller faces are left out, in pixels."""
    threshold: float | None = None
    """Probability below which a class is "uncertain"; as in the models' cards if None."""
    prior: tuple[str, ...] = ()
    """How frequent classes are, as --prior says it; as the models' cards assume if empty."""
    units: tuple[str, ...] | None = None
    """The action units that are read; all that the model knows if None."""
    detect_every: Every = "auto"
    """In every how many frames the whole picture is searched for faces; see Analyzer."""
    keep_id: float | None = None
    """Seconds that a person may be unseen and keep the id; see Analyzer."""
    age_groups: int = 0
    """Years of an age group, 5 or 10; FairFace's groups if 0."""
    model: tuple[tuple[str, str], ...] = ()
    """Tasks with the models that read them in place of the set's."""
    own: tuple[str, ...] = ()
    """The tasks of no table that have a model here, which describes them."""
    heard: tuple[str, ...] = ()
    """What is heard in voices; empty if nothing is listened to."""
    voice_first: float | None = None
    """Seconds of speech that are the speaker's own voice, against which the rest is heard."""

    def __post_init__(self) -> None:
        models_of(self.models)
        if self.tasks or not self.heard:
            object.__setattr__(self, "tasks", ordered_tasks(self.tasks, self.own))
        SmoothOptions(strength=self.smoothing)
        DetectorOptions(size=self.detect_size, min_face=self.min_face)
        FollowOptions(self.detect_every)
        object.__setattr__(self, "prior", tuple(self.prior or ()))
        if parse_priors(self.prior) and not self.tasks:
            raise OptionError(NO_FACES)
        if self.units is not None:
            object.__setattr__(self, "units", tuple(self.units))
        if self.age_groups:
            check_age_groups(self.tasks, self.age_groups)

    @property
    def of_faces(self) -> ReadOptions:
        """Without what is heard: while these are the same, people keep their ids."""
        model = tuple(one for one in self.model if one[0] not in self.heard)
        return replace(self, heard=(), voice_first=None, model=model)

    @property
    def of_voices(self) -> tuple[Any, ...]:
        """What changes what is heard."""
        model = [one for one in self.model if one[0] in self.heard]
        return self.models, self.heard, self.threshold, self.voice_first, model


class Offers:
    """The sets of models of one server, and what it reads by them."""

    def __init__(
        self, models: str = DEFAULT_SET, *, own: Mapping[str, str] | None = None, commercial: bool = False
    ) -> None:
        """Look at cards; nothing is loaded.

        Args:
            models: Set of models where a viewer names none.
            own: Task to the model that reads it in every set, by name or path.
            commercial: Whether only models that may be used in products are offered.

        Raises:
            UnknownNameError: There is no such set, task or model.
            OptionError: The set or a model of ``own`` may not be used in products.
            ModelError: A card or file of ``own`` is missing or damaged.
        """
        self.models, self.commercial, self._named = models, commercial, dict(own or {})
        self.own = {task: find_model(name)[0] for task, name in self._named.items()}
        """Task to the card of the model that reads it in every set."""
        if clips := [card.name for card in self.own.values() if card.input == CLIP]:
            raise OptionError(f"{clips[0]} reads whole clips, which the server doesn't: use mimik analyze")
        self._check(models)
        self.sets = {
            name: self._of(name)
            for name in MODEL_SETS
            if not commercial or for_products(models_of(name) | self._named)
        }
        """Each set that is offered: task to the name of the model that reads it."""
        self.tasks = ordered_tasks(
            [task for name in self.sets for task in self.default_tasks(name)], self.own
        )
        """What some set reads of faces where no task is named, in the order of the table of tasks."""
        self.heard = in_order(task for there in self.sets.values() for task in self._takes(there, SOUND))
        """What may be heard in voices, in some set."""

    def _of(self, name: str) -> dict[str, str]:
        """Task to the name of its model in a set, with those of one's own."""
        return models_of(name) | {task: card.name for task, card in self.own.items()}

    def _check(self, models: str) -> None:
        """Make sure that all models of a set, and one's own, are there and may be used."""
        for source in (CROP, SOUND):
            tasks = self._takes(self._of(models), source)
            named = {task: name for task, name in self._named.items() if task in tasks}
            if tasks:
                choose(tasks, models, named, commercial=self.commercial, source=source)

    def _takes(self, there: Mapping[str, str], source: str) -> tuple[str, ...]:
        """The tasks whose models take a source, CROP or SOUND, of task to model."""
        return tuple(task for task in there if self._input(task, there[task]) == source)

    def _input(self, task: str, model: str) -> str:
        """What a task's model takes; a task of no table says it in its model's card."""
        if task in TASKS:
            return input_of(task)
        return self.own[task].input if task in self.own else self.cards()[model].input

    def default_tasks(self, models: str) -> tuple[str, ...]:
        """What is read of faces with a set where no task is named."""
        return self._default(self.sets[models], self.own, CROP)

    def _default(self, there: Mapping[str, str], own: Collection[str], source: str) -> tuple[str, ...]:
        """What is read where no task is named, of task to model."""
        names = self._takes(there, source)
        return default_tasks(names, [task for task in names if task in own], source)

    def voices(self, models: str | None = None, model: Sequence[str] | None = None) -> tuple[str, ...]:
        """What is heard in voices where no task is named; see ``options``.

        Raises:
            OptionError: The set has no model that hears.
        """
        there = self.sets[self._set(models)] | self._chosen(model or ())
        if not (names := self._takes(there, SOUND)):
            raise lacking(self._set(models), hearing_tasks(), self.sets)
        return in_order(names)

    def cards(self) -> dict[str, ModelCard]:
        """Name to card of every model that may be chosen here: those installed, and the server's own.

        Models of whole clips aren't among them: nothing here reads those.
        """
        known = catalogue() | {card.name: card for card in self.own.values()}
        return {
            name: card
            for name, card in known.items()
            if card.input != CLIP and (card.commercial_use or not self.commercial)
        }

    def options(
        self,
        models: str | None = None,
        tasks: Sequence[str] | None = None,
        model: Sequence[str] | None = None,
        listen: bool | None = None,
        **others: Any,
    ) -> ReadOptions:
        """Settle what a viewer asks for.

        Args:
            models: Name of a set; the server's own if None.
            tasks: What to read; all of faces that there are models for if None.
            model: "TASK=NAME" of each task that another model than the set's reads, of ``cards``.
            listen: Whether voices are heard, by all models that hear; if None, ``tasks`` say it.
            **others: Of ReadOptions, as they are.

        Raises:
            UnknownNameError: There is no such set, task or model.
            OptionError: The set isn't offered here or has no model for a task (says which has), a model is
                for another task or for one that isn't read, or an option is out of range.
        """
        name, chosen = self._set(models), self._chosen(model or ())
        there = self.sets[name] | chosen
        if listen is False:  # What is named for voices waits until they are listened to.
            chosen = {task: chosen[task] for task in self._takes(chosen, CROP)}
        names = self._named_tasks(there, chosen, tasks)
        if absent := [task for task in names if task not in there]:
            raise lacking(name, absent, self.sets)
        heard = tuple(task for task in names if self._input(task, there[task]) == SOUND)
        if listen is not None and tasks is not None and heard:
            raise OptionError(
                f"{', '.join(heard)}: heard in a voice, not seen in a face: leave it out of tasks, and say "
                '"listen": true'
            )
        if listen:
            heard = self.voices(name, model)
        seen = tuple(task for task in names if task not in heard)
        if stray := [task for task in chosen if task not in (*with_helpers(seen), *heard)]:
            raise OptionError(f"a model is named for {stray[0]!r}, but the tasks are {', '.join(names)}")
        own = tuple(task for task in there if task not in TASKS)
        return ReadOptions(name, seen, model=tuple(sorted(chosen.items())), own=own, heard=heard, **others)

    def _set(self, models: str | None) -> str:
        """The name of a set that is offered, the server's own if None."""
        name = models or self.models
        if name not in MODEL_SETS:
            raise UnknownNameError("set of models", name, self.sets)
        if name not in self.sets:
            raise OptionError(
                f"this server offers models that may be used in products only (--commercial): "
                f"{', '.join(self.sets)}, not {name!r}"
            )
        return name

    def _named_tasks(
        self, there: Mapping[str, str], chosen: Mapping[str, str], tasks: Sequence[str] | None
    ) -> tuple[str, ...]:
        """The tasks of the results; without names those of faces, and what a model is named for."""
        if tasks is not None:
            return ordered_tasks(tasks, there)
        return in_order([*self._default(there, {*self.own, *chosen}, CROP), *self._takes(chosen, SOUND)])

    def _chosen(self, pairs: Sequence[str]) -> dict[str, str]:
        """Task to the name of the model that stands in place of the set's, from "TASK=NAME"."""
        chosen: dict[str, str] = {}
        cards = self.cards() if pairs else {}
        for task, _, name in (pair.partition("=") for pair in pairs):
            check_known(task, {card.task for card in cards.values() if card.kind})
            there = [name for name, card in cards.items() if card.task == task]
            if name not in there:
                raise UnknownNameError(f"model of {task}", name, there)
            if task not in self.own or name != self.own[task].name:  # Its own reads it anyway, by its path.
                chosen[task] = name
        return chosen
