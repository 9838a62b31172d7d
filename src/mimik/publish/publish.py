"""``mimik publish``: a finished model as a folder that others can take, whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from mimik.errors import OutputExistsError
from mimik.models.checksums import SUMS, read_sums, sums_text
from mimik.publish.choose import Chosen, choose
from mimik.publish.figures import copy_figures
from mimik.publish.front import LICENCE_FILE
from mimik.publish.licences import licence_text
from mimik.publish.private import check_private, without_places
from mimik.publish.readme import CITATION, README, readme_text
from mimik.results.cite.works import Bibliography
from mimik.storage.whole import output_errors

BEFORE = ".before"
"""Ends the name of what was published there before, while it is being replaced."""


def publish(source: str, target: Path) -> list[str]:
    """Write a model and all that others need to judge and use it.

    The same model always makes the same bytes.

    Args:
        source: A run's folder, an ONNX file or its card, or a name of the catalogue.
        target: Folder to write: a new or empty one, or one that was published before, which is replaced.
            What begins with a dot in it (``.git``) stays.

    Returns:
        The paths of the files within the folder, with "/".

    Raises:
        UnknownNameError: There is no such run or model.
        ModelError: The run isn't finished, a file is damaged, a card states no licence, or a file names a
            folder of this machine.
        OutputExistsError: The folder holds something else.
        OutputError: It can't be written.
    """
    chosen = choose(source)
    target = target.resolve()
    with output_errors(target):
        _restore(target)
        _check_target(target)
        with _staged(target) as stage:
            _write(chosen, stage)
            names = sorted(path.relative_to(stage).as_posix() for path in stage.rglob("*") if path.is_file())
            _swap(stage, target)
    return names


def _check_target(target: Path) -> None:
    """Refuse a folder that holds anything but what was published into it."""
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputExistsError(f"{target}: a file; name a folder to publish into")
    inside = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    inside = {name for name in inside if not name.startswith(".")}
    known = {SUMS, *read_sums(target)} if (target / SUMS).is_file() else set()
    if strange := sorted(inside - known):
        raise OutputExistsError(
            f"{target}: holds {strange[0]}, which mimik publish didn't write; name a new folder, or an "
            "empty one"
        )


def _write(chosen: Chosen, stage: Path) -> None:
    """Write all files; the checksums last."""
    cards = tuple(without_places(card) for card in chosen.cards)
    cards = tuple(
        replace(card, file=file.name, sha256=card.sha256.lower())
        for card, file in zip(cards, chosen.files, strict=True)
    )
    clean = replace(chosen, cards=cards)
    for card, file in zip(cards, chosen.files, strict=True):
        if not (stage / file.name).exists():
            shutil.copyfile(file, stage / file.name)
        (stage / f"{card.name}.json").write_text(card.to_json(), encoding="utf-8", newline="")
    figures = copy_figures(clean, stage)
    texts = {
        README: readme_text(clean, figures),
        LICENCE_FILE: licence_text(clean),
        CITATION: _citation(clean),
    }
    for name, text in texts.items():
        (stage / name).write_text(text, encoding="utf-8", newline="")
    files = {p.relative_to(stage).as_posix(): p for p in stage.rglob("*") if p.is_file()}
    for name, path in files.items():
        check_private(name, path.read_bytes())
    (stage / SUMS).write_text(sums_text(files), encoding="utf-8", newline="")


def _citation(chosen: Chosen) -> str:
    """BibTeX of the model, its data and the mimik that made it."""
    works = Bibliography()
    for card in chosen.cards:
        works.cite(card.name, f"Version {card.version}, ONNX, SHA-256 {card.sha256[:12]}")
    for data in (data for card in chosen.cards for data in card.data):
        works.cite(str(data.get("name", "")), str(data.get("citation", "")))
    for version in dict.fromkeys(card.training.get("mimik") for card in chosen.cards):
        if version:
            works.software(str(version))
    return works.bibtex() + "\n"


@contextmanager
def _staged(target: Path) -> Iterator[Path]:
    """A folder beside the target, which is gone at the end unless it has become the target."""
    target.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        stage.chmod(0o755)
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _swap(stage: Path, target: Path) -> None:
    """Put a finished folder in the target's place, and keep what is hidden there, such as ``.git``."""
    if not target.exists():
        stage.rename(target)
        return
    before = target.with_name(target.name + BEFORE)
    target.rename(before)
    try:
        stage.rename(target)
    except OSError:
        before.rename(target)
        raise
    for path in before.glob(".*"):
        path.rename(target / path.name)
    shutil.rmtree(before)


def _restore(target: Path) -> None:
    """Take back what was there before, if a publication was killed just as it was being replaced."""
    before = target.with_name(target.name + BEFORE)
    if not before.is_dir():
        return
    if not target.exists():
        before.rename(target)
        return
    for path in before.glob(".*"):
        if not (target / path.name).exists():
            path.rename(target / path.name)
    shutil.rmtree(before)
