"""``mimik train``: a recipe -> a model."""

from __future__ import annotations

import argparse
import dataclasses
import shlex
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimik.cli.parser import DONE, FAILED, INTERRUPTED
from mimik.errors import MimikError, MissingExtraError, OptionError

if TYPE_CHECKING:
    from mimik.train.distributed import Processes
    from mimik.train.recipe.recipe import Recipe
    from mimik.train.watch import Finish, Start


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "train",
        help="make a model from a recipe, or from a folder of classes",
        description="Train a recipe, or go on where its run was stopped. With --quick FOLDER the recipe is "
        "picked by looking at the pictures of a folder of classes, and kept in the run's folder.",
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "recipe", type=Path, nargs="?", help="a TOML file; recipes/ holds those of mimik's own models"
    )
    parser.add_argument("--data", type=Path, metavar="PATH", help="folder that holds the recipe's data sets")
    parser.add_argument(
        "--quick",
        type=Path,
        metavar="FOLDER",
        help="pick a recipe for a folder of classes",
    )
    parser.add_argument(
        "--leave-out",
        type=Path,
        metavar="FILE",
        help="with --quick: CSV whose column key names pictures that are left out",
    )
    parser.add_argument(
        "--run",
        dest="folder",
        type=Path,
        metavar="DIR",
        help="folder of the run (default: runs/NAME-seedN)",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="seed instead of the recipe's")
    parser.add_argument("--fold", type=int, metavar="K", help="hold fold K of the sets with folds, from 0")
    parser.add_argument(
        "--folds",
        metavar="K|subjects",
        help="train K times, each without a K-th of the people, who then judge it; or once for each person",
    )
    parser.add_argument("--epochs", type=int, metavar="N", help="epochs instead of the recipe's")
    parser.add_argument(
        "--start",
        metavar="FILE|MODEL",
        help="what its weights start from, instead of the recipe's: a run's checkpoint, a file of weights, "
        "or a model",
    )
    parser.add_argument(
        "--device",
        default="auto",
        metavar="auto|cpu|cuda",
        help="where to train; cuda:1 is the second GPU (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Train, or go on where the run was stopped."""
    _check_words(args)
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("training", "train") from error
    from mimik.train.distributed import torchrun
    from mimik.train.ensemble.recipe import is_ensemble

    with torchrun() as processes:
        try:
            ensemble = args.recipe and is_ensemble(args.recipe)
            if processes.count > 1 and (ensemble or args.quick or args.folds):
                what = f"{args.recipe}: an ensemble" if ensemble else "--quick" if args.quick else "--folds"
                raise OptionError(
                    f"{what} can't be trained by torchrun, which trains one recipe; leave it out"
                )
            return _train_ensemble(args) if ensemble else _train(args, processes)
        except MimikError:
            if processes.speaks():
                raise
            raise SystemExit(FAILED) from None  # Another process says why.


def _train(args: argparse.Namespace, processes: Processes) -> int:
    """Train a recipe, or its folds."""
    from mimik.train.loop import train
    from mimik.train.recipe.source import source_of

    recipe, data, folder, file = _picked(args) if args.quick else _named(args)
    shown = _Terminal()
    heard: dict[str, Any] = {"device": args.device, "report": shown.row, "watch": shown}
    heard["source"] = source_of(file)
    try:
        if args.folds:
            _train_folds(recipe, data, folder, args.folds, heard)
        else:
            train(recipe, data, folder, processes=processes, **heard)
    except KeyboardInterrupt:
        if processes.first:
            print(f"mimik: interrupted; {_kept(folder, recipe.name)}", file=sys.stderr)
        return INTERRUPTED
    finally:
        shown.clear()
    return DONE


def _told(line: str) -> None:
    """What comes next, of a command that trains several networks."""
    print(f"\n{line}", flush=True)


def _train_ensemble(args: argparse.Namespace) -> int:
    """Train the members of an ensemble, and join them."""
    from mimik.train.ensemble.recipe import read_ensemble
    from mimik.train.ensemble.run import train_ensemble
    from mimik.train.recipe.source import source_of

    if args.folds or args.fold is not None or args.epochs is not None or args.start:
        raise OptionError(
            f"{args.recipe}: --folds, --fold, --epochs and --start are for the recipes of an ensemble's "
            "members; leave them out"
        )
    recipe = read_ensemble(args.recipe, args.seed)
    folder, shown = _folder(recipe.joined, args), _Terminal()
    heard: dict[str, Any] = {"device": args.device, "report": shown.row, "watch": shown, "told": _told}
    try:
        train_ensemble(recipe, args.data, folder, source=source_of(args.recipe), **heard)
    except KeyboardInterrupt:
        print(f"mimik: interrupted; {_kept(folder, recipe.joined.name)}", file=sys.stderr)
        return INTERRUPTED
    finally:
        shown.clear()
    return DONE


def _train_folds(recipe: Recipe, data: Path, folder: Path, folds: str, heard: Mapping[str, Any]) -> None:
    """Train a recipe once for each fold, and print the table."""
    from mimik.train.folds.divide import FoldOptions
    from mimik.train.folds.run import train_folds
    from mimik.train.folds.table import table_lines

    found = train_folds(recipe, data, folder, FoldOptions.of(folds), told=_told, **heard)
    print("\n".join(table_lines(found, folder)), flush=True)


def _check_words(args: argparse.Namespace) -> None:
    """Make sure that there is one recipe, and data for it; raises OptionError."""
    if args.quick and (args.recipe or args.data):
        raise OptionError("--quick picks a recipe for its own folder; leave RECIPE and --data out")
    if not args.quick and not args.recipe:
        raise OptionError("name a recipe and --data PATH, or a folder of classes with --quick FOLDER")
    if args.recipe and args.recipe.is_dir():
        raise OptionError(
            f"{args.recipe}: a folder, no recipe; train a folder of classes with --quick FOLDER"
        )
    if not args.quick and not args.data:
        raise OptionError(f"{args.recipe}: name the folder that holds its data sets with --data PATH")
    if args.folds and (args.quick or args.fold is not None):
        raise OptionError(
            "--folds trains a recipe once for each fold; leave --fold out, and of --quick train the recipe "
            "that it has picked"
        )
    if args.leave_out and not args.quick:
        raise OptionError("--leave-out goes with --quick; a recipe has leave_out under [[data]]")


def _named(args: argparse.Namespace) -> tuple[Recipe, Path, Path, Path]:
    """The recipe that is named, its data, the run's folder, and the recipe's file."""
    from mimik.train.recipe.read import read_recipe

    # A recipe of probes may leave what it starts from to the command.
    recipe = _changed(read_recipe(args.recipe, args.start or ""), args)
    return recipe, args.data, _folder(recipe, args), args.recipe


def _picked(args: argparse.Namespace) -> tuple[Recipe, Path, Path, Path]:
    """A recipe for a folder, written into the run's folder; the folder, that of the run, and the file."""
    from mimik.train.go_on import check_epochs
    from mimik.train.quick.choose import quick_recipe
    from mimik.train.quick.text import write_recipe
    from mimik.train.recipe.read import read_recipe

    quick = quick_recipe(args.quick, args.leave_out)
    recipe = _changed(quick.recipe, args)
    folder = _folder(recipe, args)
    check_epochs(folder, recipe)
    path = folder / "recipe.toml"
    command = shlex.join(["mimik", "train", str(path), "--data", str(args.quick), "--run", "DIR"])
    remarks = (
        f"Picked by mimik train --quick {shlex.quote(str(args.quick))}:",
        *quick.remarks,
        f"Edit it, then: {command}",
    )
    write_recipe(recipe, remarks, path, (folder / "checkpoint.pt").exists())
    print("\n".join((*quick.remarks, f"recipe: {path}", "")), flush=True)
    return read_recipe(path), args.quick, folder, path


def _kept(folder: Path, name: str) -> str:
    """What is left of a run that was interrupted, and what the same command does then."""
    if (folder / "folds.csv").exists():
        return f"what was finished is kept in {folder}, and the same command goes on from there"
    if (folder / "checkpoint.pt").exists():
        return f"what was finished is kept in {folder}, and the same command goes on from there"
    if any((folder / file).exists() for file in ("teachers.npz", f"{name}.onnx")):
        return "what was finished is kept"
    return "nothing was finished yet, so the run begins anew"


def _folder(recipe: Recipe, args: argparse.Namespace) -> Path:
    """The folder of a run."""
    part = f"-fold{recipe.fold}" if recipe.fold >= 0 else ""
    part = f"-folds-{args.folds}" if args.folds else part
    return args.folder or Path("runs") / f"{recipe.name}-seed{recipe.seed}{part}"


def _changed(recipe: Recipe, args: argparse.Namespace) -> Recipe:
    """The recipe with what the command line says otherwise."""
    asked = {"seed": args.seed, "fold": args.fold, "start": args.start}
    if args.epochs is not None and recipe.phases:
        names = ", ".join(phase.name for phase in recipe.phases)
        raise OptionError(
            f"--epochs: {recipe.name} has phases ({names}), each with epochs of its own; change them under "
            "[phases.optim]"
        )
    if args.epochs is not None:
        asked["optim"] = dataclasses.replace(recipe.optim, epochs=args.epochs)
    return dataclasses.replace(recipe, **{name: value for name, value in asked.items() if value is not None})


EVERY_S = 0.2
"""How often the line of an epoch's progress is written anew."""


class _Terminal:
    """Shows how a training goes: a line an epoch, and on a terminal the progress within it."""

    def __init__(self) -> None:
        self._epochs, self._steps, self._rows = 0, 0, 0
        self._began, self._shown = 0.0, 0.0
        self._live, self._wide = sys.stderr.isatty(), 0

    def begun(self, start: Start) -> None:
        """See Watch."""
        from mimik.train.words import header_lines

        print("\n".join(header_lines(start)), flush=True)
        self._epochs, self._began = start.epochs, time.monotonic()
        self._steps = self._rows = 0  # Folds and members follow each other.

    def stepped(self, epoch: int, batch: int, batches: int) -> None:
        """See Watch; a line of the terminal is written again and again."""
        from mimik.train.words import step_line

        self._steps += 1
        if not self._live or time.monotonic() - self._shown < EVERY_S:
            return
        self._shown = time.monotonic()
        more = (self._epochs - epoch + 1) * batches - batch
        left = (self._shown - self._began) / self._steps * more
        self._write(step_line(epoch, batch, batches, self._epochs, left))

    def row(self, row: Mapping[str, Any]) -> None:
        """An epoch is done."""
        from mimik.train.words import row_line

        self.clear()
        self._rows += 1
        more = self._epochs - row.get("epoch", self._epochs)
        left = (time.monotonic() - self._began) / self._rows * more if more else None
        print(row_line(row, self._epochs, left), flush=True)

    def finished(self, finish: Finish) -> None:
        """See Watch."""
        from mimik.train.words import finish_lines

        print("\n".join(finish_lines(finish)), flush=True)

    def clear(self) -> None:
        """Take the line of progress away."""
        if self._wide:
            self._write("")

    def _write(self, text: str) -> None:
        """Put a text in the place of the line of progress."""
        print(f"\r{text.ljust(self._wide)}\r{text}", end="", file=sys.stderr, flush=True)
        self._wide = len(text)
