"""Results files that were cut short, or changed by something else, since they were written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mimik.errors import DataError, OutputExistsError
from mimik.results.read import read_rows
from mimik.runs.results import Results
from mimik.runs.writer import open_writer
from mimik.types import FrameResult
from synthetic_results import INFO, make_result, random_results


def write(path: Path, frames: list[FrameResult]) -> Path:
    with open_writer(path, INFO) as writer:
        for frame in frames:
            writer.write(frame)
    return path


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_what_a_camera_gave_before_the_run_was_killed_is_kept(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"o{suffix}"
    with pytest.raises(KeyboardInterrupt), Results(path, INFO) as results:
        results.begin("film.mp4")
        results.write(make_result("film.mp4", 0))
        results.finish("film.mp4")
        results.begin("0", live=True)
        for number in range(3):
            results.write(make_result("0", number))
        raise KeyboardInterrupt  # nothing more is said of it, as when the power goes
    rows = path if suffix != ".parquet" else Path(f"{path}.rows")
    rows.write_bytes(rows.read_bytes()[:-4])
    for _ in range(2):
        with Results(path, INFO) as results:
            entry = results.before.entry_of("0")
            assert entry is not None and (entry.frames, results.done) == (2, {"film.mp4", "0"})
            assert entry.error == "the run was killed; what came before is kept"
    assert [(row["source"], row["frame"]) for row in read_rows(path)] == [
        ("film.mp4", 0),
        ("0", 0),
        ("0", 1),
    ]


def test_a_camera_that_gave_nothing_is_read_again(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), Results(tmp_path / "o.jsonl", INFO) as results:
        results.begin("0", live=True)
        raise KeyboardInterrupt
    with Results(results.path, INFO) as results:
        assert results.before.entry_of("0") is None
        results.begin("0", live=True)
        results.write(make_result("0", 0))
        results.finish("0")
    assert len(list(read_rows(results.path))) == 1


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
@pytest.mark.parametrize("left", [0.0, 0.2, 0.5, 0.8, 0.99])
def test_a_results_file_that_was_cut_goes_on_from_what_is_whole(
    tmp_path: Path, suffix: str, left: float
) -> None:
    frames = [result for name in "abcd" for result in random_results(name, 3, seed=1)]
    path = write(tmp_path / f"o{suffix}", frames)
    whole, journal = path.read_bytes(), Path(f"{path}.run").read_bytes()
    path.write_bytes(whole[: int(left * len(whole))])
    with Results(path, INFO) as results:
        assert results.lost == 4 - len(results.done) > 0
        assert len(results.done) >= int(4 * left) - 1
        for name in sorted(set("abcd") - results.done):
            results.begin(name)
            for frame in frames:
                if frame.source == name:
                    results.write(frame)
            results.finish(name)
    assert path.read_bytes() == whole
    assert Path(f"{path}.run").read_bytes() == journal


def test_a_cut_behind_a_source_that_failed_first_goes_on(tmp_path: Path) -> None:
    with Results(tmp_path / "o.jsonl", INFO) as results:
        results.begin("bad")
        results.fail("bad", "no picture")
        results.begin("good")
        results.write(make_result("good"))
        results.finish("good")
    results.path.write_bytes(results.path.read_bytes()[:-10])
    with Results(results.path, INFO) as results:
        assert (results.lost, results.done) == (1, set())
        for name in ("good", "bad"):
            results.begin(name)
            results.write(make_result(name))
            results.finish(name)
    # Tried again, it is counted by its results that are lost now, not by its failure.
    results.path.write_bytes(results.path.read_bytes()[:-10])
    with Results(results.path, INFO) as results:
        assert (results.lost, results.done) == (1, {"good"})


@pytest.mark.parametrize(
    "change", [lambda b: b[20:-1], lambda b: b[: b.index(b"\n") + 1], lambda b: b"other\n"]
)
def test_a_results_file_that_something_else_changed_is_refused(
    tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    path = write(tmp_path / "o.jsonl", [make_result(name, n) for name in "abc" for n in range(2)])
    before = change(path.read_bytes())
    path.write_bytes(before)
    with pytest.raises(OutputExistsError, match="isn't what its journal says"), Results(path, INFO):
        pass
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole[:-9],
        lambda whole: whole[: len(whole) // 2],
        lambda whole: b"PAR1",
        lambda whole: b"",
        lambda whole: whole[:100] + bytes(2000) + whole[2100:],
    ],
    ids=["end", "half", "4 bytes", "nothing", "hole"],
)
def test_a_parquet_that_is_torn_does_not_count_as_done(
    tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    path = write(tmp_path / "o.parquet", list(random_results("a", 300)))
    torn = change(path.read_bytes())
    path.write_bytes(torn)
    with (
        pytest.raises(OutputExistsError, match=r"o\.parquet: not a whole Parquet.*--overwrite") as caught,
        Results(path, INFO),
    ):
        pass
    assert "\n" not in str(caught.value) and path.read_bytes() == torn
    with pytest.raises(DataError, match=r"o\.parquet: not a whole Parquet"):
        list(read_rows(path))
    with Results(path, INFO, overwrite=True) as results:
        assert not results.done
    assert {file.name for file in tmp_path.iterdir()} == {"o.parquet", "o.parquet.run"}


def test_a_torn_parquet_is_made_anew_from_its_gathered_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "o.parquet", list(random_results("a", 30)))
    whole = path.read_bytes()
    with Results(path, INFO) as results:
        results.begin("b")  # The rows are gathered again; here the run might be killed.
        rows = Path(f"{path}.rows").read_bytes()
    Path(f"{path}.rows").write_bytes(rows)
    path.write_bytes(whole[:-9])
    with Results(path, INFO) as results:
        assert results.done == {"a"}
    assert path.read_bytes() == whole


def test_a_parquet_is_on_the_disk_before_its_gathered_rows_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: set[int] = set()
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda number: (synced.add(os.fstat(number).st_ino), sync(number)))
    path = write(tmp_path / "o.parquet", [make_result("a")])
    assert path.stat().st_ino in synced
