"""Uploads are read by the options of ``mimik analyze``: to the same results, and refused in one line."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from app_server import Served, wait_for
from PIL import Image

from mimik.app.options import Limits
from mimik.cli.main import main
from mimik.models.session import Session

CLIP = "two_people.mp4"
Pairs = tuple[list[str], dict[str, Any]]
SAME: list[Pairs] = [
    ([], {}),
    (["--models", "mini"], {"models": "mini"}),
    (["--detector", "haar"], {"detector": "haar"}),
    (["--detect-size", "200"], {"detect_size": 200}),
    (["--detect-size", "0", "--min-face", "60"], {"detect_size": 0, "min_face": 60}),
    (["--detect-every", "1"], {"detect_every": 1}),
    (["--detect-every", "5"], {"detect_every": 5}),
    (["--threshold", "0.9"], {"threshold": 0.9}),
    (["--prior", "emotion:neutral=0.5,happy=0.2"], {"prior": "emotion:neutral=0.5,happy=0.2"}),
    (["--prior", "emotion:even", "--tasks", "emotion"], {"prior": ["emotion:even"], "tasks": "emotion"}),
    (["--units", "AU12,6", "--tasks", "au"], {"units": ["AU12", "6"], "tasks": ["au"]}),
    (["--smooth", "0", "--tasks", "age,emotion"], {"smoothing": 0, "tasks": "age,emotion"}),
    (["--age-groups", "5"], {"age_groups": 5}),
    (["--start", "1", "--end", "2.5"], {"start": 1, "end": 2.5}),
    (["--every", "3", "--keep-id", "0.2"], {"every": 3, "keep_id": 0.2}),
    (["--max-fps", "4", "--max-size", "240"], {"max_fps": 4, "max_size": 240}),
    (["--tasks", "cover"], {"tasks": ["cover"]}),
    (["--neutral-first", "1"], {"neutral_first": 1}),
    (["--track", "1", "--fps", "9"], {"track": 1, "fps": 9}),
]
"""What a command and a request name alike."""


def film(path: Path, picture: bytes, count: int, rate: int, tracks: int = 1) -> bytes:
    """A portrait as a film, in which it moves a little."""
    portrait = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB").resize((256, 256)))
    with av.open(str(path), "w") as box:
        streams = [box.add_stream("mjpeg", rate=rate) for _ in range(tracks)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 256, 256, "yuvj420p"
        for stream in streams:
            for i in range(count):
                frame = av.VideoFrame.from_ndarray(np.roll(portrait, i, axis=1))
                frame.pts, frame.time_base = i, Fraction(1, rate)
                box.mux(stream.encode(frame))
            box.mux(stream.encode())
    return path.read_bytes()


def commanded(folder: Path, words: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The lines and the settings that ``mimik analyze`` writes in a folder."""
    monkeypatch.chdir(folder)
    assert main(["analyze", "-o", "out.jsonl", "--quiet", "--overwrite", *words]) == 0
    info, *sources = map(json.loads, Path("out.jsonl.run").read_text(encoding="utf-8").splitlines())
    return Path("out.jsonl").read_bytes(), info, sources


def sent(server: Served, files: Sequence[Any], **query: Any) -> tuple[Any, Any]:
    """What /v1/analyze says of the first file, and the lines of a job with the same options."""
    answer = server.http.post("/v1/analyze", params=query, files=files)
    assert answer.status_code == 200, answer.text
    started = server.http.post("/v1/jobs", params=query, files=files)
    assert started.status_code == 202, started.text
    job = started.json()["id"]
    (file,) = wait_for(server, job, "done")["files"]
    assert file["state"] == "done", file
    lines = server.http.get(f"/v1/jobs/{job}/files/0/frames").content
    (result,) = answer.json()["results"]
    assert [json.loads(line) for line in lines.splitlines()] == result["frames"]
    for name in ("problem", "note", "left_out", "made_by"):
        assert file[name] == result[name]
    assert list(server.state.scratch.folder.glob("*")) == list(server.state.scratch.folder.glob("*.jsonl"))
    assert server.http.delete(f"/v1/jobs/{job}").status_code == 204
    return result, lines


def refused(server: Served, photo: bytes, status: int = 422, **query: Any) -> str:
    """The one line that a request is refused with."""
    answer = server.http.post("/v1/analyze", params=query, files=[("files", ("a.jpg", photo))])
    assert answer.status_code == status, answer.text
    message = str(answer.json()["error"]["message"])
    assert "\n" not in message
    return message


@pytest.mark.parametrize(("words", "query"), SAME, ids=[" ".join(words) or "none" for words, _ in SAME])
def test_the_same_as_the_command_line(
    words: list[str],
    query: dict[str, Any],
    served: Served,
    examples: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = (examples / CLIP).read_bytes()
    (tmp_path / CLIP).write_bytes(data)
    wanted, info, _ = commanded(tmp_path, [*words, CLIP], monkeypatch)
    result, lines = sent(served, [("files", (CLIP, data))], **query)
    assert lines == wanted
    assert result["made_by"] == info


@pytest.mark.filterwarnings("always::mimik.MimikWarning")
def test_a_neutral_face_that_is_sent_with_the_files(
    served: Served, photo: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "me.jpg").write_bytes(photo)
    rest = film(tmp_path / "rest.mkv", photo, 10, 10)
    for words, named, query in (
        ("me.jpg", ("me.jpg", photo), {}),
        ("rest.mkv@0.2-0.5", ("rest.mkv", rest), {"neutral_start": 0.2, "neutral_end": 0.5}),
    ):
        files = [("files", ("me.jpg", photo)), ("neutral", named)]
        wanted, info, _ = commanded(tmp_path, ["me.jpg", "--neutral", words], monkeypatch)
        result, lines = sent(served, files, **query)
        assert lines == wanted and result["made_by"] == info
        assert result["frames"][0]["faces"][0]["emotion"]["against_neutral"] is True
        assert info["settings"]["neutral"] == words and len(info["settings"]["neutral_sha256"]) == 64
        assert "the face at rest reads as happy" in result["note"]


def test_a_neutral_face_that_is_none_refuses_the_request(served: Served, photo: bytes) -> None:
    black = io.BytesIO()
    Image.new("RGB", (64, 64)).save(black, "PNG")
    for data, why in ((black.getvalue(), "shows no face at rest: it shows no faces"), (b"x", "rest.png: ")):
        files = [("files", ("a.jpg", photo)), ("neutral", ("rest.png", data))]
        answer = served.http.post("/v1/analyze", files=files)
        assert answer.status_code == 422 and why in answer.json()["error"]["message"]
        assert str(served.state.scratch.folder) not in answer.text
        job = served.http.post("/v1/jobs", files=files).json()["id"]
        (file,) = wait_for(served, job, "done")["files"]
        assert file["state"] == "failed" and file["error"] == answer.json()["error"]
        served.http.delete(f"/v1/jobs/{job}")
    assert list(served.state.scratch.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"detector": "yolo"}, "query.detector: Input should be 'auto', 'yunet' or 'haar', not 'yolo'"),
        ({"detect_size": 20}, "(--detect-size) must be 0 or 64 to 8192 pixels, not 20"),
        ({"detect_size": 4000}, "detect_size may be 2560 here at most (limit detect_size), not 4000"),
        ({"min_face": -1}, "query.min_face: Input should be greater than or equal to 0"),
        ({"threshold": 1.5}, "query.threshold: Input should be less than or equal to 1, not '1.5'"),
        (
            {"threshold": ["0.2", "0.9"]},
            "threshold is named 2 times: once is enough; model, prior, tasks, units are",
        ),
        (
            {"prior": "neutral=0.5"},
            "(--prior) neutral=0.5 isn't a prior; write emotion:neutral=0.3,happy=0.3",
        ),
        ({"prior": "emotion:happy=x"}, "'happy=x' isn't a class with its share; write neutral=0.3"),
        ({"prior": ["emotion:even", "emotion:even"]}, "emotion:even names a task a second time; write"),
        ({"prior": "emotion:joy=0.5"}, "emotion.wild has no class joy; it has angry, "),
        ({"prior": "emotion:happy=1.5"}, "the shares of classes must be above 0, and 1 in all, not 1.5"),
        ({"prior": "emotion:even", "tasks": "age"}, "a prior is named for emotion, but the tasks are age"),
        ({"prior": "emotion:even", "tasks": "voice"}, "a prior (--prior) is for faces, and only voices are"),
        ({"units": "AU99"}, "doesn't read AU99; it reads AU01, "),
        ({"units": "AU12", "tasks": "age"}, "action units are named, but the tasks are age: add au"),
        ({"age_groups": 7}, "query.age_groups: Input should be 0, 5 or 10"),
        ({"keep_id": 0}, "query.keep_id: Input should be greater than 0"),
        ({"smoothing": 101}, "query.smoothing: Input should be less than or equal to 100"),
        ({"start": 3, "end": 2}, "query: end must be above start (3), not 2"),
        ({"end": 1000}, "end may be 900 here at most (limit duration_s), not 1000"),
        ({"max_fps": 61}, "max_fps may be 60 here at most (limit rate_fps), not 61"),
        ({"fps": 0}, "query.fps: Input should be greater than 0"),
        ({"track": 0}, "query.track: Input should be greater than or equal to 1"),
        ({"max_size": 8}, "query.max_size: Input should be greater than or equal to 16"),
        ({"neutral_first": 700}, "query.neutral_first: Input should be less than or equal to 600"),
        ({"neutral_first": 1, "tasks": "age"}, "a neutral face means nothing for age: read emotion or au"),
        ({"neutral_end": 1}, "neutral_end is a time of the file neutral: send that beside the files"),
        ({"neutral_start": 1}, "query: neutral_start needs neutral_end"),
        ({"smooth": 0}, "max_size, min_face, model, models, neutral_end, "),
        ({"tasks": "soul"}, "unknown task 'soul': there is age, au, cover, emotion, filmed, gender"),
    ],
)
def test_what_can_not_be_is_refused_before_anything_is_read(
    served: Served, photo: bytes, query: dict[str, Any], why: str
) -> None:
    assert why in refused(served, photo, **query)
    # Nothing is opened for it: garbage gets the same answer.
    assert why in refused(served, b"garbage", **query)


def test_what_would_be_passed_over_is_refused(served: Served, photo: bytes) -> None:
    files: list[Any] = [("files", ("a.jpg", photo))]
    answer = served.http.post("/v1/analyze", files=files, data={"threshold": "0.5"})
    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == (
        "the parts of a request are files and neutral, not 'threshold'; options stand in the address "
        "(?threshold=...)"
    )
    answer = served.http.post("/v1/analyze", data={"files": "a.jpg"})
    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == (
        "body.files.0: must be a file that has a name, as curl -F files=@photo.jpg sends it"
    )
    twice = [*files, ("neutral", ("b.jpg", photo)), ("neutral", ("c.jpg", photo))]
    answer = served.http.post("/v1/jobs", files=twice)
    assert answer.status_code == 422 and answer.json()["error"]["message"] == "neutral is one file, not 2"


def test_both_kinds_of_neutral_face_are_refused(served: Served, photo: bytes) -> None:
    files = [("files", ("a.jpg", photo)), ("neutral", ("b.jpg", photo))]
    answer = served.http.post("/v1/analyze", params={"neutral_first": 1}, files=files)
    assert answer.status_code == 422 and "send one of them" in answer.json()["error"]["message"]


def test_a_token_in_the_address_is_no_option(serve: Callable[..., Served], photo: bytes) -> None:
    server = serve(token="0123456789abcdef")
    answer = server.http.post(
        "/v1/analyze", params={"token": "0123456789abcdef"}, files={"files": ("a.jpg", photo)}
    )
    assert answer.status_code == 200, answer.text


def test_what_a_file_holds_besides_is_named(
    served: Served, photo: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Image.open(io.BytesIO(photo)).convert("RGB")
    page.save(tmp_path / "scan.tiff", save_all=True, append_images=[page, page])
    film(tmp_path / "two.mkv", photo, 5, 10, tracks=2)
    for name, left_out in (("scan.tiff", "2 further pages"), ("two.mkv", "1 further video track")):
        wanted, _, (source,) = commanded(tmp_path, [name], monkeypatch)
        result, lines = sent(served, [("files", (name, (tmp_path / name).read_bytes()))])
        assert lines == wanted and result["left_out"] == source["left_out"] == [left_out]


def test_a_raw_stream_is_read_as_the_command_line_reads_it(
    served: Served, photo: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = film(tmp_path / "raw.mjpeg", photo, 6, 10)
    for words, query in (([], {}), (["--fps", "5"], {"fps": 5})):
        wanted, info, _ = commanded(tmp_path, ["raw.mjpeg", *words], monkeypatch)
        result, lines = sent(served, [("files", ("raw.mjpeg", data))], **query)
        assert lines == wanted and len(lines.splitlines()) == 6 and result["made_by"] == info
    (result, _) = sent(served, [("files", ("raw.mjpeg", data))])
    assert "its rate isn't written in it: 25 frames a second are assumed" in result["note"]


def test_a_rate_above_the_limit_is_told(
    serve: Callable[..., Served], photo: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(models="base", limits=Limits(rate_fps=10))
    data = film(tmp_path / "fast.mkv", photo, 20, 20)
    wanted, info, _ = commanded(tmp_path, ["fast.mkv", "--max-fps", "10"], monkeypatch)
    result, lines = sent(server, [("files", ("fast.mkv", data))])
    assert lines == wanted and len(result["frames"]) == 10 and result["made_by"] == info
    assert result["note"] == "10 frames a second were taken, which is the limit rate_fps"
    result, _ = sent(server, [("files", ("fast.mkv", data))], every=2)
    assert result["note"] is None and result["made_by"]["settings"]["frames"]["max_fps"] is None


def test_seconds_beyond_the_limit_are_left_out_and_told(
    serve: Callable[..., Served], photo: bytes, tmp_path: Path
) -> None:
    server = serve(limits=Limits(duration_s=2))
    data = film(tmp_path / "long.mkv", photo, 40, 10)
    files = [("files", ("long.mkv", data))]
    result, _ = sent(server, files, end=1)
    assert len(result["frames"]) == 10 and result["problem"] is None
    (told,) = server.http.post("/v1/analyze", files=files).json()["results"]
    assert told["error"]["code"] == "too_large" and "name an end" in told["error"]["message"]
    assert "start may be 2 here at most" in refused(server, photo, start=3)


def test_a_picture_too_large_to_be_searched_at_its_own_size(
    serve: Callable[..., Served], photo: bytes
) -> None:
    server = serve(limits=Limits(detect_size=300))
    files = [("files", ("me.jpg", photo))]
    answer = server.http.post("/v1/analyze", params={"detect_size": 0}, files=files)
    (result,) = answer.json()["results"]
    assert result["error"]["code"] == "too_large"
    assert "512 x 512 pixels can't be searched at their own size" in result["error"]["message"]
    result, _ = sent(server, files, detect_size=0, max_size=300)
    assert result["status"] == "ok" and result["frames"][0]["faces"]


def test_endless_variety_loads_nothing_twice(
    served: Served, photo: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def post(**query: Any) -> None:
        answer = served.http.post("/v1/analyze", params=query, files={"files": ("a.jpg", photo)})
        assert answer.status_code == 200, answer.text

    for detector in ("yunet", "haar"):
        for models in ("mini", "base"):
            post(detector=detector, models=models, tasks=["emotion", "age"])
    loaded: list[Any] = []
    monkeypatch.setattr(Session, "__init__", lambda *of: loaded.append(of))
    for n in range(12):
        how = {"threshold": n / 20, "min_face": n, "smoothing": n}
        post(detect_size=100 + n, models=("mini", "base")[n % 2], tasks=["emotion", "age"], **how)
        post(units=f"AU{(1, 2, 4, 12)[n % 4]}", tasks="au", keep_id=0.1 + n)
        post(detect_size=200 + n, detector="haar", tasks=["emotion"])
    assert loaded == []


def test_live_frames_are_read_by_the_same_options(served: Served, photo: bytes) -> None:
    tasks = {"tasks": ["emotion", "au"], "smoothing": 0}
    with served.live({"tasks": ["emotion"], "smoothing": 0}) as viewer:
        probabilities = [viewer.read(0.0, photo)["frame"]["faces"][0]["emotion"]["raw"]]
        viewer.say(type="options", prior=["emotion:neutral=0.9"])
        probabilities.append(viewer.read(0.1, photo)["frame"]["faces"][0]["emotion"]["raw"])
        viewer.say(type="options", prior=None)
        probabilities.append(viewer.read(0.2, photo)["frame"]["faces"][0]["emotion"]["raw"])
        assert probabilities[1]["neutral"] > 3 * probabilities[0]["neutral"] > 0
        assert probabilities[2] == probabilities[0]
    with served.live({**tasks, "detector": "haar", "threshold": 1, "units": ["AU12"]}) as viewer:
        frame = viewer.read(0.0, photo)["frame"]
        (face,) = frame["faces"]
        assert (frame["detector"], face["landmarks_xy"]) == ("haar", None)
        assert face["emotion"]["label"] == "uncertain" and list(face["au"]["probabilities"]) == ["AU12"]
        viewer.say(type="options", detector="auto", threshold=None)
        frame = viewer.read(0.1, photo)["frame"]
        assert frame["detector"] == "yunet" and frame["faces"][0]["emotion"]["label"] == "happy"
        assert list(frame["faces"][0]["au"]["probabilities"]) == ["AU12"]  # what isn't named stays
        viewer.say(type="options", min_face=500, detect_size=200, units=None, keep_id=3)
        assert viewer.read(0.2, photo)["frame"]["faces"] == []


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"detect_size": 4000}, "detect_size may be 2560 here at most (limit detect_size), not 4000"),
        ({"detector": "yolo"}, "detector: Input should be 'auto', 'yunet' or 'haar'"),
        ({"units": ["AU99"]}, "doesn't read AU99; it reads "),
        ({"threshold": 2}, "threshold: Input should be less than or equal to 1"),
    ],
)
def test_live_options_that_can_not_be_change_nothing(
    served: Served, photo: bytes, options: dict[str, Any], why: str
) -> None:
    with served.live({"tasks": ["emotion", "au"], "units": ["AU12"]}) as viewer:
        viewer.say(type="options", **options)
        assert why in viewer.hear("error")["message"]
        (face,) = viewer.read(0.0, photo)["frame"]["faces"]
        assert face["emotion"]["label"] == "happy" and list(face["au"]["probabilities"]) == ["AU12"]


def test_a_live_frame_too_large_to_be_searched_is_told(serve: Callable[..., Served], photo: bytes) -> None:
    server = serve(limits=Limits(detect_size=300))
    with server.live({"models": "mini", "tasks": ["emotion"], "detect_size": 0}) as viewer:
        viewer.send(0.5, photo)
        told = viewer.hear("error")
        assert told["code"] == "too_large" and told["time_s"] == 0.5
        viewer.say(type="options", detect_size=200)
        assert viewer.read(0.6, photo)["frame"]["faces"]


def test_what_is_recorded_live_says_its_options(served: Served, photo: bytes) -> None:
    number = served.session()
    how = {"detect_size": 320, "min_face": 20, "threshold": 0.4, "units": ["AU12"], "keep_id": 2.5}
    with served.live({"tasks": ["emotion", "au"], "record": number, **how}) as viewer:
        viewer.read(0.0, photo)
        viewer.say(type="record", session=None)
        while viewer.hear("recording")["session"] is not None:
            pass
    (made_by,) = served.http.get(f"/v1/sessions/{number}").json()["made_by"]
    settings = made_by["settings"]
    assert (settings["detection"]["size"], settings["detection"]["min_face"]) == (320, 20)
    assert (settings["threshold"], settings["units"], settings["keep_id_s"]) == (0.4, ["AU12"], 2.5)
    served.http.delete(f"/v1/sessions/{number}")
