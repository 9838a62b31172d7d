"""What an ensemble keeps in its run's folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mimik.errors import OutputExistsError
from mimik.train.ensemble.recipe import EnsembleRecipe, plain_ensemble

RECIPE, REPORT = "members.json", "ensemble.json"
"""Names of the ensemble's own recipe, and of what joining gains, in the run's folder."""


def check_run(recipe: EnsembleRecipe, run: Path) -> None:
    """Make sure that a folder is free, or holds a run of an ensemble of the same members.

    How they are joined may change: the file is then made anew.

    Raises:
        OutputExistsError: It holds another one, or a run of a single network.
    """
    path = run / RECIPE
    if not path.exists():
        if (run / "checkpoint.pt").exists() or (run / "fold-0").exists():
            raise OutputExistsError(f"{run}: holds another run; name another folder with --run")
        return
    before, now = json.loads(path.read_text(encoding="utf-8")), json.loads(as_text(plain_ensemble(recipe)))
    if names := [name for name in ("joined", "members") if _trains(before[name]) != _trains(now[name])]:
        raise OutputExistsError(
            f"{run}: holds a run of another ensemble ({', '.join(names)} changed); "
            "name another folder with --run"
        )


def _trains(value: Any) -> Any:
    """A table without what only cards say."""
    loose = ("licence", "commercial_use", "sources", "limits", "threshold", "kept_accuracy", "version")
    if isinstance(value, dict):
        return {name: _trains(own) for name, own in value.items() if name not in loose}
    return [_trains(own) for own in value] if isinstance(value, list) else value


def as_text(values: Mapping[str, Any]) -> str:
    """What is kept, as JSON that people can read."""
    return json.dumps(values, indent=2, ensure_ascii=False, default=str) + "\n"
