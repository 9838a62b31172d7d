"""A person's own face at rest, and readings as a change from it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mimik.cli import main
from mimik.errors import MimikWarning, ModelError, OptionError
from mimik.models.store import find_model
from mimik.pipeline.analyzer import Analyzer
from mimik.results.read import read_rows
from mimik.runs.neutral import neutral_settings
from mimik.sources.open import open_source
from mimik.tasks.base import Resting, load_task
from mimik.tasks.loaded import LoadedModel, load_models
from mimik.temporal.neutral import SHARE, Neutral, NeutralKeeper, mean_neutral, rests_of
from mimik.types import Frame, Quality

# The portrait at hand smiles.
pytestmark = pytest.mark.filterwarnings("ignore:.*the face at rest reads as")
WELL, BLURRED = Quality(100, 0.8, 0.5, None, None), Quality(100, 0.0, 0.5, None, "blurred")
REST = {"emotion": (-3.0, -6.0, -3.0, -3.0, -3.0, -5.0, -0.3), "au": (-3.0, -2.0, -4.0, -3.0)}


@pytest.fixture(scope="module")
def models(tiny_models: Mapping[str, Path]) -> dict[str, LoadedModel]:
    """Tiny models of all tasks that know a face at rest."""
    loaded = load_models({task: str(path) for task, path in tiny_models.items()})
    for task, scores in REST.items():
        if task in loaded:
            card = dataclasses.replace(loaded[task].card, at_rest=scores)
            loaded[task] = dataclasses.replace(loaded[task], card=card)
    return loaded


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer(("emotion", "gender"))


@pytest.fixture(scope="module")
def portrait(examples: Path) -> NDArray[np.uint8]:
    with open_source(examples / "group.jpg") as source:
        image = next(iter(source)).image
    faces = Analyzer(("gender",)).image(image, colour="rgb").faces
    left, top, right, bottom = (round(v) for v in faces[0].box_xyxy)
    near = 30
    return np.ascontiguousarray(image[max(top - near, 0) : bottom + near, max(left - near, 0) : right + near])


def classes(*odds: float) -> NDArray[np.float32]:
    values = np.array(odds, np.float32)
    return values / values.sum()


@pytest.mark.parametrize("task", ["emotion", "au"])
@given(values=st.lists(st.floats(0.001, 0.999), min_size=4, max_size=4))
def test_scores_and_back(task: str, values: list[float]) -> None:
    own = load_task(task)
    assert isinstance(own, Resting)
    given_values = np.array(values, np.float32)
    if task == "emotion":
        given_values /= given_values.sum()
    assert np.allclose(own.from_scores(own.scores(given_values)), given_values, atol=2e-3)


def test_only_emotion_and_action_units_have_a_rest(models: dict[str, LoadedModel]) -> None:
    assert set(rests_of(models)) == {"emotion", "au"} & set(models)
    with pytest.raises(OptionError, match="means nothing for gender, age: read emotion or au"):
        rests_of({name: models[name] for name in ("gender", "age")})


def test_half_of_the_difference_is_taken_off(models: dict[str, LoadedModel]) -> None:
    rests = rests_of({"emotion": models["emotion"]})
    rest = rests["emotion"]
    frowning = classes(4, 0.1, 0.1, 0.1, 1, 0.1, 3)
    neutral = Neutral.of([{"emotion": frowning}], rests)
    gender = classes(1, 3)
    moved = neutral.against({"emotion": frowning, "gender": gender}, rests)
    wanted = rest.task.scores(frowning) - SHARE * (rest.task.scores(frowning) - rest.scores)
    assert np.allclose(moved["emotion"], np.exp(wanted) / np.exp(wanted).sum(), atol=1e-5)
    assert moved["emotion"][0] < frowning[0] and moved["emotion"].sum() == pytest.approx(1, abs=1e-5)
    assert moved["gender"] is gender


def test_one_who_rests_like_everybody_is_read_as_before(models: dict[str, LoadedModel]) -> None:
    rests = rests_of({"emotion": models["emotion"]})
    average = Neutral({"emotion": rests["emotion"].scores}, 1)
    values = classes(1, 2, 3, 4, 5, 6, 7)
    assert np.allclose(average.against({"emotion": values}, rests)["emotion"], values, atol=1e-6)


def test_the_first_seconds_are_each_persons_own(models: dict[str, LoadedModel]) -> None:
    keeper = NeutralKeeper({"emotion": models["emotion"]}, 1.0)
    calm, frowning = classes(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 5), classes(5, 0.1, 0.1, 0.1, 0.1, 0.1, 1)
    for step in range(12):
        time_s = step / 10
        assert keeper.against(0, time_s, {"emotion": calm}, WELL)[1] is (step >= 10)
        # Seen from 0.5 s on.
        if step >= 5:
            assert keeper.against(1, time_s, {"emotion": frowning}, WELL)[1] is False
    for step in range(12, 16):
        late = keeper.against(1, step / 10, {"emotion": frowning}, WELL)
    first, second = keeper.known(0), keeper.known(1)
    assert late[1] and first is not None and second is not None
    assert (first.faces, second.faces) == (10, 10)
    assert second.scores["emotion"][0] > first.scores["emotion"][0]
    keeper.clear()
    assert not keeper.asked and keeper.known(0) is None


def test_faces_that_cannot_be_trusted_are_no_reference(models: dict[str, LoadedModel]) -> None:
    keeper = NeutralKeeper({"emotion": models["emotion"]}, 0.5)
    values = {"emotion": classes(1, 1, 1, 1, 1, 1, 1)}
    for step in range(20):
        keeper.against(0, step / 10, values, BLURRED)
    assert keeper.known(0) is None
    # The half second begins with the first face that can be trusted.
    for step in range(20, 25):
        assert not keeper.against(0, step / 10, values, WELL)[1]
    assert keeper.against(0, 2.5, values, WELL)[1]
    known = keeper.known(0)
    assert known is not None and known.faces == 5


def test_seconds_in_which_a_face_is_mostly_not_seen_are_no_reference(models: dict[str, LoadedModel]) -> None:
    keeper = NeutralKeeper({"emotion": models["emotion"]}, 0.5)
    calm, smiling = ({"emotion": classes(*shares)} for shares in ([1.0] * 7, [1.0] * 3 + [9.0] + [1.0] * 3))
    keeper.against(0, 0.0, smiling, WELL)
    for step in range(1, 6):
        keeper.against(0, step / 10, smiling, BLURRED)
    for step in range(6, 12):
        moved = keeper.against(0, step / 10, calm, WELL)[1]
    known = keeper.known(0)
    assert moved and known is not None and known.faces == 5
    assert np.allclose(known.scores["emotion"], known.scores["emotion"][0])


def test_who_is_gone_is_forgotten(models: dict[str, LoadedModel]) -> None:
    keeper = NeutralKeeper({"emotion": models["emotion"]}, 0.5)
    for step in range(10):
        keeper.against(0, step / 10, {"emotion": classes(*[1.0] * 7)}, WELL)
    keeper.keep({0, 3})
    assert keeper.known(0) is not None
    keeper.keep({3})
    assert keeper.known(0) is None and not keeper.people


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), 1e9])
def test_seconds_out_of_range(models: dict[str, LoadedModel], seconds: float) -> None:
    with pytest.raises(OptionError, match="above 0 to 600 seconds"):
        NeutralKeeper(models, seconds)


def test_a_model_that_knows_no_rest(tiny_models: Mapping[str, Path]) -> None:
    analyzer = Analyzer(("emotion",), models={"emotion": tiny_models["emotion"]})
    with pytest.raises(ModelError, match=r"its card has no at_rest.*export it again"):
        analyzer.session(2.0)


def test_frames_without_one_clear_face(models: dict[str, LoadedModel]) -> None:
    rests, values = rests_of({"emotion": models["emotion"]}), {"emotion": classes(*[1.0] * 7)}
    for frames, reason in (
        ([], "it has no frame in that time"),
        ([[]], "it shows no faces"),
        ([[(values, WELL)] * 2], "it shows 2 faces"),
        ([[(values, BLURRED)]], "the face can't be trusted: blurred"),
    ):
        with pytest.raises(OptionError, match=f"x.jpg: shows no face at rest: {reason}; name a picture"):
            mean_neutral(frames, rests, "x.jpg")
    assert mean_neutral([[], [(values, WELL)]], rests, "x.jpg").faces == 1


def test_the_packaged_models_know_a_face_at_rest() -> None:
    for name in ("emotion.mini", "emotion.base", "emotion.wild", "emotion8.base", "emotion.posed", "au.base"):
        card, _ = find_model(name)
        scores = dict(zip(card.labels, card.at_rest, strict=True))
        if card.task == "emotion":
            assert max(scores, key=scores.__getitem__) == "neutral", name
        else:
            assert max(scores.values()) < 0, name


def test_a_smile_is_hardly_a_face_at_rest(
    analyzer: Analyzer, portrait: NDArray[np.uint8], models: dict[str, LoadedModel]
) -> None:
    with pytest.warns(
        MimikWarning, match=r"array: the face at rest reads as happy \d{2,3} %; if it isn't at rest"
    ):
        analyzer.neutral(portrait, colour="rgb")
    rests = rests_of({"emotion": models["emotion"]})
    calm, weak = np.log(classes(*[0.1] * 6, 9.0)), np.log(classes(*[1.0] * 6, 5.0))
    assert Neutral({"emotion": calm}, 1).look(rests) is None
    assert Neutral({"emotion": weak}, 1).look(rests) is None


def test_a_camera_as_reference_needs_an_end(analyzer: Analyzer) -> None:
    for source, name in ((0, "0"), ("rtsp://me:secret@cam/1", "rtsp://cam/1")):
        with pytest.raises(
            OptionError, match=rf"{name}: never ends: say which seconds .*--neutral {name}@0-3"
        ):
            analyzer.neutral(source)


def test_a_reference_from_a_picture(analyzer: Analyzer, portrait: NDArray[np.uint8]) -> None:
    plain = analyzer.image(portrait, colour="rgb").faces[0]
    neutral = analyzer.neutral(portrait, colour="rgb")
    face = analyzer.image(portrait, colour="rgb", neutral=neutral).faces[0]
    assert plain.emotion and face.emotion and face.gender
    assert neutral.faces == 1 and set(neutral.scores) == {"emotion"}
    # The person at rest looks more at rest than before.
    assert face.emotion.probabilities["neutral"] > plain.emotion.probabilities["neutral"] - 1e-6
    assert face.emotion.against_neutral is True and plain.emotion.against_neutral is None
    assert face.gender.against_neutral is None and face.gender.probabilities == plain.gender.probabilities


def test_a_stream_says_which_readings_are_a_change(analyzer: Analyzer, portrait: NDArray[np.uint8]) -> None:
    session = analyzer.session(0.4)
    marks = []
    for index in range(10):
        face = session.read(Frame(portrait, index, index / 10, "x")).faces[0]
        assert face.emotion
        marks.append(face.emotion.against_neutral)
    assert marks == [False] * 4 + [True] * 6


def test_a_change_is_not_blended_with_what_was_before(
    analyzer: Analyzer, portrait: NDArray[np.uint8]
) -> None:
    session, neutral = analyzer.session(0.4), analyzer.neutral(portrait, colour="rgb")
    session.search_all(True)  # A face that is followed isn't framed to the pixel as one that is found.
    faces = [session.read(Frame(portrait, index, index / 10, "x")).faces[0] for index in range(6)]
    alone = analyzer.image(portrait, colour="rgb", neutral=neutral).faces[0]
    for face in faces[4:]:
        assert face.emotion and alone.emotion
        assert face.emotion.probabilities == pytest.approx(alone.emotion.probabilities, abs=1e-4)


def test_the_command_line(
    examples: Path, tmp_path: Path, portrait: NDArray[np.uint8], capsys: pytest.CaptureFixture[str]
) -> None:
    photo, group = tmp_path / "rest.png", str(examples / "group.jpg")
    cv2.imwrite(str(photo), portrait[..., ::-1])
    out = tmp_path / "out.csv"
    assert main(["analyze", str(photo), "--neutral", str(photo), "-o", str(out), "--quiet"]) == 0
    rows = list(read_rows(out))
    assert rows[0]["emotion_against_neutral"] is True and "gender_against_neutral" not in rows[0]
    assert json.loads((tmp_path / "out.csv.run").read_text().splitlines()[0])["settings"]["neutral"] == str(
        photo
    )
    # Another reference is another run; two, and one that shows three people, are refused.
    assert main(["analyze", str(photo), "-o", str(out), "--quiet"]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert main(["analyze", str(photo), "--neutral", group]) == 2
    assert "it shows 3 faces; name a picture or clip of one person" in capsys.readouterr().err
    assert main(["analyze", str(photo), "--neutral-first", "0"]) == 2
    assert "(--neutral-first), above 0 to 600 seconds, not 0\n" in capsys.readouterr().err
    assert main(["analyze", str(photo), "--tasks", "gender", "--neutral-first", "2"]) == 2
    assert "means nothing for gender" in capsys.readouterr().err


def test_another_picture_under_the_name_of_the_reference_is_another_run(
    tmp_path: Path, portrait: NDArray[np.uint8], capsys: pytest.CaptureFixture[str]
) -> None:
    photo, clip, out = tmp_path / "rest.png", tmp_path / "clip.png", tmp_path / "out.jsonl"
    cv2.imwrite(str(photo), portrait[..., ::-1])
    cv2.imwrite(str(clip), portrait[..., ::-1])
    words = ["analyze", str(clip), "--neutral", str(photo), "-o", str(out), "--quiet"]
    assert main(words) == 0 and main(words) == 0
    journal, held = tmp_path / "out.jsonl.run", out.read_bytes()
    head, *entries = journal.read_text().splitlines()
    assert json.loads(head)["settings"]["neutral_sha256"] == sha256(photo.read_bytes()).hexdigest()
    cv2.imwrite(str(photo), portrait[..., ::-1] // 2 + 60)
    assert main(words) == 2 and "settings.neutral_sha256 was" in capsys.readouterr().err
    # Nobody knows which picture a run of before the hash used.
    before = json.loads(head)
    del before["settings"]["neutral_sha256"]
    journal.write_text("\n".join([json.dumps(before), *entries, ""]))
    assert main(words) == 2 and "settings.neutral_sha256 was null" in capsys.readouterr().err
    assert out.read_bytes() == held and len(list(read_rows(out))) == 1


def test_a_face_that_other_models_read_is_refused(portrait: NDArray[np.uint8], analyzer: Analyzer) -> None:
    neutral, mini = analyzer.neutral(portrait, colour="rgb"), Analyzer(("emotion",), models="mini")
    reading = (
        r"read by emotion\.wild \S+ \(SHA-256 \w{12}\.\.\.\), but emotion is read by emotion\.mini \S+ \("
    )
    with pytest.raises(OptionError, match=rf"{reading}.*; make it again with emotion\.mini, by neutral\("):
        mini.image(portrait, colour="rgb", neutral=neutral)
    eight = Analyzer(("emotion",), models={"emotion": "emotion8.base"})
    with pytest.raises(OptionError, match=r"read by emotion8\.base.*, but emotion is read by emotion\.wild"):
        analyzer.image(portrait, colour="rgb", neutral=eight.neutral(portrait, colour="rgb"))
    # Without a card (of a file of one's own, say) the number of values is all that can be told.
    unknown = dataclasses.replace(eight.neutral(portrait, colour="rgb"), cards={})
    with pytest.raises(OptionError, match=r"has 8 values of emotion, but emotion\.wild .* gives 7"):
        analyzer.image(portrait, colour="rgb", neutral=unknown)
    # Another threshold, or more tasks, change nothing in what was read.
    strict = Analyzer(("emotion",), threshold=0.9)
    assert strict.image(portrait, colour="rgb", neutral=neutral).faces[0].emotion
    assert analyzer.session(np.float32(1.0)).neutrals.asked  # type: ignore[arg-type]


def test_a_face_of_other_tasks_or_units_is_refused(portrait: NDArray[np.uint8], analyzer: Analyzer) -> None:
    one, two = (Analyzer(("au",), units=[unit]) for unit in ("AU04", "AU12"))
    with pytest.raises(OptionError, match=r"AU04\), but au is read by au\.base .*AU12\)"):
        two.image(portrait, colour="rgb", neutral=one.neutral(portrait, colour="rgb"))
    with pytest.raises(OptionError, match=r"the neutral face has no au, which au\.base .* reads"):
        one.image(portrait, colour="rgb", neutral=analyzer.neutral(portrait, colour="rgb"))


def test_a_path_is_no_face_at_rest(portrait: NDArray[np.uint8], analyzer: Analyzer) -> None:
    for made in (analyzer.stream, analyzer.image):
        with pytest.raises(OptionError, match=r"not 'passport\.jpg': .*neutral=analyzer\.neutral\(\.\.\.\)"):
            list(made(portrait, colour="rgb", neutral="passport.jpg"))  # type: ignore[arg-type]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_first_seconds_that_show_no_face_at_rest(
    workers: str, examples: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    still, clip, nobody = examples / "astronaut.jpg", examples / "two_people.mp4", tmp_path / "nobody.png"
    cv2.imwrite(str(nobody), np.full((99, 99, 3), 99, np.uint8))
    words = ["--neutral-first", "1", "--tasks", "emotion", "--models", "mini", "--end", "2", "--quiet"]
    words += ["-o", str(tmp_path / "out.jsonl"), "--workers", workers]
    assert main(["analyze", str(still), str(clip), str(nobody), *words]) == 0
    assert capfd.readouterr().err == (
        f"mimik: {still}: no face at rest was found in the first 1 s; its readings are as they are\n"
    )


def test_settings_hold_no_password() -> None:
    assert neutral_settings("rtsp://me:secret@cam/1") == {"neutral": "rtsp://cam/1"}
    assert neutral_settings(3.0) == {"neutral": 3.0}
