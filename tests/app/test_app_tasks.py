"""Tasks that aren't read unasked, and those that nobody knows, pass through the server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_server import Served

from mimik.results.dataframe import to_dataframe
from mimik.results.read import read_results, read_rows
from mimik.results.summarise import summarise
from synthetic_results import make_face, make_result

GLASSES = {
    "label": "none",
    "probabilities": {"none": 0.75, "unreliable": 0.25},
    "seen_by": "Anna",
    "sure": True,
}


@pytest.fixture
def session(served: Served) -> Iterator[int]:
    number = served.session()
    yield number
    served.http.delete(f"/v1/sessions/{number}")


def post(server: Served, number: int, *frames: Any) -> Any:
    return server.http.post(f"/v1/sessions/{number}/frames", json=list(frames))


def export(server: Served, number: int, kind: str, folder: Path) -> Path:
    answer = server.http.get(f"/v1/sessions/{number}/export", params={"format": kind})
    assert answer.status_code == 200, answer.text
    path = folder / (f"s.{kind}" if kind != "run" else "s.csv.run")
    path.write_bytes(answer.content)
    return path


def with_task(name: str, reading: Any, frame: int = 0) -> dict[str, Any]:
    whole = json.loads(json.dumps(make_result("a", frame, make_face()).to_dict()))
    whole["faces"][0][name] = reading
    return dict(whole)


def test_cover_is_read_kept_and_saved(served: Served, session: int, photo: bytes, tmp_path: Path) -> None:
    query = {"tasks": ["cover", "emotion"], "models": "mini"}
    answer = served.http.post("/v1/analyze", params=query, files={"files": ("a.jpg", photo)})
    (result,) = answer.json()["results"]
    (frame,) = result["frames"]
    cover = frame["faces"][0]["cover"]
    assert cover["label"] == "none" and {"none", "eyes", "mouth", "side"} < set(cover["probabilities"])
    assert (
        result["made_by"]["columns"]["cover"]["label"] == "text" and result["made_by"]["schema_version"] == 1
    )
    made = served.http.post("/v1/sessions", json={"name": "c", "made_by": [result["made_by"]]})
    assert made.status_code == 201 and made.json()["made_by"] == [result["made_by"]]
    served.http.delete(f"/v1/sessions/{made.json()['id']}")
    assert post(served, session, frame).json()["frames"] == 1
    assert json.loads(served.http.get(f"/v1/sessions/{session}/frames").text) == frame
    for kind in ("jsonl", "csv", "parquet"):
        (row,) = read_rows(export(served, session, kind, tmp_path))
        assert (row["cover_label"], row["cover_none"]) == ("none", cover["probabilities"]["none"])
    assert served.http.post("/v1/explain", json={"face": frame["faces"][0]}).json()["derived"]


def test_cover_is_read_live(served: Served, photo: bytes) -> None:
    with served.live({"models": "mini", "tasks": ["cover"]}) as viewer:
        (face,) = viewer.read(0.0, photo)["frame"]["faces"]
        assert face["cover"]["label"] == "none" and "emotion" not in face


def test_a_task_that_nobody_knows_is_kept_and_saved(served: Served, session: int, tmp_path: Path) -> None:
    frames = [with_task("glasses", GLASSES), with_task("glasses", {**GLASSES, "seen_by": None}, 1)]
    assert post(served, session, *frames).json()["frames"] == 2
    lines = served.http.get(f"/v1/sessions/{session}/frames").text.splitlines()
    assert [json.loads(line) for line in lines] == frames
    assert list(read_results(export(served, session, "jsonl", tmp_path))) == frames
    for kind in ("jsonl", "parquet"):
        rows = list(read_rows(export(served, session, kind, tmp_path)))
        assert [row["glasses_seen_by"] for row in rows] == ["Anna", None]
        assert [(row["glasses_unreliable"], row["glasses_sure"]) for row in rows] == [(0.25, True)] * 2
        assert summarise(tmp_path / f"s.{kind}")[0]["glasses_none_share"] == 1.0
        assert str(to_dataframe(tmp_path / f"s.{kind}")["glasses_sure"].dtype) == "boolean"
    header = export(served, session, "csv", tmp_path).read_text().splitlines()[0]
    assert header.endswith("glasses_label,glasses_none,glasses_unreliable,glasses_seen_by,glasses_sure")
    told = served.http.post("/v1/explain", json={"face": frames[0]["faces"][0]})
    assert told.status_code == 200 and told.json()["derived"]
    assert served.http.get(f"/v1/sessions/{session}/report").status_code == 200


def test_an_export_with_its_run_is_read_back(served: Served, tmp_path: Path) -> None:
    columns = {"glasses": {"label": "text", "none": "number", "unreliable": "number"}}
    columns["glasses"] |= {"seen_by": "text", "sure": "truth"}
    made_by = {
        **{"mimik": "1", "detector": "yunet", "tasks": ["glasses"], "models": {}, "settings": {}},
        **{"schema_version": 1, "columns": columns},
    }
    number = served.session(made_by=[made_by])
    post(served, number, with_task("glasses", GLASSES))
    assert json.loads(export(served, number, "run", tmp_path).read_text()) == made_by
    (row,) = read_rows(export(served, number, "csv", tmp_path))
    assert (row["glasses_seen_by"], row["glasses_sure"], row["glasses_unreliable"]) == ("Anna", True, 0.25)
    served.http.delete(f"/v1/sessions/{number}")


def test_values_of_several_kinds_are_saved_as_text(served: Served, session: int, tmp_path: Path) -> None:
    values = (3, "x", True, None)
    post(served, session, *(with_task("odd", {"value": value}, n) for n, value in enumerate(values)))
    rows = list(read_rows(export(served, session, "parquet", tmp_path)))
    assert [row["odd_value"] for row in rows] == ["3", "x", "true", None]


@pytest.mark.parametrize(
    ("name", "reading", "why"),
    [
        ("glasses", 1, "Input should be a valid dictionary"),
        ("glasses", None, "Input should be a valid dictionary"),
        ("Big Glasses", {}, "String should match pattern"),
        ("glasses", {"x": "a" * 20_000}, "must not be longer than 20000 bytes of JSON"),
        ("glasses", {"x": [10**300]}, "a whole number must not be beyond 9007199254740992"),
        ("glasses", {"x": [[[[[[[[1]]]]]]]]}, "a reading must not be nested deeper than 8"),
        ("emotion", None, "leave out what wasn't read"),
        ("emotion", {"label": "happy", "probabilities": {"raw": 1}, "raw": {}}, "no class can be called raw"),
        ("au", {"active": ["AU99"]}, "there is no action unit 'AU99'"),
    ],
)
def test_what_is_no_reading_is_refused(
    served: Served, session: int, name: str, reading: Any, why: str
) -> None:
    answer = post(served, session, with_task(name, reading))
    assert answer.status_code == 422 and why in answer.json()["error"]["message"]
    assert served.http.get(f"/v1/sessions/{session}").json()["frames"] == 0


@pytest.mark.parametrize("value", ["1e999", "NaN", r'"\ud800"'])
def test_what_cannot_be_written_is_refused(served: Served, session: int, value: str) -> None:
    content = json.dumps([with_task("glasses", {"x": 1.5})]).replace("1.5", value)
    answer = served.http.post(
        f"/v1/sessions/{session}/frames", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
