from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from mimik.cli.explain import _model_of, _strongest
from mimik.cli.main import main
from mimik.errors import OptionError
from mimik.explain.occlusion import draw_evidence, occlusion_map
from mimik.faces.recognise import Recogniser
from mimik.models.inputs import CropSpec
from mimik.readings import AuReading, ClassReading
from mimik.tasks.loaded import load_model
from mimik.types import Face, Quality

SIZE = 32


def eye_and_mouth(task: str, strength: float = 1.0) -> Any:
    """A model whose first label is the light of the upper half, the second that of the lower half."""
    labels = {"au": ("AU01", "AU12"), "emotion": ("surprise", "happy")}[task]
    card = SimpleNamespace(
        name="halves", task=task, labels=labels, temperature=1.0, mean=0.5, std=0.25, crop=CropSpec(size=SIZE)
    )

    def logits(batch: np.ndarray) -> np.ndarray:
        halves = batch[:, 0, : SIZE // 2], batch[:, 0, SIZE // 2 :]
        return strength * np.stack([half.mean(axis=(1, 2)) for half in halves], axis=1).astype(np.float32)

    return SimpleNamespace(card=card, logits=logits)


def face() -> np.ndarray:
    """Two white spots, eyes and mouth, on black."""
    crop = np.zeros((1, SIZE, SIZE), np.uint8)
    crop[0, 6:10, 12:20] = 255
    crop[0, 22:26, 12:20] = 255
    return crop


@pytest.mark.parametrize(("label", "upper"), [("AU01", True), ("AU12", False)])
def test_the_map_lies_where_the_model_looks(label: str, upper: bool) -> None:
    found = occlusion_map(eye_and_mouth("au"), face(), label)
    top, bottom = found.drop[: SIZE // 2], found.drop[SIZE // 2 :]
    seen, other = (top, bottom) if upper else (bottom, top)
    assert found.drop.shape == (SIZE, SIZE)
    assert seen.max() > 5 * abs(other).max()
    spot = np.unravel_index(found.drop.argmax(), found.drop.shape)
    assert bool(spot[0] < SIZE / 2) is upper


def test_what_speaks_for_one_class_speaks_against_another() -> None:
    model = eye_and_mouth("emotion")
    surprise, happy = (occlusion_map(model, face(), label) for label in ("surprise", "happy"))
    assert surprise.drop == pytest.approx(-happy.drop, abs=1e-5)
    assert surprise.log_odds == pytest.approx(-happy.log_odds, abs=1e-5)


def test_an_unknown_label_is_named() -> None:
    with pytest.raises(OptionError, match="no label 'AU99'; it has AU01, AU12"):
        occlusion_map(eye_and_mouth("au"), face(), "AU99")


def test_what_covers_a_place_is_worked_out_once() -> None:
    class Counted(np.ndarray):
        means = 0

        def mean(self, *args: Any, **kwargs: Any) -> Any:
            Counted.means += 1
            return np.asarray(self).mean(*args, **kwargs)

    plain = SimpleNamespace(card=eye_and_mouth("au").card, logits=lambda batch: np.zeros((len(batch), 2)))
    occlusion_map(plain, face().view(Counted), "AU12")
    assert Counted.means == 1


def test_drawing() -> None:
    found = [occlusion_map(eye_and_mouth("au"), face(), label) for label in ("AU01", "AU12")]
    picture = draw_evidence(found)
    assert picture.dtype == np.uint8
    assert picture.shape[1] > 3 * picture.shape[0] * 0.8
    colour = np.repeat(face(), 3, axis=0)
    assert draw_evidence([occlusion_map(eye_and_mouth("au"), colour, "AU12")]).ndim == 3


def test_a_map_is_drawn_against_its_own_largest_change_and_says_it() -> None:
    strong, weak = (occlusion_map(eye_and_mouth("au", times), face(), "AU01") for times in (4.0, 1.0))
    assert strong.most == pytest.approx(4 * weak.most, rel=1e-4)
    maps = [draw_evidence([found])[:220, 228:] for found in (strong, weak)]
    assert np.abs(maps[0].astype(int) - maps[1]).max() <= 1
    red, _, blue = maps[0].astype(int).transpose(2, 0, 1)
    assert (red - blue).max() > 120


def test_the_largest_change_is_in_log_odds() -> None:
    # The first pixel alone counts, and only the first place covers it: 255 becomes the mean, at a std of
    # 0.25.
    model = eye_and_mouth("au")
    model.logits = lambda batch: np.repeat(batch[:, 0, 0, :1], 2, axis=1)
    corner = np.zeros((1, SIZE, SIZE), np.uint8)
    corner[0, 0, 0], corner[0, 20, 20] = 255, 255
    found = occlusion_map(model, corner, "AU01")
    assert found.most == found.drop[0, 0] == pytest.approx(255 / 255 / 0.25, rel=1e-5)


def test_where_no_place_matters_the_face_stays_grey() -> None:
    found = occlusion_map(eye_and_mouth("au"), np.full((1, SIZE, SIZE), 90, np.uint8), "AU01")
    assert found.most == 0
    assert not np.ptp(draw_evidence([found])[:220, 228:], axis=2).any()


def test_a_smile_hangs_on_the_mouth(examples: Path) -> None:
    from mimik.faces.detect.base import load_detector
    from mimik.sources.decode import decode_image

    image = decode_image(examples / "group.jpg")
    # emotion.base has learned to bear covered faces: no single part holds its answer.
    model = load_model("emotion", "emotion.mini", "cpu")
    smiling = load_detector().detect(image)[0]
    recogniser = Recogniser({"emotion": model})
    crops = recogniser.crops(image, [(smiling.box_xyxy, smiling.landmarks_xy)])
    found = occlusion_map(model, crops[model.card.crop][0], "happy")
    third = found.drop.shape[0] // 3
    assert found.drop[2 * third :].mean() > 2 * abs(found.drop[:third].mean())


def test_command_line(
    tiny_units: Path, examples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo, maps = str(examples / "group.jpg"), tmp_path / "maps.png"
    units = f"au={tiny_units}"
    assert main(["explain", photo, "--model", units, "-o", str(maps), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 3
    for line in lines:
        assert set(line["explanation"]) >= {"supporting", "missing", "agrees", "duchenne", "reliable"}
        assert -1 <= line["derived"]["valence"] <= 1
    assert cv2.imread(str(maps)).shape[0] > 3 * 220
    assert main(["explain", photo, "--model", units, "-o", str(maps)]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert main(["explain", photo]) == 0
    assert "#0  " in capsys.readouterr().out
    blank = tmp_path / "blank.png"
    cv2.imwrite(str(blank), np.zeros((64, 64, 3), np.uint8))
    assert main(["explain", str(blank)]) == 0
    assert "no face" in capsys.readouterr().err
    assert main(["explain", str(tmp_path / "none.png")]) == 1


def test_units_that_cannot_be_trusted_have_no_map() -> None:
    emotion = ClassReading("happy", {"happy": 0.9, "sad": 0.1}, {})
    for reason, labels in ((None, ["happy", "AU12", "AU25"]), ("mouth covered", ["happy"])):
        units = AuReading(("AU12", "AU25"), {"AU12": 0.9, "AU25": 0.6}, {}, reason)
        face = Face(0, (0, 0, 9, 9), 1.0, Quality(9, 1, 0.5), None, {"emotion": emotion, "au": units})
        assert _strongest(face) == labels


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["-o", "x.xyz"], 2, r"x.xyz: maps can be drawn as .png, .jpg, .jpeg, .webp"),
        (["--label", "AU12"], 2, "--label chooses the map that -o draws"),
        (["-o", "PICTURE", "--overwrite"], 1, "is the picture itself"),
        (["-o", "OLD"], 2, "--overwrite"),
        (["-o", "nowhere/x.png"], 1, "nowhere/x.png: its folder isn't there"),
        (["--models", "huge"], 2, "unknown set of models 'huge'"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_loaded(
    examples: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
    message: str,
) -> None:
    def load(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("models were loaded")

    monkeypatch.setattr("mimik.pipeline.analyzer.load_models", load)
    photo, old = tmp_path / "photo.jpg", tmp_path / "old.png"
    shutil.copy(examples / "group.jpg", photo)
    old.write_bytes(b"old")
    named = [{"PICTURE": str(photo), "OLD": str(old)}.get(word, word) for word in words]
    assert main(["explain", str(photo), *named]) == code
    assert message in capsys.readouterr().err
    assert (photo.read_bytes(), old.read_bytes()) == ((examples / "group.jpg").read_bytes(), b"old")


def test_an_unknown_label_is_named_before_the_picture_is_read(
    tiny_units: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["explain", str(tmp_path / "none.png"), "--model", f"au={tiny_units}", "--models", "mini"]
    assert main([*words, "--label", "AU99", "-o", str(tmp_path / "x.png")]) == 2
    assert "no model here has a label 'AU99'" in capsys.readouterr().err


def test_labels_are_those_of_emotions_and_units() -> None:
    models = {task: eye_and_mouth(task) for task in ("emotion", "au")}
    models["cover"] = SimpleNamespace(card=SimpleNamespace(labels=("mouth",)))
    recogniser: Any = SimpleNamespace(models=models)
    assert _model_of(recogniser, "AU12") is models["au"]
    with pytest.raises(OptionError, match="label 'mouth'; there is surprise, happy, AU01, AU12"):
        _model_of(recogniser, "mouth")


def test_the_small_set_is_explained_by_units_that_are_named(
    examples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from mimik import analyze

    photo = examples / "group.jpg"
    words = ["explain", str(photo), "--models", "mini", "--json"]
    (result,) = analyze(photo, tasks=("emotion",), models="mini")
    emotions = [face.to_dict()["emotion"] for face in result.faces]
    for own in ([], ["--model", "au=au.base"]):
        assert main([*words, *own, "-o", str(tmp_path / f"{len(own)}.png")]) == 0
        said = capsys.readouterr()
        lines = [json.loads(line) for line in said.out.splitlines()]
        assert [line["emotion"] for line in lines] == emotions
        assert all(bool(own) == ("au" in line) and "mesh" not in line for line in lines)
        assert all(bool(own) == (line["explanation"]["channels"] is None) for line in lines)
        assert said.err == ""


def test_a_covered_mouth_changes_the_mouths_units_and_not_the_brows(examples: Path) -> None:
    from mimik.faces.detect.base import load_detector
    from mimik.sources.decode import decode_image

    image = decode_image(examples / "group.jpg")
    model = load_model("au", None, "cpu")
    smiling = load_detector().detect(image)[0]
    crops = Recogniser({"au": model}).crops(image, [(smiling.box_xyxy, smiling.landmarks_xy)])
    face = crops[model.card.crop][0]
    drops = {label: occlusion_map(model, face, label).drop for label in ("AU12", "AU25", "AU01")}
    mouth = slice(5 * face.shape[1] // 8, 7 * face.shape[1] // 8)
    middle = slice(face.shape[2] // 4, 3 * face.shape[2] // 4)
    falls = {label: float(drop[mouth, middle].mean()) for label, drop in drops.items()}
    # It is one network: brows are read a little from the mouth, too.
    assert falls["AU12"] > 2 * abs(falls["AU01"])
    assert falls["AU25"] > 2 * abs(falls["AU01"])
