"""Parts of a run's sources: each source is in exactly one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mimik.cli import main
from mimik.errors import OptionError
from mimik.results.read import read_rows
from mimik.runs.batch import run_batch
from mimik.runs.job import Job
from mimik.runs.shard import Shard


@pytest.mark.parametrize("count", [0, 1, 5, 12])
@pytest.mark.parametrize("of", [1, 2, 5, 7])
def test_every_source_is_in_exactly_one_part_and_parts_are_equal(count: int, of: int) -> None:
    sources = [f"{number}.mp4" for number in range(count)]
    parts = [Shard(number + 1, of).part(sources) for number in range(of)]
    assert sorted(name for part in parts for name in part) == sorted(sources)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert parts[0][:2] == tuple(sources[0 : 2 * of : of])


@pytest.mark.parametrize("text", ["", "1", "1/", "/2", "a/b", "1.5/2", "-1/2", "1/2/3", "1 / 2", "٣/٤"])
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match=r"^a shard is written I/N, such as 3/10"):
        Shard.parse(text)


@pytest.mark.parametrize("text", ["0/2", "3/2", "1/0", "0/0"])
def test_a_part_that_is_not_there_is_refused(text: str) -> None:
    with pytest.raises(
        OptionError, match=rf"^a shard is one of 1/N to N/N of the sources, not {text}; .* add 1"
    ):
        Shard.parse(text)


@pytest.mark.parametrize("name", ["out/", "o{}.jsonl"])
def test_all_parts_together_are_the_whole(
    name: str, tmp_path: Path, examples: Path, tiny_models: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "set").mkdir()
    for number in range(5):
        shutil.copy(examples / "group.jpg", tmp_path / "set" / f"{number}.jpg")
    monkeypatch.chdir(tmp_path)
    job = Job(models={"emotion": str(tiny_models["emotion"])}, tasks=("emotion",), render="drawn")
    for number in (1, 2, 3):
        report = run_batch("set", name.format(number), job, shard=f"{number}/3")
        assert (report.done, report.clean) == (2 - (number == 3), True)
    outputs = [name.format(number) for number in (1, 2, 3)] if "{" in name else [name]
    rows = [row for output in outputs for row in read_rows(output)]
    assert sorted({str(row["source"]) for row in rows}) == [f"set/{number}.jpg" for number in range(5)]
    assert sorted(path.name for path in Path("drawn").iterdir()) == [f"{number}.jpg" for number in range(5)]
    again = run_batch("set", name.format(1), job, shard="1/3")
    assert (again.done, again.skipped) == (0, 2)


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", str(tmp_path), "-o", f"{tmp_path}/out/", "--shard", "0/4"]) == 2
    assert capsys.readouterr().err.startswith("mimik: a shard is one of 1/N to N/N of the sources, not 0/4; ")
