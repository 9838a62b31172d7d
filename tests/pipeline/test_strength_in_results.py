"""How strong action units are, where a mesh is read with them: from a picture to its table."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest

import mimik
from mimik.pipeline.analyzer import Analyzer
from mimik.tasks.mesh import Mesh
from mimik.tasks.strength import MEASURES, measured
from mimik.types import Face


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer(("au", "mesh"))


@pytest.fixture(scope="module")
def face(analyzer: Analyzer, examples: Path) -> Face:
    return analyzer.image(examples / "astronaut.jpg").faces[0]


def test_a_smile_is_strong_and_what_is_absent_is_nought(face: Face) -> None:
    units = face.readings["au"]
    assert isinstance(units, mimik.AuReading) and units.strength is not None
    assert set(units.strength) == set(MEASURES)
    assert "AU12" in units.active and (units.strength["AU12"] or 0) > 3
    for unit, strength in units.strength.items():
        assert strength is not None and (1 <= strength <= 5 if unit in units.active else strength == 0)


def test_without_a_mesh_readings_are_as_they_were(face: Face, examples: Path) -> None:
    alone = Analyzer(("au",))
    units = alone.image(examples / "astronaut.jpg").faces[0].readings["au"].to_dict()
    both = face.readings["au"].to_dict()
    assert "strength" not in units and units == {k: v for k, v in both.items() if k != "strength"}
    assert not any("strength" in column.name for column in alone.info().columns["au"])


def test_columns_are_there_and_in_order(analyzer: Analyzer, examples: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    with mimik.open_writer(out, analyzer.info()) as writer:
        writer.write(analyzer.image(examples / "astronaut.jpg"))
    lines = [line for line in out.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    row = next(csv.DictReader(lines))
    names = [name for name in row if "strength" in name]
    assert names == [f"au_strength_{unit}" for unit in MEASURES]
    assert float(row["au_strength_AU12"]) > 3


def test_the_own_face_at_rest_is_the_new_nought(analyzer: Analyzer, face: Face, examples: Path) -> None:
    rest = analyzer.neutral(examples / "astronaut.jpg")
    mesh = face.readings["mesh"]
    assert isinstance(mesh, mimik.MeshReading)
    # Of the crop before, of the frame now: what is measured doesn't hang on where the face is.
    assert dict(rest.measured["au"]) == pytest.approx(measured(mesh), abs=0.02)
    units = analyzer.image(examples / "astronaut.jpg", neutral=rest).faces[0].readings["au"]
    assert isinstance(units, mimik.AuReading) and units.strength and units.against_neutral
    assert all((value or 0) <= 1.1 for value in units.strength.values())


def test_where_no_mesh_is_seen_units_are_the_networks_own(
    analyzer: Analyzer, face: Face, examples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode = Mesh.decode

    def unseen(self: Mesh, logits: np.ndarray, card: mimik.ModelCard) -> np.ndarray:
        logits = logits.copy()
        logits[:, 1434] = -10
        return decode(self, logits, card)

    monkeypatch.setattr(Mesh, "decode", unseen)
    units = analyzer.image(examples / "astronaut.jpg").faces[0].readings["au"]
    assert isinstance(units, mimik.AuReading)
    assert units.strength == dict.fromkeys(MEASURES)
    assert units == dataclasses.replace(face.readings["au"], strength=units.strength)
