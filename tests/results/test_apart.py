"""Numbers that are counted column by column are those that are counted row by row."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pyarrow = pytest.importorskip("pyarrow", reason="Parquet needs pyarrow: pip install 'mimik[table]'")

import pyarrow.parquet as parquet  # noqa: E402

from mimik.cli.main import main  # noqa: E402
from mimik.plots.series import people_in  # noqa: E402
from mimik.plots.sighted import drawn_of, everybody_in  # noqa: E402
from mimik.results.dataset import DONE, HEAD, ROWS, part_of, record_of  # noqa: E402
from mimik.results.read import read_rows  # noqa: E402
from mimik.results.rows import BASE_KINDS  # noqa: E402
from mimik.results.summarise import Summary, sum_up  # noqa: E402
from mimik.results.tally import FIGURES, Numbers  # noqa: E402
from synthetic_results import INFO  # noqa: E402

TYPES = {"text": pyarrow.string(), "number": pyarrow.float64(), "truth": pyarrow.bool_()}
TYPES |= {"whole": pyarrow.int64(), "points": pyarrow.list_(pyarrow.list_(pyarrow.float64()))}
KINDS = BASE_KINDS | {
    **{"emotion_label": "text", "emotion_happy": "number", "emotion_sad": "number"},
    **{"emotion_raw_happy": "number", "emotion_against_neutral": "truth"},
    **{"au_active": "text", "au_AU06": "number", "au_AU12": "number"},
    **{"au_reliable": "truth", "au_reason": "text", "au_against_neutral": "truth"},
    **{"age_years": "number", "age_group": "text", "hat_size": "whole", "hat_kind": "text"},
    **{"mesh_raw_eye_openness_left": "number", "mesh_raw_eye_openness_right": "number"},
    **{"mesh_points": "points", "person": "text"},
}


def face(chance: random.Random, frame: int, number: int | None) -> dict[str, Any]:
    """A face of which anything may be missing."""
    share = round(chance.random(), 4)
    row: dict[str, Any] = {
        **{"frame": frame, "time_s": frame / 25, "offset_s": 0.0, "id": number},
        **dict.fromkeys(("x1", "y1", "x2", "y2", "score", "size_px"), round(chance.random(), 4)),
        **{"reliable": True, "reason": chance.choice((None, None, None, "blurred", "too small"))},
        **{"emotion_label": chance.choice(("happy", "sad", "uncertain")), "emotion_happy": share},
        **{"emotion_sad": 1 - share, "emotion_raw_happy": share, "emotion_against_neutral": frame > 30},
        **{"au_active": chance.choice(("none", "AU12", "AU06+AU12")), "au_AU06": round(chance.random(), 2)},
        **{"au_AU12": round(chance.random(), 2), "au_reliable": chance.choice((True, True, False))},
        **{"au_reason": "turned", "au_against_neutral": frame > 50, "age_years": chance.uniform(8, 80)},
        **{"age_group": "20-29", "hat_size": chance.randrange(5), "hat_kind": chance.choice("ab")},
        **{"mesh_raw_eye_openness_left": chance.random(), "mesh_raw_eye_openness_right": chance.random()},
        **{"mesh_points": [[1.0, 2.0]], "person": "P01"},
    }
    optional = [name for name in row if name not in ("frame", "time_s", "id")]
    return row | dict.fromkeys((name for name in optional if chance.random() < 0.1), None)


def table(seed: int, sources: int = 3, frames: int = 120) -> Any:
    chance, rows = random.Random(seed), []
    for source in range(sources):
        for frame in range(frames):
            if chance.random() < 0.05:
                continue  # A gap, of up to some frames.
            numbers = chance.choice(([], [0], [0, 1], [1, 0], [None, None], [2]))
            here = [face(chance, frame, number) for number in numbers] or [
                {"frame": frame, "time_s": frame / 25}
            ]
            rows += [{"source": f"{source}.mp4", **row} for row in here]
    columns = {
        name: pyarrow.array([row.get(name) for row in rows], TYPES[kind]) for name, kind in KINDS.items()
    }
    return pyarrow.table(columns)


def told(summary: Summary) -> tuple[Any, ...]:
    return summary.columns, list(summary.rows), list(summary.records), summary.notes


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("width", [None, 5])
def test_a_summary_by_columns_is_that_by_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, width: int | None
) -> None:
    path = tmp_path / "o.parquet"
    parquet.write_table(table(seed), path, row_group_size=50)
    by_columns = told(sum_up(path, age_groups=width))
    monkeypatch.setattr("mimik.results.summarise.read_batches", lambda path: None)
    by_rows = told(sum_up(path, age_groups=width))
    assert by_columns == by_rows
    assert {row["id"] for row in by_rows[1]} == {0, 1, 2, None} and "emotion_happy_mean" in by_rows[0]


def test_those_who_are_drawn_are_those_of_all_rows(tmp_path: Path) -> None:
    path = tmp_path / "o.parquet"
    parquet.write_table(table(7), path, row_group_size=50)
    sighted, people = everybody_in(path), people_in(read_rows(path))
    assert [(p.source, p.id, p.frames, p.has_values) for p in sighted] == [
        (p.source, p.id, p.frames, p.has_values) for p in people
    ]
    chosen = [sighted[0], sighted[-1]]
    for one, known in zip(drawn_of(path, chosen), (people[0], people[-1]), strict=True):
        assert (one.source, one.id, one.times_s, one.rest_known) == (
            known.source,
            known.id,
            known.times_s,
            known.rest_known,
        )
        for task in ("emotion", "au", "mesh"):
            assert np.array_equal(one.table(task), known.table(task), equal_nan=True)


def test_numbers_of_arrays_are_those_of_single_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mimik.results.tally.MOST_KEPT", 100)
    values = np.round(np.random.default_rng(0).normal(size=501), 1)
    for count in (1, 2, 4, 500, 501):
        alone, together, both = Numbers(), Numbers(), Numbers()
        for value in values[:count].tolist():
            alone.add(value)
        for start in range(0, count, 40):
            together.add_all(values[start : min(start + 40, count)])
        both.add(float(values[0]))
        both.add_all(values[1:count])
        assert alone.figures() == together.figures() == both.figures()
        assert alone.figures()["median"] == pytest.approx(np.median(values[:count]))
        assert alone.figures()["mean"] == pytest.approx(values[:count].mean(), abs=1e-6)
    assert Numbers().figures() == dict.fromkeys(FIGURES)


def as_dataset(folder: Path, rows: Any, *, without_record: str) -> Path:
    """The rows in parts; one source has no record, as where its run was killed."""
    (folder / DONE).mkdir(parents=True)
    (folder / HEAD).write_text(json.dumps(INFO.to_dict()))
    sources = rows.column("source").to_pylist()
    for source in dict.fromkeys(sources):
        part = folder / part_of(ROWS, source)
        part.parent.mkdir(parents=True)
        own = rows.filter(pyarrow.array([name == source for name in sources])).drop_columns(["source"])
        parquet.write_table(own, part, row_group_size=50)
        if source != without_record:
            told = {"source": source, "status": "done", "error": None, "parts": {part_of(ROWS, source): 1}}
            (folder / record_of(DONE, source)).write_text(json.dumps(told))
    return folder


def test_parts_give_what_one_file_gives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = table(3, sources=4)
    parts = as_dataset(tmp_path / "out", rows, without_record="3.mp4")
    whole = tmp_path / "o.parquet"
    there = pyarrow.array([name != "3.mp4" for name in rows.column("source").to_pylist()])
    parquet.write_table(rows.filter(there), whole)
    ends = [{"source": f"{n}.mp4", "status": "done", "error": None} for n in range(3)]
    Path(f"{whole}.run").write_text("".join(json.dumps(line) + "\n" for line in (INFO.to_dict(), *ends)))
    columns, of_parts, records, _ = told(sum_up(parts))
    assert (columns, of_parts, records) == told(sum_up(whole))[:3]
    assert {row["source"] for row in of_parts} == {"0.mp4", "1.mp4", "2.mp4"}
    for results in (parts, whole):
        for suffix in ("csv", "json"):
            assert main(["summary", str(results), "-o", f"{results}.{suffix}"]) == 0
    for suffix in ("csv", "json"):
        assert Path(f"{parts}.{suffix}").read_text() == Path(f"{whole}.{suffix}").read_text()
    assert json.loads(Path(f"{parts}.json").read_text()) == records
    capsys.readouterr()
    for results in (parts, whole):
        assert main(["plot", str(results), "-o", f"{results}.png"]) == 0
        said = capsys.readouterr().err
        assert "6 of 12 people are drawn; choose with --source and --id" in said
    assert Path(f"{parts}.png").read_bytes() == Path(f"{whole}.png").read_bytes()
    part = parts / part_of(ROWS, "1.mp4")
    part.write_bytes(part.read_bytes()[:-9])
    assert main(["summary", str(parts)]) == 1
    said = capsys.readouterr().err
    assert "1.mp4/part-0.parquet: not a whole Parquet file" in said and said.count("\n") == 1
