"""docs/recipes.md and docs/models.md name every field of a recipe and of a card."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from mimik.models.card import ModelCard
from mimik.models.inputs import INPUTS, ClipSpec, CropSpec, SoundSpec
from mimik.train.quick.choose import EPOCHS, MORE, MOST
from mimik.train.recipe.changes import AugmentOptions, HearOptions
from mimik.train.recipe.options import (
    DataOptions,
    HeadOptions,
    LoadingOptions,
    ObjectiveOptions,
    OptimOptions,
    PhaseOptions,
    ProbeOptions,
    TeacherOptions,
    WeightOptions,
)
from mimik.train.recipe.read import read_recipe
from mimik.train.recipe.recipe import Recipe
from mimik.train.tune.options import TuneOptions

ROOT = Path(__file__).parent.parent
RECIPES = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
ENSEMBLES = (ROOT / "docs" / "ensembles.md").read_text(encoding="utf-8")
SECTIONS = {
    "Top level": Recipe,
    "[crop]": CropSpec,
    "[sound]": SoundSpec,
    "[clip]": ClipSpec,
    "[[data]]": DataOptions,
    "[[heads]]": HeadOptions,
    "[teacher]": TeacherOptions,
    "[probe]": ProbeOptions,
    "[augment]": AugmentOptions,
    "[loading]": LoadingOptions,
    "[hear]": HearOptions,
    "[objective]": ObjectiveOptions,
    "[optim]": OptimOptions,
    "[[phases]]": PhaseOptions,
    "[weights]": WeightOptions,
    "[tune]": TuneOptions,
}
"""Heading in docs/recipes.md to the dataclass whose fields it explains."""


def section(text: str, heading: str) -> str:
    """What stands under a heading, down to the next one."""
    return re.split(r"\n#+ ", text.split(f"# {heading}\n")[1])[0]


def first_cells(text: str) -> set[str]:
    """The names in backticks in the first column of a section's table."""
    cells = re.findall(r"^\| (`[^|]*)\|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_recipe_field_is_explained_and_no_other(heading: str) -> None:
    fields = {field.name for field in dataclasses.fields(SECTIONS[heading])}
    assert first_cells(section(RECIPES, heading)) == fields


@pytest.mark.parametrize("heading", SECTIONS)
def test_defaults_are_true(heading: str) -> None:
    defaults = {f.name: f.default for f in dataclasses.fields(SECTIONS[heading])}
    for name, shown in re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section(RECIPES, heading), re.MULTILINE):
        if shown in ("true", "false"):
            assert defaults[name] is (shown == "true"), name
        elif re.fullmatch(r"[\d.]+", shown):
            assert defaults[name] == float(shown), name
        elif shown == "needed":
            assert defaults[name] is dataclasses.MISSING, name


def test_the_epochs_of_quick_are_true() -> None:
    told = f"{EPOCHS} epochs, and more with few pictures: {EPOCHS + MORE // 300} with 300, at most {MOST}."
    assert told in section(RECIPES, "Picked by `--quick`")


def test_every_key_of_the_shipped_recipes_is_explained() -> None:
    keys = {False: set[str](), True: set[str]()}
    for path in (ROOT / "recipes").glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        keys["[[members]]" in text] |= set(re.findall(r"^(\w+) = ", text, re.MULTILINE))
    assert all(keys.values())
    assert {key for key in keys[False] if f"`{key}`" not in RECIPES} == set()
    assert {key for key in keys[True] if f"`{key}`" not in RECIPES + ENSEMBLES} == set()


def test_the_recipe_in_the_text_can_be_read(tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", RECIPES, re.DOTALL)
    path = tmp_path / "mine.toml"
    path.write_text(block, encoding="utf-8")
    assert read_recipe(path).labels == ("happy", "sad")


def test_every_card_field_is_explained_and_no_other() -> None:
    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    # The format is of the file, and is checked before there is a card.
    own = {field.name for field in dataclasses.fields(ModelCard)} - {"takes"}
    fields = {"format", *own, *INPUTS}
    assert first_cells(section(text, "Fields of a card")) == fields
