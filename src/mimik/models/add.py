"""Taking models into the catalogue, and out of it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from mimik.errors import OptionError, OutputExistsError, UnknownNameError
from mimik.models.cache import ADDED, AT, added_cards, cache_folder, name_and_version
from mimik.models.card import ModelCard, file_sha256, read_card
from mimik.models.earlier import earlier_files
from mimik.models.offered import Offered, offered_in, opened
from mimik.models.store import PACKAGED
from mimik.storage.whole import output_errors, whole_file


def add_models(source: Path, replace: bool = False) -> list[ModelCard]:
    """Take models into the catalogue: all of them, or none.

    Args:
        source: A folder that ``mimik publish`` wrote, or another with ONNX files and their cards; such a
            folder as a .zip; an ONNX file, with the cards beside it that name it; or a card.
        replace: Put them in the place of models of the same name and version.

    Returns:
        Their cards.

    Raises:
        ModelError: A file is missing, damaged or not the one that its card or the checksums name.
        OptionError: A name or version can't be one of the catalogue, or ships with mimik.
        OutputExistsError: Another model of that name and version was added.
        OutputError: The cache can't be written.
    """
    with opened(source) as place:
        offered = offered_in(place, source)
        for model in offered:
            _check_free(model, replace)
        _keep(offered)
    for model in offered:
        for path in added_cards(model.card.name):
            if path.name == model.place.name and path != model.place:
                _take_out(path)
    return [model.card for model in offered]


def add_earlier(name: str, place: str | None) -> ModelCard:
    """Take a version of a shipped model before the present one into the catalogue, its hashes checked.

    Args:
        name: "emotion.base@4".
        place: Where mimik's repository is, see mimik.models.earlier.earlier_files.

    Raises:
        UnknownNameError: There is no such version.
        OptionError: It is the present one, or no place is named.
        ModelError: It can't be had there, or is another file; nothing is kept.
        OutputExistsError, OutputError: See add_models.
    """
    alone, _, version = name.partition(AT)
    if _ships(alone, version):
        raise OptionError(f"{name} ships with mimik; there is nothing to fetch")
    with tempfile.TemporaryDirectory() as folder:
        for file, content in earlier_files(name, place).items():
            (Path(folder) / file).write_bytes(content)
        (card,) = add_models(Path(folder))
    return card


def _ships(name: str, version: str) -> bool:
    """Whether a version of a model is in the package."""
    card = PACKAGED / f"{name}.json"
    return card.is_file() and read_card(card).version == version


def remove_model(name: str) -> str:
    """Take a model out of the catalogue, also one whose card is damaged.

    Args:
        name: Of a model that was added; with its version (NAME@VERSION) where there are several.

    Returns:
        Its name with its version.

    Raises:
        UnknownNameError: No model of that name was added.
        OptionError: It ships with mimik, or several versions of it were added.
        OutputError: It can't be deleted.
    """
    alone, _, version = name.partition(AT)
    cards = [path for path in added_cards(alone) if version in ("", name_and_version(path)[1])]
    if not cards:
        if _ships(alone, version) or (not version and (PACKAGED / f"{alone}.json").is_file()):
            raise OptionError(f"{name} ships with mimik, and stays; only what was added can be removed")
        added = [path.stem for path in added_cards()]
        raise UnknownNameError("model that was added", name, added)
    if len(cards) > 1:
        raise OptionError(
            f"{name}: several versions were added; name one: {', '.join(p.stem for p in cards)}"
        )
    _take_out(cards[0])
    return cards[0].stem


def _take_out(path: Path) -> None:
    """Delete a card, and its folder where no other model is in it."""
    with output_errors(path):
        path.unlink()
        if not list(path.parent.glob(f"*{AT}*.json")):
            shutil.rmtree(path.parent)


def _check_free(model: Offered, replace: bool) -> None:
    """Refuse a name and version that another model has."""
    card = model.card
    if _ships(card.name, card.version):
        raise OptionError(
            f"{model.name} ships with mimik; give the model another name, or version, in its card"
        )
    for path in added_cards(card.name):
        if path.name != model.place.name or replace:
            continue
        if path.read_bytes() != model.text.encode():
            raise OutputExistsError(
                f"{model.name}: another model of that name and version was added; raise the version in its "
                "card, or put it in the other's place with --replace"
            )


def _keep(offered: Sequence[Offered]) -> None:
    """Copy models into the cache; what was copied is taken back if one of them can't be."""
    made: list[Path] = []
    with output_errors(cache_folder() / ADDED):
        (cache_folder() / ADDED).mkdir(parents=True, exist_ok=True)
        try:
            for folder, models in _by_folder(offered).items():
                made += _fill(folder, models)
        except BaseException:
            for path in made:
                _take_out(path)
            raise


def _by_folder(offered: Sequence[Offered]) -> Mapping[Path, list[Offered]]:
    """Models by the folder of their ONNX file, which those that share it have in common."""
    found: dict[Path, list[Offered]] = {}
    for model in offered:
        found.setdefault(model.folder, []).append(model)
    return found


def _fill(folder: Path, models: Sequence[Offered]) -> list[Path]:
    """Write the models of one ONNX file into its folder; returns the cards that weren't there."""
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(prefix=".part-", dir=folder.parent) as part:
            inside = Path(part) / "whole"
            inside.mkdir()
            for model in models:
                _copy(model, inside)
                (inside / model.place.name).write_text(model.text, encoding="utf-8", newline="")
            inside.rename(folder)
        return [model.place for model in models]
    new = [model.place for model in models if not model.place.exists()]
    for model in models:
        _copy(model, folder)
        with whole_file(model.place) as part:
            part.write_text(model.text, encoding="utf-8", newline="")
    return new


def _copy(model: Offered, folder: Path) -> None:
    """Copy an ONNX file into a folder, unless it is there."""
    target = folder / model.card.file
    if target.is_file() and file_sha256(target) == model.card.sha256.lower():
        return
    with whole_file(target) as part:
        shutil.copyfile(model.file, part)
