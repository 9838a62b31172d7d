"""docs/ensembles.md names every field of an ensemble's recipe, with its true default."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from mimik.train.ensemble.options import DistilOptions, EnsembleOptions, MemberOptions

TEXT = (Path(__file__).parents[2] / "docs" / "ensembles.md").read_text(encoding="utf-8")
SECTIONS = {"[[members]]": MemberOptions, "[ensemble]": EnsembleOptions, "[distil]": DistilOptions}


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_field_is_explained_and_no_other(heading: str) -> None:
    section = re.split(r"\n## ", TEXT.split(f"## {heading}\n")[1])[0]
    fields = {field.name: field.default for field in dataclasses.fields(SECTIONS[heading])}
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE))
    assert rows.keys() == fields.keys()
    for name, shown in rows.items():
        if shown in ("true", "false"):
            assert fields[name] is (shown == "true"), name
        elif re.fullmatch(r"[\d.]+", shown):
            assert fields[name] == float(shown), name
        elif shown == "needed":
            assert fields[name] is dataclasses.MISSING, name
        elif shown.startswith('"'):
            assert fields[name] == shown.strip('"'), name
