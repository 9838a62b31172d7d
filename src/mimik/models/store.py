"""Where models are found: in the package, in the cache, or at a path; hashes are always checked."""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mimik.errors import MimikWarning, ModelError, OutputError, UnknownNameError
from mimik.models.cache import AT, added_cards
from mimik.models.cache import cache_folder as cache_folder
from mimik.models.card import ModelCard, file_sha256, read_card
from mimik.models.download import downloading
from mimik.models.earlier import earlier_versions
from mimik.storage.whole import whole_file

PACKAGED = Path(__file__).parent / "files"
"""Folder of the models that ship with mimik."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that can be fetched: its name, address and hash."""

    file: str
    """Name on disk."""
    url: str
    """Where its publisher keeps it."""
    sha256: str
    """Of the published file."""


REMOTE = {
    "yunet": RemoteFile(
        "face_detection_yunet_2023mar.onnx",
        "https://github.com/opencv/opencv_zoo/raw/main/models/face_detection_yunet/"
        "face_detection_yunet_2023mar.onnx",
        "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    ),
    "silero": RemoteFile(
        "silero_vad_16k_sequence.onnx",
        "https://github.com/snakers4/silero-vad/raw/41f03a954b841327835dea1ddb7bb28ae23ddc2c/"
        "src/silero_vad/data/silero_vad_16k_sequence.onnx",
        "9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85",
    ),
}
"""Files of others that mimik can use and fetch."""


def catalogue() -> dict[str, ModelCard]:
    """Name to card of every model in the package and the cache, by name.

    A name stands for what ships with mimik, else for the newest version that was added; further versions
    that were added are called NAME@VERSION. A model whose card can't be used is left out, with a
    MimikWarning that says why.
    """
    found: dict[str, ModelCard] = {}
    for folder in (cache_folder(), PACKAGED):
        found |= {card.name: card for card in _usable(sorted(folder.glob("*.json")))}
    for card in _usable(added_cards()):
        found[card.name if card.name not in found else f"{card.name}{AT}{card.version}"] = card
    return dict(sorted(found.items()))


def _usable(paths: Iterable[Path]) -> Iterator[ModelCard]:
    """The cards that can be used; warns of the others."""
    for path in paths:
        try:
            yield read_card(path)
        except ModelError as error:
            warnings.warn(f"a model is left out: {error}", MimikWarning, stacklevel=3)


def find_model(name: str) -> tuple[ModelCard, Path]:
    """The card and file of a model, its hash checked.

    Args:
        name: A name of the catalogue ("emotion.mini"), with a version or without ("emotion.mini@3"), or the
            path or address ("s3://bucket/x.onnx") of an ONNX file or its card. A file of an address is copied
            into the cache.

    Raises:
        UnknownNameError: Neither a known name nor a file.
        ModelError: The file is missing, or isn't the one that its card names; or it is an earlier version
            (mimik.models.earlier) that wasn't fetched.
        OutputError, MissingExtraError: A file of an address can't be copied, or needs a package.
    """
    if "://" in name:
        from mimik.models.stored import find_stored

        return find_stored(name)
    path = Path(name)
    if path.suffix in (".onnx", ".json"):
        if not path.exists():
            raise ModelError(
                f"{path}: no such file; name a model's .onnx file, with its card (.json) beside it, "
                "or one that 'mimik models list' shows"
            )
        card = read_card(path.with_suffix(".json"))
        # A copy under another name is taken by that name; the hash tells whether it is the model.
        file = path if path.suffix == ".onnx" else path.with_name(card.file)
    else:
        card_path, card = _named(name)
        file = card_path.with_name(card.file)
    check_hash(file, card.sha256)
    return card, file


def _named(name: str) -> tuple[Path, ModelCard]:
    """The card of a model by its name, and its version if that is named, too."""
    alone, _, version = name.partition(AT)
    once = (folder / f"{alone}.json" for folder in (PACKAGED, cache_folder()))
    for path in (*filter(Path.is_file, once), *added_cards(alone)):
        card = read_card(path)
        if version in ("", card.version):
            return path, card
    if name in earlier_versions():
        raise ModelError(
            f"{name} isn't in the package: run 'mimik models fetch {name} --url PLACE', where PLACE is "
            "a clone of mimik or the address of its raw files"
        )
    raise UnknownNameError("model", name, catalogue())


@lru_cache(maxsize=32)
def _hash_of(path: Path, size: int, changed_ns: int) -> str:
    return file_sha256(path)


def cards_in(folder: Path, whole: bool = True) -> list[Path]:
    """The cards in a folder, such as a run's, by name.

    Args:
        folder: Where they lie.
        whole: Only those whose ONNX file lies beside them.
    """
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # Some other file: a model's card is written whole.
        if isinstance(values, dict) and values.keys() >= {"file", "sha256", "task"}:
            found += [path] * (not whole or path.with_name(str(values["file"])).is_file())
    return found


def check_hash(path: Path, sha256: str) -> None:
    """Make sure that a file is the one that was published.

    Raises:
        ModelError: It is missing, unreadable or another one.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise ModelError(f"{path}: the model file is missing: {error.strerror}") from error
    found = _hash_of(path, stat.st_size, stat.st_mtime_ns)
    if found != sha256.lower():
        raise ModelError(
            f"{path}: SHA-256 is {found[:12]}..., expected {sha256[:12]}...; fetch or export it again"
        )


def find_file(name: str) -> Path:
    """The path of a file of others ("yunet"): in the package, else in the cache, its hash checked.

    Raises:
        UnknownNameError: There is no such file.
        ModelError: It was changed, or isn't there yet.
    """
    if name not in REMOTE:
        raise UnknownNameError("model file", name, REMOTE)
    remote = REMOTE[name]
    for folder in (PACKAGED, cache_folder()):
        if (path := folder / remote.file).is_file():
            check_hash(path, remote.sha256)
            return path
    raise ModelError(f"{remote.file} isn't installed: run 'mimik models fetch {name}'")


def fetch(name: str, url: str | None = None) -> Path:
    """Download a file of others into the cache, whole or not at all.

    Args:
        name: A name of REMOTE.
        url: Another address (a mirror); the hash stays the same.

    Raises:
        UnknownNameError: There is no such file.
        ModelError: The download fails or its hash is wrong; nothing is kept.
        OutputError: The cache can't be written.
    """
    if name not in REMOTE:
        raise UnknownNameError("model file", name, REMOTE)
    remote = REMOTE[name]
    address, target = url or remote.url, cache_folder() / remote.file
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".part", delete=False) as part:
            partial = Path(part.name)
    except OSError as error:
        raise OutputError(f"{target.parent}: the cache can't be written: {error.strerror}") from error
    try:
        with whole_file(target, partial):
            remedy = f"try again, or copy the file to {target}"
            with downloading(address, remedy) as reply, partial.open("wb") as out:
                while block := reply.read(1 << 16):
                    out.write(block)
            check_hash(partial, remote.sha256)
    except OSError as error:
        raise OutputError(f"{target}: the cache can't be written: {error.strerror}") from error
    return target
