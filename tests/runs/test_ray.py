"""Batches by Ray: on a cluster that is there, on one of their own, and what Ray isn't asked to do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from mimik.errors import MimikError, MissingExtraError, OptionError
from mimik.runs.batch import run_batch
from mimik.runs.job import Job
from mimik.sources.options import SourceOptions

needs_ray = pytest.mark.skipif(
    find_spec("ray") is None, reason="ray isn't installed: pip install 'mimik[ray]'"
)
COMMAND = [sys.executable, "-m", "mimik", "analyze", "clips", "--engine", "ray", "--workers", "2"]


@pytest.fixture
def job(tiny_models: dict[str, Path]) -> Job:
    return Job(
        tasks=("emotion",), models={"emotion": tiny_models["emotion"]}, frames=SourceOptions(end_s=1.0)
    )


@pytest.fixture
def clips(examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder of four videos and a picture, named from where the batch is run."""
    monkeypatch.chdir(tmp_path)
    Path("clips").mkdir()
    for number in range(4):
        Path(f"clips/{number}.mp4").symlink_to(examples / "two_people.mp4")
    Path("clips/group.jpg").symlink_to(examples / "group.jpg")
    return "clips"


def test_the_file_is_that_of_this_machine(clips: str, job: Job, ray_cluster_of_two: None) -> None:
    run_batch(clips, "local.parquet", job)
    report = run_batch(clips, "ray.parquet", job, engine="ray", workers=2)
    assert (report.done, report.clean) == (5, True)
    assert Path("ray.parquet").read_bytes() == Path("local.parquet").read_bytes()
    again = run_batch(clips, "ray.parquet", job, engine="ray")
    assert (again.done, again.skipped) == (0, 5)


def test_a_cluster_that_this_process_uses_is_left_to_it(
    clips: str, job: Job, ray_cluster_of_two: None
) -> None:
    ray: Any = pytest.importorskip("ray")
    ray.init(os.environ["RAY_ADDRESS"], log_to_driver=False, logging_level="critical")
    try:
        assert run_batch(clips, "o.jsonl", job, engine="ray").done == 5
        assert ray.is_initialized()
    finally:
        ray.shutdown()


@needs_ray
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_ctrl_c_ends_a_cluster_of_its_own_and_this_machine_goes_on(
    clips: str, job: Job, tmp_path: Path
) -> None:
    """Nothing is left: no process, no folder, no token in the home folder; and nothing of Ray's is said."""
    home, before = tmp_path / "home", set(Path("/tmp").glob("mimik-ray-*"))
    home.mkdir()
    environ = {**os.environ, "RAY_ADDRESS": "local", "HOME": str(home)}
    environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from mimik.__main__ import main; sys.exit(main())"
    )
    words = [sys.executable, "-c", code, *COMMAND[3:], "-o", "o.jsonl", "--tasks", "emotion"]
    words += ["--model", f"emotion={job.models['emotion']}"]  # type: ignore[index,call-overload]
    process = subprocess.Popen(
        words, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    )
    while process.poll() is None and not any(p.stat().st_size for p in Path("o.jsonl.parts").glob("*.rows")):
        time.sleep(0.02)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)  # As a terminal does it: to all in its foreground.
    out, err = process.communicate(timeout=60)
    if "Ray can't be started" in err:
        pytest.skip(err)
    assert (process.returncode, err) == (130, "mimik: interrupted; what was finished is kept\n")
    assert "ray" not in out
    assert not (home / ".ray").exists() and set(Path("/tmp").glob("mimik-ray-*")) <= before
    assert not processes_of(process.pid)
    whole = Job(tasks=("emotion",), model=job.models)  # type: ignore[arg-type]
    report = run_batch(clips, "o.jsonl", whole)
    assert report.clean and report.done + report.skipped == 5
    run_batch(clips, "whole.jsonl", whole)
    assert Path("o.jsonl").read_bytes() == Path("whole.jsonl").read_bytes()


def processes_of(group: int) -> list[str]:
    """The commands of what still runs of a group of processes."""
    listed = subprocess.run(["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    return [row[2] for row in rows if row[0] == str(group) and not row[1].startswith("Z")]


@pytest.mark.parametrize(
    ("sources", "more", "said"),
    [
        ("a.jpg", {"engine": "cloud"}, "unknown engine 'cloud': there is local, ray"),
        (0, {}, "^0: the engine ray takes sources that end"),
        ("a.jpg", {"job": Job(render="drawn")}, "draws nothing: leave render out"),
        ("a.jpg", {"output": None}, "writes into a results file"),
        ("a.jpg", {"workers": 0}, "workers must be 1 or more"),
    ],
)
def test_what_ray_is_not_asked_to_do(
    sources: Any, more: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.jpg").touch()
    with pytest.raises(OptionError, match=said):
        run_batch(sources, **{"output": "o.csv", "job": Job(), "engine": "ray", **more})
    assert {path.name for path in tmp_path.iterdir()} == {"a.jpg"}


def test_without_ray_its_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "mimik.runs.ray.pool", raising=False)
    monkeypatch.setitem(sys.modules, "ray", None)
    (tmp_path / "a.jpg").touch()
    with pytest.raises(MissingExtraError, match=r"pip install 'mimik\[ray\]'"):
        run_batch(tmp_path / "a.jpg", tmp_path / "o.csv", engine="ray")
    assert not (tmp_path / "o.csv.run").exists()


@needs_ray
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("127.0.0.1:9", "the Ray cluster at 127.0.0.1:9 can't be used .*refused.*: see 'ray status'"),
        ("ray://head:10001", "RAY_ADDRESS is ray://head:10001: run the command on a machine of the cluster"),
        ("head", "RAY_ADDRESS is head, and must be HOST:PORT"),
    ],
)
def test_a_cluster_that_is_not_there_is_told_at_once(
    address: str, said: str, clips: str, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(MimikError, match=said):
        run_batch(clips, "o.jsonl", job, engine="ray")
