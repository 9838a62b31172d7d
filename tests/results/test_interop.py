"""deepface's and fer's forms, there and back."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mimik
from mimik.errors import DataError, OptionError, OutputError, SourceNotFoundError, UnknownNameError
from mimik.readings import AuReading
from mimik.results.interop.base import FORMS, load_form
from mimik.results.interop.deepface import from_deepface, to_deepface
from mimik.results.interop.fer import from_fer, to_fer
from mimik.results.rows import flatten
from synthetic_results import EMOTIONS, make_face, make_result, random_results

pytestmark = pytest.mark.filterwarnings("ignore:.* no place for it:mimik.errors.MimikWarning")
SCHEMA = json.loads((Path(mimik.__file__).parent / "schema.json").read_text(encoding="utf-8"))

DEEPFACE = {
    "emotion": {name: (93.0 if name == "happy" else 7 / 6) for name in EMOTIONS},
    "dominant_emotion": "happy",
    "region": {"x": 10, "y": 20, "w": 50, "h": 60, "left_eye": [45, 44], "right_eye": [25, 44]},
    "face_confidence": 0.9,
    "age": 31,
    "gender": {"Woman": 99.0, "Man": 1.0},
    "dominant_gender": "Woman",
    "race": {"asian": 100.0},
    "dominant_race": "asian",
}


def test_what_another_tool_could_not_tell_is_no_answer() -> None:
    nothing = dict.fromkeys(EMOTIONS, float("nan"))
    assert from_fer({"box": [1, 2, 3, 4], "emotions": nothing}).keys() == from_fer(
        {"box": [1, 2, 3, 4], "emotions": dict.fromkeys(EMOTIONS, 0.1)}
    ).keys() - {"emotion"}
    peer = {**DEEPFACE, "emotion": nothing, "age": float("nan"), "face_confidence": float("nan")}
    face = from_deepface(peer)
    assert (face["score"], face["gender"]["label"], {"emotion", "age"} & {*face}) == (None, "female", set())


def test_a_face_as_deepface_says_it() -> None:
    face = make_face(share=0.9, female=0.8, years=34.4).to_dict()
    peer = to_deepface(face)
    assert peer["emotion"]["happy"] == 90.0 and sum(peer["emotion"].values()) == pytest.approx(100, abs=0.05)
    assert (peer["dominant_emotion"], peer["dominant_gender"], peer["age"]) == ("happy", "Woman", 34)
    assert peer["gender"] == {"Woman": 80.0, "Man": 20.0}
    # The person's own left eye is the one on the right of the picture.
    assert peer["region"] == {"x": 10, "y": 20, "w": 50, "h": 60, "left_eye": [45, 44], "right_eye": [25, 44]}
    assert peer["face_confidence"] == 0.9


def test_deepface_knows_no_uncertain_and_no_missing_task() -> None:
    face = make_face(share=0.3, points=False).to_dict()
    del face["age"]
    peer = to_deepface(face)
    assert peer["dominant_emotion"] == "happy" and "age" not in peer
    assert peer["region"]["left_eye"] is None


def test_a_face_of_deepface_as_mimik_says_it() -> None:
    face = from_deepface(DEEPFACE)
    assert face["box_xyxy"] == [10, 20, 60, 80] and face["score"] == 0.9
    assert face["emotion"]["label"] == "happy" and face["emotion"]["probabilities"]["happy"] == 0.93
    assert face["gender"] == {
        "label": "female",
        "probabilities": {"female": 0.99, "male": 0.01},
        "raw": None,
    }
    assert face["age"] == {"years": 31.0, "low": None, "high": None, "group": None, "raw": None}
    assert face["id"] is face["quality"] is face["landmarks_xy"] is None


@pytest.mark.parametrize(
    ("tool", "suffix", "tasks"),
    [
        ("deepface", ".json", ("emotion", "gender")),
        ("fer", ".json", ("emotion",)),
        ("fer", ".csv", ("emotion",)),
    ],
)
@pytest.mark.parametrize("frames", [1, 2, 12])
def test_there_and_back(tmp_path: Path, tool: str, suffix: str, tasks: tuple[str, ...], frames: int) -> None:
    before = [result.to_dict() for result in random_results("a.mp4", frames, seed=3)]
    path = tmp_path / f"o{suffix}"
    load_form(tool).write(before, path)
    after = list(load_form(tool).read(path))
    assert len(after) == frames
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for old, new in zip(before, after, strict=True):
        validator.validate(new)
        assert len(old["faces"]) == len(new["faces"])
        for was, now in zip(old["faces"], new["faces"], strict=True):
            assert now["box_xyxy"] == pytest.approx(was["box_xyxy"], abs=1)
            for task in tasks:
                assert now[task]["probabilities"] == pytest.approx(was[task]["probabilities"], abs=1e-6)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=7, max_size=7), st.integers(-500, 5000), st.integers(1, 4000))
def test_any_face_of_fer_there_and_back(shares: list[float], left: int, size: int) -> None:
    peer = {"box": [left, 3, size, size], "emotions": dict(zip(EMOTIONS, shares, strict=True))}
    assert to_fer(from_fer(peer)) == peer


def test_fers_table_is_read_as_fer_writes_it(tmp_path: Path) -> None:
    names = [f"{n}{i}" for i in range(2) for n in ("box", *EMOTIONS)]
    path = tmp_path / "data.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        writer.writerow(["[277  90  48  63]", *[0.1] * 6, 0.4, "[1, 2, 3, 4]", *[0.1] * 6, 0.4])
        writer.writerow(["[1, 2, 3, 4]", *[0.1] * 6, 0.4, *[""] * 8])
        writer.writerow([""] * 16)
    first, second, third = load_form("fer").read(path)
    assert [len(f["faces"]) for f in (first, second, third)] == [2, 1, 0]
    assert first["faces"][0]["box_xyxy"] == [277, 90, 325, 153]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("box0,angry0\n[1 2 3 4],0.5\n", "disgust0"),
        (",".join(f"{n}0" for n in ("box", *EMOTIONS)) + ",box1\n", "angry1"),
        ("angry0\n", "box0"),
    ],
)
def test_a_table_of_fer_that_lacks_a_column_is_named(tmp_path: Path, text: str, column: str) -> None:
    path = tmp_path / "min.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=rf"min\.csv: not fer's video table \(no column {column}\)$"):
        list(load_form("fer").read(path))


@pytest.mark.parametrize("column", ["source", "video"])
def test_joined_tables_of_fer_keep_their_sources(tmp_path: Path, column: str) -> None:
    path, names = tmp_path / "joined.csv", [f"{n}0" for n in ("box", *EMOTIONS)]
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([column, *names])
        for name in ("a.mp4", "a.mp4", "b.mp4", "a.mp4", ""):
            writer.writerow([name, "[1, 2, 3, 4]", *[0.1] * 6, 0.4])
    frames = load_form("fer").read(path)
    expected = [("a.mp4", 0), ("a.mp4", 1), ("b.mp4", 0), ("a.mp4", 2), (str(path), 0)]
    assert [(f["source"], f["frame"]) for f in frames] == expected


@pytest.mark.parametrize("nested", [True, False])
def test_joined_lists_of_deepface_keep_their_sources(tmp_path: Path, nested: bool) -> None:
    path = tmp_path / "d.json"
    named = [{**DEEPFACE, "img_path": name} for name in ("a.jpg", "a.jpg", "b.jpg")]
    path.write_text(json.dumps([named[:2], named[2:]] if nested else named))
    first, second = load_form("deepface").read(path)
    assert [(f["source"], f["frame"], len(f["faces"])) for f in (first, second)] == [
        ("a.jpg", 0, 2),
        ("b.jpg", 0, 1),
    ]


def test_joined_tables_of_openface_keep_their_sources(tmp_path: Path) -> None:
    path = tmp_path / "of.csv"
    path.write_text("filename, frame, success\na.mp4, 1, 0\na.mp4, 2, 0\nb.mp4, 2, 0\nb.mp4, 3, 0\n")
    frames = load_form("openface").read(path)
    assert [(f["source"], f["frame"]) for f in frames] == [
        ("a.mp4", 0),
        ("a.mp4", 1),
        ("b.mp4", 1),
        ("b.mp4", 2),
    ]


def test_a_single_face_and_a_single_picture_of_deepface(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    for value in (DEEPFACE, [DEEPFACE], [[DEEPFACE]]):
        path.write_text(json.dumps(value))
        (frame,) = load_form("deepface").read(path)
        assert len(frame["faces"]) == 1
    path.write_text("[]")
    assert next(load_form("deepface").read(path))["faces"] == []


@pytest.mark.parametrize("tool", FORMS)
@pytest.mark.parametrize("value", ["x", "3", '"x"', "[3]", "[{}]", '[[{"region": 3, "box": 3}]]', "\xff"])
def test_what_is_not_in_a_tools_form_is_named(tmp_path: Path, tool: str, value: str) -> None:
    path = tmp_path / "d.json"
    path.write_bytes(value.encode("latin-1"))
    with pytest.raises(DataError, match=r"d\.json") as caught:
        list(load_form(tool).read(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("tool", "value", "message"),
    [
        ("deepface", {}, "d.json, picture 0: not deepface's form (no 'region')"),
        ("deepface", {"img_path": "a.jpg"}, "d.json: a.jpg, picture 0: not deepface's form (no 'region')"),
        ("fer", {"box": 3}, "d.json, frame 0: not fer's form (a value of the wrong kind)"),
        ("fer", {"box": [1, 2, 3, 4], "emotions": {"sad": "x"}}, "not fer's form ('x' is no number)"),
    ],
)
def test_damage_is_told_in_words(tmp_path: Path, tool: str, value: dict[str, Any], message: str) -> None:
    (tmp_path / "d.json").write_text(json.dumps(value))
    with pytest.raises(DataError) as caught:
        list(load_form(tool).read(tmp_path / "d.json"))
    assert str(caught.value).endswith(message)


def test_other_errors(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError):
        list(load_form("deepface").read(tmp_path / "no.json"))
    with pytest.raises(SourceNotFoundError):
        list(load_form("fer").read(tmp_path / "no.csv"))
    with pytest.raises(UnknownNameError, match="did you mean 'deepface'"):
        load_form("deepfake")
    with pytest.raises(OptionError, match=r"written as \.json"):
        load_form("deepface").write([], tmp_path / "o.csv")
    with pytest.raises(OutputError, match="folder doesn't exist"):
        load_form("fer").write([], tmp_path / "no" / "o.csv")
    (tmp_path / "x.csv").write_text("a\n1\n")
    with pytest.raises(DataError, match="no column box0"):
        list(load_form("fer").read(tmp_path / "x.csv"))
    face: dict[str, Any] = make_face().to_dict()
    del face["emotion"]
    frame = {**make_result().to_dict(), "faces": [face]}
    with pytest.raises(DataError, match="emotions only"):
        load_form("fer").write([frame], tmp_path / "o.json")
    assert not (tmp_path / "o.json").exists()


def faces_with_units() -> list[dict[str, Any]]:
    """Frames with two faces, none, and one whose action units were asked for."""
    frames = [result.to_dict() for result in random_results("a.mp4", 3, seed=1)]
    units = {"AU01": 0.1, "AU06": 0.7, "AU12": 0.9}
    reading = AuReading(("AU06", "AU12"), units, units)
    face = make_face().to_dict() | {"au": reading.to_dict()}
    frames[0]["faces"], frames[1]["faces"] = [face, {**face, "id": 7}], []
    return frames


@pytest.mark.parametrize("tool", ["openface", "pyfeat"])
def test_tables_there_and_back(tmp_path: Path, tool: str) -> None:
    before, path = faces_with_units(), tmp_path / "t.csv"
    load_form(tool).write(before, path)
    after = list(load_form(tool).read(path))
    assert [frame["frame"] for frame in after] == [frame["frame"] for frame in before]
    assert [len(frame["faces"]) for frame in after] == [len(frame["faces"]) for frame in before]
    for frame in after:
        jsonschema.Draft202012Validator(SCHEMA).validate(frame)
    assert after[0]["faces"][0]["au"]["active"] == ["AU06", "AU12"]
    assert after[0]["faces"][0]["score"] == before[0]["faces"][0]["score"]
    # What was read can be written as a table of mimik's.
    rows = [row for frame in after for row in flatten(frame)]
    assert rows[0]["au_active"] == "AU06+AU12"
    assert rows[2]["id"] is None


def test_openface_is_given_no_intensity(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    load_form("openface").write(faces_with_units(), path)
    first, second, empty, *_ = csv.DictReader(path.read_text().splitlines())
    assert (first["frame"], first["success"], first["AU12_c"], first["AU01_c"]) == ("1", "1", "1", "0")
    assert {first[f"AU{n}_r"] for n in ("01", "12", "45")} == {""}
    assert first["AU45_c"] == ""
    assert (first["face_id"], second["face_id"]) == ("0", "7")
    assert (empty["frame"], empty["success"]) == ("2", "0")


def test_openface_is_given_the_strength_that_a_mesh_told(tmp_path: Path) -> None:
    frames, path = faces_with_units(), tmp_path / "t.csv"
    units = frames[0]["faces"][0]["au"]
    units |= {"strength": {"AU01": 0.0, "AU12": 3.4, "AU25": None, "AU27": 1.0}}
    load_form("openface").write(frames, path)
    first, *_ = csv.DictReader(path.read_text().splitlines())
    assert [first[f"AU{n}_r"] for n in ("01", "12", "25", "45")] == ["0.0", "3.4", "", ""]


def openface_table(path: Path) -> Path:
    """A face that OpenFace coded, with a unit that it saw, one that it didn't and one of presence only."""
    path.write_text(
        "frame, face_id, timestamp, confidence, success, pose_Rx, pose_Ry, pose_Rz, "
        "AU01_r, AU12_r, AU45_r, AU01_c, AU12_c, AU45_c, AU28_c\n"
        "1, 0, 0.0, 0.98, 1, 0.1, -0.2, 0.3, 0.0, 2.31, 0.4, 0.0, 1.0, 0.0, 1.0\n"
    )
    return path


def test_what_openface_coded_comes_back(tmp_path: Path) -> None:
    tool, back = load_form("openface"), tmp_path / "back.csv"
    tool.write(tool.read(openface_table(tmp_path / "of.csv")), back)
    (row,) = csv.DictReader(back.read_text().splitlines())
    assert [row[f"AU{n}_c"] for n in ("01", "12", "45", "28", "02")] == ["0", "1", "0", "1", ""]
    assert [row[f"AU{n}_r"] for n in ("01", "12", "45", "02")] == ["0.0", "2.31", "0.4", ""]
    assert [float(row[f"pose_R{axis}"]) for axis in "xyz"] == pytest.approx([0.1, -0.2, 0.3], abs=1e-3)
    (frame,) = tool.read(tmp_path / "of.csv")
    jsonschema.Draft202012Validator(SCHEMA).validate(frame)
    # Down and to one's right are positive there, up and to one's left here.
    assert frame["faces"][0]["quality"]["pose"] == {"pitch_deg": -5.73, "yaw_deg": 11.46, "roll_deg": 17.19}
    assert [row["yaw_deg"] for row in flatten(frame)] == [11.46]


def test_several_sources_are_not_made_one(tmp_path: Path) -> None:
    frames = [make_result(name, 0, make_face()).to_dict() for name in ("a.mp4", "b.mp4")]
    with pytest.raises(DataError, match=r"hold a\.mp4 and b\.mp4: write a file for each into a folder"):
        load_form("openface").write(frames, tmp_path / "o.csv")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("tool", ["deepface", "fer"])
def test_a_face_without_a_box_is_named(tmp_path: Path, tool: str) -> None:
    frame = make_result("a.mp4", 3, make_face()).to_dict()
    frame["faces"][0]["box_xyxy"] = None
    with pytest.raises(DataError, match=rf"a\.mp4, frame 3: can't be written in {tool}'s form: .* no box"):
        load_form(tool).write([frame], tmp_path / "o.json")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("tool", FORMS)
@pytest.mark.parametrize(
    "readings",
    [
        {"au": {"active": []}},
        {"au": {}},
        {"emotion": {"label": "happy"}},
        {"emotion": {"label": "happy", "probabilities": None}},
        {"emotion": {"label": "happy", "probabilities": {"happy": "much"}}},
        {"emotion": {"label": "happy", "probabilities": [1]}},
        {"age": {"years": None}},
        {"age": {"years": "old"}},
        {"quality": {"pose": "straight"}},
        {"landmarks_xy": 3},
        {"box_xyxy": [1, 2]},
    ],
)
def test_damaged_readings_are_left_out_or_named(tmp_path: Path, tool: str, readings: dict[str, Any]) -> None:
    path = tmp_path / load_form(tool).suffixes[0].replace(".", "o.")
    frame = {**make_result("a.mp4").to_dict(), "faces": [make_face().to_dict() | readings]}
    try:
        load_form(tool).write([frame], path)
    except DataError as error:
        tools = ("OpenFace 2", "py-feat", "Live Link Face")
        starts = ("a.mp4, frame 0: can't be written", *(f"{tool}'s form is for" for tool in tools))
        assert str(error).startswith(starts)
        assert not path.exists()


def test_openfaces_own_table(tmp_path: Path) -> None:
    path = tmp_path / "of.csv"
    points = ", ".join(f"x_{i}" for i in range(68)) + ", " + ", ".join(f"y_{i}" for i in range(68))
    values = ", ".join(str(100 + i) for i in range(68)) + ", " + ", ".join(str(50 + i) for i in range(68))
    path.write_text(
        f"frame, face_id, timestamp, confidence, success, {points}, AU12_r, AU12_c, AU28_c\n"
        f"1, 0, 0.000, 0.98, 1, {values}, 2.31, 1.00, 0.00\n"
        f"2, 0, 0.033, 0.02, 0, {values}, 0.00, 0.00, 0.00\n"
    )
    first, lost = load_form("openface").read(path)
    (face,) = first["faces"]
    assert (first["frame"], first["time_s"], lost["time_s"], lost["faces"]) == (0, 0, 0.033, [])
    assert face["box_xyxy"] == [100, 50, 167, 117]
    assert face["au"]["active"] == ["AU12"]
    assert face["au"]["intensities"] == {"AU12": 2.31}
    assert face["au"]["probabilities"] is None


def test_pyfeats_own_table(tmp_path: Path) -> None:
    path = tmp_path / "fex.csv"
    path.write_text(
        "FaceRectX,FaceRectY,FaceRectWidth,FaceRectHeight,FaceScore,Pitch,AU06,AU12,"
        "Anger,Disgust,Fear,Happiness,Sadness,Surprise,Neutral,valence,input,frame\n"
        "10,20,30,40,0.99,0.1,0.4,0.8,0,0,0,0.9,0,0,0.1,0.7,a.jpg,0\n"
        "50,20,30,40,0.98,0.1,nan,nan,0,0,0,0.1,0,0,0.9,0.1,a.jpg,0\n"
        "nan,nan,nan,nan,nan,nan,nan,nan,nan,nan,nan,nan,nan,nan,nan,nan,b.jpg,1\n"
    )
    first, second = load_form("pyfeat").read(path)
    assert [first["source"], second["source"]] == ["a.jpg", "b.jpg"]
    smile, other = first["faces"]
    assert smile["au"]["active"] == ["AU12"]
    assert smile["emotion"]["label"] == "happy"
    assert "au" not in other
    assert other["emotion"]["label"] == "neutral"
    assert second["faces"] == []


FEX = "FaceRectX,FaceRectY,FaceRectWidth,FaceRectHeight,frame"


@pytest.mark.parametrize(
    ("tool", "text", "message"),
    [
        ("openface", "frame,confidence\n1,1\n", "not OpenFace 2's form: it lacks the column success"),
        ("openface", "", "lacks the column frame, success"),
        ("openface", "frame,success\nx,1\n", "line 2: not OpenFace 2's form .'x' is no number.$"),
        ("openface", "frame,success,AU12_c\n1,1,much\n", "line 2: not OpenFace 2's form .*much"),
        ("openface", "frame,success,AU12_c\n1,1,1\n2,1,much\n3,1,1\n", r"\.csv, line 3: not"),
        ("openface", "frame,success,AU12_c\n1,1,1\n1,1,much\n3,1,1\n", r"\.csv, lines 2 to 3: not"),
        ("pyfeat", f"{FEX}\n1,2,3,4,0\n1,2,3,4,inf\n1,2,3,4,2\n", "line 3: .* .a value of the wrong kind.$"),
        ("pyfeat", "FaceRectX,FaceRectY,frame\n1,2,3\n", "lacks the column FaceRectWidth, FaceRectHeight"),
    ],
)
def test_tables_that_are_another(tmp_path: Path, tool: str, text: str, message: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        list(load_form(tool).read(path))
    with pytest.raises(SourceNotFoundError):
        list(load_form(tool).read(tmp_path / "none.csv"))
