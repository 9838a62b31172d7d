"""Runs in a process of their own that are killed without a word at some rows."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from mimik.runs.base import load_executor
from mimik.runs.batch import read_all
from mimik.runs.dataset import DatasetResults
from mimik.runs.merge import Merger
from mimik.runs.progress import BatchReport, Progress, Tally
from mimik.runs.results import Results
from synthetic_results import INFO, Analyser, Make

SOURCES = [f"clip{number}.mp4" for number in range(6)]
START = """
import sys
sys.path[:0] = {folders!r}
{code}
"""


def execute(name: str, path: Path, analyser: Analyser, told: list[Progress] | None = None) -> BatchReport:
    """Read what isn't in a results file yet."""
    with Results(path, INFO) as results:
        todo = [source for source in SOURCES if results.before.entry_of(source) is None]
        tally = Tally(len(SOURCES), len(SOURCES) - len(todo), None if told is None else told.append)
        merger = Merger(todo, results, tally)
        if left := merger.recover(todo):
            load_executor(name)(left, Make(analyser), merger, 2)
        assert not merger.waiting
    return tally.report


def lay(name: str, output: Path | str, analyser: Analyser, names: Sequence[str] = SOURCES) -> BatchReport:
    """The same into a dataset of parts."""
    with DatasetResults(output, INFO, names) as results:
        engine = "ray" if name == "ray" else "local"
        return read_all(names, Make(analyser), results, 1 if name == "here" else 2, engine=engine)


def kill_at(rows: int, path: Path, code: str) -> None:
    """Run a script that writes JSON lines to path, and kill it once so many are on the disk.

    Args:
        rows: Lines in the file and in parts that wait for their turn.
        path: The results file.
        code: The script; workers import it, so what it does stands under ``if __name__ == "__main__"``.
    """
    script = path.with_name("go.py")
    folders = [str(folder) for folder in Path(__file__).parents[:2]]
    script.write_text(START.format(folders=folders, code=code))
    process = subprocess.Popen([sys.executable, str(script)], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while (rows_of_dataset(path) if path.is_dir() else rows_of(path)) < rows:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline, "it didn't get going"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)
    assert process.returncode == -signal.SIGKILL
    script.unlink()


def rows_of(path: Path) -> int:
    """Whole lines on the disk, of a run that may be at work."""
    count = 0
    for file in (path, Path(f"{path}.rows"), *Path(f"{path}.parts").glob("*.rows")):
        try:
            count += file.read_bytes().count(b"\n")
        except FileNotFoundError:
            continue  # A part has just gone into the results.
    return count


def rows_of_dataset(path: Path) -> int:
    """Whole lines that wait to become a part, and 40 for each part that counts."""
    count = 40 * len(list(path.glob("run/done/*.json")))
    for file in path.glob("run/tmp-*/rows"):
        with suppress(FileNotFoundError):  # It has just become a part.
            count += file.read_bytes().count(b"\n")
    return count


def left_beside(path: Path) -> set[str]:
    """Files in the folder of some results."""
    return {file.name for file in path.parent.iterdir() if file.name.startswith(path.name)}
