"""A mesh on a picture: contours, irises, gaze and the head's axis, in the right places."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from mimik.mesh.contours import CLOSED, IRISES, NOSE_TIP, OPEN
from mimik.mesh.reading import MeshReading
from mimik.render.draw import GREY, RenderOptions, draw
from mimik.render.mesh import AHEAD, EYES, LINE
from mimik.types import Face, Image
from synthetic_mesh import NOBODY, drawn_mesh, mesh_face
from synthetic_results import make_result

PLAIN = RenderOptions(boxes=False, labels=False)
GROUND: Image = np.full((240, 320, 3), 90, np.uint8)


def picture(mesh: MeshReading, options: RenderOptions = PLAIN) -> Image:
    return draw(GROUND, make_result("a", 0, mesh_face(mesh)), options)


def spots(image: Image, colour: tuple[int, int, int]) -> NDArray[np.intp]:
    """x, y of the pixels of about a colour."""
    near = np.abs(image.astype(int) - colour).sum(axis=2) < 60
    return np.argwhere(near)[:, ::-1]


def test_lines_go_along_the_face() -> None:
    mesh = drawn_mesh()
    assert mesh.points_xyz is not None
    points = np.array(mesh.points_xyz)[:, :2]
    found = spots(picture(mesh), LINE)
    oval = points[list(CLOSED[0])]
    assert found.min(axis=0) == pytest.approx(oval.min(axis=0), abs=2.5)
    assert found.max(axis=0) == pytest.approx(oval.max(axis=0), abs=2.5)
    # Nothing is drawn between nose and mouth's corners, on the cheeks.
    for cheek in (50, 280):
        assert np.linalg.norm(found - points[cheek], axis=1).min() > 4


def test_every_number_is_one_of_a_mesh() -> None:
    numbers = {number for line in (*CLOSED, *OPEN) for number in line}
    numbers |= {number for middle, edge in IRISES.values() for number in (middle, *edge)}
    assert numbers <= set(range(478)) and NOSE_TIP in numbers


@pytest.mark.parametrize(
    ("gaze", "right", "down"),
    [((40.0, 0.0), 1, 0), ((-40.0, 0.0), -1, 0), ((0.0, 30.0), 0, -1), ((0.0, -30.0), 0, 1)],
)
def test_the_eyes_rays_point_where_they_look(gaze: tuple[float, float], right: int, down: int) -> None:
    mesh = drawn_mesh(gaze=(gaze, None))
    assert mesh.points_xyz is not None
    changed = (picture(mesh) != picture(drawn_mesh(gaze=(None, None)))).any(axis=2)
    found = np.argwhere(changed)[:, ::-1] - np.array(mesh.points_xyz[IRISES["left"][0]][:2])
    far = found[np.linalg.norm(found, axis=1).argmax()]
    assert np.sign(np.round(far / 15)).tolist() == [right, down]


@pytest.mark.parametrize(
    ("pose", "right", "down"),
    [
        ((30.0, 0.0, 0.0), 1, 0),
        ((0.0, 30.0, 0.0), 0, -1),
        ((30.0, 0.0, 90.0), 0, 1),
        ((0.0, 30.0, 90.0), 1, 0),
    ],
)
def test_the_heads_axis_points_where_it_does(pose: tuple[float, float, float], right: int, down: int) -> None:
    mesh = drawn_mesh(pose=pose, gaze=(None, None))
    assert mesh.points_xyz is not None
    found = spots(picture(mesh), AHEAD) - np.array(mesh.points_xyz[NOSE_TIP][:2])
    far = found[np.linalg.norm(found, axis=1).argmax()]
    assert np.sign(np.round(far / 20)).tolist() == [right, down]


def test_a_shut_eye_has_no_iris() -> None:
    assert len(spots(picture(drawn_mesh(gaze=(None, None))), EYES)) == 0


def test_a_mesh_that_cannot_be_trusted_is_grey() -> None:
    image = picture(drawn_mesh(reason="turned away"))
    assert len(spots(image, GREY)) > 100
    assert len(spots(image, LINE)) == len(spots(image, EYES)) == 0


def test_nothing_is_drawn_where_there_is_no_mesh_or_it_is_not_wanted() -> None:
    assert (picture(NOBODY) == GROUND).all()
    assert (picture(drawn_mesh(), replace(PLAIN, mesh=False)) == GROUND).all()


def test_hidden_faces_show_no_mesh() -> None:
    mesh = drawn_mesh()
    with_mesh, without = (
        draw(GROUND, make_result("a", 0, face), replace(PLAIN, hide="blur"))
        for face in (mesh_face(mesh), Face(**{**as_fields(mesh_face(mesh)), "readings": {}}))
    )
    assert (with_mesh == without).all()


def as_fields(face: Face) -> dict[str, object]:
    return {name: getattr(face, name) for name in Face.__slots__}


def test_a_mesh_beyond_the_pictures_edge_is_cut() -> None:
    image = picture(drawn_mesh((0.0, 0.0), 400.0))
    assert image.shape == GROUND.shape and (image != GROUND).any()


def test_a_small_face_has_fewer_lines() -> None:
    mesh = drawn_mesh(size_px=60.0, gaze=(None, None))
    assert mesh.points_xyz is not None
    points = np.array(mesh.points_xyz)[:, :2]
    found = np.argwhere((picture(mesh) != GROUND).any(axis=2))[:, ::-1]
    for number, drawn in ((152, False), (17, True), (105, True), (386, True)):
        assert (np.linalg.norm(found - points[number], axis=1).min() < 2) == drawn, number
