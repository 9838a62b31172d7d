"""Pictures and videos by HTTP: what is read, what is refused, and that nothing is left behind."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from app_server import Served, wait_for
from PIL import Image

import mimik
from mimik.app.options import Limits
from mimik.models.sets import MODEL_SETS
from mimik.pipeline.choice import choose
from mimik.tasks.years import group_of

SCHEMA = json.loads((Path(mimik.__file__).parent / "schema.json").read_text(encoding="utf-8"))


def png(width: int, height: int) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height)).save(stream, "PNG")
    return stream.getvalue()


def analyze(server: Served, *files: tuple[str, bytes], **query: Any) -> Any:
    return server.http.post("/v1/analyze", params=query, files=[("files", file) for file in files])


def left(server: Served) -> list[Path]:
    return list(server.state.scratch.folder.iterdir())


def test_pictures_are_read_and_a_bad_one_says_why(served: Served, photo: bytes) -> None:
    answer = analyze(served, ("me.jpg", photo), ("notes.txt", b"garbage"), ("cut.jpg", photo[:2000]))
    assert answer.status_code == 200
    good, garbage, cut = answer.json()["results"]
    assert good["status"] == "ok" and good["file"] == "me.jpg" and good["error"] is None
    (frame,) = good["frames"]
    jsonschema.validate(frame, SCHEMA)
    assert frame["source"] == "me.jpg"
    assert frame["faces"][0]["emotion"]["label"] == "happy" and "au" in frame["faces"][0]
    for bad in (garbage, cut):
        assert bad["status"] == "error" and bad["frames"] == []
        assert bad["error"]["code"] == "unreadable" and bad["file"] in bad["error"]["message"]
        assert str(served.state.scratch.folder) not in bad["error"]["message"]
    assert left(served) == []


def test_the_same_as_mimik_itself(served: Served, photo: bytes) -> None:
    from mimik.pipeline.analyzer import Analyzer

    query = {"models": "mini", "tasks": ["emotion", "age"]}
    (result,) = analyze(served, ("a.jpg", photo), **query).json()["results"]
    (wanted,) = Analyzer(("emotion", "age"), models="mini").image(photo).to_dict()["faces"]
    (face,) = result["frames"][0]["faces"]
    assert face["emotion"]["label"] == wanted["emotion"]["label"]
    assert face["emotion"]["raw"] == pytest.approx(wanted["emotion"]["raw"], abs=1e-3)
    assert face["age"]["years"] == pytest.approx(wanted["age"]["years"], abs=0.1)


@pytest.mark.parametrize("width", [5, 10])
def test_age_groups_of_equal_width_are_told_with_what_made_them(
    served: Served, photo: bytes, width: int
) -> None:
    query = {"models": "mini", "tasks": ["age"], "age_groups": width}
    (result,) = analyze(served, ("a.jpg", photo), **query).json()["results"]
    (age,) = (face["age"] for face in result["frames"][0]["faces"])
    assert age["group"] == group_of(age["years"], width)
    assert result["made_by"]["settings"]["age_groups"] == width
    assert "age_groups" not in analyze(served, ("a.jpg", photo)).json()["results"][0]["made_by"]["settings"]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "C:\\x\\y.jpg", "a\0b.jpg", "", "x" * 5000, "\u202e.jpg"]
)
def test_a_name_is_only_a_name(served: Served, photo: bytes, name: str) -> None:
    answer = analyze(served, (name, photo), models="mini", tasks="emotion")
    assert answer.status_code in (200, 400, 422)
    if answer.status_code == 200:
        (result,) = answer.json()["results"]
        assert "/" not in result["file"] and "\\" not in result["file"] and 0 < len(result["file"]) <= 200
    assert left(served) == []


def test_a_video_is_read_with_its_own_times(served: Served, examples: Path) -> None:
    video = (examples / "two_people.mp4").read_bytes()
    query = {"every": 10, "models": "mini", "tasks": "emotion"}
    (result,) = analyze(served, ("two.mp4", video), **query).json()["results"]
    times = [frame["time_s"] for frame in result["frames"]]
    assert len(times) > 3 and times == sorted(times) and result["problem"] is None
    assert [frame["frame"] for frame in result["frames"][:3]] == [0, 10, 20]
    half = analyze(served, ("half.mp4", video[: len(video) * 2 // 3]), **query).json()["results"][0]
    assert half["status"] == "error" or half["problem"]


@pytest.mark.parametrize(
    "query",
    [
        {"models": "huge"},
        {"tasks": "soul"},
        {"every": 0},
        {"every": "x"},
        {"tasks": ["emotion", ""]},
        {"age_groups": 7},
        {"age_groups": "x"},
        {"age_groups": 5, "tasks": ["emotion"]},
    ],
)
def test_a_query_that_means_nothing_is_refused(served: Served, photo: bytes, query: dict[str, Any]) -> None:
    answer = analyze(served, ("a.jpg", photo), **query)
    assert answer.status_code == 422 and answer.json()["error"]["code"] in ("invalid", "unknown_name")


def test_the_set_settles_what_is_read(served: Served, photo: bytes) -> None:
    for name, models in MODEL_SETS.items():
        (result,) = analyze(served, ("a.jpg", photo), models=name).json()["results"]
        made_by = result["made_by"]
        assert made_by["tasks"] == list(choose(models=name).tasks)
        read = {
            task: made["name"] for task, made in made_by["models"].items() if task not in ("detector", "tilt")
        }
        assert read.items() <= models.items()
        assert set(made_by["tasks"]) <= result["frames"][0]["faces"][0].keys()


def test_a_task_that_the_set_lacks_names_the_sets_that_have_it(served: Served, photo: bytes) -> None:
    answer = analyze(served, ("a.jpg", photo), models="open", tasks=["gender", "au"])
    assert answer.status_code == 422 and answer.json()["error"]["code"] == "invalid"
    assert "'open' doesn't read au: choose one that does (au: base)" in answer.text
    unknown = analyze(served, ("a.jpg", photo), models="huge").json()["error"]
    assert unknown["message"] == "unknown set of models 'huge': there is base, mini, open"


def test_without_files_it_says_so(served: Served) -> None:
    answer = served.http.post("/v1/analyze")
    assert answer.status_code == 422 and "files" in answer.json()["error"]["message"]
    answer = served.http.post(
        "/v1/analyze", content=b"--x\r\nnonsense", headers={"content-type": "multipart/form-data"}
    )
    assert answer.status_code in (400, 422) and answer.json()["error"]["code"] in ("bad_request", "invalid")


def test_limits_of_uploads(serve: Callable[..., Served], examples: Path) -> None:
    server = serve(limits=Limits(upload_mb=1, files=2, pixels=250_000, duration_s=1.0))
    big = analyze(server, ("big.jpg", b"\xff" * (2**20 + 2**17)))
    assert big.status_code == 413 and big.json()["error"]["code"] == "too_large"
    many = analyze(server, *[(f"{i}.png", png(8, 8)) for i in range(3)])
    assert many.status_code == 413 and "3 files" in many.json()["error"]["message"]
    wide = analyze(server, ("wide.png", png(600, 500))).json()["results"][0]
    assert wide["error"]["code"] == "too_large" and "600 x 500" in wide["error"]["message"]
    long = analyze(server, ("long.mp4", (examples / "two_people.mp4").read_bytes())).json()["results"][0]
    assert long["error"]["code"] == "too_large" and "limit of 1 s" in long["error"]["message"]
    json_body = server.http.post("/v1/sessions", content=b" " * (9 * 2**20))
    assert json_body.status_code == 413
    assert left(server) == []


def test_a_body_without_a_length_is_stopped_too(serve: Callable[..., Served]) -> None:
    server = serve(limits=Limits(message_mb=1))
    pieces = (b" " * 2**16 for _ in range(64))
    answer = server.http.post("/v1/sessions", content=pieces, headers={"content-type": "application/json"})
    assert answer.status_code == 413 and answer.json()["error"]["code"] == "too_large"


def test_a_job_from_start_to_end(served: Served, photo: bytes) -> None:
    files = [("files", ("a.jpg", photo)), ("files", ("b.bin", b"garbage"))]
    started = served.http.post("/v1/jobs", params={"models": "mini"}, files=files)
    assert started.status_code == 202
    job = started.json()["id"]
    done = wait_for(served, job, "done")
    assert [file["state"] for file in done["files"]] == ["done", "failed"]
    made_by = done["files"][0].pop("made_by")
    assert made_by["models"]["emotion"]["name"] == "emotion.mini" and made_by["mimik"] == mimik.__version__
    assert done["files"][0] | {"error": None} == {
        "file": "a.jpg",
        "state": "done",
        "progress": 1.0,
        "frames": 1,
        "spans": 0,
        "problem": None,
        "note": None,
        "left_out": [],
        "error": None,
    }
    assert done["files"][1]["error"]["code"] == "unreadable"
    lines = served.http.get(f"/v1/jobs/{job}/files/0/frames")
    assert lines.headers["content-type"].startswith("application/x-ndjson")
    (frame,) = map(json.loads, lines.text.splitlines())
    jsonschema.validate(frame, SCHEMA)
    assert served.http.get(f"/v1/jobs/{job}/files/1/frames").status_code == 409
    assert served.http.get(f"/v1/jobs/{job}/files/2/frames").status_code == 404
    assert served.http.delete(f"/v1/jobs/{job}").status_code == 204
    assert served.http.get(f"/v1/jobs/{job}").status_code == 404
    assert left(served) == []


def test_a_job_is_cancelled_and_jobs_are_counted(serve: Callable[..., Served], examples: Path) -> None:
    server = serve(limits=Limits(jobs=2))
    video = (examples / "two_people.mp4").read_bytes()
    jobs = []
    for _ in range(2):
        answer = server.http.post("/v1/jobs", files=[("files", ("v.mp4", video))] * 3)
        assert answer.status_code == 202, answer.text
        jobs.append(answer.json()["id"])
    refused = server.http.post("/v1/jobs", files=[("files", ("v.mp4", video))])
    assert refused.status_code == 429 and refused.json()["error"]["code"] == "too_many"
    for job in jobs:
        assert server.http.delete(f"/v1/jobs/{job}").status_code == 204
    end_s = time.monotonic() + 30
    while left(server) and time.monotonic() < end_s:
        time.sleep(0.1)
    assert left(server) == []
    assert server.http.post("/v1/jobs", files=[("files", ("v.mp4", b"x"))]).status_code == 202


def test_explaining_a_face_by_its_mesh(served: Served, photo: bytes) -> None:
    answer = analyze(served, ("a.jpg", photo), models="open", tasks=["emotion", "mesh"])
    face = answer.json()["results"][0]["frames"][0]["faces"][0]
    found = served.http.post("/v1/explain", json={"face": face}).json()["explanation"]
    assert found["emotion"] == "happy" and found["channels"]["AU12"] == "mouthSmile"
    assert "AU12 lip corner puller (mouthSmile)" in found["text"]


def test_explaining_a_face(served: Served, photo: bytes) -> None:
    face = analyze(served, ("a.jpg", photo)).json()["results"][0]["frames"][0]["faces"][0]
    told = served.http.post("/v1/explain", json={"face": face}).json()
    assert told["explanation"]["emotion"] == "happy" and told["explanation"]["duchenne"] is True
    assert -1 <= told["derived"]["valence"] <= 1
    del face["au"]
    without = served.http.post("/v1/explain", json={"face": face}).json()
    # Without action units the emotions alone make valence and arousal.
    assert without["explanation"] is None and without["derived"] != told["derived"]
    for spoil in ({"score": 2}, {"extra": 1}, {"au": {"active": ["AU99"]}}, {"box_xyxy": [0, 0, 1]}):
        assert served.http.post("/v1/explain", json={"face": {**face, **spoil}}).status_code == 422
