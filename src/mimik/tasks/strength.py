"""How strong an action unit is, as far as a mesh tells it: an estimate of FACS's intensity.

Each unit has one measure: a blendshape that moves with it, or a distance in the face where none does. Where
it lies between a face at rest and posed faces that show the unit strongly says how strong the unit is. Which
units have a measure that does follow them is found by ``python benchmarks/strength.py --data DATA``; of the
others no strength is told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np

from mimik.mesh.head import Front, find_head
from mimik.mesh.reading import MeshReading
from mimik.mesh.shape import cheeks_mm, nose_wings_mm

WEAKEST, STRONGEST = 1.0, 5.0
"""FACS's A (trace) and E (maximum); 0 is absent."""
MOUTH_OPENING = "mouth_opening"
"""The measure that is a field of the mesh's reading."""
DISTANCES: Mapping[str, Callable[[Front], float]] = {"cheeks_mm": cheeks_mm, "nose_wings_mm": nose_wings_mm}
"""Measures that are distances, as seen from the front."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a unit's strength is told by."""

    name: str
    """Of a blendshape (of both sides the mean), MOUTH_OPENING, or one of DISTANCES."""
    rest: float
    """Mean over faces at rest."""
    strong: float
    """What is reached by a tenth of posed faces that show the unit."""


MEASURES: Mapping[str, Measure] = {
    "AU01": Measure("browInnerUp", 0.025, 0.771),
    "AU02": Measure("browOuterUp", 0.030, 0.637),
    "AU04": Measure("browDown", 0.234, 0.723),
    "AU05": Measure("eyeWide", 0.008, 0.198),
    "AU06": Measure("cheeks_mm", -29.4, -24.2),
    "AU07": Measure("eyeSquint", 0.290, 0.717),
    "AU09": Measure("nose_wings_mm", -36.2, -32.1),
    "AU10": Measure("mouthUpperUp", 0.004, 0.593),
    "AU12": Measure("mouthSmile", 0.026, 0.971),
    "AU20": Measure("mouthStretch", 0.011, 0.556),
    "AU25": Measure("mouth_opening", 0.016, 0.405),
    "AU26": Measure("jawOpen", 0.007, 0.387),
    "AU27": Measure("jawOpen", 0.007, 0.847),
}
"""Unit to its measure; its numbers are of CK+ (benchmarks/strength.py)."""


def measured(mesh: MeshReading) -> dict[str, float]:
    """The measures of a face, by unit; empty where there is no mesh."""
    values = measures_of(mesh)
    return {unit: values[measure.name] for unit, measure in MEASURES.items() if measure.name in values}


def measures_of(mesh: MeshReading) -> dict[str, float]:
    """All that could be a measure, by name; empty where there is no mesh."""
    if mesh.points_xyz is None or mesh.mouth_opening is None:
        return {}
    points = np.array(mesh.points_xyz, np.float64)
    front_mm = find_head(points).seen_from_front(points)
    distances = {name: distance(front_mm) for name, distance in DISTANCES.items()}
    return {**_both_sides(mesh.blendshapes), **distances, MOUTH_OPENING: mesh.mouth_opening}


def _both_sides(blendshapes: Mapping[str, float | None]) -> dict[str, float]:
    """Blendshapes by their names without a side, of both sides the mean."""
    sides: dict[str, list[float]] = {}
    for name, value in blendshapes.items():
        if value is not None:
            sides.setdefault(name.removesuffix("Left").removesuffix("Right"), []).append(value)
    return {name: sum(values) / len(values) for name, values in sides.items()}


def strengths(
    active: Collection[str], found: Mapping[str, float], at_rest: Mapping[str, float]
) -> dict[str, float]:
    """How strong units are.

    Args:
        active: Units that are present.
        found: Unit to its measure in this face.
        at_rest: The same of the person's own face at rest, as far as it is known; else it is everybody's.

    Returns:
        Unit to 0 where it isn't active, else 1 (as at rest) to 5 (as strong as posed ones get).
    """
    return {unit: _strength(unit, value, at_rest) if unit in active else 0.0 for unit, value in found.items()}


def _strength(unit: str, value: float, at_rest: Mapping[str, float]) -> float:
    measure = MEASURES[unit]
    share = (value - at_rest.get(unit, measure.rest)) / (measure.strong - measure.rest)
    return WEAKEST + (STRONGEST - WEAKEST) * min(max(share, 0.0), 1.0)
