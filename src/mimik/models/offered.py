"""Models that are to be added: read from where they lie, and checked."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mimik.errors import ModelError, OptionError
from mimik.models.cache import ADDED, AT, cache_folder
from mimik.models.card import ModelCard, read_card
from mimik.models.checksums import SUMS, check_sums
from mimik.models.session import Session
from mimik.models.store import cards_in, check_hash
from mimik.storage.kinds import ARCHIVE_ERRORS

DIGITS = 16
"""Of its SHA-256, in the name of the folder of a file that was added."""
MOST_BYTES = 4 << 30
"""What a .zip may hold."""
_NAME = re.compile(r"\w[\w.+-]*")


@dataclass(frozen=True, slots=True)
class Offered:
    """A model that is to be added."""

    card: ModelCard
    """Its card."""
    text: str
    """The card's file as it is."""
    file: Path
    """Its ONNX file, whose hash was checked."""

    @property
    def name(self) -> str:
        """With its version, "emotion.mine@1"."""
        return f"{self.card.name}{AT}{self.card.version}"

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return cache_folder() / ADDED / self.card.sha256.lower()[:DIGITS]

    @property
    def place(self) -> Path:
        """Where its card is kept."""
        return self.folder / f"{self.name}.json"


@contextmanager
def opened(source: Path) -> Iterator[Path]:
    """A folder or file to add from; a .zip is unpacked for as long as it is needed."""
    if not source.exists():
        raise ModelError(f"{source}: no such file or folder; name one that holds a model and its card")
    if source.suffix.lower() != ".zip":
        yield source
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(source) as archive:
                if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                    raise ModelError(
                        f"{source}: unpacked it is larger than {MOST_BYTES >> 30} GiB; unpack it first"
                    )
                archive.extractall(folder)
        except ModelError:
            raise
        except ARCHIVE_ERRORS as error:
            raise ModelError(f"{source}: no .zip that can be unpacked: {error}; copy it again") from error
        inside = list(Path(folder).iterdir())
        yield inside[0] if len(inside) == 1 and inside[0].is_dir() else Path(folder)


def offered_in(place: Path, source: Path) -> list[Offered]:
    """The models of a folder or file, each checked.

    Args:
        place: Where they lie.
        source: What messages call it.

    Raises:
        ModelError: There is none, or a file is missing, damaged or not the one that its card or the checksums
            name.
        OptionError: A name or version can't be one of the catalogue.
    """
    cards = _cards(place, source)
    sums = check_sums(place) if place.is_dir() and (place / SUMS).exists() else {}
    if unlisted := [path.name for path in cards if sums and path.name not in sums]:
        raise ModelError(f"{source}: {unlisted[0]} isn't among its checksums ({SUMS}); copy the folder again")
    offered = [_checked(path, place) for path in cards]
    names = [model.name for model in offered]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ModelError(f"{source}: holds two models called {twice[0]}; add one of their files")
    return offered


def _cards(place: Path, source: Path) -> list[Path]:
    """The paths of the cards that are meant."""
    if place.is_dir():
        if not (cards := cards_in(place, whole=False)):
            raise ModelError(f"{source}: no model there; a model is x.onnx with x.json beside it")
        return cards
    if place.suffix == ".onnx":
        beside = [path for path in cards_in(place.parent) if read_card(path).file == place.name]
        return beside or [place.with_suffix(".json")]
    if place.suffix == ".json":
        return [place]
    raise ModelError(f"{source}: a model is added from a folder, a .zip, an .onnx file or its card (.json)")


def _checked(path: Path, place: Path) -> Offered:
    """A model whose card and file are what they should be."""
    card = read_card(path)
    for what, text in (("name", card.name), ("version", card.version), ("file", card.file)):
        if not _NAME.fullmatch(text):
            raise OptionError(
                f"{path}: the card's {what} must be letters, digits and . _ + - to be kept, not {text!r:.60}"
            )
    file = place if place.suffix == ".onnx" else path.with_name(card.file)
    check_hash(file, card.sha256)
    Session(file, "cpu")
    return Offered(card, path.read_text(encoding="utf-8"), file)
