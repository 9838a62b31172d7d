"""What is published: the models of a run, of a file, or of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mimik.errors import ModelError, some_of
from mimik.evaluate.held import CONFIGURATION
from mimik.models.card import ModelCard, read_card
from mimik.models.store import cards_in, check_hash, find_model

PAGE = "report.html"
"""What a run writes last. It shows pictures of people, and is never published."""
CHECKPOINT = "checkpoint.pt"
"""What a run leaves on its way."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Models that are published together."""

    cards: tuple[ModelCard, ...]
    """By name; several where one network has several heads."""
    files: tuple[Path, ...]
    """The ONNX file of each, its hash checked."""
    run: Path | None = None
    """Folder of the run that made them, if it is one."""

    @property
    def name(self) -> str:
        """What they are called together: the one model, or the file that they share."""
        if len(self.cards) == 1:
            return self.cards[0].name
        return self.cards[0].file.removesuffix(".onnx")


def choose(word: str) -> Chosen:
    """Find what is to be published.

    Args:
        word: A run's folder, or another with models; an ONNX file or a card; a name of the catalogue.

    Raises:
        UnknownNameError: It is none of them.
        ModelError: The run isn't finished, a file is missing or damaged, or a card doesn't say under which
            terms its model may be used.
    """
    path = Path(word)
    if path.is_dir():
        _check_finished(path)
        cards = [read_card(card) for card in cards_in(path, whole=False)]
        files = [path / card.file for card in cards]
        run = path if (path / CONFIGURATION).is_file() else None
    elif path.suffix == ".onnx" and path.is_file():
        cards = [card for card in map(read_card, cards_in(path.parent)) if card.file == path.name]
        cards = cards or [find_model(word)[0]]
        files, run = [path] * len(cards), None
    else:
        card, file = find_model(word)
        cards, files, run = [card], [file], None
    for card, file in zip(cards, files, strict=True):
        check_hash(file, card.sha256)
    _check_terms(cards)
    return Chosen(tuple(cards), tuple(files), run)


def _check_finished(folder: Path) -> None:
    """Refuse a folder without a model, and a run that isn't done."""
    if folds := sorted(path.name for path in folder.glob("fold-*") if (path / CONFIGURATION).is_file()):
        raise ModelError(f"{folder}: holds a run for each fold; name one of them: {some_of(folds)}")
    begun = (folder / CONFIGURATION).is_file() or (folder / CHECKPOINT).is_file()
    if begun and not ((folder / PAGE).is_file() and cards_in(folder)):
        raise ModelError(
            f"{folder}: its run isn't finished, so there is nothing to publish yet; the same mimik train "
            "command goes on with it"
        )
    if not begun and not cards_in(folder, whole=False):
        raise ModelError(
            f"{folder}: neither a run nor a model is there; name a run's folder, or an .onnx file"
        )


def _check_terms(cards: Sequence[ModelCard]) -> None:
    """Refuse a card that doesn't say under which terms the weights may be used."""
    for card in cards:
        if not card.licence.strip():
            raise ModelError(
                f"{card.name}: its card's field licence is empty: say in the recipe under which terms the "
                'weights may be used (licence = "..."), and run the same mimik train command again, which '
                "only writes the card anew"
            )
