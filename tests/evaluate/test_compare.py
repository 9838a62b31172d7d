from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from mimik import compare_models, evaluate_model, read_predictions
from mimik.cli.compare import summary
from mimik.cli.main import main
from mimik.data.base import Sample
from mimik.data.fingerprints import fingerprints_of
from mimik.data.seen import SeenPictures
from mimik.errors import DataError, ModelError, OptionError, UnknownNameError
from mimik.evaluate.paired import mcnemar_p
from mimik.facs import ACTION_UNITS
from mimik.models.card import read_card
from mimik.plots.compare import draw_comparison
from mimik.tasks.au import ActionUnits
from mimik.types import Detection

MakeModel = Callable[..., Path]
EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def save(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (20, 20, 3), np.uint8)
    Pillow.fromarray(pixels).save(path)


@pytest.fixture
def emotions(tmp_path: Path) -> Path:
    """Fifty-six pictures in a folder a class, and two of a class that most models don't have."""
    for seed in range(56):
        save(tmp_path / f"set/{EMOTIONS[seed % 7]}/{seed:02d}.png", seed)
    for seed in (90, 91):
        save(tmp_path / f"set/contempt/{seed}.png", seed)
    return tmp_path / "set"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A CSV of twelve people with four pictures each: age, gender and who they are."""
    lines = ["path,age,gender,subject"]
    for number in range(48):
        save(tmp_path / f"people/{number}.png", number)
        lines.append(f"{number}.png,{20 + number},{('female', 'male')[number % 2]},S{number // 4}")
    (tmp_path / "people/all.csv").write_text("\n".join(lines))
    return tmp_path / "people"


def test_two_models_on_the_same_pictures(make_model: MakeModel, emotions: Path) -> None:
    first, second = make_model("emotion"), make_model("emotion", seed=1)
    report = compare_models([first, second], emotions)
    json.dumps(report, allow_nan=False)
    alone = [evaluate_model(model, emotions) for model in (first, second)]
    assert report["n"] == 56 and report["left_out"] == {"contempt": 2}
    assert [m["name"] for m in report["models"]] == [str(first), str(second)]  # Two of one name.
    for model, own in zip(report["models"], alone, strict=True):
        assert model["figures"]["accuracy"] == {"value": own["accuracy"], "ci95": own["ci95"]}
        assert model["report"]["confusion"] == own["confusion"]
        assert model["trained_on"] is None
    (pair,) = report["pairs"]
    assert (pair["model"], pair["against"]) == (str(second), str(first))
    gap = pair["figures"]["accuracy"]
    assert gap["difference"] == pytest.approx(alone[1]["accuracy"] - alone[0]["accuracy"])
    assert gap["ci95"][0] <= gap["difference"] <= gap["ci95"][1]
    test = pair["mcnemar"]
    assert report["mcnemar"] == test
    assert test["b"] - test["c"] == round(56 * gap["difference"])
    assert test["p"] == mcnemar_p(test["b"], test["c"])
    assert (test["figure"], test["clustered"]) == ("accuracy", False)


def test_pictures_that_a_run_was_trained_on_are_told(make_model: MakeModel, emotions: Path) -> None:
    knows, other, new = (make_model("emotion", seed=seed) for seed in range(3))
    for model, keys in ((knows, sorted(emotions.rglob("*.png"))[:10]), (other, [])):
        images = [np.asarray(Pillow.open(key)) for key in keys]
        names = np.array([key.name for key in keys], np.str_)
        rows = np.zeros(len(keys), np.int64)
        SeenPictures(names, rows, rows > 0, names, fingerprints_of(images)).write(model.parent)
    report = compare_models([knows, other, new], emotions)
    first, second, third = report["models"]
    assert [m["trained_on"] for m in report["models"]] == [True, False, None]
    assert first["report"]["overlap"]["exact"] == 8 and first["report"]["overlap"]["without"]["n"] == 48
    assert second["report"]["overlap"]["exact"] == 0 and third["report"]["overlap"] is None
    told = summary(report)
    assert f"{knows} was trained on 8 of the pictures" in told
    assert told.count("not known whether") == 1


def test_costs_are_those_of_the_file(make_model: MakeModel, emotions: Path) -> None:
    small, large = make_model("emotion"), make_model("emotion", size=24, channels=3)
    report = compare_models([small, large], emotions)
    for model, path, pixels in zip(report["models"], (small, large), (256, 1728), strict=True):
        assert model["parameters"] == read_card(path.with_suffix(".json")).parameters
        assert model["bytes"] == path.stat().st_size
        assert model["macs"] == 7 * pixels and model["flops"] == 14 * pixels
        assert model["ms_a_face"] > 0 and not model["shares_file"]
    assert report["timing"]["threads"] == 1


def test_pictures_are_those_that_all_can_answer(make_model: MakeModel, emotions: Path) -> None:
    eight = make_model("emotion", seed=2, labels=(*EMOTIONS, "contempt"))
    few = make_model("emotion", seed=3, labels=("happy", "sad", "contempt"))
    report = compare_models([eight, few], emotions)
    assert report["n"] == 18
    assert sum(report["left_out"].values()) == 40 and "happy" not in report["left_out"]
    assert "tells classes apart that not all models know: angry, disgust" in summary(report)
    half = compare_models([eight, few], emotions, limit=9)
    assert half["n"] == 9
    other = make_model("emotion", seed=4, labels=("happy",))
    lone = make_model("emotion", seed=5, labels=("sad",))
    with pytest.raises(DataError, match="no picture has a label that all of"):
        compare_models([other, lone], emotions)


def test_a_model_of_other_classes_is_left_out_by_name(make_model: MakeModel, emotions: Path) -> None:
    good, better = make_model("emotion"), make_model("emotion", seed=1)
    strange = make_model("emotion", seed=2, labels=("bored", "awake"))
    report = compare_models([good, strange, better], emotions)
    assert [m["name"] for m in report["models"]] == [str(good), str(better)]
    assert list(report["other_models"]) == [str(strange)]
    assert "no row that emotion.tiny could answer" in report["other_models"][str(strange)]
    assert f"left out: {strange}: " in summary(report)
    with pytest.raises(DataError, match=r"no row that emotion\.tiny could answer"):
        compare_models([strange, make_model("emotion", seed=3, labels=("bored", "awake"))], emotions)


def test_ages_differ_by_error_and_group(make_model: MakeModel, people: Path) -> None:
    first, second = make_model("age"), make_model("age", seed=1)
    report = compare_models([first, second], people)
    assert list(report["measures"]) == ["mae", "group_accuracy"]
    assert (report["n"], report["groups"]) == (48, 12)
    alone = [evaluate_model(model, people) for model in (first, second)]
    gap = report["pairs"][0]["figures"]["mae"]
    assert (gap["value"], gap["against"]) == pytest.approx((alone[1]["mae"], alone[0]["mae"]))
    assert report["models"][1]["figures"]["mae"]["ci95"] == pytest.approx(alone[1]["ci95"])
    test = report["pairs"][0]["mcnemar"]
    assert test["figure"] == "group_accuracy" and test["clustered"]
    groups = report["pairs"][0]["subgroups"]["gender"]
    assert groups["female"]["value"] == pytest.approx(alone[1]["subgroups"]["gender"]["female"]["mae"])
    words = summary(report)
    assert "48 pictures of 12 people (or groups of copies)" in words
    assert "some are of one person or near copies: trust the interval" in words


def test_bands_alone_are_compared_by_group(make_model: MakeModel, tmp_path: Path) -> None:
    lines = ["file,age,gender,race"]
    for number in range(6):
        save(tmp_path / f"val/{number}.jpg", number)
        lines.append(f"val/{number}.jpg,{('20-29', '3-9')[number % 2]},Male,White")
    (tmp_path / "fairface_label_val.csv").write_text("\n".join(lines))
    report = compare_models([make_model("age"), make_model("age", seed=1)], tmp_path, "fairface")
    assert list(report["measures"]) == ["group_accuracy"]
    assert report["pairs"][0]["subgroups"]["gender"]["male"]["n"] == 6


def coded(seed: int) -> Sample:
    """A face of which AU04 and AU12 are coded, each present in half of them."""
    presence = np.full(len(ACTION_UNITS), np.nan, np.float32)
    for k, name in enumerate(("AU04", "AU12", "AU01")):
        presence[list(ACTION_UNITS).index(name)] = seed >> k & 1 if name != "AU01" else seed == 0
    return Sample(str(seed), lambda: np.zeros((4, 4, 3), np.uint8), "test", scores={"au": presence})


def test_units_are_compared_by_those_that_all_read(make_model: MakeModel) -> None:
    samples = [coded(seed) for seed in range(60)]
    cards = [
        read_card(make_model("au").with_suffix(".json")),
        read_card(make_model("au", seed=1, labels=("AU12", "AU04", "AU26")).with_suffix(".json")),
    ]
    rng = np.random.default_rng(0)
    perfect = rng.normal(0, 0.1, (60, 4)).astype(np.float32)
    for column, name in ((1, "AU04"), (3, "AU12")):
        place = list(ACTION_UNITS).index(name)
        perfect[:, column] += [8 * sample.scores["au"][place] - 4 for sample in samples]
    chance = rng.normal(size=(60, 3)).astype(np.float32)
    auc, f1 = ActionUnits().measures([perfect, chance], samples, cards)
    rows = np.arange(60)
    assert (auc.name, f1.name) == ("mean_auc", "mean_f1")
    assert (auc.of(0, rows), f1.of(0, rows)) == (1.0, 1.0)
    own = ActionUnits().report(chance[:, :2], samples, cards[1].__class__(**some(cards[1], 2)))["mean"]
    assert (auc.of(1, rows), f1.of(1, rows)) == pytest.approx((own["auc"], own["f1"]))
    assert auc.note.endswith("AU04, AU12")  # AU01 is shown by one, AU26 read by one.
    with pytest.raises(OptionError, match=r"there is none \(all read: AU04, AU12\)"):
        ActionUnits().measures([perfect[:9], chance[:9]], samples[:9], cards)


def some(card: Any, outputs: int) -> dict[str, Any]:
    """The fields of a card of the first outputs alone."""
    fields = {name: getattr(card, name) for name in card.__dataclass_fields__}
    return {**fields, "labels": card.labels[:outputs], "outputs": outputs}


def runs_folder(make_model: MakeModel, root: Path, **others: Path) -> Path:
    """Three runs of one recipe, and some others."""
    runs = {f"mine-seed{seed}": make_model("emotion", seed=seed) for seed in range(3)}
    for name, path in {**runs, **others}.items():
        shutil.copytree(path.parent, root / name)
    (root / "begun-seed9").mkdir(parents=True)
    (root / "notes.txt").write_text("")
    return root


def test_a_folder_of_runs_is_a_leaderboard(make_model: MakeModel, emotions: Path, tmp_path: Path) -> None:
    runs = runs_folder(make_model, tmp_path / "runs", ages=make_model("age"))
    report = compare_models([runs], emotions)
    values = [m["figures"]["accuracy"]["value"] for m in report["models"]]
    assert values == sorted(values, reverse=True)
    assert {m["name"] for m in report["models"]} == {"mine-seed0", "mine-seed1", "mine-seed2"}
    best = report["models"][0]["name"]
    assert [pair["against"] for pair in report["pairs"]] == [best, best]
    assert report["other_models"]["begun-seed9"] == "its folder holds no model (yet)"
    assert "ages" in report["other_models"]
    assert "neither intervals nor p are corrected for 2 comparisons" in summary(report)
    one = compare_models([runs / "mine-seed0", runs / "mine-seed2"], emotions)
    assert [m["name"] for m in one["models"]] == ["mine-seed0", "mine-seed2"]  # As named.


def test_a_leaderboard_of_one(make_model: MakeModel, emotions: Path, tmp_path: Path) -> None:
    shutil.copytree(make_model("emotion").parent, tmp_path / "runs/only-seed0")
    report = compare_models([tmp_path / "runs"], emotions)
    assert report["pairs"] == [] and summary(report).startswith("1 model of emotion on folder test")
    assert [p.name for p in draw_comparison(report, tmp_path / "plots")] == ["cost.png"]


def test_ages_are_ranked_by_the_least_error(make_model: MakeModel, people: Path, tmp_path: Path) -> None:
    for seed in range(3):
        shutil.copytree(make_model("age", seed=seed).parent, tmp_path / f"runs/age-seed{seed}")
    report = compare_models([tmp_path / "runs"], people)
    values = [m["figures"]["mae"]["value"] for m in report["models"]]
    assert values == sorted(values)
    shutil.copytree(make_model("gender").parent, tmp_path / "runs/gender-seed0")
    with pytest.raises(OptionError, match=r"age is read by age-seed0, .*gender is read by gender-seed0"):
        compare_models([tmp_path / "runs"], people)


def test_what_can_not_be_compared_is_said(make_model: MakeModel, emotions: Path, tmp_path: Path) -> None:
    model, age = make_model("emotion"), make_model("age")
    for words, error, said in [
        ([model], OptionError, "only emotion.tiny is named: name another model"),
        ([model, model], OptionError, "named twice: "),
        ([model, age], OptionError, "models of different tasks can't be compared: emotion is read by"),
        ([model, tmp_path / "gone/run"], OptionError, "gone/run: no such run"),
        ([model, tmp_path / "no.onnx"], ModelError, "no such file"),
        ([model, "emotion.mni"], UnknownNameError, "did you mean 'emotion.mini'"),
        ([model, emotions], OptionError, "no run with a model in it"),
    ]:
        with pytest.raises(error) as raised:
            compare_models(words, emotions)
        assert said in str(raised.value) and "\n" not in str(raised.value)
    other = make_model("emotion", seed=1)
    with pytest.raises(OptionError, match="limit must be 1 or more, not 0"):
        compare_models([model, other], emotions, limit=0)
    with pytest.raises(UnknownNameError, match="unknown split"):
        compare_models([model, other], emotions, split="tset")
    with pytest.raises(DataError, match="no such file or folder"):
        compare_models([model, other], tmp_path / "none")


class EveryOther:
    """A detector that finds a face on every other picture that it hasn't seen yet."""

    name = "half"
    calls = 0

    def detect(self, image: np.ndarray) -> list[Detection]:
        self.calls += 1
        return [Detection((4.0, 4.0, 16.0, 16.0), 0.9)] if self.calls % 2 else []


def test_each_picture_is_searched_and_decoded_once(
    make_model: MakeModel, emotions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = EveryOther()
    monkeypatch.setattr("mimik.evaluate.together.load_detector", lambda name: found)
    (emotions / "happy/zz.png").write_bytes(b"no picture")
    models = [make_model("emotion", seed=seed) for seed in range(3)]
    report = compare_models(models, emotions, detect=True)
    assert found.calls == 56
    assert (report["n"], report["missed"], report["detector"]) == (28, 28, "half")
    assert [item["key"] for item in report["failed"]] == ["happy/zz.png"]
    assert all(len(model["report"]["failed"]) == 1 for model in report["models"])


def test_many_pictures_are_read_part_by_part(make_model: MakeModel, emotions: Path, monkeypatch) -> None:
    models = [make_model("emotion", seed=seed) for seed in range(2)]
    whole = compare_models(models, emotions)
    monkeypatch.setattr("mimik.evaluate.together.HELD", 5)
    parts = compare_models(models, emotions)
    assert parts["pairs"] == whole["pairs"]


def test_plots(make_model: MakeModel, people: Path, tmp_path: Path) -> None:
    report = compare_models([make_model("age"), make_model("age", seed=1)], people)
    paths = draw_comparison(report, tmp_path / "plots")
    assert [path.name for path in paths] == ["cost.png", "differences.png"]
    assert all(cv2.imread(str(path)).std() > 10 for path in paths)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*words: object) -> tuple[int, str, str]:
        code = main(["compare", *map(str, words)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_command_line(run, make_model: MakeModel, people: Path, tmp_path: Path) -> None:
    first, second = make_model("gender"), make_model("gender", seed=1)
    file, plots = tmp_path / "r.json", tmp_path / "p"
    code, out, err = run(first, second, people, "--json", file, "--plots", plots)
    assert (code, err) == (0, "")
    assert json.loads(file.read_text())["pairs"][0]["mcnemar"]["p"] <= 1
    assert (plots / "cost.png").is_file() and not list(tmp_path.glob("*.part"))
    for words in (
        "2 models of gender on csv test",
        "accuracy",
        "parameters",
        "MFLOPs",
        "ms a face",
        "female",
    ):
        assert words in out
    code, out, _ = run(first, second, people, "--limit", 10, "--json", "-")
    assert code == 0 and json.loads(out)["n"] == 10
    code, _, err = run(first, second, people, "--json", tmp_path / "none/r.json")
    assert code == 1 and "its folder isn't there" in err
    code, _, err = run(first, people)
    assert code == 2 and err.startswith("mimik: only gender.tiny is named: ")
    (people / "3.png").write_bytes(b"")
    code, out, err = run(first, second, people)
    assert code == 1 and "pictures that can't be decoded: 1" in out and "3.png" in err


def test_a_task_of_ones_own_is_compared_and_predicted(make_model: MakeModel, tmp_path: Path) -> None:
    for seed in range(20):
        save(tmp_path / f"set/{('Spectacles', 'none')[seed % 2]}/{seed}.png", seed)
    labels = ("none", "spectacles")
    first = make_model("glasses", kind="classes", labels=labels)
    second = make_model("glasses", seed=1, kind="classes", labels=("none", "Spectacles"))
    file = tmp_path / "p.csv"
    own = evaluate_model(first, tmp_path / "set", predictions=file)
    assert own["n"] == 20
    assert {row.truth for row in read_predictions(file)} == {"none", "spectacles"}
    third = make_model("glasses", seed=2, kind="classes", labels=labels)
    report = compare_models([first, third], tmp_path / "set")
    assert report["n"] == 20 and report["models"][0]["figures"]["accuracy"]["value"] == own["accuracy"]
    # A class that is written in another way is another class.
    assert compare_models([first, second], tmp_path / "set")["n"] == 10
