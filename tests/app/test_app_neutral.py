"""Recorded sessions against people's own faces at rest: applied when read, nothing that is stored changes."""

from __future__ import annotations

import io
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from app_server import Served
from PIL import Image, ImageEnhance

from mimik.app.store.database import TABLES, Database
from mimik.app.store.sessions import Sessions
from mimik.pipeline.analyzer import Analyzer
from mimik.results.parquet import import_pyarrow
from mimik.results.read import read_rows
from mimik.sources.decode import decode_image
from mimik.temporal.neutral import Neutral, rests_of
from mimik.types import Frame
from synthetic_results import INFO, make_face, make_result

TASKS = ["emotion", "gender", "au"]
EMOTION = "emotion.base"
"""Less sure of itself than the default one: the four digits that are stored tell its classes apart."""


def pictures(photo: bytes) -> list[bytes]:
    """The portrait, lighter and larger each time, so that values change over time."""
    whole = Image.open(io.BytesIO(photo)).convert("RGB")
    made = []
    for step in range(10):
        stream = io.BytesIO()
        cut = whole.crop((6 * step, 3 * step, whole.width - 4 * step, whole.height - 9 * step))
        ImageEnhance.Brightness(cut).enhance(0.5 + 0.1 * step).save(stream, "PNG")
        made.append(stream.getvalue())
    return made


def record(server: Served, frames: list[bytes], session: int, **start: Any) -> None:
    with server.live({"tasks": TASKS, "record": session, **start}) as viewer:
        for index, picture in enumerate(frames):
            viewer.read(index / 10, picture)
        viewer.say(type="record", session=None)
        while viewer.hear("recording")["session"] is not None:
            pass


@pytest.fixture(scope="module")
def moving(served: Served, photo: bytes) -> Iterator[int]:
    """A second of one person, recorded live."""
    number = served.session(name="moving")
    record(served, pictures(photo), number, model=[f"emotion={EMOTION}"])
    yield number
    served.http.delete(f"/v1/sessions/{number}")


@pytest.fixture(autouse=True)
def forgotten(served: Served, moving: int) -> Iterator[None]:
    yield
    served.http.delete(f"/v1/sessions/{moving}/reference")


def frames_of(server: Served, number: int) -> list[dict[str, Any]]:
    answer = server.http.get(f"/v1/sessions/{number}/frames")
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def refer(server: Served, number: int, **wish: Any) -> Any:
    return server.http.post(f"/v1/sessions/{number}/reference", json={"face": 0, "start_s": 0, **wish})


def stored(server: Served, number: int) -> list[bytes]:
    rows = server.state.database.rows("SELECT data FROM chunks WHERE session_id = ?", (number,))
    return [row["data"] for row in rows]


def refused(answer: Any, status: int, words: str) -> None:
    assert answer.status_code == status and words in answer.json()["error"]["message"], answer.text


def test_readings_are_those_that_a_reference_from_the_start_gives(
    served: Served, moving: int, photo: bytes
) -> None:
    before, chunks = frames_of(served, moving), stored(served, moving)
    told = refer(served, moving, end_s=0.21).json()
    assert told["references"] == [
        {"face": 0, "start_s": 0, "end_s": 0.21, "frames": 3, "tasks": ["emotion", "au"]}
    ]
    after = frames_of(served, moving)
    analyzer = Analyzer(TASKS, model={"emotion": EMOTION})
    shots = [Frame(decode_image(p, 10**8, "x"), i, i / 10, "x") for i, p in enumerate(pictures(photo))]
    session = analyzer.session()
    rests = rests_of(session.recogniser.models)
    rest = Neutral.of([session.unsmoothed(shot)[0][0] for shot in shots[:3]], rests)
    session = analyzer.session(rest)
    for stands, shot, plain in zip(after, shots, before, strict=True):
        (face,), (old,) = stands["faces"], plain["faces"]
        wanted = session.read(shot).faces[0].to_dict()
        for task in ("emotion", "au"):
            assert face[task]["against_neutral"] is True and "against_neutral" not in old[task]
            for kind in ("probabilities", "raw"):
                assert face[task][kind] == pytest.approx(wanted[task][kind], abs=3e-3), (task, kind)
                assert face[task][kind] != old[task][kind]
            assert face[task].keys() == wanted[task].keys()
        assert face["emotion"]["label"] == wanted["emotion"]["label"]
        assert face["au"]["active"] == wanted["au"]["active"] and face["au"]["reason"] == old["au"]["reason"]
        assert {**face, "emotion": 0, "au": 0} == {**old, "emotion": 0, "au": 0}
    assert stored(served, moving) == chunks
    assert served.http.delete(f"/v1/sessions/{moving}/reference").status_code == 204
    assert frames_of(served, moving) == before
    assert served.http.get(f"/v1/sessions/{moving}").json()["references"] == []
    assert served.http.delete(f"/v1/sessions/{moving}/reference").status_code == 404


def test_a_session_with_some_units_is_moved_by_those(served: Served, photo: bytes) -> None:
    number, units = served.session(name="some units"), ["AU06", "AU12"]
    record(served, pictures(photo)[:5], number, units=units)
    told = refer(served, number, end_s=0.11)
    assert told.status_code == 200, told.text
    analyzer = Analyzer(TASKS, models="base", units=units)
    shots = [Frame(decode_image(p, 10**8, "x"), i, i / 10, "x") for i, p in enumerate(pictures(photo))]
    session = analyzer.session()
    rests = rests_of(session.recogniser.models)
    rest = Neutral.of([session.unsmoothed(shot)[0][0] for shot in shots[:2]], rests)
    session = analyzer.session(rest)
    for stands, shot in zip(frames_of(served, number), shots, strict=False):
        wanted, (face,) = session.read(shot).faces[0].to_dict(), stands["faces"]
        assert face["au"]["against_neutral"] and list(face["au"]["raw"]) == units
        for kind in ("probabilities", "raw"):
            assert face["au"][kind] == pytest.approx(wanted["au"][kind], abs=3e-3)
        assert face["au"]["active"] == wanted["au"]["active"]
    served.http.delete(f"/v1/sessions/{number}")


def test_a_moment_is_the_frame_that_stands_there(served: Served, moving: int) -> None:
    told = refer(served, moving, start_s=0.45).json()["references"][0]
    assert (told["start_s"], told["end_s"], told["frames"]) == (0.45, 0.45, 1)
    first = [face["emotion"]["raw"] for frame in frames_of(served, moving) for face in frame["faces"]]
    refer(served, moving, start_s=0.4, end_s=0.4)
    same = [face["emotion"]["raw"] for frame in frames_of(served, moving) for face in frame["faces"]]
    assert first == same


def test_exports_report_and_a_studys_numbers_follow(served: Served, moving: int, tmp_path: Path) -> None:
    study = served.http.post("/v1/studies", json={"name": "s", "groups": ["a"]}).json()["id"]
    person = served.http.post(f"/v1/studies/{study}/people", json={"code": "P", "group": "a"}).json()["id"]
    place = {"study_id": study, "person_id": person}
    assert served.http.patch(f"/v1/sessions/{moving}", json=place).status_code == 200
    served.http.post(f"/v1/sessions/{moving}/markers", json={"time_s": 0, "end_s": 1, "label": "m"})
    numbers = [f"/v1/studies/{study}/timeline", f"/v1/studies/{study}/intervals"]

    def told() -> list[bytes]:
        return [served.http.get(address, params={"signal": "emotion:happy"}).content for address in numbers]

    def export(address: str, kind: str) -> Path:
        answer = served.http.get(f"{address}/export", params={"format": kind})
        path = tmp_path / f"{address.split('/')[2]}.{kind}"
        path.write_bytes(answer.content)
        return path

    before = told()
    refer(served, moving)
    assert all(a != b for a, b in zip(told(), before, strict=True))
    wanted = [frame["faces"][0]["emotion"]["probabilities"]["happy"] for frame in frames_of(served, moving)]
    for address in (f"/v1/sessions/{moving}", f"/v1/studies/{study}"):
        for kind in ("csv", "parquet", *(["jsonl"] if "sessions" in address else [])):
            rows = list(read_rows(export(address, kind)))
            assert [row["emotion_happy"] for row in rows] == wanted
            assert all(row["emotion_against_neutral"] and row["au_against_neutral"] for row in rows)
    _, parquet = import_pyarrow("a test")
    held = json.loads(parquet.read_metadata(tmp_path / "sessions.parquet").metadata[b"mimik"])
    line, *_ = export(f"/v1/sessions/{moving}", "run").read_text().splitlines()
    assert held == [json.loads(line)] and held[0]["settings"]["neutral"][0]["face"] == 0
    held = json.loads(parquet.read_metadata(tmp_path / "studies.parquet").metadata[b"mimik"])
    assert held["sessions"] == {f"session-{moving}": [json.loads(line)]}
    report = served.http.get(f"/v1/sessions/{moving}/report").text
    assert "Person 1: expressions and action units are a change from the face at 0:00.0 (1 frame)." in report
    served.http.delete(f"/v1/sessions/{moving}/reference")
    assert told() == before
    served.http.delete(f"/v1/studies/{study}")


def test_what_cannot_be_a_reference_says_why(served: Served, moving: int) -> None:
    refused(refer(served, moving, face=7), 422, "nobody in the session has the id 7; it shows 0")
    refused(refer(served, moving, also=[3]), 422, "nobody in the session has the id 3")
    refused(refer(served, moving, start_s=5), 422, "runs from 0 to 0.9 s; there is nothing at 5 s")
    refused(refer(served, moving, start_s=-3, end_s=-1), 422, "nothing from -3 to -1 s")
    refused(refer(served, moving, start_s=0.31, end_s=0.35), 422, "isn't seen from 0.31 to 0.35 s")
    refused(refer(served, moving, start_s=1, end_s=0), 422, "end_s must not lie before start_s")
    refused(refer(served, 999999), 404, "no session 999999")
    assert refer(served, moving, face=-1).status_code == 422
    assert served.http.get(f"/v1/sessions/{moving}").json()["references"] == []


def test_what_was_read_against_a_live_neutral_is_refused(served: Served, photo: bytes) -> None:
    number = served.session()
    with served.live({"tasks": ["emotion"], "models": "mini", "record": number}) as viewer:
        viewer.say(type="reference", seconds=0.5)
        viewer.hear("reference")
        for index in range(12):
            viewer.read(index / 10, photo)
        refused(refer(served, number), 409, "is being recorded; stop that first")
        viewer.say(type="record", session=None)
        while viewer.hear("recording")["session"] is not None:
            pass
    refused(refer(served, number), 409, "was recorded against a neutral face that was set live")
    served.http.delete(f"/v1/sessions/{number}")


def made_by(task: str = "emotion", strength: float = 1.0, **model: str) -> dict[str, Any]:
    run = INFO.to_dict()
    named = {"name": f"{task}.mini", "version": "1", "sha256": "ab", **model}
    smoothing = {"strength": strength, "forget_s": 2.0}
    return {**run, "models": {task: named}, "settings": {"smoothing": smoothing}}


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        ([], "it isn't known which model read emotion"),
        ([made_by("gender")], "it isn't known which model read emotion"),
        ([INFO.to_dict()], "it isn't known how this session's readings were smoothed"),
        ([made_by(), made_by(sha256="cd")], "read by other models or with another smoothing"),
        ([made_by(), made_by(strength=0)], "read by other models or with another smoothing"),
        ([made_by()], "emotion.mini 1 (SHA-256 ab...), which read this session, isn't here any more"),
        ([made_by(name="emotion.gone")], "emotion.gone 1 (SHA-256 ab...), which read"),
    ],
)
def test_a_session_whose_models_are_not_known_is_refused(
    served: Served, runs: list[dict[str, Any]], words: str
) -> None:
    number = served.session(made_by=runs)
    frame = make_result("a", 0, make_face()).to_dict()
    assert served.http.post(f"/v1/sessions/{number}/frames", json=[frame]).status_code == 200
    refused(refer(served, number), 409, words)
    served.http.delete(f"/v1/sessions/{number}")


def test_faces_that_cannot_be_trusted_or_have_no_rest_are_refused(served: Served) -> None:
    number = served.session()
    blurred = make_result("a", 0, make_face(reason="blurred")).to_dict()
    old = make_result("a", 25, make_face()).to_dict()
    for face in old["faces"]:
        del face["emotion"]
    served.http.post(f"/v1/sessions/{number}/frames", json=[blurred, old])
    refused(refer(served, number), 422, "the face 0 is blurred at 0 s")
    refused(refer(served, number, start_s=1), 409, "means nothing without emotion or action units")
    empty = served.session()
    refused(refer(served, empty), 422, "the session shows no face")
    for session in (number, empty):
        served.http.delete(f"/v1/sessions/{session}")


def test_a_model_that_is_gone_later_is_told_and_the_rest_stays(served: Served, moving: int) -> None:
    refer(served, moving)
    (row,) = served.state.database.rows("SELECT id, made_by FROM neutrals")
    lost = row["made_by"].replace(f'"name": "{EMOTION}"', '"name": "emotion.lost"')
    served.state.database.update("neutrals", row["id"], {"made_by": lost})
    for path in ("frames", "export", "report", "plots/timeline.png"):
        refused(served.http.get(f"/v1/sessions/{moving}/{path}"), 409, "emotion.lost")
    assert served.http.get(f"/v1/sessions/{moving}").json()["references"][0]["face"] == 0
    assert served.http.delete(f"/v1/sessions/{moving}/reference", params={"face": 3}).status_code == 404
    assert served.http.delete(f"/v1/sessions/{moving}/reference", params={"face": 0}).status_code == 204
    assert frames_of(served, moving)


def test_a_files_kept_results_know_what_made_them_and_can_have_a_neutral_face(
    served: Served, examples: Path
) -> None:
    files = [("files", ("two.mp4", (examples / "two_people.mp4").read_bytes()))]
    query = {"models": "mini", "tasks": ["emotion", "age"], "every": 10}
    job = served.http.post("/v1/jobs", params=query, files=files).json()["id"]
    while (done := served.http.get(f"/v1/jobs/{job}").json())["state"] == "running":
        time.sleep(0.05)
    run = done["files"][0]["made_by"]
    served.http.delete(f"/v1/jobs/{job}")
    assert run["models"]["emotion"]["name"] == "emotion.mini" and run["settings"]["frames"]["every"] == 10
    (quick,) = served.http.post("/v1/analyze", params=query, files=files).json()["results"]
    assert quick["made_by"] == run
    number = served.session(made_by=[run])
    assert served.http.post(f"/v1/sessions/{number}/frames", json=quick["frames"]).status_code == 200
    (kept,) = served.http.get(f"/v1/sessions/{number}").json()["made_by"]
    assert kept == run
    before = frames_of(served, number)
    assert refer(served, number, end_s=10).json()["references"][0]["tasks"] == ["emotion"]
    for frame, plain in zip(frames_of(served, number), before, strict=True):
        for face, old in zip(frame["faces"], plain["faces"], strict=True):
            assert face["emotion"]["against_neutral"] is (face["id"] == 0)
            same = face["emotion"] == {**old["emotion"], "against_neutral": False}
            assert same is (face["id"] != 0) and "against_neutral" not in face["age"]
    assert {face["id"] for frame in before for face in frame["faces"]} >= {0, 1}
    both = refer(served, number, end_s=10, also=[1]).json()["references"]
    assert [(one["face"], one["frames"]) for one in both] == [(0, both[0]["frames"]), (1, both[0]["frames"])]
    served.http.delete(f"/v1/sessions/{number}")


def test_one_person_may_have_many_ids(served: Served, moving: int) -> None:
    number = served.session(made_by=served.http.get(f"/v1/sessions/{moving}").json()["made_by"])
    (first, *_) = frames_of(served, moving)
    crowd = [{**first["faces"][0], "id": id} for id in range(400)]
    served.http.post(f"/v1/sessions/{number}/frames", json=[{**first, "faces": crowd}])
    told = refer(served, number, also=list(range(400))).json()
    assert len(told["references"]) == len(told["made_by"][0]["settings"]["neutral"]) == 400
    (frame,) = frames_of(served, number)
    assert all(face["emotion"] == frame["faces"][0]["emotion"] for face in frame["faces"])
    assert served.http.delete(f"/v1/sessions/{number}/reference").status_code == 204
    assert frames_of(served, number) == [{**first, "faces": crowd}]
    served.http.delete(f"/v1/sessions/{number}")


@pytest.mark.parametrize(
    "spoil", [{"models": {"emotion": {"name": "x"}}}, {"settings": {"big": "x" * 30_000}}, {"extra": 1}]
)
def test_a_made_by_that_is_none_is_refused(served: Served, spoil: dict[str, Any]) -> None:
    answer = served.http.post("/v1/sessions", json={"name": "x", "made_by": [{**made_by(), **spoil}]})
    assert answer.status_code == 422


def test_a_database_of_before_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(TABLES)
        old.execute("PRAGMA user_version = 1")
        old.execute(
            "INSERT INTO sessions (name, created, note, source, state, made_by) "
            "VALUES ('kept', 'then', '', '', 'closed', '[]')"
        )
        old.commit()
    database = Database(path)
    sessions = Sessions(database)
    (session,) = sessions.all()
    assert session["name"] == "kept" and session["counts"] and not session["broken_off"]
    assert sessions.get(session["id"])["references"] == []
    assert session["spans"] == 0 and list(sessions.spans(session["id"])) == []
    database.close()
