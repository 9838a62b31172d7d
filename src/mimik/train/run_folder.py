"""A run's folder: its configuration, and what may go on there."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import typing
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from io import BufferedWriter
from pathlib import Path
from typing import Any

import numpy as np

from mimik.data.fingerprints import Fingerprints
from mimik.data.seen import SeenPictures
from mimik.errors import OutputExistsError, RecipeError
from mimik.evaluate.held import CONFIGURATION as CONFIGURATION
from mimik.evaluate.held import DATA_PATH
from mimik.storage.held import try_hold
from mimik.storage.whole import output_errors, write_whole
from mimik.train.checkpoint import CHECKPOINT
from mimik.train.inputs.examples import Examples
from mimik.train.recipe.defaults import default_of
from mimik.train.recipe.recipe import Recipe

TEACHERS = "teacher_sha256"
"""Where the configuration names the teachers' files: another teacher makes another run."""
PICTURES = "pictures_digest"
"""Where it says which pictures were trained on and which were held: others make another run."""


LOCK = "run.lock"
"""Held while a process trains in the folder."""


@contextmanager
def alone_in(run: Path) -> Iterator[None]:
    """Keep other processes out of a run's folder, which is made if need be, and goes if nothing came into it.

    Raises:
        OutputExistsError: Another process trains in it.
        OutputError: It can't be made.
    """
    made = not run.exists()
    with output_errors(run):
        run.mkdir(parents=True, exist_ok=True)
    lock = _hold(run)
    try:
        yield
    finally:
        if lock is not None:
            lock.close()
        if made and {path.name for path in run.iterdir()} <= {LOCK}:
            with suppress(OSError):
                (run / LOCK).unlink(missing_ok=True)
                run.rmdir()


def _hold(run: Path) -> BufferedWriter | None:
    """A run's lock; none on a file system without locks, and in a folder that can't be written, which shows.

    Raises:
        OutputExistsError: Another process holds it.
    """
    try:
        lock = try_hold(run / LOCK)
    except OSError:
        return None
    if lock is None:
        raise OutputExistsError(
            f"{run}: another process trains this run now; wait for it, or name another folder with --run"
        )
    return lock


def check_folder(run: Path, recipe: Recipe, teachers: Sequence[str] = ()) -> None:
    """Make sure that a folder is free, or holds a run of the same recipe; nothing is written.

    What only the card says (terms, limits, threshold) may differ, and so may a run that has neither a
    checkpoint nor a model yet.

    Args:
        run: The run's folder.
        recipe: What is to be trained.
        teachers: SHA-256 of each teacher's file.

    Raises:
        OutputExistsError: It holds a run of another recipe.
    """
    if not (stored := _begun(run)):
        return
    names = changed(trained_by(stored), trained_by(json.loads(_as_json(recipe, {}))))
    if names:
        raise OutputExistsError(
            f"{run}: holds a run of another recipe ({', '.join(names)} changed); "
            "name another folder with --run"
        )
    if stored.get(TEACHERS, []) != list(teachers):
        raise OutputExistsError(f"{run}: holds a run of another teacher; name another folder with --run")


def check_same_pictures(run: Path, digest: str) -> None:
    """Make sure that a run goes on with the pictures that it began with; nothing is written.

    Otherwise pictures that were trained on could become those that it is calibrated with. A run without
    a digest, from an older version, goes on.

    Args:
        run: The run's folder.
        digest: Of the pictures that were loaded now (pictures_digest).

    Raises:
        OutputExistsError: They are others.
    """
    if _begun(run).get(PICTURES, digest) != digest:
        raise OutputExistsError(
            f"{run}: the pictures are others than those that its run was trained on; "
            "name another folder with --run"
        )


def claim_folder(
    run: Path, recipe: Recipe, teachers: Sequence[str], digest: str, root: Path | None = None
) -> None:
    """Write the configuration of a run into its folder.

    Args:
        run: The run's folder; it is made if need be.
        recipe: What is trained.
        teachers: SHA-256 of each teacher's file.
        digest: Of the pictures.
        root: Folder that holds the data sets, for ``mimik evaluate RUN``. The folder is its owner's; the
            card, which is shared, doesn't tell it.
    """
    began = _begun(run)
    notes: dict[str, Any] = {TEACHERS: list(teachers)} if teachers else {}
    if not began or PICTURES in began:  # What an older run was trained on isn't known.
        notes[PICTURES] = digest
    if root is not None:
        notes[DATA_PATH] = str(root.absolute())
    run.mkdir(parents=True, exist_ok=True)
    write_whole(run / CONFIGURATION, _as_json(recipe, notes))


def record_pictures(run: Path, trained: Examples, held: Examples) -> None:
    """Write down which pictures were trained on and which were held (mimik.data.seen).

    Of a run of before there was a digest that isn't known, and nothing is written.

    Raises:
        OutputError: It can't be written.
    """
    if PICTURES not in json.loads((run / CONFIGURATION).read_text(encoding="utf-8")):
        return
    both, count = (trained, held), len(trained)
    samples = [sample for part in both for sample in part.samples]
    SeenPictures(
        keys=np.array([sample.key for sample in samples]),
        sets=np.concatenate([part.sets for part in both]),
        held=np.arange(len(samples)) >= count,
        groups=np.array([sample.group for sample in samples]),
        prints=Fingerprints(
            np.concatenate([part.prints.hashes for part in both]),
            np.concatenate([part.prints.thumbnails for part in both]),
        ),
    ).write(run)


def read_configuration(run: Path) -> dict[str, Any]:
    """A run's configuration.

    Raises:
        RecipeError: It is damaged.
    """
    path = run / CONFIGURATION
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RecipeError(
            f"{path}: damaged, so it isn't known what its run was trained on; name another folder with --run"
        ) from error
    return values


def _begun(run: Path) -> dict[str, Any]:
    """The configuration of a run that has a checkpoint or a model; empty where there is nothing to lose."""
    path = run / CONFIGURATION
    if not path.exists():
        return {}
    stored = read_configuration(run)
    made = (CHECKPOINT, f"{stored.get('name')}.onnx")
    return stored if any((run / name).exists() for name in made) else {}


def _as_json(recipe: Recipe, notes: dict[str, Any]) -> str:
    return json.dumps(dataclasses.asdict(recipe) | notes, indent=2, default=str) + "\n"


def pictures_digest(trained: Examples, held: Examples) -> str:
    """A digest of all pictures in order: their keys, sides, labels, placements and pixels, in hexadecimal."""
    digest = hashlib.sha256()
    for side in (trained, held):
        digest.update(f"{len(side)} pictures\n".encode())
        for sample, mark in zip(side.samples, side.marks(), strict=True):
            digest.update(repr((sample.key, sorted(sample.labels.items()))).encode() + mark)
            for values in (sample.votes, sample.scores):
                for name in sorted(values):
                    digest.update(name.encode() + values[name].tobytes())
    return digest.hexdigest()


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Names of the fields in which two recipes differ ("optim.epochs"); both are what trained_by gives."""
    found = []
    for name in sorted({*before, *now}):
        was, becomes = before.get(name, [{}]), now.get(name, [{}])
        if was == becomes:
            continue
        inner = changed(was[0], becomes[0]) if _is_table(was) and _is_table(becomes) else []
        found += [f"{name}.{part}" for part in inner] or [name]
    return found


def _is_table(value: Any) -> bool:
    """Whether a field holds one table."""
    return isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict)


UNTRAINED = frozenset(
    {
        "version",
        "threshold",
        "kept_accuracy",
        "licence",
        "commercial_use",
        "sources",
        "limits",
        "int8",
        "weight_bits",
        "sha256",
        "loading",
    }
)
"""Fields of the card, of the file and of the machine, and checks, that change nothing in training."""


def trained_by(values: Mapping[str, Any], kind: type[Any] = Recipe) -> dict[str, Any]:
    """What a recipe trains by: its fields that differ from their defaults, without those of card and file.

    So a recipe written before a field existed is the same as one that leaves it at its default.

    Args:
        values: A recipe, or a table of it, from JSON.
        kind: The dataclass behind it.
    """
    hints, found = typing.get_type_hints(kind), {}
    for entry in dataclasses.fields(kind):
        if entry.name in UNTRAINED or entry.name not in values:
            continue
        value, hint = values[entry.name], hints[entry.name]
        inner = next((a for a in (hint, *typing.get_args(hint)) if dataclasses.is_dataclass(a)), None)
        if inner is not None and value is not None:
            tables = [trained_by(v, typing.cast("type[Any]", inner)) for v in _listed(value)]
            if any(tables):
                found[entry.name] = tables
        elif value != _plain_default(entry):
            found[entry.name] = value
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _plain_default(entry: dataclasses.Field[Any]) -> Any:
    """A field's default as JSON has it."""
    default = default_of(entry)
    return list(default) if isinstance(default, tuple) else default
