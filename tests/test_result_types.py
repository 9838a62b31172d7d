"""What is made of schema.json is that of the schema as it is."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from mimik.readings import FACE_VOICE
from mimik.results.rows import BASE_COLUMNS, FACE_KEYS, FRAME_COLUMNS
from mimik.results.schema import fields_of_tasks, fields_that_are_no_numbers
from mimik.results.span_rows import SPAN_COLUMNS, SPAN_KEYS
from mimik.tasks.base import TASKS
from mimik.types import SCHEMA_VERSION

SCRIPT = Path(__file__).parent.parent / "scripts" / "make_result_types.py"
REMEDY = "run 'python scripts/make_result_types.py' and commit what it writes"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_result_types", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_servers_models_are_up_to_date(script: ModuleType) -> None:
    assert script.MODELS.read_text(encoding="utf-8") == script.models(), REMEDY


def test_the_pages_types_are_up_to_date(script: ModuleType) -> None:
    assert script.TYPES.read_text(encoding="utf-8") == script.types(), REMEDY


def test_what_is_served_is_what_the_server_always_knows(script: ModuleType) -> None:
    node = {"type": ["number", "null"], "maximum": 5, "x-served": {"type": "number", "minimum": 1}}
    assert script.python(script.served(node)) == "Annotated[float, Field(ge=1, le=5, allow_inf_nan=False)]"
    assert script.typescript(script.served(node)) == "number"


def test_what_code_says_of_a_result_is_what_the_schema_says(script: ModuleType) -> None:
    schema = json.loads(script.SCHEMA.read_text(encoding="utf-8"))
    face, frame, span = (schema["$defs"][name] for name in ("face", "frame", "span_result"))
    assert schema["$id"] == f"urn:mimik:results:{SCHEMA_VERSION}"
    assert set(face["required"]) == FACE_KEYS
    assert set(FRAME_COLUMNS[:3]) <= set(frame["required"])
    assert set(FRAME_COLUMNS) <= set(frame["properties"])
    assert set(span["required"]) == SPAN_KEYS
    quality = set(schema["$defs"]["span_quality"]["required"])
    assert set(SPAN_COLUMNS) == quality | SPAN_KEYS - {"type", "quality"}
    assert set(schema["$defs"]["quality"]["required"]) - {"pose"} <= set(BASE_COLUMNS)
    assert set(schema["$defs"]["pose"]["required"]) <= set(BASE_COLUMNS)


def test_every_task_has_the_fields_that_the_schema_says() -> None:
    assert set(fields_of_tasks()) <= {*TASKS, FACE_VOICE}
    assert fields_of_tasks()["age"]["raw"] == fields_of_tasks()["emotion"]["probabilities"] == "number"
    assert fields_that_are_no_numbers() == {
        **dict.fromkeys(("label", "group", "active", "reason", "sides"), "text"),
        "id": "whole",
        **dict.fromkeys(("reliable", "against_neutral", "against_reference"), "truth"),
    }
