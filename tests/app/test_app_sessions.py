"""Sessions: recording, markers, exports that mimik reads back, reports."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from app_server import Served

from mimik.results.read import read_results, read_rows
from mimik.results.summarise import summarise
from synthetic_results import make_face, make_result, random_results


@pytest.fixture
def session(served: Served) -> Iterator[int]:
    number = served.session()
    yield number
    served.http.delete(f"/v1/sessions/{number}")


def post_frames(server: Served, number: int, *results: Any) -> Any:
    frames = [result if isinstance(result, dict) else result.to_dict() for result in results]
    return server.http.post(f"/v1/sessions/{number}/frames", json=frames)


def closed(server: Served, number: int) -> dict[str, Any]:
    """The session, once its recording has ended."""
    for _ in range(200):
        session = dict(server.http.get(f"/v1/sessions/{number}").json())
        if session["state"] == "closed":
            return session
        time.sleep(0.1)
    raise TimeoutError(number)


def test_a_session_is_made_changed_listed_and_deleted(served: Served) -> None:
    number = served.session(name="  first  ", note="n", source="camera")
    session = served.http.get(f"/v1/sessions/{number}").json()
    assert session["name"] == "first" and session["state"] == "closed" and session["frames"] == 0
    assert number in [s["id"] for s in served.http.get("/v1/sessions").json()]
    changed = served.http.patch(f"/v1/sessions/{number}", json={"name": "second"}).json()
    assert changed == {**session, "name": "second"}
    for bad in ({"name": ""}, {"state": "closed"}, {"study_id": 999}, {"person_id": 1}, {"name": "x" * 201}):
        assert served.http.patch(f"/v1/sessions/{number}", json=bad).status_code == 422, bad
    assert served.http.delete(f"/v1/sessions/{number}").status_code == 204
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/frames"), ("GET", "/export")):
        answer = served.http.request(
            method, f"/v1/sessions/{number}{path}", json={} if method == "PATCH" else None
        )
        assert answer.status_code == 404, (method, path)


def test_recording_live_and_exports_that_mimik_reads(
    served: Served, session: int, photo: bytes, tmp_path: Path
) -> None:
    with served.live({"models": "mini", "tasks": ["emotion", "age"]}) as viewer:
        viewer.read(1.0, photo)
        viewer.say(type="record", session=session, zero_s=1.5)
        assert viewer.hear("recording") == {
            "type": "recording",
            "session": session,
            "frames": 0,
            "spans": 0,
            "zero_s": 1.5,
        }
        sent = [viewer.read(2 + i / 10, photo)["frame"] for i in range(5)]
        viewer.say(type="marker", label="joke", note="the second")
        marker = viewer.hear("marker")["marker"]
        assert served.http.get(f"/v1/sessions/{session}").json()["state"] == "recording"
        assert served.http.delete(f"/v1/sessions/{session}").status_code == 409
        with served.live({"models": "mini"}) as other:
            other.say(type="record", session=session)
            assert other.hear("error")["code"] == "busy"
        viewer.say(type="record", session=None)
        assert viewer.hear("recording")["session"] is None
        viewer.read(9.0, photo)
    assert marker["time_s"] == pytest.approx(0.9) and marker["label"] == "joke"
    about = served.http.get(f"/v1/sessions/{session}").json()
    assert (about["state"], about["frames"], about["duration_s"]) == ("closed", 5, 0.4)
    for kind in ("jsonl", "csv", "parquet"):
        answer = served.http.get(f"/v1/sessions/{session}/export", params={"format": kind})
        assert answer.headers["content-disposition"] == f'attachment; filename="session-{session}.{kind}"'
        (tmp_path / f"s.{kind}").write_bytes(answer.content)
    frames = list(read_results(tmp_path / "s.jsonl"))
    assert [f["time_s"] for f in frames] == pytest.approx([0.5, 0.6, 0.7, 0.8, 0.9])
    assert frames[0]["faces"][0]["emotion"] == sent[0]["faces"][0]["emotion"]
    csv_rows, parquet_rows = (list(read_rows(tmp_path / f"s.{kind}")) for kind in ("csv", "parquet"))
    assert csv_rows == parquet_rows
    plain = [{name: value for name, value in row.items() if name != "marker"} for row in csv_rows]
    assert plain == list(read_rows(tmp_path / "s.jsonl"))
    (person,) = summarise(tmp_path / "s.parquet")
    assert person["frames"] == 5 and person["emotion_label"] == "happy"
    assert list(served.state.scratch.folder.iterdir()) == []


def test_age_groups_are_words_in_a_csv(served: Served, session: int) -> None:
    assert post_frames(served, session, *random_results("a.mp4", 20)).status_code == 200
    text = served.http.get(f"/v1/sessions/{session}/export", params={"format": "csv"}).text
    groups = {row["age_group"] for row in csv.DictReader(io.StringIO(text))}
    assert "10 to 19" in groups and not any("-" in group for group in groups)


def test_a_second_recording_goes_on_behind_the_first(served: Served, session: int, photo: bytes) -> None:
    for start_s in (0.0, 5.0):
        with served.live({"models": "mini", "tasks": ["emotion"], "record": session}) as viewer:
            viewer.read(start_s, photo), viewer.read(start_s + 0.1, photo)
            viewer.say(type="stop")
            viewer.hear("end")
        closed(served, session)
    lines = served.http.get(f"/v1/sessions/{session}/frames").text.splitlines()
    frames = [json.loads(line) for line in lines]
    assert [f["frame"] for f in frames] == [0, 1, 2, 3]
    assert [f["faces"][0]["id"] for f in frames] == [0, 0, 1, 1]


def test_frames_are_kept_as_they_are(served: Served, session: int) -> None:
    results = list(random_results("a.mp4", 150))
    assert post_frames(served, session, *results).json()["frames"] == 150
    lines = served.http.get(f"/v1/sessions/{session}/frames").text.splitlines()
    assert [json.loads(line) for line in lines] == [json.loads(json.dumps(r.to_dict())) for r in results]


def test_a_files_results_are_kept_as_the_server_gave_them(served: Served, session: int, photo: bytes) -> None:
    answer = served.http.post("/v1/analyze", files={"files": ("a.jpg", photo)})
    frames = answer.json()["results"][0]["frames"]
    assert post_frames(served, session, *frames).json()["frames"] == 1
    assert json.loads(served.http.get(f"/v1/sessions/{session}/frames").text) == frames[0]


@pytest.mark.parametrize(
    "spoil",
    [
        {"time_s": 1e400},
        {"faces": [{}]},
        {"faces": None},
        {"width": 0},
        {"extra": 1},
        {"frame": -1},
        {"frame": 2**70},
        {"source": 1},
    ],
)
def test_frames_that_are_none_are_refused(served: Served, session: int, spoil: dict[str, Any]) -> None:
    frame = {**make_result("a", 0, make_face()).to_dict(), **spoil}
    content = json.dumps([frame])
    answer = served.http.post(
        f"/v1/sessions/{session}/frames", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
    assert served.http.get(f"/v1/sessions/{session}").json()["frames"] == 0


def test_markers(served: Served, session: int) -> None:
    address = f"/v1/sessions/{session}/markers"
    late = served.http.post(address, json={"time_s": 3, "label": "late"}).json()
    early = served.http.post(address, json={"time_s": 1, "end_s": 2, "label": "early", "note": "n"}).json()
    assert [m["label"] for m in served.http.get(address).json()] == ["early", "late"]
    changed = served.http.patch(f"{address}/{early['id']}", json={"end_s": None, "label": "new"}).json()
    assert changed == {**early, "end_s": None, "label": "new"}
    assert served.http.patch(f"{address}/{late['id']}", json={"end_s": 1}).status_code == 422
    assert served.http.post(address, json={"time_s": 3, "end_s": 2, "label": "x"}).status_code == 422
    assert served.http.delete(f"{address}/{late['id']}").status_code == 204
    assert served.http.delete(f"{address}/{late['id']}").status_code == 404
    assert served.http.get("/v1/sessions/999999/markers").status_code == 404


def test_exports_hold_the_markers(served: Served, session: int, tmp_path: Path) -> None:
    frames = [make_result("a", i, make_face(share=0.5), time_s=i / 2) for i in range(6)]
    assert post_frames(served, session, *frames).status_code == 200
    address = f"/v1/sessions/{session}"
    for mark in ({"time_s": 0.5, "label": "M"}, {"time_s": 1.0, "end_s": 2.0, "label": "joke", "note": "n"}):
        served.http.post(f"{address}/markers", json=mark)
    wanted = [None, "M", "joke", "joke", "M", "M"]
    for kind in ("csv", "parquet"):
        (path := tmp_path / f"s.{kind}").write_bytes(
            served.http.get(f"{address}/export", params={"format": kind}).content
        )
        rows = list(read_rows(path))
        assert [row["marker"] for row in rows] == wanted and next(iter(rows[0])) == "marker"
        assert [person["frames"] for person in summarise(path)] == [6]
    *_, last = served.http.get(f"{address}/export", params={"format": "run"}).text.splitlines()
    told = json.loads(last)["markers"]
    assert [(m["label"], m["time_s"], m["end_s"], m["note"]) for m in told] == [
        ("M", 0.5, None, ""),
        ("joke", 1.0, 2.0, "n"),
    ]
    # The lines of JSONL are frames and nothing else.
    lines = served.http.get(f"{address}/export", params={"format": "jsonl"}).text.splitlines()
    assert len(lines) == 6 and all("faces" in json.loads(line) for line in lines)
    # Its .run beside a CSV says what the columns hold, markers or not.
    (tmp_path / "s.csv.run").write_text(served.http.get(f"{address}/export", params={"format": "run"}).text)
    assert len(list(read_rows(tmp_path / "s.csv"))) == 6


def test_results_become_one_table(served: Served) -> None:
    frames = [make_result(f"{name}.jpg", 0, make_face(share=0.5)).to_dict() for name in "ab"]
    frames.append(make_result("nobody.jpg", 0).to_dict())
    text = "".join(json.dumps(frame) + "\n" for frame in frames)
    answer = served.http.post("/v1/table", files={"file": ("results.jsonl", text)})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["source"], row["id"], row["emotion_happy"]) for row in rows] == [
        ("a.jpg", "0", "0.5"),
        ("b.jpg", "0", "0.5"),
        ("nobody.jpg", "", ""),
    ]
    refused = served.http.post("/v1/table", files={"file": ("results.jsonl", text + "{}\n")})
    assert refused.status_code == 422 and "line 4 is no frame" in refused.json()["error"]["message"]


def test_the_report_is_one_file_without_script_and_escapes(served: Served) -> None:
    evil = "<script>alert(1)</script>&\"'"
    study = served.http.post("/v1/studies", json={"name": evil, "groups": [evil]}).json()["id"]
    person = served.http.post(f"/v1/studies/{study}/people", json={"code": evil, "group": evil}).json()["id"]
    number = served.session(name=evil, note=evil, source=evil, study_id=study, person_id=person)
    served.http.post(f"/v1/sessions/{number}/markers", json={"time_s": 1, "label": evil, "note": evil})
    frames = [make_result(evil, i, make_face(emotion="sad")) for i in range(8)]
    assert post_frames(served, number, *frames).status_code == 200
    answer = served.http.get(f"/v1/sessions/{number}/report")
    page = answer.text
    assert answer.status_code == 200 and page.startswith("<!doctype html>")
    assert "<script" not in page and "alert(1)</" not in page and "&lt;script&gt;" in page
    assert "http://" not in page and "https://" not in page
    assert page.count("data:image/png;base64,") == 1  # no action units were read
    assert "not what a person feels" in page and "100 %" in page
    assert '<dd class="state">complete</dd>' in page and "None was set" in page
    assert not re.search(r"\d\dT\d\d:", page)  # no time as machines write it
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    dark = served.http.get(f"/v1/sessions/{number}/report", params={"look": "dark"})
    assert '<html lang="en" data-theme="dark">' in dark.text and "data-theme=" not in page.split("<style>")[0]
    odd = served.http.get(f"/v1/sessions/{number}/report", params={"look": "pink"})
    assert odd.status_code == 422 and odd.json()["error"]["code"] == "invalid"
    assert "look" in odd.json()["error"]["message"]
    served.http.delete(f"/v1/studies/{study}", params={"sessions": True})
    assert served.http.get(f"/v1/sessions/{number}").status_code == 404


def test_plots(served: Served, session: int, photo: bytes) -> None:
    empty = served.http.get(f"/v1/sessions/{session}/plots/timeline.png")
    assert empty.status_code == 409 and empty.json()["error"]["code"] == "not_ready"
    with served.live({"record": session, "tasks": ["emotion", "au"]}) as viewer:
        for i in range(3):
            viewer.read(i / 5, photo)
        viewer.say(type="record", session=None)
        while viewer.hear("recording")["session"] is not None:
            pass
    for plot in ("timeline", "units", "face"):
        answer = served.http.get(f"/v1/sessions/{session}/plots/{plot}.png")
        assert answer.status_code == 200 and answer.content.startswith(b"\x89PNG")
    assert served.http.get(f"/v1/sessions/{session}/plots/soul.png").status_code == 422
    assert served.http.get(f"/v1/sessions/{session}/report").text.count("data:image/png;base64,") == 2


def test_a_live_marker_needs_a_recording(served: Served) -> None:
    with served.live({"models": "mini"}) as viewer:
        viewer.hear("ready")
        viewer.say(type="marker", label="x")
        assert viewer.hear()["code"] == "not_recording"
        viewer.say(type="record", session=987654)
        assert viewer.hear("error")["code"] == "not_found"
        with served.live({"models": "mini", "record": 987654}) as other:
            other.hear("ready")
            assert other.hear()["code"] == "not_found"


def test_keeping_nothing(serve: Callable[..., Served], tmp_path: Path) -> None:
    server = serve(keep=False)
    assert server.http.get("/v1/settings").json()["keeps"] == "nothing"
    number = server.session(name="a secret name")
    post_frames(server, number, *random_results("x", 20))
    assert server.http.get(f"/v1/sessions/{number}").json()["frames"] == 20
    for path in (tmp_path / "data").rglob("*"):
        assert path.is_dir() or b"a secret name" not in path.read_bytes()
