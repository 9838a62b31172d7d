from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mimik import Prediction, evaluate_model, read_predictions
from mimik.cli.main import main
from mimik.data.base import Sample
from mimik.data.predictions import predictions_text
from mimik.errors import DataError, OptionError
from mimik.facs import ACTION_UNITS
from mimik.models.card import read_card
from mimik.tasks.base import load_task
from mimik.tasks.probabilities import softmax
from mimik.types import Image

MakeModel = Callable[..., Path]
HEAD = "key,truth,predicted,confidence,group,gender,logit_female,logit_male\n"
ROW = "1.png,male,female,0.75,S1,male,1.5,-1.5\n"


def blank() -> Image:
    return np.zeros((4, 4, 3), np.uint8)


def sample(key: str, **fields: object) -> Sample:
    return Sample(key, blank, "test", **fields)  # type: ignore[arg-type]


def there_and_back(path: Path, model: Path, samples: list[Sample], logits: np.ndarray) -> list[Prediction]:
    card = read_card(model.with_suffix(".json"))
    text = predictions_text(load_task(card.task), card, samples, np.asarray(logits, np.float32))
    path.write_text(text, encoding="utf-8")
    return read_predictions(path)


def test_classes_come_back_with_calibrated_confidence(make_model: MakeModel, tmp_path: Path) -> None:
    samples = [
        sample("a,b.png", labels={"gender": "male"}, group="S1", subgroup={"age_group": "3-9"}),
        sample("c.png", labels={"gender": "female"}, subgroup={"ethnicity": "Asian"}),
    ]
    logits = np.float32([[0.1, 1.3], [0.25, 1 / 3]])
    first, second = there_and_back(tmp_path / "p.csv", make_model("gender", temperature=2.0), samples, logits)
    assert (first.key, first.truth, first.predicted, first.group) == ("a,b.png", "male", "male", "S1")
    assert (second.key, second.truth, second.predicted, second.group) == ("c.png", "female", "male", "")
    assert (first.subgroup, second.subgroup) == ({"age_group": "3-9"}, {"ethnicity": "Asian"})
    assert first.confidence == pytest.approx(1 / (1 + np.exp(-0.6)), rel=1e-6)
    assert np.float32([*second.logits.values()]).tolist() == logits[1].tolist()  # To the last bit.
    assert list(second.logits) == ["female", "male"]
    assert first.present == {}


def test_a_spreadsheet_makes_no_date_of_an_age_group(make_model: MakeModel, tmp_path: Path) -> None:
    samples = [
        sample("a", labels={"age": 31.0}, subgroup={"age_group": "30-39"}),
        sample("b", labels={"age_group": "3-9"}, subgroup={"age_group": "3-9"}),
    ]
    logits = np.full((2, 101), -20.0)
    logits[0, 33], logits[1, 8] = 20, 20
    first, second = there_and_back(tmp_path / "p.csv", make_model("age"), samples, logits)
    assert (first.truth, first.confidence, second.truth, second.confidence) == (31.0, None, "3-9", None)
    assert (first.predicted, second.predicted) == pytest.approx((33, 8))
    assert list(first.logits) == [str(year) for year in range(101)]
    text = (tmp_path / "p.csv").read_text()
    assert ",3 to 9," in text and ",30 to 39," in text and "3-9" not in text


def test_units_have_a_truth_each(make_model: MakeModel, tmp_path: Path) -> None:
    coded = np.full(len(ACTION_UNITS), np.nan, np.float32)
    for name, value in {"AU01": 1, "AU04": 0, "AU12": 1}.items():
        coded[list(ACTION_UNITS).index(name)] = value
    samples = [sample(key, scores={"au": coded}) for key in "ab"]
    logits = np.float32([[2, -2, 2, -2], [-2, -2, -2, -2]])
    model = make_model("au", thresholds=(0.5, 0.05, 0.5, 0.5))
    first, second = there_and_back(tmp_path / "p.csv", model, samples, logits)
    assert (first.truth, first.predicted, second.predicted) == ("AU01+AU12", "AU01+AU04+AU06", "AU04")
    assert first.present == {"AU01": True, "AU04": False, "AU06": None, "AU12": True}
    assert first.confidence is None
    none = there_and_back(tmp_path / "q.csv", make_model("au"), samples, np.full((2, 4), -9))
    assert none[0].predicted == "none"


def test_a_class_may_be_called_as_ages_are_written(make_model: MakeModel, tmp_path: Path) -> None:
    model = make_model("gender", labels=("3 to 9", "0"))
    samples = [sample("a", labels={"gender": "3 to 9"})]
    (found,) = there_and_back(tmp_path / "p.csv", model, samples, np.float32([[0, 1]]))
    assert (found.truth, found.predicted) == ("3 to 9", "0")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("key,truth\na,b\n", "expected a header with predicted, confidence, group, found key, truth"),
        (HEAD, "no predictions in it, only a header"),
        ("key,truth,predicted,confidence,group\n1,a,a,1,\n", "expected columns logit_ and a label"),
        (HEAD + ROW + "2.png,male,female,0.75,S1\n", "line 3: expected 8 cells, found 5"),
        (HEAD + ROW + ROW, "line 3: '1.png' stands in line 2, too"),
        (HEAD + ROW.replace("1.png", ""), "line 2: key is empty"),
        (
            HEAD + ROW.replace("male,female", "mail,female"),
            "truth is 'mail', but there is no column logit_mail",
        ),
        (HEAD + ROW.replace("0.75", "75"), "line 2, confidence: expected a number from 0 to 1, found '75'"),
        (HEAD + ROW.replace("0.75", ""), "line 2, confidence: expected a number from 0 to 1, found ''"),
        (HEAD + ROW.replace(",1.5", ",nan"), "line 2, logit_female: expected a number, found 'nan'"),
        (
            "key,truth,predicted,confidence,group,truth_AU01,logit_AU01\na,none,AU01,,,2,1\n",
            "line 2, truth_AU01: expected 0, 1 or nothing, found '2'",
        ),
    ],
)
def test_damaged_rows_are_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as raised:
        read_predictions(path)
    assert words in str(raised.value) and str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_made_by_evaluate(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.csv: no such file; write one with 'mimik evaluate"):
        read_predictions(tmp_path / "none.csv")


def test_a_task_from_outside_that_can_not_say(make_model: MakeModel) -> None:
    with pytest.raises(OptionError, match="'gender' has no predictions by picture: its class lacks outcomes"):
        predictions_text(object(), read_card(make_model("gender").with_suffix(".json")), [], np.empty((0, 2)))


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Twelve pictures, and one that can't be read."""
    from PIL import Image as Pillow

    rng = np.random.default_rng(0)
    for number in range(12):
        path = tmp_path / "set" / ("female", "male")[number % 2] / f"{number:02d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Pillow.fromarray(rng.integers(0, 256, (20, 20, 3), np.uint8)).save(path)
    (tmp_path / "set/male/99.png").write_bytes(b"no picture")
    return tmp_path / "set"


def test_evaluate_writes_what_it_counts(make_model: MakeModel, faces: Path, tmp_path: Path) -> None:
    model, file = make_model("gender", temperature=1.7), tmp_path / "p.csv"
    report = evaluate_model(model, faces, predictions=file)
    rows = read_predictions(file)
    assert len(rows) == report["n"] == 12  # What could not be read is in the report.
    assert [item["key"] for item in report["failed"]] == ["male/99.png"]
    assert np.mean([row.truth == row.predicted for row in rows]) == report["accuracy"]
    for row in rows:
        probabilities = softmax(np.float32([[*row.logits.values()]]), 1.7)
        assert row.confidence == pytest.approx(probabilities.max(), rel=1e-5)


def test_the_command_writes_replaces_and_prints(
    make_model: MakeModel, faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", str(make_model("gender")), str(faces)]
    file = tmp_path / "p.csv"
    file.write_text("before")
    assert main([*words, "--predictions", str(file), "--json", str(tmp_path / "r.json")]) == 1
    assert "accuracy" in capsys.readouterr().out
    assert len(read_predictions(file)) == json.loads((tmp_path / "r.json").read_text())["n"] == 12
    assert not list(tmp_path.glob("*.part"))
    assert main([*words, "--predictions", "-"]) == 1
    assert capsys.readouterr().out == file.read_text()
    assert main([*words, "--predictions", str(tmp_path / "none/p.csv")]) == 1
    assert (
        capsys.readouterr().err
        == f"mimik: {tmp_path}/none/p.csv: its folder isn't there or can't be written\n"
    )
    assert main([*words, "--predictions", "-", "--json", "-"]) == 2
    assert "both name -: choose another for one of them" in capsys.readouterr().err
