"""A server with a model of a task that only its card describes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from app_server import Served

from mimik.results.read import read_rows

LABELS = ("bare", "Clear", "not dark")


@pytest.fixture
def glasses(make_model: Callable[..., Path]) -> Path:
    return make_model("eye-wear", labels=LABELS, kind="classes")


@pytest.fixture
def server(serve: Callable[..., Served], glasses: Path) -> Served:
    return serve(own={"eye-wear": str(glasses)})


def test_what_it_offers(server: Served, glasses: Path) -> None:
    told = server.http.get("/v1/models").json()
    assert told["tasks"] == ["emotion", "gender", "age", "au", "eye-wear"]
    assert told["labels"]["eye-wear"] == list(LABELS)
    assert {models["eye-wear"] for models in told["sets"].values()} == {"eye-wear.tiny"}
    kinds = {card["name"]: card["kind"] for card in told["cards"]}
    assert (kinds["eye-wear.tiny"], kinds["emotion.mini"]) == ("classes", "")


@pytest.mark.parametrize("tasks", [["eye-wear"], ["eye-wear", "gender"], []])
def test_pictures(server: Served, photo: bytes, tasks: list[str]) -> None:
    file = {"files": ("a.jpg", photo)}
    answer = server.http.post("/v1/analyze", files=file, params={"tasks": tasks})
    assert answer.status_code == 200, answer.text
    (result,) = answer.json()["results"]
    (face,) = result["frames"][0]["faces"]
    assert list(face["eye-wear"]["probabilities"]) == list(LABELS)
    assert result["made_by"]["models"]["eye-wear"]["name"] == "eye-wear.tiny"
    assert set(tasks or ["emotion", "gender", "age", "eye-wear"]) <= face.keys()


def test_a_task_that_nobody_knows_is_refused(server: Served, photo: bytes) -> None:
    answer = server.http.post("/v1/analyze", files={"files": ("a.jpg", photo)}, params={"tasks": ["eyewear"]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "unknown_name")
    assert "did you mean 'eye-wear'" in answer.json()["error"]["message"]


def test_a_model_in_the_cache_may_be_chosen_by_a_request(
    serve: Callable[..., Served], glasses: Path, photo: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIMIK_CACHE", str(glasses.parent))
    server = serve()
    query = {"model": ["eye-wear=eye-wear.tiny"], "tasks": ["eye-wear", "emotion"]}
    answer = server.http.post("/v1/analyze", files={"files": ("a.jpg", photo)}, params=query)
    assert answer.status_code == 200, answer.text
    assert "eye-wear" in answer.json()["results"][0]["frames"][0]["faces"][0]
    refused = server.http.post(
        "/v1/analyze", files={"files": ("a.jpg", photo)}, params={"tasks": ["eye-wear"]}
    )
    assert refused.status_code == 422


def test_a_recorded_session_goes_there_and_back(server: Served, photo: bytes, tmp_path: Path) -> None:
    session = server.session()
    with server.live(
        {"type": "start", "source": "browser", "tasks": ["eye-wear"], "record": session}
    ) as viewer:
        for number in range(4):
            frame = viewer.read(number / 10, photo)["frame"]
    server.recorded(session, frames=4)
    assert list(frame["faces"][0]["eye-wear"]["probabilities"]) == list(LABELS)
    kept = server.http.get(f"/v1/sessions/{session}/export", params={"format": "jsonl"})
    other = server.session()
    frames = [line for line in kept.text.splitlines() if line]
    answer = server.http.post(
        f"/v1/sessions/{other}/frames",
        content="[" + ",".join(frames) + "]",
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code < 300, answer.text
    for kind in ("csv", "parquet"):
        path = tmp_path / f"out.{kind}"
        path.write_bytes(server.http.get(f"/v1/sessions/{other}/export", params={"format": kind}).content)
        assert all(row["eye-wear_label"] in (*LABELS, "uncertain") for row in read_rows(path))
    report = server.http.get(f"/v1/sessions/{session}/report").text
    assert "Eye-wear, of the frames in which it was read" in report
    assert "eye-wear.tiny 1" in report


def test_a_sessions_plot(server: Served, photo: bytes) -> None:
    pytest.importorskip("matplotlib", reason="plots need matplotlib: pip install 'mimik[plots]'")
    session = server.session()
    with server.live(
        {"type": "start", "source": "browser", "tasks": ["eye-wear"], "record": session}
    ) as viewer:
        for number in range(4):
            viewer.read(number / 10, photo)
    server.recorded(session, frames=4)
    plot = server.http.get(f"/v1/sessions/{session}/plots/classes.png")
    assert (plot.status_code, plot.content[:4]) == (200, b"\x89PNG")
    assert server.http.get(f"/v1/sessions/{session}/plots/timeline.png").status_code == 409
    assert "Other readings over time" in server.http.get(f"/v1/sessions/{session}/report").text
