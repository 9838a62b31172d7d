"""Ctrl-C before the command is there: while Python imports what it needs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")

STARTED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background has it ignored
when = sys.argv.pop(1)
sent = []
def hook(event, args):
    if event == "import" and args[0] == when and not sent:
        sent.append(when)
        os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(hook)
from mimik.__main__ import main
sys.exit(main())
"""


LAUNCHING = """
import multiprocessing.popen_spawn_posix as spawn, os, signal, time
launch = spawn.Popen._launch
def then_ctrl_c(self, process):
    launch(self, process)
    time.sleep(0.03)
    os.killpg(0, signal.SIGINT)
spawn.Popen._launch = then_ctrl_c
"""


@pytest.mark.parametrize(
    "module",
    [
        "argparse",
        "mimik.cli.main",
        "numpy",
        "cv2",
        "onnxruntime",
        "onnxruntime.capi.onnxruntime_pybind11_state",
        "av",
    ],
)
def test_ctrl_c_while_a_module_is_imported(module: str, examples: Path, tmp_path: Path) -> None:
    words = ["analyze", str(examples / "two_people.mp4"), "-o", str(tmp_path / "out.jsonl")]
    said = subprocess.run(
        [sys.executable, "-c", STARTED, module, *words], capture_output=True, text=True, timeout=60
    )
    assert (said.returncode, said.stdout) == (130, "")
    assert said.stderr == "mimik: interrupted; what was finished is kept\n"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_the_end_of_a_service_or_terminal_is_heard_like_ctrl_c(
    name: str, examples: Path, tmp_path: Path
) -> None:
    code = STARTED.replace("os.getpid(), signal.SIGINT", f"os.getpid(), signal.{name}")
    words = ["analyze", str(examples / "two_people.mp4"), "-o", str(tmp_path / "out.jsonl")]
    said = subprocess.run(
        [sys.executable, "-c", code, "mimik.runs.batch", *words], capture_output=True, text=True, timeout=60
    )
    assert said.returncode == -getattr(signal, name)
    assert said.stderr == "mimik: interrupted; what was finished is kept\n"


def test_the_module_is_the_program() -> None:
    said = subprocess.run([sys.executable, "-m", "mimik", "--version"], capture_output=True, text=True)
    assert said.returncode == 0 and said.stdout.startswith("mimik ")


def test_ignored_ctrl_c_stays_ignored() -> None:
    """As in the background of a shell's script."""
    code = STARTED.replace("default_int_handler", "SIG_IGN")
    said = subprocess.run([sys.executable, "-c", code, "argparse", "--version"], capture_output=True)
    assert (said.returncode, said.stderr) == (0, b"")


def test_ctrl_c_while_workers_start(examples: Path, tmp_path: Path) -> None:
    """A terminal sends it to all of a command's processes; the workers say nothing."""
    for number in range(2):
        (tmp_path / f"{number}.mp4").symlink_to(examples / "two_people.mp4")
    words = ["analyze", str(tmp_path), "--workers", "2", "-o", str(tmp_path / "out.jsonl")]
    said = subprocess.run(
        [sys.executable, "-c", LAUNCHING + STARTED, "nothing", *words],
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
    )
    assert said.returncode == 130
    assert said.stderr == "mimik: interrupted; what was finished is kept\n"
