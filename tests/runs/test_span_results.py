"""Results of faces and voices in two tables: stopped, added to, cut, deleted and in the way of others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mimik.errors import OutputError, OutputExistsError
from mimik.results.base import FORMATS
from mimik.results.read import read_rows, read_spans
from mimik.runs.batch import read_all
from mimik.runs.progress import BatchReport
from mimik.runs.results import Results
from mimik.storage import whole
from mimik.types import RunInfo
from synthetic_results import INFO, Analyser, Make, random_results
from synthetic_spans import BOTH, HEARD, Hearer, random_spans

SUFFIXES = tuple(FORMATS)
TABLES = SUFFIXES[1:]
SOURCES = ["a.mp4", "dark.wav", 'b, "2"\n.mp4', "dumb.mp4", "c\udcff.mp4", "also dark.wav", "d.mp4"]
HEARER = Hearer(dumb=frozenset({"dumb.mp4"}), dark=frozenset({"dark.wav", "also dark.wav"}))


def batch(
    path: Path, sources: Sequence[str] = SOURCES, workers: int = 1, *, overwrite: bool = False
) -> BatchReport:
    with Results(path, BOTH, overwrite=overwrite) as results:
        return read_all(sources, Reads(), results, workers)


class Reads:
    """What read_all is given; picklable."""

    def __call__(self):  # type: ignore[no-untyped-def]
        return HEARER.analyse


def files(path: Path) -> dict[str, bytes]:
    """What lies in the folder of an output, by what its name has behind the output's."""
    return {
        file.name.removeprefix(path.stem): file.read_bytes()
        for file in sorted(path.parent.iterdir())
        if file.name.startswith(f"{path.stem}.")
    }


def entries(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in Path(f"{path}.run").read_text().splitlines()[1:]]


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """An empty folder, as deep as that of what is finished: journals say where sources lie from there."""
    (tmp_path / "ours").mkdir()
    return tmp_path / "ours"


@pytest.fixture
def finished(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Results of all sources in a folder of their own."""
    (tmp_path / "whole").mkdir()
    path = tmp_path / "whole" / f"o{request.param}"
    batch(path)
    return path


@pytest.mark.parametrize("finished", TABLES, indirect=True)
def test_there_are_two_tables_and_a_journal_that_counts_both(finished: Path) -> None:
    suffix = finished.suffix
    assert set(files(finished)) == {suffix, f"{suffix}.run", f".spans{suffix}"}
    counts = [(entry["frames"], entry.get("spans")) for entry in entries(finished)]
    assert counts == [(8, 3), (0, 3), (8, 3), (8, None), (8, 3), (0, 3), (8, 3)]
    before = files(finished)
    report = batch(finished)
    assert (report.done, report.skipped, report.clean) == (0, 7, True)
    assert files(finished) == before


@pytest.mark.parametrize("finished", SUFFIXES, indirect=True)
@pytest.mark.parametrize("count", [1, 2, 4, 6])
def test_more_sources_are_added_to_both(finished: Path, ours: Path, count: int) -> None:
    path = ours / finished.name
    batch(path, SOURCES[:count])
    report = batch(path)
    assert (report.done, report.skipped) == (7 - count, count)
    assert files(path) == files(finished)


@pytest.mark.parametrize("finished", SUFFIXES, indirect=True)
@pytest.mark.parametrize("lost", [1, 30])
def test_half_a_source_is_cut_off(finished: Path, ours: Path, lost: int) -> None:
    path = ours / finished.name
    with pytest.raises(KeyboardInterrupt), Results(path, BOTH) as results:
        for number, source in enumerate(SOURCES):
            results.begin(source)
            for result in HEARER.results(source):
                results.write(result)
            if number == 4:
                raise KeyboardInterrupt
            results.finish(source)
    rows = path if path.suffix == ".jsonl" else Path(f"{path}.rows")
    rows.write_bytes(rows.read_bytes()[:-lost])
    assert batch(path).skipped == 4
    assert files(path) == files(finished)


@pytest.mark.parametrize("finished", SUFFIXES, indirect=True)
def test_workers_write_the_same_bytes(finished: Path, ours: Path) -> None:
    path = ours / finished.name
    report = batch(path, workers=3)
    assert (report.done, report.frames, report.spans) == (7, 40, 18)
    assert files(path) == files(finished)


@pytest.mark.parametrize("finished", TABLES, indirect=True)
def test_rows_that_were_gathered_again_are_cut_between_sources(finished: Path, ours: Path) -> None:
    """A power cut while sources are added: the gathered rows are those of the sources in their order."""
    path = ours / finished.name
    batch(path, SOURCES[:5])
    with Results(path, BOTH) as results:
        results.begin(SOURCES[5])
        rows = Path(f"{path}.rows").read_bytes()
    Path(f"{path}.rows").write_bytes(rows[: int(str(entries(path)[2]["size"])) + 5])
    report = batch(path)
    assert (report.done, report.skipped) == (4, 3)
    assert files(path) == files(finished)


@pytest.mark.parametrize("finished", TABLES, indirect=True)
@pytest.mark.parametrize("which", ["", ".spans"])
def test_a_table_that_is_cut_or_gone_does_not_count_as_done(finished: Path, which: str) -> None:
    path = finished
    table = path.with_name(f"o{which}{path.suffix}")
    held, before = table.read_bytes(), files(path)
    cuts = [held[:-1], held[:-9], held[: len(held) // 2], held[: held.index(b"\n") + 1], b"", None]
    if path.suffix == ".csv":
        line = held.rindex(b"\n", 0, -1) + 1
        cuts += [held[:line], held + held[line:], held.replace(b"0.9", b"0.91", 1)]
    for cut in cuts:
        table.unlink() if cut is None else table.write_bytes(cut)
        now = files(path)
        with pytest.raises(OutputExistsError, match=r"start again with --overwrite$") as caught:
            batch(path)
        assert table.name in str(caught.value) and "\n" not in str(caught.value)
        assert files(path) == now
    assert batch(path, overwrite=True).done == 7
    assert files(path) == before


@pytest.mark.parametrize("finished", TABLES, indirect=True)
def test_tables_that_are_both_gone_are_made_again(finished: Path) -> None:
    before = files(finished)
    for which in ("", ".spans"):
        finished.with_name(f"o{which}{finished.suffix}").unlink()
    assert batch(finished).done == 7
    assert files(finished) == before


@pytest.mark.parametrize("finished", TABLES, indirect=True)
@pytest.mark.parametrize("fails", [1, 2])
def test_a_kill_between_the_two_files_loses_neither(
    finished: Path, ours: Path, fails: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, suffix = ours / finished.name, finished.suffix
    batch(path, SOURCES[:3])
    moved = 0
    replace_file = Path.replace

    def move(self: Path, target: Path) -> Path:
        nonlocal moved
        if self.name.endswith(f"{suffix}.part"):
            moved += 1
            if moved == fails:
                raise OSError(28, "No space left on device")
        return replace_file(self, target)

    with monkeypatch.context() as patch, pytest.raises(OutputError, match="free some space"):
        patch.setattr(whole.Path, "replace", move)
        batch(path)
    assert f"{suffix}.rows" in files(path)
    assert batch(path).skipped == 7
    assert files(path) == files(finished)


@pytest.mark.parametrize("suffix", TABLES)
def test_what_lies_in_the_way_is_not_replaced_unasked(tmp_path: Path, suffix: str) -> None:
    path, beside = tmp_path / f"o{suffix}", tmp_path / f"o.spans{suffix}"
    beside.write_text("mine")
    with pytest.raises(OutputExistsError, match=rf"o\.spans\{suffix}: exists, and no o\{suffix}\.run says"):
        batch(path)
    assert files(path) == {f".spans{suffix}": b"mine"}
    assert batch(path, overwrite=True).done == 7
    assert len(list(read_spans(path))) == 18


@pytest.mark.parametrize("suffix", TABLES)
@pytest.mark.parametrize("overwrite", [True, False])
def test_the_results_of_another_run_are_never_replaced(tmp_path: Path, suffix: str, overwrite: bool) -> None:
    path, beside = tmp_path / f"o{suffix}", tmp_path / f"o.spans{suffix}"
    with Results(beside, HEARD) as results:
        results.begin("x.wav")
        for span in random_spans("x.wav", 2):
            results.write(span)
        results.finish("x.wav")
    before = files(path)
    with pytest.raises(OutputExistsError, match="says that it is a run of its own"):
        batch(path, overwrite=overwrite)
    assert files(path) == before


def faces(path: Path, *, overwrite: bool = False, info: RunInfo = INFO) -> BatchReport:
    with Results(path, info, overwrite=overwrite) as results:
        return read_all(["a.mp4"], Make(Analyser()), results)


@pytest.mark.parametrize("finished", TABLES, indirect=True)
def test_faces_alone_take_away_the_old_utterances_when_they_overwrite(finished: Path) -> None:
    before = files(finished)
    with pytest.raises(OutputExistsError, match="holds results of other settings"):
        faces(finished)
    assert files(finished) == before
    faces(finished, overwrite=True)
    assert set(files(finished)) == {finished.suffix, f"{finished.suffix}.run"}
    assert list(read_spans(finished)) == []


@pytest.mark.parametrize("finished", TABLES, indirect=True)
def test_the_output_alone_gone_is_not_begun_anew_over_the_utterances(finished: Path) -> None:
    finished.unlink()
    before = files(finished)
    for again in (faces, batch):
        with pytest.raises(OutputExistsError):
            again(finished)
        assert files(finished) == before


@pytest.mark.parametrize("suffix", TABLES)
def test_faces_alone_leave_what_is_not_theirs(tmp_path: Path, suffix: str) -> None:
    path, beside = tmp_path / f"o{suffix}", tmp_path / f"o.spans{suffix}"
    beside.write_text("mine")
    faces(path)
    faces(path, overwrite=True, info=replace(INFO, version="0.0.2"))
    assert beside.read_text() == "mine" and list(read_spans(path)) == []


@pytest.mark.parametrize("suffix", TABLES)
def test_a_run_that_was_killed_is_not_forgotten_by_one_of_faces(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"o{suffix}"
    with pytest.raises(KeyboardInterrupt), Results(path, BOTH) as results:
        results.begin("a.mp4")
        results.write(next(random_results("a.mp4", 1)))
        results.finish("a.mp4")
        raise KeyboardInterrupt
    assert f"{suffix}.rows" in files(path)
    with pytest.raises(OutputExistsError, match="holds results of other settings"):
        faces(path)
    faces(path, overwrite=True)
    assert set(files(path)) == {suffix, f"{suffix}.run"}


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("info", [BOTH, HEARD])
def test_what_a_live_source_gave_before_the_run_was_killed_is_kept(
    tmp_path: Path, suffix: str, info: RunInfo
) -> None:
    path = tmp_path / f"o{suffix}"
    given = Hearer(frames=5 if info is BOTH else 0).results("live")
    with pytest.raises(KeyboardInterrupt), Results(path, info) as results:
        results.begin("live", live=True)
        for result in given:
            results.write(result)
        raise KeyboardInterrupt
    with Results(path, info) as results:
        entry = results.before.entry_of("live")
        assert entry is not None and entry.spans == 3
        assert (entry.frames > 0) == (info is BOTH)
    assert [span["span"] for span in read_spans(path)] == [0, 1, 2]
    if info is BOTH:
        assert len({row["frame"] for row in read_rows(path)}) == 5
