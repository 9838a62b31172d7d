"""Names that deceive the eye or that a spreadsheet computes: refused, or made harmless."""

from __future__ import annotations

import csv
import io
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from app_server import Served
from websockets.exceptions import ConnectionClosed

from mimik.cli import main
from mimik.results.csv import guarded, unguarded
from mimik.results.read import read_rows
from mimik.results.summarise import summarise

MARKS = [*"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"]
BREAKS = ["\r", "\n", "\r\n", "\u2028", "\u2029"]
CONTROLS = ["\0", "\t", "\x1b", "\x7f", "\x85"]
FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    '=HYPERLINK("x")',
    "a;=1+1",
    "\uff1d1",
    "''=1",
    "'=1",
]
"""What spreadsheets compute; the last ones would be read back wrongly if they weren't kept apart."""


def refusals(served: Served, text: str) -> dict[str, str]:
    """What is said to a name that holds a text, wherever one can be set."""
    session, study = served.session(), served.http.post("/v1/studies", json={"name": "s"}).json()["id"]
    person = served.http.post(f"/v1/studies/{study}/people", json={"code": "P"}).json()["id"]
    marker = served.http.post(f"/v1/sessions/{session}/markers", json={"time_s": 0, "label": "m"}).json()[
        "id"
    ]
    name = f"a{text}b"
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/v1/sessions", {"name": name}),
        ("PATCH", f"/v1/sessions/{session}", {"name": name}),
        ("POST", "/v1/studies", {"name": name}),
        ("POST", "/v1/studies", {"name": "x", "groups": ["y", name]}),
        ("PATCH", f"/v1/studies/{study}", {"name": name}),
        ("PATCH", f"/v1/studies/{study}", {"groups": [name]}),
        ("POST", f"/v1/studies/{study}/people", {"code": name}),
        ("POST", f"/v1/studies/{study}/people", {"code": "x", "group": name}),
        ("PATCH", f"/v1/studies/{study}/people/{person}", {"code": name}),
        ("PATCH", f"/v1/studies/{study}/people/{person}", {"group": name}),
        ("POST", f"/v1/sessions/{session}/markers", {"time_s": 0, "label": name}),
        ("PATCH", f"/v1/sessions/{session}/markers/{marker}", {"label": name}),
    ]
    found = {}
    for method, path, body in asked:
        answer = served.http.request(method, path, json=body)
        assert answer.status_code == 422, (method, path, body)
        found[f"{method} {path} {[*body]}"] = answer.json()["error"]["message"]
    return found


@pytest.mark.parametrize("text", MARKS)
def test_no_name_takes_a_mark_that_turns_it(served: Served, text: str) -> None:
    for said in refusals(served, text).values():
        assert f"a mark for the direction of writing (U+{ord(text):04X})" in said


@pytest.mark.parametrize("text", [*BREAKS, *CONTROLS])
def test_no_name_takes_a_line_break_or_a_control_character(served: Served, text: str) -> None:
    for said in refusals(served, text).values():
        assert ("a line break" if text in BREAKS else "a control character") in said
        assert said.isprintable()


def test_spaces_and_breaks_around_a_name_are_no_part_of_it(served: Served) -> None:
    made = served.http.post("/v1/sessions", json={"name": " \r\n P07 \n"}).json()
    assert made["name"] == "P07"


@pytest.mark.parametrize(
    "name", ["Łódź", "日本語", "می\u200cخواهم", "שלום", "👨\u200d👩\u200d👧", "e\u0301", "O'Neil; a, b"]
)
def test_names_of_the_world_are_taken(served: Served, name: str) -> None:
    answer = served.http.post("/v1/sessions", json={"name": name})
    assert answer.json()["name"] == name


def test_notes_may_have_lines_but_no_marks(served: Served) -> None:
    session = served.session()
    for note in ("two\nlines", "two\r\nlines\twith a tab", "", "x\u2028y"):
        answer = served.http.patch(f"/v1/sessions/{session}", json={"note": note})
        assert answer.json()["note"] == note
    for note in ("a\u202eb", "a\x1b[31mb"):
        assert served.http.patch(f"/v1/sessions/{session}", json={"note": note}).status_code == 422


def test_a_live_marker_is_held_to_the_same(served: Served, photo: bytes) -> None:
    with served.live({"models": "mini", "tasks": ["age"], "record": served.session()}) as viewer:
        viewer.read(0.0, photo)
        viewer.say(type="marker", label="a\u202eb")
        assert "direction of writing" in viewer.hear("error")["message"]
        viewer.say(type="marker", label="fine", note="a\nb")
        assert viewer.hear("marker")["marker"]["note"] == "a\nb"
        viewer.say(type="stop")
        with pytest.raises(ConnectionClosed):
            viewer.hear("nothing more")


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_begins_as_a_formula(text: str) -> None:
    safe = guarded(text)
    assert isinstance(safe, str) and safe != text and unguarded(safe) == text
    for cell in [safe, *safe.split(";"), *safe.split("\t")]:
        assert not cell or cell[0] not in "=+-@\t\r\uff1d", (text, safe)


def test_numbers_and_other_texts_stay_as_they_are() -> None:
    kept = (
        -5,
        -0.25,
        3,
        None,
        True,
        "-5",
        "+3.25",
        "-0,5",
        "P01",
        "a-b",
        "a=b",
        "it's",
        "'quoted'",
        "joke; M",
        "",
    )
    assert [guarded(cell) for cell in kept] == [*kept]
    assert [unguarded(cell) for cell in kept if isinstance(cell, str)] == [
        c for c in kept if isinstance(c, str)
    ]


def test_every_text_is_read_back_as_it_was() -> None:
    for letters in itertools.product("'=-;\ta1", repeat=5):
        text = "".join(letters)
        assert unguarded(str(guarded(text))) == text


FACE = {
    "id": 0,
    "box_xyxy": [-1.5, 0, 9, 9],
    "landmarks_xy": None,
    "score": 0.9,
    "quality": {
        "size_px": 9.0,
        "sharpness": 1.0,
        "brightness": 0.5,
        "pose": {"yaw_deg": -5.2, "pitch_deg": -2.2, "roll_deg": 0.9},
        "reliable": True,
        "reason": None,
    },
    "mood": {"word": "=1+1", "value": -3.5},
}


def formula_study(served: Served) -> tuple[int, int]:
    """A study all of whose names are formulas, and its session."""
    study = served.http.post("/v1/studies", json={"name": "=s", "groups": ["@g"]}).json()["id"]
    people = f"/v1/studies/{study}/people"
    person = served.http.post(people, json={"code": "=1+1", "group": "@g"}).json()["id"]
    session = served.session(name="+s;=2", study_id=study, person_id=person, source="=film.mp4")
    frame = {"source": "=film.mp4", "frame": 0, "time_s": 0.0, "width": 9, "height": 9, "detector": "yunet"}
    frames = [{**frame, "frame": i, "time_s": float(i), "faces": [FACE]} for i in range(3)]
    assert served.http.post(f"/v1/sessions/{session}/frames", json=frames).status_code == 200
    served.http.post(f"/v1/sessions/{session}/markers", json={"time_s": -1, "end_s": 9, "label": "-x"})
    return study, session


def rows(served: Served, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(served.http.get(path).text, newline="")))


def test_a_studys_csv_is_harmless_unless_one_asks(served: Served, tmp_path: Path) -> None:
    study, _ = formula_study(served)
    names = ("person", "group", "session", "marker", "mood_word", "mood_value", "x1", "yaw_deg")
    row = rows(served, f"/v1/studies/{study}/export")[0]
    assert [row[name] for name in names] == [
        "'=1+1",
        "'@g",
        "'+s;'=2",
        "'-x",
        "'=1+1",
        "-3.5",
        "-1.5",
        "-5.2",
    ]
    row = rows(served, f"/v1/studies/{study}/export?plain=true")[0]
    assert [row[name] for name in names] == ["=1+1", "@g", "+s;=2", "-x", "=1+1", "-3.5", "-1.5", "-5.2"]
    for kind in ("", "&plain=true"):
        table = tmp_path / f"study{kind}.csv"
        table.write_bytes(served.http.get(f"/v1/studies/{study}/export?format=csv{kind}").content)
        read = next(read_rows_without_mood(table))
        assert [read[name] for name in names[:4]] == ["=1+1", "@g", "+s;=2", "-x"]


def read_rows_without_mood(table: Path) -> Any:
    """A task that only its OUT.run would know holds a text there."""
    stream = io.StringIO(table.read_text(encoding="utf-8"), newline="")
    found = [{k: v for k, v in row.items() if k != "mood_word"} for row in csv.DictReader(stream)]
    with table.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, [*found[0]], lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
    return read_rows(table)


@pytest.mark.parametrize("table", ["groups", "intervals"])
def test_a_studys_numbers_are_harmless_too(served: Served, table: str) -> None:
    study, _ = formula_study(served)
    path = f"/v1/studies/{study}/numbers?table={table}&signal=emotion:happy"
    row = next(row for row in rows(served, path) if row["label"] != "(whole)")
    assert (row["label"], row["group"]) == ("'-x", "'@g")
    if table == "intervals":
        assert (row["person"], row["start_s"]) == ("'=1+1", "-1.0")
    row = next(row for row in rows(served, f"{path}&plain=true") if row["label"] != "(whole)")
    assert (row["label"], row["group"]) == ("-x", "@g")


def test_a_sessions_csv_is_harmless_and_summed_up_under_its_own_name(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, session = formula_study(served)
    table = tmp_path / "session.csv"
    table.write_bytes(served.http.get(f"/v1/sessions/{session}/export").content)
    assert rows(served, f"/v1/sessions/{session}/export")[0]["source"] == "'=film.mp4"
    next(read_rows_without_mood(table))
    assert {one["source"] for one in map(json.loads, map(json.dumps, summarise(table)))} == {"=film.mp4"}
    assert main(["summary", str(table)]) == 0
    told = capsys.readouterr().out
    assert "=film.mp4" in told and "'=film.mp4" not in told


def test_what_mimik_analyze_writes_keeps_every_name(
    tmp_path: Path, photo: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out, found = Path("out.csv"), ["=1+1.jpg", "'=2.jpg", "@3.jpg"]
    for name in found:
        Path(name).write_bytes(photo)
    assert main(["analyze", *found, "-o", str(out), "--models", "mini", "--tasks", "age"]) == 0
    with out.open(encoding="utf-8", newline="") as stream:
        assert [row["source"] for row in csv.DictReader(stream)] == found
    assert [row["source"] for row in read_rows(out)] == found
