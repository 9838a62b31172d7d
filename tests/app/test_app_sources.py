"""Sources of the server that aren't there are told when it starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from mimik.app.live.sources import check_sources
from mimik.app.options import Limits
from mimik.cli.main import main
from mimik.errors import LiveSourceError, MimikError, OptionError, SourceError, TooLargeError


def said(*specs: str, limits: Limits | None = None) -> list[str]:
    lines: list[str] = []
    check_sources(specs, limits or Limits(), lines.append)
    return lines


@pytest.mark.parametrize("command", ["app", "serve"])
def test_a_file_that_is_missing_ends_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    words = [command, "--port", "0", "--data", str(tmp_path / "data"), "--source", str(tmp_path / "talk.mp4")]
    assert main(words) == 1
    assert capsys.readouterr().err == f"mimik: {tmp_path / 'talk.mp4'}: no such file; check the path\n"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("spec", "kind", "words"),
    [
        ("-", OptionError, "a pipe can be read once"),
        ("ftp://host/a.mp4", OptionError, "unknown kind of address 'ftp'"),
        (str(Path(__file__).parent), SourceError, "is a folder"),
        (__file__, SourceError, "not a picture or video"),
    ],
)
def test_what_cannot_be_a_source(spec: str, kind: type[MimikError], words: str) -> None:
    with pytest.raises(kind, match=words):
        said(spec)


def test_files_that_are_there_are_opened_and_their_size_is_known(examples: Path) -> None:
    assert said(str(examples / "two_people.mp4"), str(examples / "group.jpg")) == []
    with pytest.raises(TooLargeError):
        said(str(examples / "group.jpg"), limits=Limits(pixels=1000))


def test_an_address_is_told_of_without_what_is_secret() -> None:
    (line,) = said("rtsp://anna:secret@host/stream?token=hidden")
    assert line == "rtsp://host/stream: whether it answers will show when someone looks at it"


def test_a_camera_is_looked_for_and_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mimik.app.live.sources.cameras_there", lambda: [0, 2])
    monkeypatch.setattr("cv2.VideoCapture", None)
    assert said("0", "2") == []
    with pytest.raises(LiveSourceError, match="--source 1: there is no camera 1"):
        said("1")
    monkeypatch.setattr("mimik.app.live.sources.cameras_there", lambda: None)
    assert "camera 1: whether it is there" in said("1")[0]
