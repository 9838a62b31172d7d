"""Options that several commands have: what their words mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mimik.errors import OptionError

if TYPE_CHECKING:
    from mimik.neutral import Neutral
    from mimik.pipeline import Analyzer


def words(listed: str) -> tuple[str, ...]:
    """The words of a list with commas."""
    return tuple(word.strip() for word in listed.split(",") if word.strip())


def load_neutral(analyzer: Analyzer, named: str | float | None) -> Neutral | float | None:
    """The face at rest that ``--neutral`` names, FILE or FILE@A-B; seconds stay as they are.

    Raises:
        SourceError, OptionError: It can't be read, or shows no face at rest.
    """
    from mimik.sources.base import SourceOptions

    if named is None or isinstance(named, float):
        analyzer.session(named)  # Says now what can't be.
        return named
    part = re.fullmatch(r"(.+)@(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)", named)
    if part is None or Path(named).exists():
        return analyzer.neutral(named)
    start, end = float(part[2]), float(part[3])
    return analyzer.neutral(part[1], SourceOptions(start_s=start, end_s=end))


def parse_models(words: Sequence[str]) -> dict[str, str]:
    """``TASK=FILE`` words as a table.

    Raises:
        OptionError: A word has another form.
    """
    pairs = [word.partition("=") for word in words]
    for word, (task, equals, model) in zip(words, pairs, strict=True):
        if not (task and equals and model):
            raise OptionError(f"--model takes TASK=FILE, such as emotion=runs/mine.onnx, not {word!r}")
    models = {task: model for task, _, model in pairs}
    if len(models) < len(pairs):
        raise OptionError("--model names two models for one task: choose one")
    return models
