from __future__ import annotations

import json
import math
import os
import threading
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from mimik.cli.evaluate import summary
from mimik.cli.main import main
from mimik.data.base import Sample, load_reader
from mimik.data.fer2013_figures import clear_votes
from mimik.data.guess import guess_reader
from mimik.errors import DataError, MissingExtraError, ModelError, OptionError, OutputError, UnknownNameError
from mimik.evaluate.answers import Move
from mimik.evaluate.robustness import SCALES, SHIFTS, crop_robustness
from mimik.evaluate.score import evaluate_model
from mimik.faces.crop import crop_batch, normalise, whole_square
from mimik.models.card import read_card
from mimik.models.inputs import CropSpec
from mimik.models.session import Session
from mimik.plots import reports as plots

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def save(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (40, 40, 3), np.uint8)
    Pillow.fromarray(pixels).save(path)


@pytest.fixture
def emotions(tmp_path: Path) -> Path:
    """Thirty pictures in a folder a class, and two of a class that no model has."""
    for seed in range(30):
        save(tmp_path / f"set/{EMOTIONS[seed % 7]}/{seed:02d}.png", seed)
    for seed in (30, 31):
        save(tmp_path / f"set/contempt/{seed}.png", seed)
    return tmp_path / "set"


@pytest.fixture
def utkface(tmp_path: Path) -> Path:
    for seed in range(40):
        save(tmp_path / f"UTKFace/{seed * 2}_{seed % 2}_{seed % 5}_201701160000{seed:05d}.jpg.chip.jpg", seed)
    return tmp_path / "UTKFace"


def test_class_report(make_model, emotions: Path) -> None:
    report = evaluate_model(make_model("emotion", threshold=0.5), emotions)
    json.dumps(report, allow_nan=False)
    confusion = np.array(report["confusion"])
    assert report["n"] == confusion.sum() == 30
    assert report["accuracy"] == pytest.approx(np.trace(confusion) / 30)
    assert report["labels"] == list(EMOTIONS)
    assert report["left_out"] == {"contempt": 2}
    assert report["ci95"][0] <= report["accuracy"] <= report["ci95"][1]
    assert set(report["per_class"]) == set(EMOTIONS)
    assert 0 <= report["ece"] <= 1
    assert report["certain"]["n"] <= 30
    assert (report["missed"], report["failed"], report["skipped"]) == (0, [], 0)
    assert report["data"] == {"path": str(emotions), "reader": "folder", "split": "test"}


def test_answers_come_from_the_cards_own_crop(make_model, emotions: Path) -> None:
    path = make_model("emotion", size=24, channels=3)
    card, right = read_card(path.with_suffix(".json")), 0
    for sample in load_reader("folder").read(emotions):
        if sample.labels["emotion"] in card.labels:
            image = sample.load()
            batch = crop_batch(image, [whole_square(40, 40)], card.crop)
            logits = Session(path, "cpu").run(normalise(batch, card.mean, card.std))[0]
            right += card.labels[int(logits.argmax())] == sample.labels["emotion"]
    assert evaluate_model(path, emotions)["accuracy"] == pytest.approx(right / 30)


def test_age_report(make_model, utkface: Path) -> None:
    report = evaluate_model(make_model("age"), utkface, split="all")
    json.dumps(report, allow_nan=False)
    assert report["n"] == report["n_years"] == 40
    assert report["ci95"][0] <= report["mae"] <= report["ci95"][1]
    assert 0 <= report["coverage80"] <= 1
    assert set(report["subgroups"]) == {"gender", "age_group", "ethnicity", "adults"}
    assert report["subgroups"]["gender"]["male"]["n"] == 20
    assert report["subgroups"]["adults"]["18-60"]["n"] == 22
    assert list(report["subgroups"]["age_group"])[:3] == ["0-2", "3-9", "10-19"]
    assert np.array(report["confusion"]).shape == (9, 9)


def test_age_bands_only(make_model, tmp_path: Path) -> None:
    save(tmp_path / "val/1.jpg", 0)
    (tmp_path / "fairface_label_val.csv").write_text("file,age,gender,race\nval/1.jpg,20-29,Male,White\n")
    report = evaluate_model(make_model("age"), tmp_path)
    assert (report["n"], report["n_years"]) == (1, 0)
    assert report["mae"] is None
    assert report["group_within_one"] in (0.0, 1.0)
    assert report["subgroups"]["gender"]["male"]["group_accuracy"] in (0.0, 1.0)


def test_a_csv_with_numbers_as_labels_is_left_out(make_model, tmp_path: Path) -> None:
    save(tmp_path / "1.png", 0)
    (tmp_path / "m.csv").write_text("path,emotion,age\n1.png,,30\n")
    with pytest.raises(DataError, match=r"no row that emotion\.tiny could answer; it knows age"):
        evaluate_model(make_model("emotion"), tmp_path)


def test_broken_pictures_are_recorded(make_model, emotions: Path) -> None:
    (emotions / "happy/99.png").write_bytes(b"no picture")
    report = evaluate_model(make_model("emotion"), emotions)
    assert report["n"] == 30
    assert [item["key"] for item in report["failed"]] == ["happy/99.png"]
    for file in emotions.rglob("*.png"):
        file.write_bytes(b"")
    with pytest.raises(DataError, match="none of 31 pictures can be read"):
        evaluate_model(make_model("emotion"), emotions)


def test_limit_is_spread_evenly(make_model, emotions: Path) -> None:
    report = evaluate_model(make_model("emotion"), emotions, limit=7)
    assert [report["per_class"][label]["n"] for label in EMOTIONS] == [1] * 7
    with pytest.raises(OptionError, match="limit"):
        evaluate_model(make_model("emotion"), emotions, limit=0)


def test_paths_may_be_texts(make_model: Callable[..., Path], emotions: Path) -> None:
    path = make_model("emotion")
    assert evaluate_model(str(path), str(emotions)) == evaluate_model(path, emotions)


def test_detect_counts_misses(make_model, emotions: Path) -> None:
    with pytest.raises(DataError, match="no face on any of 30 pictures"):
        evaluate_model(make_model("emotion"), emotions, detect=True)


class EveryOther:
    """A detector that finds a face on every other picture."""

    name = "half"
    calls = 0

    def detect(self, image: np.ndarray) -> list:
        from mimik.types import Detection

        self.calls += 1
        return [Detection((4.0, 4.0, 36.0, 36.0), 0.9)] if self.calls % 2 else []


def test_detect_reports_both_accuracies(make_model, emotions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mimik.evaluate.answers.load_detector", lambda name: EveryOther())
    report = evaluate_model(make_model("emotion"), emotions, detect=True)
    assert (report["n"], report["missed"], report["detector"]) == (15, 15, "half")
    assert report["accuracy_all"] == pytest.approx(report["accuracy"] / 2)


def test_faces_of_scenes_are_found_first(make_model, tmp_path: Path, examples: Path) -> None:
    """CK+'s frames are no crops of faces: as they are, they would be scored wrongly."""
    name = "S005_001_00000011"
    frame = tmp_path / f"CK+/cohn-kanade-images/S005/001/{name}.png"
    note = tmp_path / f"CK+/Emotion/S005/001/{name}_emotion.txt"
    for path in (frame, note):
        path.parent.mkdir(parents=True)
    Pillow.open(examples / "astronaut.jpg").save(frame)
    note.write_text("5")
    model = make_model("emotion", data=({"name": "CK+"},))
    as_found, asked = (evaluate_model(model, tmp_path, "ckplus", detect=way) for way in (False, True))
    assert (as_found["detector"], as_found["detect"], as_found["missed"]) == ("yunet", False, 0)
    assert {k: v for k, v in as_found.items() if k != "detect"} | {"accuracy_all": 0} == {
        k: v for k, v in asked.items() if k != "detect"
    } | {"accuracy_all": 0}
    assert as_found["trained_on"] and "learned from this split" in summary(as_found)
    save(frame, 1)
    with pytest.raises(DataError, match="found no face on any of 1 pictures"):
        evaluate_model(model, tmp_path, "ckplus")


def test_fer2013_without_twins(make_model, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [" ".join(map(str, rng.integers(0, 256, 2304))) for _ in range(6)]
    train = [f"{k},{rows[k]},Training" for k in range(3)]
    public = [f"{k},{rows[k]},PublicTest" for k in (0, 1, 3, 4, 5)]
    (tmp_path / "fer2013.csv").write_text("\n".join(["emotion,pixels,Usage", *train, *public]))
    report = evaluate_model(make_model("emotion"), tmp_path)
    assert report["data"]["split"] == "public"
    assert report["n"] == 5
    assert report["without_twins"]["n"] == 3
    assert "without_twins" not in evaluate_model(make_model("emotion"), tmp_path, split="train")
    (tmp_path / "fer2013.csv").write_text("\n".join(["emotion,pixels,Usage", *public]))
    assert "without_twins" not in evaluate_model(make_model("emotion"), tmp_path)
    # All of them are twins: nothing is left to be scored without them.
    twins = [line.replace("PublicTest", "Training") for line in public]
    (tmp_path / "fer2013.csv").write_text("\n".join(["emotion,pixels,Usage", *twins, *public]))
    report = evaluate_model(make_model("emotion"), tmp_path)
    assert report["n"] == 5 and "without_twins" not in report


def test_fer2013_without_near_copies(make_model, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    # Coarse patterns, so that a little noise leaves a picture a near copy of itself.
    faces = [np.kron(rng.integers(20, 230, (6, 6)), np.ones((8, 8), int)) for _ in range(4)]
    noisy, mirrored = faces[0] + rng.integers(-9, 10, (48, 48)), faces[1][:, ::-1]
    blank = np.zeros((48, 48), int)
    train = [(face, "Training") for face in (faces[0], faces[1], blank)]
    public = [(face, "PublicTest") for face in (noisy, mirrored, blank, faces[2], faces[3])]
    rows = [f"0,{' '.join(map(str, face.ravel()))},{usage}" for face, usage in train + public]
    (tmp_path / "fer2013.csv").write_text("\n".join(["emotion,pixels,Usage", *rows]))
    report = evaluate_model(make_model("emotion"), tmp_path)
    assert (report["n"], report["without_twins"]["n"]) == (5, 2)


def test_clear_votes_are_scored_where_there_are_any() -> None:
    image = lambda: np.zeros((4, 4, 3), np.uint8)  # noqa: E731
    votes: list[dict[str, np.ndarray]] = [{}, {"gender": np.float32([8, 2])}, {"gender": np.float32([5, 5])}]
    samples = [Sample(str(i), image, "test", {"gender": "female"}, v) for i, v in enumerate(votes)]
    figures = clear_votes(samples, np.array([False, True, False]), "gender", 2)
    assert (figures["n"], figures["accuracy"]) == (1, 1.0)
    assert (
        clear_votes(samples, np.array([False, True, False]), "gender", 3) is None
    )  # Votes of other classes.


def test_readers_are_guessed_only_where_one_fits(emotions: Path, utkface: Path, tmp_path: Path) -> None:
    assert guess_reader(emotions, "emotion") == "folder"
    assert guess_reader(utkface, "age") == "utkface"
    assert guess_reader(tmp_path, "gender") == "utkface"
    (tmp_path / "fairface_label_val.csv").write_text("file,age,gender,race\n")
    with pytest.raises(OptionError, match=r"utkface and fairface fit; name one with --reader: fer2013"):
        guess_reader(tmp_path, "gender")
    with pytest.raises(OptionError, match="no known layout fits"):
        guess_reader(utkface, "emotion")
    # A list of pictures isn't FER-2013's table, though that is a CSV, too.
    (tmp_path / "mine.csv").write_text("path,label\na.png,happy\n")
    (tmp_path / "pixels.csv").write_text(f"emotion,pixels\n0,{'0 ' * 2304}\n")
    assert guess_reader(tmp_path / "mine.csv", "emotion") == "csv"
    assert guess_reader(tmp_path / "pixels.csv", "emotion") == "fer2013"
    with pytest.raises(DataError, match="no such file"):
        guess_reader(tmp_path / "none", "age")


def test_moves() -> None:
    square = whole_square(40, 40)
    moved = Move(0.1, -0.2, 1.25).apply(square, CropSpec(size=16, scale=2.0))
    assert moved.centre_xy == (22.0, 16.0)
    assert moved.side == 50


def test_crop_robustness(make_model, utkface: Path, tmp_path: Path) -> None:
    report = crop_robustness(make_model("age"), utkface, split="all", detect=False)
    plain = evaluate_model(make_model("age"), utkface, split="all")
    for way, steps, still in (("right", SHIFTS, 0.0), ("down", SHIFTS, 0.0), ("scale", SCALES, 1.0)):
        assert [step for step, _ in report[way]] == list(steps)
        assert dict(report[way])[still] == pytest.approx(plain["mae"], rel=1e-5)
    assert report["figure"] == "mae"
    plots.draw_robustness(report, tmp_path / "r.png")
    assert cv2.imread(str(tmp_path / "r.png")).shape[0] > 300
    gender = crop_robustness(make_model("gender"), utkface, split="all", detect=False, limit=9)
    assert (gender["figure"], gender["n"]) == ("accuracy", 9)
    with pytest.raises(DataError, match="no face"):
        crop_robustness(make_model("gender"), utkface, split="all")
    with pytest.raises(OutputError, match="can't be written"):
        plots.draw_robustness(report, tmp_path / "none" / "r.png")


def test_plots(make_model, emotions: Path, utkface: Path, tmp_path: Path) -> None:
    report = evaluate_model(make_model("emotion"), emotions)
    names = [p.name for p in plots.draw_report(report, tmp_path / "a")]
    assert names == ["confusion.png", "reliability.png"]
    age = evaluate_model(make_model("age"), utkface, split="all")
    assert [p.name for p in plots.draw_report(age, tmp_path / "b")] == ["confusion.png", "age_error.png"]
    assert all(cv2.imread(str(p)).std() > 10 for p in tmp_path.glob("[ab]/*.png"))
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="can't be written"):
        plots.draw_report(report, tmp_path / "file")


def test_plots_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"mimik\[plots\]"):
        plots.check_available()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*words: object) -> tuple[int, str, str]:
        code = main(["evaluate", *map(str, words)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_command_line(run, make_model, emotions: Path, utkface: Path, tmp_path: Path) -> None:
    model = make_model("emotion", threshold=0.1)
    code, out, err = run(model, emotions, "--json", tmp_path / "r.json", "--plots", tmp_path / "p")
    assert (code, err) == (0, "")
    assert "accuracy" in out
    assert "rows labelled 'contempt', left out: 2" in out
    assert json.loads((tmp_path / "r.json").read_text())["n"] == 30
    assert not list(tmp_path.glob("*.part"))
    assert (tmp_path / "p" / "confusion.png").is_file()
    code, out, _ = run(make_model("age"), utkface, "--split", "all")
    assert code == 0
    assert "MAE" in out
    code, out, _ = run(make_model("gender"), utkface, "--split", "all", "--limit", 10, "--json", "-")
    assert json.loads(out)["n"] == 10


def test_command_line_exit_codes(run, make_model, emotions: Path, tmp_path: Path) -> None:
    model = make_model("emotion")
    assert run(model, emotions, "--reader", "fer213")[0] == 2
    assert run(model, emotions, "--split", "tset")[0] == 2
    assert run("emotion.nonsense", emotions)[0] == 2
    assert run(model, tmp_path / "none")[0] == 1
    code, _, err = run(model, emotions, "--json", tmp_path / "none" / "r.json")
    assert code == 1
    assert "its folder isn't there" in err
    taken = tmp_path / "file.jpg"
    taken.touch()
    for folder in (taken, taken / "deeper"):
        code, out, err = run(model, emotions, "--plots", folder)
        assert (code, out) == (1, "")
        assert err == f"mimik: {folder}: no folder for plots, as {taken} is a file; name another folder\n"
    code, _, err = run(tmp_path / "no.onnx", emotions)
    assert code == 1 and err.startswith(f"mimik: {tmp_path}/no.onnx: no such file; ")
    (emotions / "happy/99.png").write_bytes(b"no picture")
    code, out, err = run(model, emotions)
    assert code == 1
    assert "pictures that can't be decoded: 1" in out
    assert "99.png" in err


def test_json_is_whole_or_not_there(tmp_path: Path) -> None:
    from mimik.storage.whole import write_whole

    target = tmp_path / "r.json"
    target.mkdir()
    with pytest.raises(OutputError, match=r"r\.json: can't be written"):
        write_whole(target, "{}")
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    from mimik.storage.whole import write_whole

    pipe = tmp_path / "pipe"
    said: list[str] = []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: said.append(pipe.read_text()), daemon=True)
    reader.start()
    write_whole(pipe, "{}")
    reader.join(timeout=10)
    assert said == ["{}"] and pipe.is_fifo()


@pytest.mark.skipif(os.name == "nt", reason="POSIX links")
def test_a_link_stays_one_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    from mimik.storage.whole import write_whole

    target, link = tmp_path / "r.json", tmp_path / "link"
    target.write_text("before")
    link.symlink_to(target)
    write_whole(link, "{}")
    assert link.is_symlink() and target.read_text() == "{}"
    assert {path.name for path in tmp_path.iterdir()} == {"r.json", "link"}


def test_wrong_models(make_model, emotions: Path) -> None:
    with pytest.raises(ModelError):
        evaluate_model(emotions / "none.onnx", emotions)
    with pytest.raises(UnknownNameError):
        evaluate_model(make_model("emotion"), emotions, "none")


def test_macro_ignores_absent_classes(make_model, tmp_path: Path) -> None:
    save(tmp_path / "happy/1.png", 0)
    report = evaluate_model(make_model("emotion"), tmp_path)
    assert math.isclose(report["macro_f1"], report["per_class"]["happy"]["f1"])
