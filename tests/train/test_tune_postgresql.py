"""A study in PostgreSQL that two processes share, as two machines would."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="tuning needs torch: pip install 'mimik[tune]'")
pytest.importorskip("optuna", reason="tuning needs Optuna: pip install 'mimik[tune]'")
pytest.importorskip("psycopg", reason="PostgreSQL needs a driver: pip install 'mimik[postgresql]'")

from postgresql import WORD, postgresql_server
from test_tune import space, study

from mimik.errors import OutputError
from mimik.train.tune.storage import open_storage

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with postgresql_server() as found:
        yield found


def test_two_processes_with_folders_of_their_own_share_a_study(
    bars: Path, tmp_path: Path, address: str
) -> None:
    found = space(tmp_path)
    words = [sys.executable, "-m", "mimik", "tune", str(tmp_path / "tiny.toml"), "--data", str(bars)]
    words += ["--trials", "4", "--device", "cpu", "--storage", address, "--run"]
    both = [
        subprocess.Popen([*words, str(tmp_path / name)], stdout=-1, stderr=-1, text=True) for name in "ab"
    ]
    said = [process.communicate(timeout=600) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    ended = [line.split("  ")[0] for out, _ in said for line in out.splitlines() if "  finished  acc" in line]
    assert sorted(ended) == [f"trial {number}" for number in range(4)], "each done by one of them"
    result = study(found, bars, tmp_path / "a", 4, storage=address)
    assert result.count("finished") == len(result.trials) == 4
    assert len({trial.values["optim.learning_rate"] for trial in result.trials}) == 4
    for number in range(4):
        (log,) = tmp_path.glob(f"[ab]/trial-{number}/log.jsonl")
        assert [json.loads(row)["epoch"] for row in log.read_text().splitlines()] == [1, 2]
    for out, err in said:
        assert WORD not in out + err
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 20 and not [path for path in files if WORD.encode() in path.read_bytes()]


def test_what_is_wrong_with_a_server_is_one_line_without_the_password(address: str) -> None:
    wrong = {
        address.replace(WORD, "wrong-word"): "password authentication failed",
        f"{address.removesuffix('postgres')}nothing": "does not exist",
        f"postgresql://ann:{WORD}@127.0.0.1:1/postgres": "refused",
    }
    for tried, message in wrong.items():
        with pytest.raises(OutputError, match=message) as caught:
            open_storage(tried)
        said = str(caught.value)
        assert "\n" not in said and WORD not in said and "wrong-word" not in said and "ann:***@" in said
