"""Labels that predictions contradict: the rule, ages, and files that can't be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mimik.data.audit.audit import AuditOptions, audit_sets
from mimik.data.audit.contradicted import confident_issues
from mimik.errors import DataError


def test_confident_learning_finds_the_rows_that_belong_elsewhere() -> None:
    """Class means: 0.6 and 0.7; a row counts for a class whose mean it reaches, for the higher of two."""
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.3, 0.7], [0.05, 0.95], [0.55, 0.45]])
    truth = np.array([0, 0, 0, 1, 1, 1])
    rows, margins = confident_issues(truth, probabilities.astype(np.float32))
    assert rows.tolist() == [2]
    assert margins[0] == pytest.approx(0.8)


@pytest.fixture
def faces(tmp_path: Path, save_picture: object) -> Path:
    for number in range(8):
        save_picture(tmp_path / "faces" / ("sad" if number % 2 else "happy") / f"{number}.png", number)  # type: ignore[operator]
    return tmp_path / "faces"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


HEAD = "key,truth,predicted,confidence,group,logit_happy,logit_sad\n"
ROWS = [
    "happy/0.png,happy,happy,0.95,,3,0",
    "happy/2.png,happy,happy,0.95,,3,0",
    "happy/4.png,happy,sad,0.98,,0,4",
    "sad/1.png,sad,sad,0.95,,0,3",
    "sad/3.png,sad,sad,0.95,,0,3",
    "elsewhere.png,sad,sad,0.95,,0,3",
]


def test_contradicted_labels_are_named_and_other_pictures_counted(faces: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "p.csv", HEAD + "\n".join(ROWS) + "\n")
    found = audit_sets([faces], [None], options=AuditOptions(predictions=file)).to_dict()
    own = found["findings"]["contradicted"]
    assert [picture["key"] for picture in own["pictures"]] == ["happy/4.png"]
    assert own["pictures"][0]["note"] == "labelled happy, predicted sad (by 0.96)"
    assert (own["predictions"], own["of_other_pictures"]) == (6, 1)
    assert "hasn't learned from" in own["note"]


def test_ages_far_off_are_found(tmp_path: Path, save_picture: object) -> None:
    rows = []
    for number in range(9):
        save_picture(tmp_path / "faces" / str(20 + number) / "a.png", number)  # type: ignore[operator]
        predicted = 70 if number == 3 else 20 + number + (number % 3)
        rows.append(f"{20 + number}/a.png,{20 + number},{predicted},,,{','.join('0' * 3)}")
    file = write(
        tmp_path / "p.csv", "key,truth,predicted,confidence,group,logit_0,logit_1,logit_2\n" + "\n".join(rows)
    )
    found = audit_sets([tmp_path / "faces"], [None], options=AuditOptions(predictions=file)).to_dict()
    own = found["findings"]["contradicted"]
    assert [picture["note"] for picture in own["pictures"]] == ["labelled 23, predicted 70 (off by 47)"]
    assert own["rule"] == "ages off by more than 10 years"


def test_an_age_group_is_contradicted_by_years_outside_of_it(tmp_path: Path, save_picture: object) -> None:
    for number in range(9):
        save_picture(tmp_path / "faces" / ("3-9" if number % 2 else "20-29") / f"{number}.png", number)  # type: ignore[operator]
    rows = [f"{'3-9' if n % 2 else '20-29'}/{n}.png,{'3 to 9' if n % 2 else '20 to 29'}" for n in range(9)]
    said = [25, 9, 29, 3, 22, 27, 20, 5, 21]
    text = "".join(f"{row},{years},,,0,0,0\n" for row, years in zip(rows, said, strict=True))
    file = write(tmp_path / "p.csv", f"key,truth,predicted,confidence,group,logit_0,logit_1,logit_2\n{text}")
    own = audit_sets([tmp_path / "faces"], [None], options=AuditOptions(predictions=file)).to_dict()[
        "findings"
    ]
    notes = [picture["note"] for picture in own["contradicted"]["pictures"]]
    assert notes == ["labelled 3-9, predicted 27 (off by 18)"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("key,truth\na,b\n", "expected a header with predicted, confidence, group, found key, truth"),
        (HEAD, "no predictions in it"),
        (HEAD + "x.png,happy,sad,1,,0,1\n", r"none of its 1 keys \(x.png\) is in the data"),
        (HEAD + "happy/0.png,happy,sad,1,,0,oops\n", "line 2, logit_sad: expected a number, found 'oops'"),
        (
            HEAD + "happy/0.png,fear,sad,1,,0,1\n",
            "line 2: truth is 'fear', but there is no column logit_fear",
        ),
        (
            "key,truth,predicted,confidence,group,truth_AU06,logit_AU06\nhappy/0.png,none,none,,,0,1\n",
            "predictions of action units",
        ),
    ],
)
def test_files_that_cannot_be_used_are_refused(faces: Path, tmp_path: Path, text: str, message: str) -> None:
    file = write(tmp_path / "p.csv", text)
    with pytest.raises(DataError, match=message):
        audit_sets([faces], [None], options=AuditOptions(predictions=file))
