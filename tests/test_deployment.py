"""What servers are set up from names files, options and addresses that there are."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from mimik.app.options import AppOptions, Limits
from mimik.cli.parser import build_parser

ROOT = Path(__file__).parent.parent
PORT = str(AppOptions(token="0123456789abcdef").port)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def instructions() -> list[tuple[str, str]]:
    """Those of the Containerfile: word and rest."""
    lines = re.sub(r"\\\n", " ", text("Containerfile")).splitlines()
    pairs = [line.split(maxsplit=1) for line in lines if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, rest in pairs]


def listed(rest: str) -> list[str]:
    """The words of ["a", "b"] and of [a, "b"]."""
    return [word.strip().strip('"') for word in rest[rest.index("[") + 1 : rest.rindex("]")].split(",")]


def command_of_the_image() -> list[str]:
    words = dict(instructions())
    return [*listed(words["ENTRYPOINT"]), *listed(words["CMD"])]


def command_of_compose() -> list[str]:
    (line,) = re.findall(r"^ +command: (\[.*\])", text("deploy/compose.yaml"), re.MULTILINE)
    return ["mimik", *listed(line)]


def command_of_systemd() -> list[str]:
    (line,) = re.findall(r"^ExecStart=(.*)", text("deploy/mimik.service"), re.MULTILINE)
    return shlex.split(line)


@pytest.mark.parametrize("command", [command_of_the_image(), command_of_compose(), command_of_systemd()])
def test_commands_are_understood(command: list[str]) -> None:
    program, name, *_ = command
    assert Path(program).name == "mimik" and name == "serve"
    build_parser("serve").parse_args(command[1:])


def test_what_is_copied_is_there_and_not_left_out() -> None:
    """And what isn't copied stays out of the image."""
    taken = re.findall(r"^!(.+)", text(".containerignore"), re.MULTILINE)
    copied = [
        words.split()[:-1] for word, words in instructions() if word == "COPY" and "--from" not in words
    ]
    names = [name for words in copied for name in words]
    assert sorted(names) == sorted(taken)
    assert all((ROOT / name).exists() for name in names)
    assert text(".containerignore").split("\n")[1] == "*"


def test_what_the_package_is_built_from_is_copied() -> None:
    """Hatchling reads them, and leaves out licence files that aren't there without a word."""
    project = tomllib.loads(text("pyproject.toml"))["project"]
    copied = re.findall(r"^!(.+)", text(".containerignore"), re.MULTILINE)
    assert {"pyproject.toml", project["readme"], "src"} <= set(copied)
    assert [name for name in project["license-files"] if Path(name).parts[0] not in copied] == []
    (label,) = re.findall(r'image\.licenses="(.+?)"', text("Containerfile"))
    assert label == project["license"]


def test_the_image_runs_without_root_and_keeps_its_data_in_a_volume() -> None:
    words = dict(instructions())
    assert words["USER"].split(":")[0].isdecimal() and words["USER"] != "0:0"
    assert "--uid " + words["USER"].split(":")[0] in words["RUN"]
    assert words["VOLUME"] == "/data" and "MIMIK_DATA_FOLDER=/data" in words["ENV"]


def test_one_port_everywhere() -> None:
    words = dict(instructions())
    assert words["EXPOSE"] == PORT
    assert listed(words["HEALTHCHECK"])[-1] == PORT
    assert command_of_the_image()[command_of_the_image().index("--port") + 1] == PORT
    for name in ("deploy/nginx.conf", "deploy/Caddyfile"):
        assert f"127.0.0.1:{PORT}" in text(name)
    assert f"127.0.0.1:{PORT}:{PORT}" in text("deploy/compose.yaml")


def test_proxies_take_as_large_a_body_as_the_server() -> None:
    limit = Limits().upload_mb * 2**20
    (nginx,) = re.findall(r"client_max_body_size (\d+)m;", text("deploy/nginx.conf"))
    (caddy,) = re.findall(r"max_size (\d+)MB", text("deploy/Caddyfile"))
    assert limit < int(nginx) * 2**20 < 1.1 * limit
    assert limit < int(caddy) * 10**6 < 1.1 * limit


def health(port: int | str) -> int:
    return subprocess.run([sys.executable, ROOT / "deploy" / "health.py", str(port)]).returncode


def test_the_health_check_tells_a_server_that_answers(tmp_path: Path) -> None:
    words = [
        sys.executable,
        "-m",
        "mimik",
        "serve",
        "--port",
        "0",
        "--data",
        str(tmp_path),
        "--models",
        "mini",
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        found = re.search(r":(\d+)/", server.stdout.readline())
        assert found is not None
        try:
            assert health(found[1]) == 0
        finally:
            server.terminate()
    assert health(found[1]) == 1
