"""A task from outside at the server: files, live frames, a recorded session and its exports."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

LABELS = {"bare", "clear", "dark"}
PATIENCE_S = 60.0
TOKEN = "outside-tests-token-1"


@pytest.fixture
def server(environment: dict[str, str], model: Path, tmp_path: Path) -> Iterator[httpx.Client]:
    """``mimik serve`` with the package's model."""
    words = ("-m", "mimik", "serve", "--port", "0", "--models", "mini", "--data", str(tmp_path / "data"))
    process = subprocess.Popen(
        [sys.executable, *words, "--model", f"glasses={model}"],
        stdout=subprocess.PIPE,
        text=True,
        env={**environment, "MIMIK_TOKEN": TOKEN},
    )
    assert process.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
    try:
        assert found
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with httpx.Client(base_url=found[0], headers=headers, timeout=PATIENCE_S, trust_env=False) as client:
            yield client
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


def test_what_the_server_offers(server: httpx.Client, model: Path) -> None:
    told = server.get("/v1/models").json()
    assert told["tasks"] == ["emotion", "gender", "age", "au", "glasses"]
    assert set(told["labels"]["glasses"]) == LABELS
    assert {models["glasses"] for models in told["sets"].values()} == {"glasses.tiny"}
    assert "glasses.tiny" in [card["name"] for card in told["cards"]]
    assert str(model.parent) not in json.dumps(told)


@pytest.mark.parametrize("tasks", [["glasses"], ["cover", "glasses", "gender"], []])
def test_pictures(server: httpx.Client, examples: Path, tasks: list[str]) -> None:
    file = {"files": ("a.jpg", (examples / "astronaut.jpg").read_bytes())}
    answer = server.post("/v1/analyze", files=file, params={"tasks": tasks})
    assert answer.status_code == 200, answer.text
    ((frame,),) = [result["frames"] for result in answer.json()["results"]]
    face = frame["faces"][0]
    assert set(tasks or ["emotion", "gender", "age", "glasses"]) == {*face} - {
        *("id", "box_xyxy", "landmarks_xy", "score", "quality")
    }
    assert set(face["glasses"]["probabilities"]) == LABELS
    refused = server.post("/v1/analyze", files=file, params={"tasks": ["glases"]})
    assert (refused.status_code, "'glasses'" in refused.text) == (422, True)


def test_a_session_there_and_back(
    server: httpx.Client, examples: Path, tmp_path: Path, python: Callable[..., str]
) -> None:
    session = server.post("/v1/sessions", json={"name": "test"}).json()["id"]
    start = {"type": "start", "source": "browser", "tasks": ["glasses"], "record": session}
    photo = (examples / "astronaut.jpg").read_bytes()
    address = f"{str(server.base_url).replace('http', 'ws', 1).rstrip('/')}/v1/live"
    told = {"Authorization": f"Bearer {TOKEN}"}
    with connect(address, additional_headers=told, compression=None, max_size=2**24, proxy=None) as socket:
        socket.send(json.dumps(start))
        socket.send(bytes(8) + photo)
        while (message := json.loads(socket.recv(timeout=PATIENCE_S)))["type"] != "frame":
            assert message["type"] != "error", message
    assert set(message["frame"]["faces"][0]["glasses"]["probabilities"]) == LABELS
    while server.get(f"/v1/sessions/{session}").json()["state"] == "recording":
        time.sleep(0.05)
    kept = [json.loads(line) for line in server.get(f"/v1/sessions/{session}/frames").text.splitlines()]
    other = server.post("/v1/sessions", json={"name": "other"}).json()["id"]
    answer = server.post(f"/v1/sessions/{other}/frames", json=kept)
    assert answer.status_code < 300, answer.text
    for kind in ("csv", "parquet"):
        export = server.get(f"/v1/sessions/{other}/export", params={"format": kind})
        path = tmp_path / f"out.{kind}"
        path.write_bytes(export.content)
        assert " glasses " in python("-m", "mimik", "summary", path).splitlines()[0]
