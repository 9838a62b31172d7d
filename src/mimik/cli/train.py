"""``mimik train``: a recipe -> a model."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import Any

from mimik.cli.parser import DONE, INTERRUPTED
from mimik.errors import MissingExtraError


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "train",
        help="make a model from a recipe",
        description="Train a recipe, or go on where its run was stopped.",
    )
    parser.set_defaults(run=run)
    parser.add_argument("recipe", type=Path, help="TOML file, as in recipes/")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="PATH", help="folder that holds the data sets"
    )
    parser.add_argument(
        "--run",
        dest="folder",
        type=Path,
        metavar="DIR",
        help="folder of the run (default: runs/NAME-seedN)",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="instead of the recipe's")
    parser.add_argument("--fold", type=int, metavar="K", help="hold fold K of the sets with folds, from 0")
    parser.add_argument("--epochs", type=int, metavar="N", help="instead of the recipe's")
    parser.add_argument(
        "--device",
        default="auto",
        metavar="auto|cpu|cuda",
        help="where to train; cuda:1 is the second GPU (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Train, or go on where the run was stopped."""
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("training", "train") from error
    from mimik.train.loop import train
    from mimik.train.recipe.read import read_recipe

    recipe = read_recipe(args.recipe)
    if args.seed is not None:
        recipe = dataclasses.replace(recipe, seed=args.seed)
    if args.fold is not None:
        recipe = dataclasses.replace(recipe, fold=args.fold)
    if args.epochs is not None:
        recipe = dataclasses.replace(recipe, optim=dataclasses.replace(recipe.optim, epochs=args.epochs))
    part = f"-fold{recipe.fold}" if recipe.fold >= 0 else ""
    folder = args.folder or Path("runs") / f"{recipe.name}-seed{recipe.seed}{part}"
    try:
        print(train(recipe, args.data, folder, device=args.device, report=_show))
    except KeyboardInterrupt:
        kept = ("checkpoint.pt", "teachers.npz", f"{recipe.name}.onnx")
        if any((folder / name).exists() for name in kept):
            raise
        print("mimik: interrupted; nothing was finished yet, so the run begins anew", file=sys.stderr)
        return INTERRUPTED
    return DONE


def _show(row: dict[str, Any]) -> None:
    """One epoch, on one line."""
    print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
