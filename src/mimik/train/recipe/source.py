"""Where a recipe's file lies, as a card tells it, and the commit that it was taken from."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RecipeSource:
    """What a card says of its recipe's file."""

    file: str = ""
    """Its path in its repository; else from the working directory, or its name alone if it lies elsewhere."""
    commit: str = ""
    """The commit of its repository, and whether files were changed since; empty outside of one."""


def source_of(path: Path) -> RecipeSource:
    """Where a recipe's file lies, and its commit if it is kept under version control."""
    folder = path.absolute().parent
    kept = _git(folder, "ls-files", "--full-name", "--", path.name)
    return RecipeSource(kept or shown(path), commit(folder) if kept else "")


def shown(path: Path) -> str:
    """A path from the working directory; its name alone if it lies elsewhere, which is nobody's business."""
    whole, here = path.resolve(), Path.cwd().resolve()
    return whole.relative_to(here).as_posix() if whole.is_relative_to(here) else whole.name


def commit(folder: Path) -> str:
    """The git commit that a folder is at, and whether files were changed since; empty if there is none."""
    head = _git(folder, "rev-parse", "HEAD")
    return f"{head}, with changes" if head and _git(folder, "status", "--porcelain", "-uno") else head


def _git(folder: Path, *words: str) -> str:
    """What a git command says; nothing if it fails, or there is no git."""
    if not shutil.which("git"):
        return ""
    done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
