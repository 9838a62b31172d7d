"""Models of stores: the card is read where it lies, its ONNX file is copied into the cache by its hash."""

from __future__ import annotations

import re
import tempfile
from functools import lru_cache
from pathlib import Path, PurePosixPath

from mimik.errors import ModelError, SourceError
from mimik.models.cache import cache_folder
from mimik.models.card import ModelCard, file_sha256
from mimik.storage.remote import STORES, RemoteFile, scheme_of, split_query, without_secrets
from mimik.storage.whole import output_errors, whole_file

STORED = "stored"
"""Folder of the cache that holds ONNX files of stores, each called by its hash."""
BLOCK_BYTES = 1 << 20


@lru_cache(maxsize=32)
def find_stored(address: str) -> tuple[ModelCard, Path]:
    """The card of a model in a store, and its file here: once in each process, which keeps to that card.

    Args:
        address: Of the .onnx file, beside which its card lies (.json), or of the card.

    Raises:
        ModelError: It can't be read, or the file isn't the one that its card names.
        OutputError: The cache can't be written.
        MissingExtraError: A package is missing.
    """
    place, query = split_query(address)
    path = PurePosixPath(place.rpartition("/")[2])
    if path.suffix not in (".onnx", ".json") or scheme_of(address) not in STORES:
        raise ModelError(
            f"{without_secrets(address)}: no address of a model; name its .onnx file, with its card (.json) "
            "beside it, such as s3://bucket/x.onnx"
        )
    folder = place.removesuffix(path.name)
    try:
        card = _card(f"{folder}{path.stem}.json{query}")
        file = path.name if path.suffix == ".onnx" else card.file
        return card, _file(f"{folder}{file}{query}", card.sha256)
    except SourceError as error:
        raise ModelError(str(error)) from error


def _card(address: str) -> ModelCard:
    name = without_secrets(address)
    with RemoteFile(address) as stream:
        data = stream.read_all()
    try:
        return ModelCard.from_json(data.decode("utf-8"), name)
    except UnicodeDecodeError as error:
        raise ModelError(f"{name}: not a model card; a model is x.onnx with x.json beside it") from error


def _file(address: str, sha256: str) -> Path:
    """The file of a hash in the cache, fetched if it isn't there.

    Raises:
        ModelError: What lies there is another file.
        SourceError, OutputError, MissingExtraError: See find_stored.
    """
    sha256 = sha256.lower()
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ModelError(
            f"{without_secrets(address)}: its card's sha256 is no SHA-256; export the model again"
        )
    target = cache_folder() / STORED / f"{sha256}.onnx"
    if target.is_file() and file_sha256(target) == sha256:
        return target
    with output_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".part", delete=False) as part:
            partial = Path(part.name)
        with whole_file(target, partial):
            with RemoteFile(address) as stream, partial.open("wb") as out:
                while block := stream.read(BLOCK_BYTES):
                    out.write(block)
            if (found := file_sha256(partial)) != sha256:
                raise ModelError(
                    f"{without_secrets(address)}: SHA-256 is {found[:12]}..., expected {sha256[:12]}...; put "
                    "the file there that its card names"
                )
    return target
