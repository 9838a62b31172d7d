"""What mimik gives by name: exactly this, and every error in one tree."""

from __future__ import annotations

import ast
import builtins
import importlib
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mimik
import mimik.errors

EXPORTED = [
    "AgeReading",
    "Analyzer",
    "AuReading",
    "BatchReport",
    "ClassReading",
    "DataError",
    "DecodeError",
    "DetectorOptions",
    "DivergedError",
    "Face",
    "Frame",
    "FrameResult",
    "Job",
    "Listener",
    "ListeningSession",
    "LiveSourceError",
    "LostProcessError",
    "MeshReading",
    "MimikError",
    "MimikWarning",
    "MissingExtraError",
    "ModelError",
    "Neutral",
    "NoFaceError",
    "NoPictureError",
    "NoSoundError",
    "NotFoundError",
    "OptionError",
    "OutputError",
    "OutputExistsError",
    "PortError",
    "Pose",
    "Prediction",
    "Progress",
    "Quality",
    "Reading",
    "RecipeError",
    "RefusedError",
    "RenderOptions",
    "SegmentOptions",
    "SmoothOptions",
    "Sound",
    "SoundOptions",
    "SourceError",
    "SourceNotFoundError",
    "SourceOptions",
    "SpanQuality",
    "SpanResult",
    "Step",
    "StoreError",
    "StreamSession",
    "TooLargeError",
    "UnknownNameError",
    "analyze",
    "compare_models",
    "draw",
    "evaluate_model",
    "explain_face",
    "hide",
    "listen",
    "open_sound",
    "open_source",
    "open_writer",
    "read_predictions",
    "read_results",
    "read_spans",
    "run_batch",
    "summarise",
    "to_dataframe",
    "__version__",
]
"""What users write after ``mimik.``, sorted."""
ROOT = Path(mimik.__file__).parent
CLASSES = {name: found for name, found in vars(mimik.errors).items() if isinstance(found, type)}
ERRORS = sorted(name for name in CLASSES if name.endswith("Error"))
TREE = re.findall(r"^ {4}([\W]*)(\w+Error)(?: \((\w+)\))?", mimik.errors.__doc__ or "", re.MULTILINE)
"""Of each line of the docstring's tree what stands before the error, its name, the builtin in brackets."""


def test_exactly_these_names_are_exported() -> None:
    assert [*mimik.__all__, "__version__"] == EXPORTED
    assert mimik.__all__ == sorted(set(mimik.__all__))
    assert dir(mimik) == sorted(EXPORTED)


@pytest.mark.parametrize("name", EXPORTED)
def test_every_name_can_be_imported(name: str) -> None:
    found = getattr(importlib.import_module("mimik"), name)
    assert getattr(found, "__name__", name) == name


def test_a_module_of_before_does_not_hide_the_function_of_its_name() -> None:
    code = (
        "import warnings; warnings.simplefilter('ignore'); import mimik.summarise\n"
        "assert mimik.summarise.summarise.__name__ == 'summarise'\n"
        "try: mimik.summarise('nothere.jsonl')\nexcept mimik.SourceNotFoundError as error: print(error)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.startswith("nothere.jsonl: no such")


def test_every_error_is_exported() -> None:
    assert {name for name, found in CLASSES.items() if issubclass(found, BaseException)} == {
        *ERRORS,
        "MimikWarning",
    }
    assert {*ERRORS, "MimikWarning"} <= set(mimik.__all__)


def test_the_docstring_draws_the_tree() -> None:
    assert sorted(name for _, name, _ in TREE) == ERRORS
    above: dict[int, type] = {-4: Exception}
    for before, name, builtin in TREE:
        found = CLASSES[name]
        assert found.__bases__[0] is above[len(before) - 4], name
        assert found.__bases__[1:] == ((getattr(builtins, builtin),) if builtin else ()), name
        above[len(before)] = found


def test_no_error_stands_outside_the_tree() -> None:
    known, strange = {*ERRORS, "MimikWarning"}, []
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and path != ROOT / "errors.py":
                bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
                if any(b in known or is_error(getattr(builtins, b, None)) for b in bases):
                    strange.append(f"{path.relative_to(ROOT)}: {node.name}")
    assert not strange


def is_error(found: object) -> bool:
    return isinstance(found, type) and issubclass(found, BaseException)


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_comes_back_from_another_process_as_it_was(error: str) -> None:
    words = {"UnknownNameError": ("task", "x", ["y"])}
    words |= dict.fromkeys(("RefusedError", "NotFoundError", "MissingExtraError"), ("a", "b"))
    made = CLASSES[error](*words.get(error, ("what came",)))
    back = pickle.loads(pickle.dumps(made))
    assert type(back) is type(made) and str(back) == str(made)
