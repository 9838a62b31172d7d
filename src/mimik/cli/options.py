"""Options that several commands have: what their words mean."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from mimik.errors import OptionError
from mimik.tasks.words import one_of

if TYPE_CHECKING:
    from mimik.evaluate.heard import SoundChange

Options: TypeAlias = "argparse.ArgumentParser | argparse._ArgumentGroup"
"""What options can be added to."""


class Adds(argparse.Action):
    """A list with commas that goes on where the option is given again."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option: Any = None) -> None:
        """Add to what was given before, not to the default."""
        before = getattr(namespace, self.dest)
        setattr(namespace, self.dest, values if before is self.default else f"{before},{values}")


def place(text: str) -> Path | str:
    """Where results lie or go: an address, or a folder with a slash at its end, as it is; else a path."""
    return text if "://" in text or text.endswith(("/", os.sep)) else Path(text)


def add_results(options: Options) -> None:
    """Add the results that a command reads."""
    options.add_argument(
        "results",
        type=place,
        help=".jsonl, .csv or .parquet, as mimik analyze writes it; or the folder (out/, s3://bucket/out/) "
        "of results in parts",
    )


def add_tasks(options: Options, *, hears: bool = False) -> None:
    """Add --tasks and --units.

    Args:
        options: What they are added to.
        hears: Whether the command hears voices, too.
    """
    voice, recordings = (", voice", "; of recordings voice") if hears else ("", "")
    options.add_argument(
        "--tasks",
        action=Adds,
        metavar="A,B",
        help=f"of emotion, gender, age, au (action units), cover (what hides a face), mesh{voice}, and your "
        "own that --model names (default: of faces all that there are models for, without cover and mesh"
        f"{recordings})",
    )
    options.add_argument(
        "--units",
        action=Adds,
        metavar="AU06,AU12",
        help="the action units that are read (default: all of the model)",
    )


def add_detection(options: Options) -> None:
    """Add --detector and --detect-size."""
    options.add_argument(
        "--detector",
        default="auto",
        metavar="auto|yunet|haar",
        help="what finds the faces (default: %(default)s, YuNet)",
    )
    options.add_argument(
        "--detect-size",
        type=int,
        metavar="PX",
        help="longer side of the picture that is searched; 0 is its own",
    )


def add_following(options: Options) -> None:
    """Add --detect-every."""
    options.add_argument(
        "--detect-every",
        type=_every,
        default="auto",
        metavar="auto|N",
        help="search the whole picture for faces in every Nth frame of a video or camera, follow those in "
        "view between; auto searches every 0.3 s, and when a face is lost (default: %(default)s)",
    )


def _every(text: str) -> int | str:
    """What --detect-every says.

    Raises:
        ArgumentTypeError: It is neither "auto" nor a whole number.
    """
    if text == "auto":
        return text
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be auto or a number of frames, not {text!r}") from None


def add_models(options: Options) -> None:
    """Add --models, --model and --commercial."""
    from mimik.models.sets import DEFAULT_SET, MODEL_SETS

    options.add_argument(
        "--models",
        default=DEFAULT_SET,
        metavar="|".join(MODEL_SETS),
        help="set of models (default: %(default)s); the models of open may be used in products",
    )
    options.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="TASK=FILE",
        help="another model for a task, by name, .onnx file or address (s3://bucket/x.onnx); FILE alone for "
        "the task that its card names",
    )
    options.add_argument(
        "--commercial", action="store_true", help="refuse models that may not be used in products"
    )


def add_device(options: Options) -> None:
    """Add --device."""
    options.add_argument(
        "--device",
        default="auto",
        metavar="auto|cpu|cuda",
        help="where the networks run; cuda:1 is the second GPU (default: %(default)s)",
    )


def add_reader(options: Options) -> None:
    """Add --reader."""
    from mimik.data.base import READERS

    options.add_argument(
        "--reader", metavar="LAYOUT", help=f"{one_of(list(READERS))} (default: guessed from the layout)"
    )


def add_splits(options: Options) -> None:
    """Add --splits."""
    options.add_argument(
        "--splits", type=Path, metavar="FILE", help="divide the set as this file of mimik data split does"
    )


def add_data_options(options: Options, does: str) -> None:
    """Add what says which pictures a model is asked about, and how their faces are found.

    Args:
        options: What they are added to.
        does: What the command does with a face: "score".
    """
    add_reader(options)
    options.add_argument(
        "--split", metavar="NAME", help="a split of the set, or all (default: its test split)"
    )
    add_splits(options)
    options.add_argument("--detect", action="store_true", help=f"{does} the largest face that is detected")
    options.add_argument(
        "--detector", default="auto", metavar="auto|yunet|haar", help="with --detect (default: %(default)s)"
    )
    options.add_argument("--limit", type=int, metavar="N", help="at most N pictures, evenly spread")
    options.add_argument(
        "--noise-db", type=float, metavar="DB", help="of voices: mix pink noise in, so far below the voice"
    )
    options.add_argument(
        "--telephone", action="store_true", help="of voices: pass them through a telephone's band"
    )


def sound_change(args: argparse.Namespace) -> SoundChange:
    """What --noise-db and --telephone say."""
    from mimik.evaluate.heard import SoundChange

    return SoundChange(args.noise_db, args.telephone)


def chosen_models(args: argparse.Namespace) -> dict[str, Any]:
    """What --models, --model and --commercial say, as Analyzer and Job take it.

    Raises:
        OptionError: A word isn't TASK=FILE.
    """
    return {"models": args.models, "model": parse_models(args.model), "commercial": args.commercial}


def width(text: str) -> int:
    """The width of age groups, as a whole number of years.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"age groups are 5 or 10 years wide, not {text!r}")
    return int(text)


def seconds(text: str) -> float:
    """A time of the command line in seconds: 90, 90s, 1:30, 1:02:03.5, 1m30s, 1h2m.

    Raises:
        argparse.ArgumentTypeError: It has another form.
    """
    plain = re.fullmatch(r"(-?\d+(?:\.\d*)?|-?\.\d+)s?", text)
    if plain:
        return float(plain[1])
    clock = re.fullmatch(r"(?:(\d+):)?(\d+):([0-5]?\d(?:\.\d*)?)", text)
    units = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+(?:\.\d*)?)s?)?", text)
    if not text or not (found := clock or units):
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write seconds (90), 1:30 or 1m30s")
    hours, minutes, rest = (float(part or 0) for part in found.groups())
    return 3600 * hours + 60 * minutes + rest


def listed(text: str | None) -> tuple[str, ...] | None:
    """The words of a list with commas; None where the option wasn't given."""
    return None if text is None else tuple(word.strip() for word in text.split(",") if word.strip())


def parse_models(words: Sequence[str]) -> dict[str, str]:
    """``TASK=FILE`` words as a table; of a file alone its card says the task.

    Raises:
        OptionError: A word has another form.
        ModelError: A file that stands alone, or its card, is missing or damaged.
    """
    models: dict[str, str] = {}
    for task, model in map(_task_and_model, words):
        if task in models:
            raise OptionError(f"--model names two models for {task}, {models[task]} and {model}: choose one")
        models[task] = model
    return models


def _task_and_model(word: str) -> tuple[str, str]:
    """What a word of --model names."""
    task, equals, model = word.partition("=")
    if "://" in task or (not equals and word.endswith((".onnx", ".json"))):
        from mimik.models.store import find_model

        return find_model(word)[0].task, word
    if not (task and equals and model):
        raise OptionError(f"--model takes TASK=FILE, such as emotion=runs/mine.onnx, not {word!r}")
    return task, model
