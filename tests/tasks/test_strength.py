"""How strong units are: measures of a mesh, between rest and the strongest."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mimik.mesh.blendshapes import BLENDSHAPES
from mimik.mesh.canonical import canonical_face
from mimik.mesh.reading import MeshReading
from mimik.models.card import ModelCard, some_outputs
from mimik.models.store import find_model
from mimik.readings import AuReading
from mimik.tasks.au import ActionUnits
from mimik.tasks.mesh import COORDINATES, PRESENCE, SHAPES, Mesh
from mimik.tasks.strength import MEASURES, measured, measures_of, strengths

FIGURES = Path(__file__).parents[2] / "docs" / "figures" / "strength.json"
CHEEKS = (50, 280, 101, 330)


@pytest.fixture(scope="module")
def card() -> ModelCard:
    return find_model("mesh.base")[0]


def mesh_of(card: ModelCard, presence: float = 1.0, raised_mm: float = 0.0, **shapes: float) -> MeshReading:
    """The canonical face at two pixels a millimetre, its cheeks raised, with some blendshapes."""
    points = np.zeros((478, 3))
    points[:468] = canonical_face()[0]
    points[list(CHEEKS), 1] -= raised_mm
    values = np.zeros(SHAPES.stop + 2, np.float32)
    values[:COORDINATES] = (points * 2 + 200).ravel()
    values[PRESENCE] = presence
    values[SHAPES] = [shapes.get(name, 0.0) for name in BLENDSHAPES]
    values[SHAPES.stop :] = 400
    reading = Mesh().reading(values, values, card)
    assert isinstance(reading, MeshReading)
    return reading


def test_what_is_not_there_is_0_and_what_is_goes_from_1_to_5() -> None:
    measure = MEASURES["AU12"]
    middle = (measure.rest + measure.strong) / 2
    found = {"AU12": middle, "AU26": 1.0, "AU01": MEASURES["AU01"].rest, "AU02": 1.0}
    told = strengths(("AU12", "AU26", "AU01"), found, {})
    assert told == {"AU12": pytest.approx(3.0), "AU26": 5.0, "AU01": 1.0, "AU02": 0.0}


def test_against_the_own_face_at_rest() -> None:
    measure = MEASURES["AU04"]
    frowns = (measure.rest + measure.strong) / 2
    assert strengths(("AU04",), {"AU04": frowns}, {"AU04": frowns}) == {"AU04": 1.0}
    assert strengths(("AU04",), {"AU04": frowns}, {"AU12": 0.5})["AU04"] == pytest.approx(3.0)


def test_blendshapes_of_both_sides_count_alike(card: ModelCard) -> None:
    one, both = (
        measured(mesh_of(card, mouthSmileLeft=0.8, mouthSmileRight=right))["AU12"] for right in (0.0, 0.8)
    )
    assert one == pytest.approx(0.4) and both == pytest.approx(0.8)


def test_raised_cheeks_are_measured_in_millimetres(card: ModelCard) -> None:
    still, raised = (measures_of(mesh_of(card, raised_mm=by))["cheeks_mm"] for by in (0.0, 4.0))
    assert raised - still == pytest.approx(4.0, abs=0.01)
    assert strengths(("AU06",), measured(mesh_of(card, raised_mm=20.0)), {})["AU06"] == 5.0


def test_without_a_mesh_no_strength(card: ModelCard) -> None:
    nothing = mesh_of(card, presence=0.1)
    assert measured(nothing) == {}
    units = AuReading(("AU12",), {"AU12": 0.9, "AU14": 0.1}, {"AU12": 0.9, "AU14": 0.1})
    told = ActionUnits().aided(units, nothing, {})
    assert isinstance(told, AuReading) and told.strength == {"AU12": None}
    assert told.active == ("AU12",) and told.to_dict()["strength"] == {"AU12": None}


def test_units_that_nothing_measures_have_none(card: ModelCard) -> None:
    units = AuReading(("AU12", "AU14"), dict.fromkeys(("AU12", "AU14"), 0.9), {})
    told = ActionUnits().aided(units, mesh_of(card, mouthSmileLeft=1.0, mouthSmileRight=1.0), {})
    assert isinstance(told, AuReading) and told.strength == {"AU12": 5.0}
    assert "strength" not in units.to_dict()
    whole = find_model("au.base")[0]
    own = some_outputs(whole, [whole.labels.index(unit) for unit in ("AU12", "AU14")])
    assert [column.name for column in ActionUnits().aided_columns(own)] == ["strength_AU12"]


@pytest.mark.parametrize("unit", sorted(json.loads(FIGURES.read_text(encoding="utf-8"))))
def test_measures_are_those_that_served_on_ck_plus(unit: str) -> None:
    row = json.loads(FIGURES.read_text(encoding="utf-8"))[unit]
    tau = row["tau"]
    serves = row["gain_sd"] >= 1 and min(tau["coded"]["ci95"][0], tau["more"]["ci95"][0]) > 0
    assert serves == (unit in MEASURES)
    if serves:
        measure = MEASURES[unit]
        assert measure.name == row["measure"]
        assert measure.rest == pytest.approx(row["rest"], rel=0.01, abs=0.001)
        assert measure.strong == pytest.approx(row["strong"], rel=0.01, abs=0.001)
