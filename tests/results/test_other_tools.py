"""What becomes of other tools' tables where they leave something open, and of mimik's own in theirs."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from mimik.errors import DataError
from mimik.plots.results import plot_results
from mimik.plots.series import read_people
from mimik.plots.titles import titles
from mimik.readings import AuReading
from mimik.results.interop.openface import OpenFace
from mimik.results.interop.pyfeat import PyFeat
from mimik.results.read import read_rows
from mimik.results.summarise import sum_up, summarise
from synthetic_results import make_face, make_result


def results(path: Path, rows: list[str], head: str = "frame, timestamp, success, AU12_c, AU12_r") -> Path:
    """A results file of an OpenFace table."""
    table = path.with_suffix(".csv")
    table.write_text("\n".join([head, *rows]) + "\n")
    path.write_text("".join(json.dumps(frame) + "\n" for frame in OpenFace().read(table)))
    return path


def test_faces_without_an_id_share_their_frame(tmp_path: Path) -> None:
    rows = [f"{frame + 1}, {frame / 10}, 1, {face}, 2.5" for frame in range(20) for face in range(2)]
    path = results(tmp_path / "o.jsonl", rows)
    (person,) = summarise(path)
    assert (person["id"], person["frames"], person["seconds"]) == (None, 20, 2.0)
    assert (person["au_none_share"], person["au_AU12_share"]) == (0.5, 0.5)
    assert person["au_AU12_activations"] is None  # whose it was can't be told
    assert titles(read_people(read_rows(path))) == ["o.csv, mean of 40 faces without an id"]
    assert plot_results(path, tmp_path / "o.png").people == 1


def test_intensities_are_figures_and_a_unit_that_was_never_active_has_its_columns(tmp_path: Path) -> None:
    head = "frame, timestamp, success, AU12_c, AU12_r, AU45_c, AU45_r"
    rows = ["1, 0.0, 1, 1, 2.5, 0, 0.2", "2, 0.1, 1, 0, 0.5, 0, 0.0", "3, 0.2, 1, 1, 3.0, 0, 0.1"]
    path = results(tmp_path / "o.jsonl", rows, head)
    (person,) = sum_up(path).rows
    assert sum_up(path, raw=True, age_groups=5).notes == (
        f"{path}: holds no values before smoothing, so --raw adds nothing",
        f"{path}: holds no ages, so --age-groups changes nothing",
    )
    found = {n: value for n, value in person.items() if n.startswith("au_") and "untrusted" not in n}
    assert found == {
        "au_active": "AU12",
        "au_intensities_AU12_mean": 2.0,
        "au_intensities_AU12_sd": 1.322876,
        "au_intensities_AU12_median": 2.5,
        "au_intensities_AU12_peak": 3.0,
        "au_AU12_share": 0.666667,
        "au_AU12_seconds": 0.2,
        "au_AU12_activations": 2,
        "au_intensities_AU45_mean": 0.1,
        "au_intensities_AU45_sd": 0.1,
        "au_intensities_AU45_median": 0.1,
        "au_intensities_AU45_peak": 0.2,
        "au_AU45_share": 0.0,
        "au_AU45_seconds": 0.0,
        "au_AU45_activations": 0,
        "au_none_share": 0.333333,
        "au_none_seconds": 0.1,
    }


@pytest.mark.parametrize("word", ["-nan(ind)", "nan", "NaN", "1.#IND", "-1.#QNAN", ""])
def test_what_is_no_number_is_missing(tmp_path: Path, word: str) -> None:
    (row,) = read_rows(results(tmp_path / "o.jsonl", [f"1, 0.0, 1, 1, {word}"]))
    assert row["au_active"] == "AU12"
    assert "au_intensities_AU12" not in row


def test_a_table_that_is_sorted_by_face_is_refused(tmp_path: Path) -> None:
    rows = [f"{frame}, {frame / 10}, 1, 1, 2" for _ in range(2) for frame in range(1, 4)]
    with pytest.raises(DataError, match=r"o\.csv, line 5: frame 1 comes again; sort the table by frame"):
        results(tmp_path / "o.jsonl", rows)


def test_units_that_cannot_be_trusted_are_empty_where_nothing_could_say_so(tmp_path: Path) -> None:
    units = AuReading(("AU12",), {"AU06": 0.1, "AU12": 0.9}, {"AU06": 0.1, "AU12": 0.9})
    faces = []
    for number, reading in enumerate((units, replace(units, reason="mouth covered"))):
        face = make_face(number)
        faces.append(replace(face, readings={**face.readings, "au": reading}))
    frame = make_result("a.mp4", 0, *faces).to_dict()
    for tool, column, there in ((OpenFace(), "AU12_c", "1"), (PyFeat(), "AU12", "0.9")):
        path = tmp_path / f"{column}.csv"
        tool.write([frame], path)
        with path.open(newline="") as stream:
            assert [row[column] for row in csv.DictReader(stream)] == [there, ""]
