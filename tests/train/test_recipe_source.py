"""A card names the recipe's file, and the commit that it was taken from."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from mimik.train.recipe.source import RecipeSource, shown, source_of

pytestmark = pytest.mark.train


def git(folder: Path, *words: str) -> str:
    own = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *own, "-C", folder, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_path_is_told_from_here_or_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert shown(Path("runs/mine/recipe.toml")) == shown(tmp_path / "runs/mine/recipe.toml")
    assert shown(Path("runs/mine/recipe.toml")) == "runs/mine/recipe.toml"
    assert shown(tmp_path.parent / "elsewhere" / "a.toml") == "a.toml"


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_a_recipe_under_version_control_has_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    top = tmp_path / "top"
    (top / "recipes").mkdir(parents=True)
    kept, loose = top / "recipes" / "a.toml", top / "recipes" / "b.toml"
    kept.write_text("")
    git(top, "init", "-q")
    git(top, "add", ".")
    git(top, "commit", "-qm", "x")
    loose.write_text("")
    head = git(top, "rev-parse", "HEAD")
    assert source_of(kept) == RecipeSource("recipes/a.toml", head)
    assert source_of(loose) == RecipeSource("top/recipes/b.toml", "")
    kept.write_text("# changed")
    assert source_of(kept).commit == f"{head}, with changes"
