"""Meshes over time: angles, openness with blinks marked, gaze and mouth, on one axis of time."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mimik.plots.mesh import BLINK, HEIGHT, PANELS, STILL_HEIGHT, closures_of, heights
from mimik.plots.results import draw_people, plot_results
from mimik.plots.series import MESH, Person, read_people
from mimik.results.read import read_rows
from mimik.types import FrameResult
from synthetic_mesh import NOBODY, make_mesh, mesh_face
from synthetic_results import make_face, make_result

RATE = 25
SHUT = {*range(25, 28), *range(50, 70)}
"""Frames of a blink, and of eyes that are closed."""


def frame(number: int, *, emotion: bool = False, reason: str | None = None) -> FrameResult:
    mesh = make_mesh(
        (float(number), 0.0, 0.0), openness=(0.1, 0.1) if number in SHUT else (0.9, 0.8), reason=reason
    )
    face = mesh_face(mesh)
    if emotion:
        face = replace(face, readings={**make_face().readings, **face.readings})
    return make_result("a.mp4", number, face, time_s=number / RATE)


def write(path: Path, results: list[FrameResult]) -> Path:
    path.write_text("".join(json.dumps(result.to_dict()) + "\n" for result in results))
    return path


def person(tmp_path: Path, results: list[FrameResult]) -> Person:
    (found,) = read_people(read_rows(write(tmp_path / "r.jsonl", results)))
    return found


def axes_of(tmp_path: Path, results: list[FrameResult]) -> list[Any]:
    return list(draw_people([person(tmp_path, results)]).get_axes())


def test_each_panel_draws_its_columns_and_no_other() -> None:
    assert sorted(column for panel in PANELS for column in panel.lines) == sorted(MESH)


def test_lines_have_the_values(tmp_path: Path) -> None:
    head, eyes, gaze, mouth = axes_of(tmp_path, [frame(n) for n in range(100)])
    yaw = head.get_lines()[0]
    assert yaw.get_label().startswith("yaw")
    assert yaw.get_xdata() == pytest.approx(np.arange(100) / RATE)
    assert yaw.get_ydata() == pytest.approx(np.arange(100))
    assert [len(axes.get_lines()) for axes in (eyes, mouth)] == [4, 2]
    assert gaze.get_lines()[2].get_ydata() == pytest.approx(np.full(100, -4.0))
    assert len({axes.get_xlim() for axes in (head, eyes, gaze, mouth)}) == 1


def test_blinks_are_marked_where_they_are(tmp_path: Path) -> None:
    _, eyes, *_ = axes_of(tmp_path, [frame(n) for n in range(100)])
    blink, closed = eyes.patches
    assert (blink.get_x(), blink.get_width()) == (pytest.approx(1.0), pytest.approx(0.12))
    assert (closed.get_x(), closed.get_width()) == (pytest.approx(2.0), pytest.approx(0.8))
    assert blink.get_facecolor()[:3] == pytest.approx([int(BLINK[n : n + 2], 16) / 255 for n in (1, 3, 5)])
    assert eyes.get_title(loc="left") == "eyes: 1 blink, 15 a minute, shut for 0.8 s besides"


def test_a_plots_blinks_are_those_of_the_summary(tmp_path: Path) -> None:
    from mimik.results.summarise import summarise

    closures, figures = closures_of(person(tmp_path, [frame(n) for n in range(100)]))
    (row,) = summarise(tmp_path / "r.jsonl")
    assert len(closures) == 2
    assert {f"mesh_{name}": getattr(figures, name) for name in figures.__slots__}.items() <= row.items()


def test_what_cannot_be_trusted_is_a_gap(tmp_path: Path) -> None:
    results = [frame(n, reason="turned away" if 30 <= n < 40 else None) for n in range(100)]
    values = axes_of(tmp_path, results)[0].get_lines()[0].get_ydata()
    assert np.isnan(values[30:40]).all() and not np.isnan(values[[29, 40]]).any()


def test_frames_too_far_apart_say_so(tmp_path: Path) -> None:
    results = [replace(frame(n), time_s=float(n)) for n in range(20)]
    assert axes_of(tmp_path, results)[1].get_title(loc="left").endswith("too far apart to count blinks")


def test_panels_stand_below_other_charts(tmp_path: Path) -> None:
    results = [frame(n, emotion=True) for n in range(30)]
    emotion, *mesh = axes_of(tmp_path, results)
    assert [axes.get_xlabel() for axes in (emotion, *mesh)] == ["", "", "", "", "seconds"]
    drawn = plot_results(write(tmp_path / "r.jsonl", results), tmp_path / "r.png")
    assert (drawn.people, drawn.of) == (1, 1)
    assert cv2.imread(str(tmp_path / "r.png")).std() > 10


def test_a_still_is_told_in_words(tmp_path: Path) -> None:
    (axes,) = axes_of(tmp_path, [frame(12)])
    assert (
        axes.texts[0]
        .get_text()
        .startswith("head: yaw 12, pitch 0, roll 0; eyes: left 0.9, right 0.8; gaze: ")
    )


def test_who_has_no_mesh_has_no_panels(tmp_path: Path) -> None:
    assert heights(person(tmp_path, [make_result("a.mp4", n, make_face()) for n in range(3)])) == []
    assert heights(person(tmp_path, [frame(n) for n in range(3)])) == [HEIGHT] * 4
    assert heights(person(tmp_path, [frame(1)])) == [STILL_HEIGHT]
    faces = [
        make_result("a.mp4", n, replace(mesh_face(NOBODY), readings={**make_face().readings, "mesh": NOBODY}))
        for n in range(3)
    ]
    assert heights(person(tmp_path, faces)) == []
