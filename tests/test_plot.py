from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from mimik.cli.main import main
from mimik.errors import DataError, MissingExtraError, OptionError, OutputError
from mimik.facs import ACTION_UNITS
from mimik.plot import AREAS, MOST_COLUMNS, plot_results, read_people, thinned
from mimik.readings import AuReading
from mimik.results import read_rows
from mimik.types import Face
from synthetic_results import make_face, make_result

UNITS = ("AU01", "AU06", "AU12")


def with_units(face: Face, value: float, reason: str | None = None) -> Face:
    units = dict.fromkeys(UNITS, value)
    return replace(face, readings={**face.readings, "au": AuReading((), units, units, reason)})


def write(path: Path, frames: int, people: int = 1, step: int = 1) -> Path:
    lines = [
        make_result("clip.mp4", n * step, *(with_units(make_face(p), 0.3) for p in range(people)))
        for n in range(frames)
    ]
    path.write_text("".join(json.dumps(line.to_dict()) + "\n" for line in lines))
    return path


def test_a_video_and_a_photo(tmp_path: Path) -> None:
    for frames, people in ((40, 2), (1, 1)):
        results = write(tmp_path / f"{frames}.jsonl", frames, people)
        assert plot_results(results, tmp_path / f"{frames}.png") == (people, people)
        picture = cv2.imread(str(tmp_path / f"{frames}.png"))
        assert picture.std() > 20
    assert plot_results(results, tmp_path / "x.svg") == (1, 1)


def test_people_are_chosen(tmp_path: Path) -> None:
    results = write(tmp_path / "r.jsonl", 3, 9)
    assert plot_results(results, tmp_path / "a.png") == (6, 9)
    assert plot_results(results, tmp_path / "b.png", source="clip.mp4", person=4) == (1, 1)
    with pytest.raises(DataError, match="no face of that source and id"):
        plot_results(results, tmp_path / "c.png", person=50)
    assert not (tmp_path / "c.png").exists()


def test_untrusted_values_are_not_drawn(tmp_path: Path) -> None:
    faces = [
        with_units(make_face(), 0.4),
        with_units(make_face(), 0.4, "turned away"),
        with_units(make_face(reason="too small"), 0.4, "too small"),
    ]
    lines = [make_result("a", n, face).to_dict() for n, face in enumerate(faces)]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (person,) = read_people(read_rows(tmp_path / "r.jsonl"))
    assert person.labels("au") == list(UNITS)
    assert np.isnan(person.table("au")).all(axis=1).tolist() == [False, True, True]
    assert np.isnan(person.table("emotion")).all(axis=1).tolist() == [False, False, True]
    lines = [make_result("a", n, make_face(reason="too dark")).to_dict() for n in range(3)]
    (tmp_path / "dark.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert plot_results(tmp_path / "dark.jsonl", tmp_path / "dark.png") == (1, 1)


def test_an_absence_breaks_the_lines() -> None:
    times, table = thinned([0.0, 0.1, 0.2, 3.0, 3.1], np.ones((5, 2), np.float32))
    assert times.tolist() == pytest.approx([0, 0.1, 0.2, 0.3, 3.0, 3.1])
    assert np.isnan(table[:, 0]).tolist() == [False, False, False, True, False, False]


def test_long_results_are_thinned_by_means() -> None:
    values = np.tile(np.float32([[0.0], [1.0]]), (5000, 1))
    times, table = thinned(list(np.arange(10_000) / 25), values)
    assert len(times) == len(table) <= MOST_COLUMNS
    assert table[:-1, 0] == pytest.approx(np.full(len(table) - 1, 0.5), abs=0.1)


def test_nothing_to_plot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty.jsonl").write_text(json.dumps(make_result().to_dict()) + "\n")
    with pytest.raises(DataError, match="holds no face to plot"):
        plot_results(tmp_path / "empty.jsonl", tmp_path / "p.png")
    ages = replace(make_face(), readings={"age": make_face().readings["age"]})
    (tmp_path / "ages.jsonl").write_text(json.dumps(make_result("a", 0, ages).to_dict()) + "\n")
    with pytest.raises(DataError, match="neither emotions nor action units"):
        plot_results(tmp_path / "ages.jsonl", tmp_path / "p.png")
    results = write(tmp_path / "r.jsonl", 1)
    with pytest.raises(OptionError, match=r"\.png, \.svg or \.pdf"):
        plot_results(results, tmp_path / "p.txt")
    with pytest.raises(OutputError, match="can't be written"):
        plot_results(results, tmp_path / "none" / "p.png")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"mimik\[plots\]"):
        plot_results(results, tmp_path / "p.png")


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results, picture = write(tmp_path / "r.jsonl", 3, 9), tmp_path / "p.png"
    assert main(["plot", str(results), "-o", str(picture)]) == 0
    assert "6 of 9 people are drawn" in capsys.readouterr().err
    before = picture.read_bytes()
    assert main(["plot", str(results), "-o", str(picture)]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert picture.read_bytes() == before
    assert main(["plot", str(tmp_path / "none.jsonl"), "-o", str(tmp_path / "q.png")]) != 0


def test_every_unit_has_a_place_on_the_face() -> None:
    assert set(AREAS) == set(ACTION_UNITS)
    assert all(abs(x) < 0.4 and 0 < y < 1.03 for x, y, _, _ in AREAS.values())
