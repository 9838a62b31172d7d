"""What the writers of other tools' forms say of what is missing and of what they leave out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from interop_results import two_clips, with_units, without
from mimik.errors import DataError, MimikWarning
from mimik.readings import AuReading
from mimik.results.interop.account import Written
from mimik.results.interop.base import load_form
from mimik.types import Face, FrameResult
from synthetic_results import EMOTIONS, class_reading, make_face, make_result

FORMS = ("deepface", "fer", "openface", "pyfeat")


def written(tool: str, frames: Iterable[FrameResult | dict[str, Any]], folder: Path) -> Written:
    form = load_form(tool)
    dicts = [frame if isinstance(frame, dict) else frame.to_dict() for frame in frames]
    found = form.write(dicts, folder / f"o{form.suffixes[0]}")
    assert found is not None
    return found


def of(*faces: Face) -> list[FrameResult]:
    return [make_result("a.mp4", 0, *faces)]


@pytest.mark.parametrize(
    ("tool", "tasks", "message"),
    [
        (
            "openface",
            (),
            "OpenFace 2's form is for action units or mesh, and these results hold emotion, gender, age: "
            "analyze with --tasks emotion,gender,age,au,mesh",
        ),
        (
            "pyfeat",
            ("emotion",),
            "py-feat's form is for emotion or action units or mesh, and these results hold gender, age: "
            "analyze with --tasks gender,age,emotion,au,mesh",
        ),
        (
            "deepface",
            ("emotion", "gender", "age"),
            "deepface's form is for emotion or gender or age, and these results hold no reading at all: "
            "analyze with --tasks emotion,gender,age",
        ),
        (
            "fer",
            ("emotion",),
            "a.mp4, frame 0: can't be written in fer's form: it holds emotions only, and a face has none; "
            "analyze with --tasks emotion",
        ),
    ],
)
def test_results_without_what_a_form_is_for_are_refused(
    tmp_path: Path, tool: str, tasks: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DataError) as caught:
        written(tool, of(without(make_face(), *tasks)), tmp_path)
    assert str(caught.value) == message
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("tool", FORMS)
def test_where_nobody_was_nothing_is_missing(tmp_path: Path, tool: str) -> None:
    found = written(tool, [make_result("a.mp4", 0)], tmp_path)
    assert found.faces == 0 and not found.empty
    assert all("left out" in note for note in found.notes())


def test_what_another_tool_gave_lacks_the_same(tmp_path: Path) -> None:
    """From deepface to OpenFace: there are no action units in between either."""
    written("deepface", two_clips(), tmp_path)
    with pytest.warns(MimikWarning, match="no place for it: left_eye, right_eye$"):
        frames = list(load_form("deepface").read(tmp_path / "o.json"))
    with pytest.raises(DataError, match="hold emotion, gender, age: analyze with"):
        written("openface", frames, tmp_path)
    notes = written("pyfeat", frames, tmp_path).notes()
    assert "Identity, approx_time" in notes[1] and "AU43 (action units)" in notes[1]


@pytest.mark.parametrize(
    ("tool", "empty"),
    [
        ("openface", "gaze_0_x to y_67 (of a mesh); pose_Rx, pose_Ry, pose_Rz (head pose); AU01_r, AU02_r,"),
        (
            "pyfeat",
            "x_0 to y_67 (points of a mesh, which .csv results hold with --points-in-csv); Pitch, Roll, Yaw",
        ),
        ("deepface", "left_eye, right_eye (the eyes, from landmarks)"),
    ],
)
def test_places_that_stay_empty_are_named(tmp_path: Path, tool: str, empty: str) -> None:
    """As with the Haar detector, which gives neither landmarks nor poses."""
    told = written(tool, two_clips(points=False)[:3], tmp_path).notes()[1]
    assert told.startswith("nothing to write in these places of ") and f"form: {empty}" in told
    assert ("AU28_c, AU45_c" in told) == (tool == "openface")


def test_a_place_that_is_filled_once_is_not_empty(tmp_path: Path) -> None:
    frames = [make_result("a.mp4", n, with_units(make_face(points=n == 7))) for n in range(9)]
    assert "pose_Rx" not in written("openface", frames, tmp_path).notes()[1]


@pytest.mark.parametrize(
    ("tool", "left_out"),
    [
        (
            "openface",
            "source, picture size, detector (3 frames); "
            "box, landmarks, quality, emotion, gender, age (4 faces); "
            "AU16, probabilities of action units, values before smoothing (3 faces); "
            "action units that can't be trusted (1 face)",
        ),
        (
            "pyfeat",
            "parts of a second, picture size, detector (3 frames); landmarks, quality, "
            "values before smoothing, gender, age (4 faces); which action units are active, AU16 (3 faces); "
            "action units that can't be trusted (1 face)",
        ),
        (
            "deepface",
            "source, frame number, time, picture size, detector (3 frames); "
            "id, nose and corners of the mouth, head pose, quality, values before smoothing, "
            "age interval, age group, action units (4 faces)",
        ),
        (
            "fer",
            "source, frame number, time, picture size, detector (3 frames); id, landmarks, score, head pose, "
            "quality, values before smoothing, gender, age, action units (4 faces)",
        ),
    ],
)
def test_what_was_left_out_is_counted_and_named(tmp_path: Path, tool: str, left_out: str) -> None:
    note = written(tool, two_clips()[:3], tmp_path).notes()[0]
    name = {"openface": "OpenFace 2", "pyfeat": "py-feat"}.get(tool, tool)
    assert note == f"left out, as {name}'s form has no place for it: {left_out}"


def test_what_was_not_there_is_not_named(tmp_path: Path) -> None:
    face = with_units(without(make_face(points=False), "gender", "age"))
    frame = {**make_result("a.mp4", 0, face).to_dict(), "detector": None, "width": None}
    note = written("openface", [frame], tmp_path).notes()[0]
    assert "left out" in note and "emotion" in note
    assert not [
        word for word in ("gender", "age", "detector", "picture", "landmarks", "trusted") if word in note
    ]


def test_answers_that_probabilities_do_not_show_are_counted(tmp_path: Path) -> None:
    faces = [
        make_face(n, share=0.3 if n < 2 else 0.9, reason="too dark" if n == 3 else None) for n in range(4)
    ]
    note = written("deepface", of(*faces), tmp_path).notes()[0]
    assert "emotion labels other than the most probable class (2 faces)" in note
    assert "the mark of faces that can't be trusted (1 face)" in note


def test_a_class_that_the_form_has_no_name_for_is_named(tmp_path: Path) -> None:
    reading = class_reading("happy", 0.9, (*EMOTIONS, "contempt"))
    face = make_face()
    face = replace(face, readings={**face.readings, "emotion": reading})
    assert "emotion contempt" in written("fer", of(face), tmp_path).notes()[0]
    assert "contempt" not in written("deepface", of(face), tmp_path).notes()[0]
    assert "contempt" in json.loads((tmp_path / "o.json").read_text())[0]["emotion"]


def test_a_change_from_a_face_at_rest_is_named(tmp_path: Path) -> None:
    units = AuReading(("AU12",), {"AU12": 0.9}, {"AU12": 0.9}, against_neutral=True)
    face = replace(make_face(), readings={"au": units})
    note = written("openface", of(face), tmp_path).notes()[0]
    assert "that action units is a change from a face at rest" not in note
    assert "the mark of readings that are a change from a face at rest (1 face)" in note


def test_several_files_are_told_of_together(tmp_path: Path) -> None:
    first, second = (
        written("openface", of(with_units(make_face(points=points))), tmp_path) for points in (True, False)
    )
    nobody = written("openface", [make_result("a.mp4", 0)], tmp_path)
    left_out, empty = (first + second + nobody).notes()
    assert "emotion, gender, age" in left_out and "(2 faces)" in left_out and "landmarks (1 face)" in left_out
    assert "pose_Rx, pose_Ry, pose_Rz (head pose in 1 of 2 files)" in empty
    assert "AU45_c" in empty and "AU45_c in" not in empty


@pytest.mark.parametrize(
    ("tool", "name", "text", "left_out"),
    [
        (
            "openface",
            "o.csv",
            "frame, timestamp, success, eye_lmk_x_0, AU12_c, p_tx\n1, 0, 1, 0.1, 1, nan\n",
            "eye_lmk_x_0",
        ),
        (
            "pyfeat",
            "o.csv",
            "FaceRectX,FaceRectY,FaceRectWidth,FaceRectHeight,frame,Pitch,gaze_pitch,Happiness,AU01,empty\n"
            "1,2,3,4,0,0.1,0.2,1,0.1,\n",
            "Pitch, gaze_pitch",
        ),
        (
            "deepface",
            "o.json",
            '[{"region": {"x":1,"y":2,"w":3,"h":4, "left_eye": null}, "age": 3, "race": {"white": 1}}]',
            "race",
        ),
        (
            "fer",
            "o.json",
            '[{"box": [1, 2, 3, 4], "emotions": {"sad": 1.0}, "landmarks": [1]}]',
            "landmarks",
        ),
        (
            "fer",
            "o.csv",
            "box0,"
            + ",".join(f"{name}0" for name in EMOTIONS)
            + ',mood\n"[1, 2, 3, 4]",0,0,0,1,0,0,0,good\n',
            "mood",
        ),
    ],
)
def test_what_is_not_read_of_another_tools_file_is_named(
    tmp_path: Path, tool: str, name: str, text: str, left_out: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.warns(MimikWarning) as caught:
        list(load_form(tool).read(path))
    (warning,) = caught
    assert str(warning.message) == f"{path}: left out, as mimik's results have no place for it: {left_out}"


def test_people_are_one_throughout_a_file_of_pyfeats(tmp_path: Path) -> None:
    frames = two_clips()
    written("pyfeat", frames, tmp_path)
    with pytest.warns(MimikWarning, match="approx_time"):
        found = list(load_form("pyfeat").read(tmp_path / "o.csv"))
    ids = [(frame["source"], [face["id"] for face in frame["faces"]]) for frame in found]
    numbers = {"in/a.mp4": ([0, 1], [], [0, 1]), "in/b.mp4": ([2, 3], [], [2, 3])}
    assert ids == [(source, own) for source, frames in numbers.items() for own in frames]
