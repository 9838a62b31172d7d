"""The analyser: the stages joined, in Python."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import mimik
from mimik.errors import (
    DecodeError,
    MimikWarning,
    ModelError,
    OptionError,
    SourceNotFoundError,
    UnknownNameError,
)
from mimik.models.sets import MODEL_SETS
from mimik.pipeline.analyzer import Analyzer
from mimik.pipeline.session import Step
from mimik.render.video import VideoWriter
from mimik.sources.open import open_source
from mimik.types import Frame, FrameResult

STILL = mimik.SourceOptions(max_fps=5)


@pytest.fixture(scope="module")
def analyzer(tiny_models: dict[str, Path]) -> Analyzer:
    return Analyzer(models=tiny_models)


@pytest.fixture(scope="module")
def picture(examples: Path) -> NDArray[np.uint8]:
    with open_source(examples / "group.jpg") as source:
        return next(iter(source)).image


def plain(results: Sequence[FrameResult]) -> list[Any]:
    """Results without their source's name."""
    return [{**result.to_dict(), "source": ""} for result in results]


# One picture


def test_a_path_bytes_and_an_array_give_the_same(
    analyzer: Analyzer, examples: Path, picture: NDArray[np.uint8]
) -> None:
    path = examples / "group.jpg"
    first = analyzer.image(path)
    assert (first.source, first.frame, first.time_s) == (str(path), 0, 0.0)
    others = [
        analyzer.image(str(path)),
        analyzer.image(path.read_bytes()),
        analyzer.image(picture, colour="rgb"),
        analyzer.image(np.ascontiguousarray(picture[..., ::-1]), colour="bgr"),
        *analyzer.stream(picture, colour="rgb"),
    ]
    assert len(first.faces) == 3
    assert plain(others) == plain([first]) * len(others)


def test_bytes_and_arrays_get_a_name(analyzer: Analyzer, picture: NDArray[np.uint8], examples: Path) -> None:
    content = (examples / "astronaut.jpg").read_bytes()
    assert analyzer.image(content).source == "bytes"
    assert analyzer.image(content, name="anna").source == "anna"
    assert [r.source for r in analyzer.stream(picture, colour="rgb", name="ben")] == ["ben"]


def test_the_colour_order_matters(tiny_models: dict[str, Path], make_model: Any, examples: Path) -> None:
    colour = Analyzer(("emotion",), models={"emotion": make_model("emotion", channels=3)})
    with open_source(examples / "astronaut.jpg") as source:
        image = next(iter(source)).image
    right, wrong = (colour.image(image, colour=order).faces for order in ("rgb", "bgr"))
    assert [f.to_dict()["emotion"] for f in right] != [f.to_dict()["emotion"] for f in wrong]


def test_a_grey_array(analyzer: Analyzer, picture: NDArray[np.uint8]) -> None:
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
    assert len(analyzer.image(grey, colour="grey").faces) == 3


def test_an_array_needs_its_colour_order(analyzer: Analyzer, picture: NDArray[np.uint8]) -> None:
    with pytest.raises(OptionError, match="colour='rgb'"):
        analyzer.image(picture)
    with pytest.raises(OptionError, match="colour='rgb'"):
        next(analyzer.stream(picture))
    with pytest.raises(OptionError, match="uint8"):
        analyzer.image(picture.astype(np.float32), colour="rgb")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="arrays only"):
        analyzer.image("a.jpg", colour="rgb")


def test_no_face_is_an_empty_result(analyzer: Analyzer) -> None:
    result = analyzer.image(np.full((60, 80, 3), 90, np.uint8), colour="rgb")
    assert (result.faces, result.width, result.height) == ((), 80, 60)


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (3, 3)])
def test_pictures_that_are_hardly_any(analyzer: Analyzer, shape: tuple[int, int]) -> None:
    assert analyzer.image(np.zeros((*shape, 3), np.uint8), colour="rgb").faces == ()


def test_errors_of_a_picture(analyzer: Analyzer, examples: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match=r"absent\.jpg"):
        analyzer.image(tmp_path / "absent.jpg")
    with pytest.raises(DecodeError, match="bytes"):
        analyzer.image(b"")
    late = mimik.SourceOptions(start_s=100)
    with pytest.raises(DecodeError, match="no frame in the time range"):
        analyzer.image(examples / "two_people.mp4", options=late)


def test_faces_in_a_batch_equal_single_ones(analyzer: Analyzer, picture: NDArray[np.uint8]) -> None:
    session = analyzer.session()
    frame = Frame(picture)
    together = session.recognise(session.look(frame)).faces
    assert len(together) == 3
    for face in together:
        found = face.detection
        crops = session.recogniser.crops(picture, [(found.box_xyxy, found.landmarks_xy)])
        (alone,) = session.recogniser.answers(crops, {})
        for task in analyzer.tasks:
            np.testing.assert_allclose(alone[task], face.values[task], atol=1e-5)


# Options


def test_tasks_keep_their_order(tiny_models: dict[str, Path], picture: NDArray[np.uint8]) -> None:
    chosen = {name: tiny_models[name] for name in ("age", "emotion")}
    analyzer = Analyzer(("age", "emotion", "age"), models=chosen)
    assert analyzer.tasks == ("emotion", "age")
    for face in analyzer.image(picture, colour="rgb").faces:
        assert list(face.readings) == ["emotion", "age"]


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"tasks": ("emotoin",)}, UnknownNameError, "did you mean 'emotion'"),
        ({"tasks": ()}, OptionError, "emotion, gender, age"),
        ({"tasks": "emotion"}, OptionError, "must be a list"),
        ({"detector": "harr"}, UnknownNameError, "did you mean 'haar'"),
        ({"device": "tpu"}, UnknownNameError, "auto, cpu, cuda"),
        ({"threshold": 1.5}, OptionError, "0 to 1"),
        ({"threshold": "0.5"}, OptionError, "0 to 1"),
        ({"models": ["x"]}, OptionError, "name of a set, or task to model"),
        ({"model": "base"}, OptionError, "model must be task to model"),
        ({"models": "bsae"}, UnknownNameError, "unknown set of models 'bsae': there is base, mini, open"),
        ({"tasks": ("au",), "units": "AU12"}, OptionError, "list of action units"),
        ({"tasks": ("age",), "models": {"gender": "x"}}, OptionError, "'gender'"),
        ({"models": {"emotion": "no.such"}}, UnknownNameError, "unknown model 'no.such'"),
        ({"models": {"emotion": "folder/no.onnx"}}, ModelError, "folder/no.onnx: no such file"),
    ],
)
def test_wrong_options(
    tiny_models: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
    error: type[Exception],
    said: str,
) -> None:
    monkeypatch.setitem(MODEL_SETS, "base", {name: str(path) for name, path in tiny_models.items()})
    with pytest.raises(error, match=said):
        Analyzer(**options)


def test_the_threshold_is_for_all_tasks(tiny_models: dict[str, Path], picture: NDArray[np.uint8]) -> None:
    strict = Analyzer(models=tiny_models, threshold=1.0)
    for face in strict.image(picture, colour="rgb").faces:
        assert face.readings["emotion"].label == face.readings["gender"].label == "uncertain"


def test_models_are_told_and_can_not_be_exchanged(analyzer: Analyzer) -> None:
    assert list(analyzer.models) == [*analyzer.tasks, "cover"], "read with them all, and not shown"
    assert [model.card.task for model in analyzer.models.values()] == list(analyzer.models)
    with pytest.raises(TypeError):
        analyzer.models["emotion"] = analyzer.models["age"]  # type: ignore[index]


def test_a_session_may_read_less_and_otherwise(
    analyzer: Analyzer, tiny_models: dict[str, Path], picture: NDArray[np.uint8]
) -> None:
    off = mimik.SmoothOptions(strength=0)
    some = analyzer.session(tasks=("age",), smoothing=off)
    other = Analyzer(("age",), models={"age": tiny_models["age"]}, smoothing=off).session()
    for index in range(3):
        frame = Frame(picture[:, index * 4 :].copy(), index, index / 10)
        assert some.read(frame) == other.read(frame)


def test_info_is_json_safe_and_whole(tiny_models: dict[str, Path]) -> None:
    detection = mimik.DetectorOptions(size=320, min_face=12)
    analyzer = Analyzer(models=tiny_models, detection=detection, detector="haar")
    info = analyzer.info({"frames": {"every": 2}})
    values = json.loads(json.dumps(info.to_dict()))
    assert values["mimik"] == mimik.__version__ and values["detector"] == "haar"
    assert values["tasks"] == list(tiny_models)
    assert values["settings"]["detection"]["min_face"] == 12
    assert values["settings"]["frames"] == {"every": 2}
    assert {len(values["models"][task]["sha256"]) for task in tiny_models} == {64}
    assert set(info.columns) == set(tiny_models)


def test_info_names_the_detectors_file(tiny_models: dict[str, Path]) -> None:
    from mimik.models.store import REMOTE

    models = Analyzer(models=tiny_models).info().models
    assert models["detector"] == {"name": REMOTE["yunet"].file, "sha256": REMOTE["yunet"].sha256}


def test_min_face_leaves_out_but_hides(tiny_models: dict[str, Path], picture: NDArray[np.uint8]) -> None:
    detection = mimik.DetectorOptions(min_face=500)
    strict = Analyzer(models=tiny_models, detection=detection)
    (step,) = strict.frames(picture, colour="rgb")
    assert step.result.faces == () and len(step.also_hide_xyxy) == 3


# Videos


def test_a_video_has_ids_and_rising_times(analyzer: Analyzer, examples: Path) -> None:
    results = list(analyzer.stream(examples / "two_people.mp4", STILL))
    times = [result.time_s for result in results]
    assert len(times) > 10 and times == sorted(set(times)) and times[0] == 0
    assert {face.id for result in results for face in result.faces} == {0, 1}
    assert all(list(map(id_of, r.faces)) == sorted(map(id_of, r.faces)) for r in results)


def id_of(face: mimik.Face) -> int:
    return face.id


def test_an_open_source_is_read_as_it_is(analyzer: Analyzer, examples: Path) -> None:
    path = examples / "two_people.mp4"
    with open_source(path, STILL) as source:
        own = list(analyzer.stream(source))
    assert plain(own) == plain(list(analyzer.stream(path, STILL)))


def test_raw_values_are_those_before_smoothing(tiny_models: dict[str, Path], examples: Path) -> None:
    path = examples / "two_people.mp4"
    off = mimik.SmoothOptions(strength=0)
    smooth = list(Analyzer(models=tiny_models).stream(path, STILL))
    rough = list(Analyzer(models=tiny_models, smoothing=off).stream(path, STILL))
    differs = False
    for soft, hard in zip(plain(smooth), plain(rough), strict=True):
        for a, b in zip(soft["faces"], hard["faces"], strict=True):
            assert a["emotion"]["raw"] == b["emotion"]["raw"] == b["emotion"]["probabilities"]
            assert a["age"]["raw"]["years"] == b["age"]["raw"]["years"] == b["age"]["years"]
            differs |= a["emotion"]["probabilities"] != b["emotion"]["probabilities"]
    assert differs


def test_a_lost_face_stays_hidden(analyzer: Analyzer, picture: NDArray[np.uint8]) -> None:
    session = analyzer.session()
    first = session.step(Frame(picture))
    boxes = [face.box_xyxy for face in first.result.faces]
    assert first.also_hide_xyxy == ()
    step = session.step(Frame(np.zeros_like(picture), 1, 0.04))
    assert np.allclose(sorted(step.also_hide_xyxy), sorted(boxes))


def test_times_must_rise(analyzer: Analyzer, picture: NDArray[np.uint8]) -> None:
    session = analyzer.session()
    seen = session.read(Frame(picture, 0))
    with pytest.warns(mimik.MimikWarning, match="times must rise") as warned:
        session.read(Frame(np.zeros_like(picture), 1))
    assert [one.filename for one in warned] == [__file__]
    step = session.step(Frame(np.zeros_like(picture), 2))  # Said once.
    assert len(step.also_hide_xyxy) == len(seen.faces), "hidden all the same"


def test_streams_of_one_analyser_keep_their_people_apart(analyzer: Analyzer, examples: Path) -> None:
    video, photo = examples / "two_people.mp4", examples / "group.jpg"
    alone = plain(list(analyzer.stream(video, STILL)))
    first, second = analyzer.stream(video, STILL), analyzer.stream(video, STILL)
    turns = []
    for one, two in zip(first, second, strict=True):
        analyzer.image(photo)
        turns.append((one, two))
    assert plain([one for one, _ in turns]) == plain([two for _, two in turns]) == alone


@pytest.mark.parametrize(
    "detector",
    [
        "yunet",
        "haar",
    ],
)
def test_threads_may_share_an_analyser(tiny_models: dict[str, Path], examples: Path, detector: str) -> None:
    shared = Analyzer(models=tiny_models, detector=detector)
    options = mimik.SourceOptions(max_fps=8, end_s=2)
    sources = [examples / name for name in ("two_people.mp4", "group.jpg", "astronaut.jpg")] * 3

    def read(path: Path) -> list[Any]:
        return plain(list(shared.stream(path, options)))

    alone = [read(path) for path in sources[:3]] * 3
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, sources)) == alone


# At once


def test_analyze_reads_a_folder(
    tiny_models: dict[str, Path], examples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MODEL_SETS, "base", {name: str(path) for name, path in tiny_models.items()})
    with pytest.warns(MimikWarning, match=r"left out: 1 file of unknown kind \(\.md\)"):
        results = mimik.analyze(examples, options=mimik.SourceOptions(max_fps=1))
    assert list(dict.fromkeys(Path(r.source).name for r in results)) == [
        "astronaut.jpg",
        "group.jpg",
        "two_people.mp4",
    ]
    assert [len(r.faces) for r in results[:2]] == [1, 3]
    one = mimik.analyze(examples / "group.jpg", tasks=("age",), detector="yunet", device="cpu")
    assert [list(face.readings) for face in one[0].faces] == [["age"]] * 3
    table = mimik.to_dataframe(results)
    assert len(table) == sum(max(1, len(r.faces)) for r in results)
    with pytest.raises(SourceNotFoundError):
        mimik.analyze(str(examples / "*.xyz"))


def test_an_array_at_once(
    tiny_models: dict[str, Path], picture: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MODEL_SETS, "base", {name: str(path) for name, path in tiny_models.items()})
    (result,) = mimik.analyze(picture, colour="rgb", tasks=["gender"])
    assert len(result.faces) == 3


def test_a_step_holds_its_frame(analyzer: Analyzer, picture: NDArray[np.uint8]) -> None:
    (step,) = analyzer.frames(picture, colour="rgb")
    assert isinstance(step, Step) and np.array_equal(step.frame.image, picture)
    drawn = mimik.draw(step.frame.image, step.result)
    assert drawn.shape == picture.shape and not np.array_equal(drawn, picture)


def test_analyze_goes_on_past_a_bad_item(tmp_path: Path, examples: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"not a picture")
    with pytest.warns(mimik.MimikWarning, match=r"bad\.jpg"):
        results = mimik.analyze([bad, examples / "astronaut.jpg"], tasks=("age",))
    assert [len(r.faces) for r in results] == [1]
    (tmp_path / "empty").mkdir()
    with pytest.warns(mimik.MimikWarning, match="no picture or video in this folder"):
        assert mimik.analyze([tmp_path / "empty", examples / "astronaut.jpg"], tasks=("age",))
    face = results[0].faces[0]
    assert face.age is not None
    assert face.age.low <= face.age.years <= face.age.high
    assert face.emotion is face.gender is None
    with pytest.raises(mimik.DecodeError, match=r"bad\.jpg"):
        mimik.analyze(bad)
    portrait = (examples / "astronaut.jpg").read_bytes()
    with pytest.warns(mimik.MimikWarning, match="bytes 1: "):
        results = mimik.analyze([portrait, b"garbage", portrait], tasks=("age",))
    assert [r.source for r in results] == ["bytes 0", "bytes 2"]
    with pytest.raises(mimik.SourceNotFoundError):
        mimik.analyze(tmp_path / "404")


def test_a_video_cut_in_half_gives_what_it_has_and_warns(tmp_path: Path, examples: Path) -> None:
    whole, half = tmp_path / "whole.mkv", tmp_path / "half.mkv"
    limit = mimik.SourceOptions(end_s=2)
    with open_source(examples / "two_people.mp4", limit) as source, VideoWriter(whole) as writer:
        for frame in source:
            writer.write(frame.image, frame.time_s)
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.warns(mimik.MimikWarning, match=r"half\.mkv.*cut short"):
        results = mimik.analyze(half, tasks=("gender",))
    assert len(results) > 1


@pytest.mark.parametrize("source", [None, 1.5, {"a": 1}, object()])
def test_what_is_no_source_is_refused(source: object) -> None:
    with pytest.raises(mimik.OptionError, match="a source is a path"):
        mimik.analyze(source, tasks=("gender",))  # type: ignore[arg-type]
    with pytest.raises(mimik.OptionError, match="a source is a path"):
        next(mimik.Analyzer(("gender",)).stream(source))  # type: ignore[arg-type]


def test_some_action_units_only(tiny_units: Path, examples: Path) -> None:
    everything = Analyzer(("au",), models={"au": tiny_units}).image(examples / "group.jpg").faces[0].au
    chosen = Analyzer(("au",), models={"au": tiny_units}, units=("12", "au01"))
    some = chosen.image(examples / "group.jpg").faces[0].au
    assert everything and some
    assert some.probabilities == {name: everything.probabilities[name] for name in ("AU01", "AU12")}
    info = chosen.info()
    assert [column.name for column in info.columns["au"][:3]] == ["active", "AU01", "AU12"]
    assert info.settings["units"] == ["AU01", "AU12"]


@pytest.mark.parametrize(
    ("tasks", "units", "message"),
    [
        (("au",), ("AU11", "AU12"), r"au\.tiny doesn't read AU11; it reads AU01, AU04, AU06, AU12"),
        (("au",), (), "no action unit is named"),
        (("emotion",), ("AU12",), "action units are named, but the tasks are emotion: add au"),
    ],
)
def test_units_that_a_model_lacks(
    tiny_units: Path, tasks: tuple[str, ...], units: tuple[str, ...], message: str
) -> None:
    models = {"au": tiny_units} if "au" in tasks else None
    with pytest.raises(OptionError, match=message):
        Analyzer(tasks, models=models, units=units)


def test_a_session_reads_some_of_the_analysers_tasks() -> None:
    analyzer = Analyzer(("emotion", "age"), models="mini")
    assert list(analyzer.session(tasks=("age",)).recogniser.models) == ["age", "cover"]
    with pytest.raises(OptionError, match="doesn't read gender; it reads emotion, age, cover"):
        analyzer.session(tasks=("gender",))
    for none in ("emotion", ()):
        with pytest.raises(
            OptionError, match="tasks must be a list of one or more of emotion, age, cover, not"
        ):
            analyzer.session(tasks=none)
