"""Import paths that the documentation of 0.1 named go on working."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from mimik._moved import MOVED

NAMES = {
    "mimik.cli.parser": ("COMMANDS",),
    "mimik.data.base": ("Reader", "READERS"),
    "mimik.explain": ("EXCLUDED", "PROTOTYPES", "valence_arousal"),
    "mimik.models.card": ("CropSpec", "ModelCard"),
    "mimik.pipeline": ("Analyzer",),
    "mimik.render": ("RenderOptions",),
    "mimik.results": ("read_results", "read_rows", "to_dataframe"),
    "mimik.sources.base": ("Source", "SOURCES", "SUFFIXES", "SCHEMES"),
    "mimik.tasks.base": ("ClassTask", "Task", "TASKS"),
}


@pytest.mark.parametrize(("module", "names"), NAMES.items())
def test_a_room_still_gives_its_names(module: str, names: tuple[str, ...]) -> None:
    for name in names:
        assert getattr(importlib.import_module(module), name) is not None


def test_a_name_that_never_was_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"'mimik\.results' has no attribute 'nonsense'"):
        _ = importlib.import_module("mimik.results").nonsense


@pytest.mark.parametrize("old", MOVED)
def test_a_moved_module_is_found_and_told(old: str) -> None:
    code = (
        f"import sys, warnings; import {MOVED[old]} as new; name = new.__spec__.name\n"
        "with warnings.catch_warnings(record=True) as told:\n"
        f"    warnings.simplefilter('always'); import {old}\n"
        f"assert sys.modules[{old!r}] is new and new.__spec__.name == name\n"
        "print(*[w.message for w in told])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert f"{old} is now {MOVED[old]}" in told


def test_the_documented_calls_of_before() -> None:
    code = (
        "import mimik.results, mimik.summarise; from mimik.writers.run import open_writer\n"
        "from mimik.detect.base import DETECTORS; from mimik.formats.base import FORMS\n"
        "print(mimik.summarise.summarise.__name__, open_writer.__name__, *DETECTORS, *FORMS)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.split()[:2] == ["summarise", "open_writer"]
