"""Which models are compared: names, files, runs, and folders of runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mimik.errors import OptionError, UnknownNameError, some_of
from mimik.models.card import ModelCard
from mimik.models.store import cards_in, find_model


@dataclass(frozen=True, slots=True)
class Entrant:
    """A model that is compared with others."""

    name: str
    """What tells it from the others: its name, or that of its run."""
    word: str
    """What names it: a catalogue name, or the path of its card or file."""
    card: ModelCard
    """Its card."""
    file: Path
    """Its ONNX file."""


@dataclass(frozen=True, slots=True)
class Entrants:
    """The models that are compared, and what was named besides."""

    models: tuple[Entrant, ...]
    """In the order in which they were named."""
    ranked: bool
    """Whether a folder of runs was named, so that the best comes first."""
    empty: tuple[str, ...]
    """Folders of runs that hold no model (yet)."""


def find_entrants(words: Sequence[str | Path]) -> Entrants:
    """The models that some words name.

    Args:
        words: Catalogue names, ONNX files with their cards, runs' folders, folders of runs.

    Raises:
        UnknownNameError: Neither a known name nor a file or folder.
        ModelError: A model can't be used.
        OptionError: A folder holds no run; a model is named twice.
    """
    models: list[Entrant] = []
    ranked, empty = False, []
    for word in map(str, words):
        folder = Path(word)
        if not folder.is_dir():
            models.append(_entrant(word))
        elif cards := cards_in(folder):
            models += _of_run(folder, cards)
        else:
            ranked = True
            runs = {path: cards_in(path) for path in sorted(folder.iterdir()) if path.is_dir()}
            if not any(runs.values()):
                raise OptionError(
                    f"{folder}: no run with a model in it; name a run's folder, or one of several runs"
                )
            models += [found for run, cards in runs.items() for found in _of_run(run, cards)]
            empty += [path.name for path, cards in runs.items() if not cards]
    return Entrants(tuple(_told_apart(models)), ranked, tuple(empty))


def _entrant(word: str, name: str = "") -> Entrant:
    try:
        card, file = find_model(word)
    except UnknownNameError as error:
        if "/" not in word and not Path(word).exists():
            raise
        raise OptionError(
            f"{word}: no such run; name a model, its .onnx file or the folder of a run"
        ) from error
    return Entrant(name or card.name, word, card, file)


def _of_run(run: Path, cards: Sequence[Path]) -> Iterator[Entrant]:
    """The models of a run, called by it; by the card, too, where it has several."""
    name = run.resolve().name
    for card in cards:
        yield _entrant(str(card), name if len(cards) == 1 else f"{name}/{card.stem}")


def _told_apart(models: Iterable[Entrant]) -> list[Entrant]:
    """The models, each with a name of its own."""
    models = list(models)
    names = Counter(model.name for model in models)
    found = [replace(m, name=m.word) if names[m.name] > 1 else m for m in models]
    twice = [name for name, n in Counter(m.name for m in found).items() if n > 1]
    if twice:
        raise OptionError(f"named twice: {some_of(twice)}; name each model once")
    return found


def one_task(models: Sequence[Entrant]) -> str:
    """The task of all models.

    Raises:
        OptionError: They are of several.
    """
    tasks: dict[str, list[str]] = {}
    for model in models:
        tasks.setdefault(model.card.task, []).append(model.name)
    if len(tasks) > 1:
        told = "; ".join(f"{task} is read by {some_of(names, 3)}" for task, names in tasks.items())
        raise OptionError(f"models of different tasks can't be compared: {told}; name those of one task")
    return next(iter(tasks))
