"""``mimik tune``: a recipe's space -> the best recipe."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimik.cli.output import TERMINAL, check_outputs, say
from mimik.cli.parser import DONE, INTERRUPTED
from mimik.errors import MissingExtraError

if TYPE_CHECKING:
    from mimik.train.tune.result import StudyResult, TrialRow
    from mimik.train.tune.space import Space
    from mimik.train.watch import Finish, Start


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "tune",
        help="search a recipe's space for the best recipe",
        description="Try recipes of the space that the table [tune] of a recipe describes, or go on where "
        "that was stopped, and write the best one. Several processes may share the work: start the same "
        "command again beside the first.",
    )
    parser.set_defaults(run=run)
    parser.add_argument("recipe", type=Path, help="a TOML file with a table [tune]")
    parser.add_argument(
        "--data", type=Path, metavar="PATH", required=True, help="folder that holds the recipe's data sets"
    )
    parser.add_argument(
        "--trials", type=int, metavar="N", required=True, help="trials in all, with those that are done"
    )
    parser.add_argument(
        "--run",
        dest="folder",
        type=Path,
        metavar="DIR",
        help="folder of the study (default: runs/NAME-seedN-tune)",
    )
    parser.add_argument(
        "--storage",
        default="",
        metavar="URL",
        help="database of the study, for machines that share it (default: sqlite in the folder)",
    )
    parser.add_argument(
        "--timeout", type=float, metavar="S", help="seconds after which no further epoch is trained"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="seed instead of the recipe's")
    parser.add_argument("--fold", type=int, metavar="K", help="hold fold K of the sets with folds, from 0")
    parser.add_argument(
        "--device",
        default="auto",
        metavar="auto|cpu|cuda",
        help="where to train; cuda:1 is the second GPU (default: %(default)s)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the trials; - is the terminal")


def run(args: argparse.Namespace) -> int:
    """Search, or go on where the search was stopped."""
    try:
        import optuna  # noqa: F401
        import torch  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("tuning", "tune") from error
    from mimik.train.tune.space import read_space
    from mimik.train.tune.study import study_name
    from mimik.train.tune.tune import tune

    check_outputs(args.json)
    space = read_space(args.recipe, args.seed, args.fold)
    folder = args.folder or Path("runs") / f"{study_name(space.recipe)}-tune"
    shown = _Terminal(space, args, folder)
    words = {"storage": args.storage, "timeout_s": args.timeout, "device": args.device}
    try:
        result = tune(space, args.data, folder, args.trials, heard=shown, watch=shown, **words)
    except KeyboardInterrupt:
        shown.clear()
        print(
            f"mimik: interrupted; what was finished is kept in {folder}, and the same command goes on",
            file=sys.stderr,
        )
        return INTERRUPTED
    finally:
        shown.clear()
    shown.over(result)
    return DONE


EVERY_S = 0.2
"""How often the line of progress is written anew."""


class _Terminal:
    """Shows how a study goes: a line a trial, and on a terminal the progress within it."""

    def __init__(self, space: Space, args: argparse.Namespace, folder: Path) -> None:
        self._space, self._args, self._folder = space, args, folder
        self._quiet = args.json == TERMINAL
        self._live, self._wide, self._shown = sys.stderr.isatty(), 0, 0.0

    def searching(self, figure: str) -> None:
        """See StudyWatch."""
        from mimik.train.tune.words import space_lines

        if not self._quiet:
            print("\n".join(space_lines(self._space, figure, self._args.trials, self._folder)), flush=True)

    def begun(self, start: Start) -> None:
        """See Watch; a trial has loaded its pictures."""

    def stepped(self, epoch: int, batch: int, batches: int) -> None:
        """See Watch."""
        if self._live and time.monotonic() - self._shown > EVERY_S:
            self._shown = time.monotonic()
            self._write(f"epoch {epoch}, batch {batch:,} of {batches:,}")

    def finished(self, finish: Finish) -> None:
        """See Watch; trials export nothing."""

    def ended(self, row: TrialRow, result: StudyResult) -> None:
        """See StudyWatch."""
        from mimik.train.tune.words import trial_line

        self.clear()
        if not self._quiet:
            print(trial_line(row, result), flush=True)

    def over(self, result: StudyResult) -> None:
        """The table of the trials, and the best recipe."""
        from mimik.train.tune.words import best_lines, left_lines, result_lines

        lines = ["", *result_lines(result), "", *left_lines(result, self._args.trials)]
        lines += [*best_lines(result, self._folder, self._args.data), *_plots(self._folder)]
        say(result.told(), "\n".join(lines) + "\n", self._args.json)

    def clear(self) -> None:
        """Take the line of progress away."""
        if self._wide:
            self._write("")

    def _write(self, text: str) -> None:
        print(f"\r{text.ljust(self._wide)}\r{text}", end="", file=sys.stderr, flush=True)
        self._wide = len(text)


def _plots(folder: Path) -> list[str]:
    """Where the plots are, or why there are none; nothing before there is anything to draw."""
    from mimik.plots.files import check_available

    try:
        check_available()
    except MissingExtraError as error:
        return [f"no plots were drawn: {error}"]
    return [f"plots        {folder / 'plots'}"] if (folder / "plots").exists() else []
