"""Commands, their help, exit codes, models and shell completion."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mimik as package
from mimik.cli.main import main
from mimik.cli.parser import COMMANDS, build_parser
from mimik.errors import DecodeError

Run = Callable[..., Any]


def test_the_version(mimik: Run) -> None:
    ran = mimik("--version")
    assert (ran.code, ran.out, ran.err) == (0, f"mimik {package.__version__}\n", "")


def test_the_installed_program() -> None:
    """Both ways of starting it; one costs a second of every run of the tests."""
    words = [sys.executable, "-c", "import sys; from mimik.cli import main; sys.exit(main(['--version']))"]
    said = subprocess.run(words, capture_output=True, text=True, check=True)
    assert said.stdout == f"mimik {package.__version__}\n" and said.stderr == ""


def test_help_names_all_commands(mimik: Run) -> None:
    ran = mimik("--help")
    assert ran.code == 0
    assert all(name in ran.out for name in COMMANDS)


@pytest.mark.parametrize("width", [80, 60])
@pytest.mark.parametrize("words", [[], ["help"], ["--help"], ["-h"], ["help", "help"]])
def test_the_program_alone_tells_its_commands(
    mimik: Run, monkeypatch: pytest.MonkeyPatch, words: list[str], width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    ran = mimik(*words)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "] == [*COMMANDS]
    assert max(map(len, lines)) <= width


def test_help_with_a_command_is_its_own(mimik: Run) -> None:
    assert mimik("help", "plot").out == mimik("plot", "--help").out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command(mimik: Run, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    ran = mimik(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"usage: mimik {command}")
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "%%" not in ran.out, "argparse halves it in the help of options, not in a description"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["help", "analyse"], "unknown command 'analyse'.*did you mean 'analyze'"),
        (["analyse"], "unknown command 'analyse'.*did you mean 'analyze'"),
        (["analyze"], "SOURCE; see 'mimik analyze --help'"),
        (["analyze", "a.jpg", "--every", "often"], "--every.*'often'"),
        (["analyze", "a.jpg", "--taks", "emotion"], "--taks"),
        (["models", "shwo"], "'shwo'.*show"),
        (["models", "show"], "needs a name"),
        (["models", "fetch"], "needs a name: yunet"),
        (["models", "fetch", "yunett"], "did you mean 'yunet'"),
        (["models", "show", "nothing-like-it"], "unknown model 'nothing-like-it'"),
        (["completion", "tcsh"], "bash"),
        (["bench", "--seconds", "0"], "seconds"),
        (
            ["bench", "--tasks", "mood"],
            "unknown task 'mood': there is age, au, cover, emotion, filmed",
        ),
        (["convert", "a.jsonl", "-o", "b.json"], "--to"),
        (
            ["analyze", "a.jpg", "--model", "age=age.mini", "--model", "age=age.base"],
            "--model names two models for age, age.mini and age.base: choose one",
        ),
        (
            ["analyze", "a.jpg", "--models", "open", "--units", "AU12"],
            "the tasks are emotion, gender, age: add au, which the set base reads, or --model au=FILE.onnx",
        ),
    ],
)
def test_wrong_use_is_one_line_and_2(mimik: Run, words: list[str], said: str) -> None:
    import re

    ran = mimik(*words)
    assert ran.code == 2 and ran.out == ""
    assert re.search(said, ran.complaint)


def test_models_are_listed_and_shown(
    mimik: Run, tiny_models: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    monkeypatch.setenv("MIMIK_CACHE", str(tiny_models["emotion"].parent))
    listed = mimik("models")
    assert listed.code == 0
    assert listed.out.splitlines()[0].split()[:3] == ["model", "task", "parameters"]
    assert "emotion.tiny" in listed.out and "not measured" in listed.out
    cards = json.loads(mimik("models", "list", "--json").out)
    assert {"emotion.tiny", "gender.tiny", "age.tiny"} <= {card["name"] for card in cards}
    shown = json.loads(mimik("models", "show", tiny_models["age"]).out)
    assert shown["task"] == "age" and shown["sha256"]
    assert mimik("models", "show", "emotion.tiyn").complaint.endswith("did you mean 'emotion.tiny'?\n")


def test_a_fetched_file_is_checked(mimik: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mimik.models.store import REMOTE, find_file

    monkeypatch.setenv("MIMIK_CACHE", str(tmp_path / "cache"))
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(b"not it")
    ran = mimik("models", "fetch", "yunet", "--url", wrong.as_uri())
    assert ran.code == 1 and "SHA-256" in ran.complaint
    absent = mimik("models", "fetch", "yunet", "--url", (tmp_path / "absent").as_uri())
    assert absent.code == 1 and "download failed" in absent.complaint
    assert not list((tmp_path / "cache").iterdir())
    right = mimik("models", "fetch", "yunet", "--url", find_file("yunet").as_uri())
    assert right.code == 0 and Path(right.out.strip()).name == REMOTE["yunet"].file


def completion(mimik: Run, shell: str) -> str:
    ran = mimik("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    return str(ran.out)


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion_parses(mimik: Run, shell: str) -> None:
    script = completion(mimik, shell)
    assert script.endswith("complete -o filenames -F _mimik mimik\n")
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True, capture_output=True)


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("mimik an", {"analyze"}),
        ("mimik models sh", {"show"}),
        ("mimik analyze --det", {"--detector", "--detect-size", "--detect-every"}),
        ("mimik analyze a.jpg --detector y", {"yunet"}),
        ("mimik train --device c", {"cpu", "cuda"}),
        ("mimik completion z", {"zsh"}),
        ("mimik --v", {"--version"}),
    ],
)
def test_bash_completes(mimik: Run, tmp_path: Path, typed: str, offered: set[str]) -> None:
    words = typed.split()
    script = completion(mimik, "bash") + (
        f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; _mimik; "
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    said = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    ).stdout
    assert set(said.split()) == offered


def test_fish_gets_every_command_and_option(mimik: Run) -> None:
    script = completion(mimik, "fish")
    assert all(line.startswith("complete -c mimik -n ") for line in script.splitlines())
    assert "-l detector" in script and "-s o" in script and "from models' -a show" in script


def test_interrupted_is_130(mimik: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(args: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("mimik.cli.models.run", stop)
    ran = mimik("models")
    assert ran.code == 130 and "interrupted" in ran.complaint


def test_an_error_of_several_lines_becomes_one(mimik: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(args: object) -> int:
        raise DecodeError("a.jpg: first\n  second")

    monkeypatch.setattr("mimik.cli.models.run", fail)
    assert mimik("models").complaint == "mimik: a.jpg: first second\n"


def test_a_full_disk_behind_stdout_is_one_line() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    code = "import sys; from mimik.cli import main; sys.exit(main(['models', '--json']))"
    with Path("/dev/full").open("w") as full:
        said = subprocess.run([sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, text=True)
    assert said.returncode == 1
    assert said.stderr.count("\n") == 1 and "No space left" in said.stderr


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
def test_a_reader_that_goes_away_is_no_error() -> None:
    code = "import sys; from mimik.cli import main; sys.exit(main(['completion', 'fish']))"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert said == "" and process.returncode == 1


def test_only_the_command_that_is_needed_is_imported() -> None:
    code = "import sys; from mimik.cli import main; main(['completion', '--help'])"
    script = f"import sys\ntry:\n    exec({code!r})\nexcept SystemExit:\n    print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"numpy", "mimik.cli.analyze", "mimik.cli.evaluate"} & set(said.stdout.split())


def test_every_command_is_in_the_parser() -> None:
    parser = build_parser()
    for name in COMMANDS:
        with pytest.raises(SystemExit) as end:
            parser.parse_args([name, "--help"])
        assert end.value.code == 0
    assert main is not None


def test_a_list_goes_on_where_its_option_comes_again() -> None:
    words = ["bench", "--tasks", "emotion", "--tasks", "au,age", "--units", "AU12", "--units=AU06"]
    args = build_parser("bench").parse_args(words)
    assert (args.tasks, args.units) == ("emotion,au,age", "AU12,AU06")
    assert build_parser("bench").parse_args(["bench", "--tasks", "au"]).tasks == "au"
