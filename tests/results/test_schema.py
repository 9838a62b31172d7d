"""The JSON Schema, the results and their documentation say the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import mimik
from synthetic_results import make_face, make_result, random_results

SCHEMA = json.loads((Path(mimik.__file__).parent / "schema.json").read_text(encoding="utf-8"))
DOCS = (Path(__file__).parents[2] / "docs" / "results-format.md").read_text(encoding="utf-8")
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def line(result: Any = None) -> dict[str, Any]:
    result = result or make_result("a", 0, make_face())
    return dict(json.loads(json.dumps(result.to_dict())))


def properties(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "properties":
                yield from value
            yield from properties(value)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_what_is_written_fits() -> None:
    for result in random_results("a.mp4", 60):
        VALIDATOR.validate(line(result))


def test_no_landmarks_absent_tasks_and_uncertain_fit() -> None:
    face = make_face(points=False, share=0.2, reason="too small")
    assert face.readings["emotion"].label == "uncertain"
    VALIDATOR.validate(line(make_result("a", 0, face)))
    VALIDATOR.validate(line(make_result("a", 0, replace(face, readings={}))))
    VALIDATOR.validate(line(make_result("a", 0)))


def test_an_unknown_task_fits_and_an_unknown_field_does_not() -> None:
    good = line()
    good["faces"][0]["gaze"] = {"up_deg": 0.5}
    VALIDATOR.validate(good)
    for spoil in (
        lambda frame: frame.update(extra=1),
        lambda frame: frame["faces"][0].update(extra=1),
        lambda frame: frame["faces"][0]["quality"].update(extra=1),
        lambda frame: frame["faces"][0]["age"].update(extra=1),
        lambda frame: frame["faces"][0]["emotion"]["probabilities"].update(happy=1.5),
        lambda frame: frame.pop("time_s"),
        lambda frame: frame["faces"][0]["box_xyxy"].pop(),
    ):
        bad = line()
        spoil(bad)
        with pytest.raises(jsonschema.ValidationError):
            VALIDATOR.validate(bad)


def test_the_schema_names_every_field_of_a_line() -> None:
    """A field that to_dict gains must be described: extra properties are refused everywhere else."""
    named = set(properties(SCHEMA))
    frame = line()
    face = frame["faces"][0]
    for part in (frame, face, face["quality"], face["quality"]["pose"], face["emotion"], face["age"]):
        assert set(part) <= named


@pytest.mark.parametrize("name", sorted(set(properties(SCHEMA))))
def test_every_field_is_documented(name: str) -> None:
    assert f"`{name}`" in DOCS
