"""Pictures, videos, sound, folders, patterns and archives in stores: read as those of this machine are."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numbered_video import number_of, numbered, write_video
from PIL import Image
from tones import late_tone, onset_s, write_sound

from mimik.errors import DecodeError, NoPictureError, SourceError, SourceNotFoundError, UnknownNameError
from mimik.sources.address import is_live, is_stored, plain
from mimik.sources.expand import UNKNOWN, expand
from mimik.sources.open import open_source
from mimik.sources.open_sound import open_sound
from mimik.sources.options import SourceOptions
from mimik.storage import remote
from stores import Store, Web, s3_server, web_server, write_certificate

fsspec = pytest.importorskip("fsspec", reason="needs fsspec (pip install 'mimik[remote]')")
FRAMES = 50


def picture(number: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(numbered(number)).save(out, "PNG")
    return out.getvalue()


def video() -> bytes:
    """An MP4 with its index at the end."""
    out = io.BytesIO()
    write_video(out, range(0, 40 * FRAMES, 40), format="mp4")
    return out.getvalue()


def large_video() -> bytes:
    """A Matroska of 600 KB."""
    out = io.BytesIO()
    write_video(out, range(0, 40 * FRAMES, 40), codec="rawvideo", format="matroska")
    return out.getvalue()


def archive(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as held:
        for name, data in files.items():
            held.writestr(name.replace("__", "/").replace("_", "."), data)
    return out.getvalue()


@pytest.fixture
def memory() -> Iterator[Any]:
    system = fsspec.filesystem("memory")
    yield system
    system.store.clear()
    system.pseudo_dirs[:] = [""]


@pytest.fixture(scope="module")
def s3() -> Iterator[Store]:
    with s3_server() as store:
        yield store


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    pytest.importorskip("aiohttp", reason="needs aiohttp (pip install 'mimik[remote]')")
    with web_server(tmp_path) as server:
        yield server


def numbers(address: str, options: SourceOptions | None = None) -> list[int]:
    with open_source(address, options) as source:
        assert source.name == address
        return [number_of(frame.image) for frame in source]


@pytest.mark.parametrize(
    ("spec", "stored", "live"),
    [
        ("s3://b/clip.mp4", True, False),
        ("gs://b/clips/", True, False),
        ("https://h/a.jpg", True, False),
        ("https://h/a.jpg?size=2", True, False),
        ("https://h/set.zip", True, False),
        ("https://h/set.zip/a.mp4", True, False),
        ("https://h/clips/*.mp4", True, False),
        ("https://h/clip.mp4", False, False),
        ("https://h/talk.mp3", False, False),
        ("https://h/stream", False, True),
        ("http://cam/video/", False, True),
        ("rtsp://cam/1", False, True),
        ("clips/a.mp4", False, False),
    ],
)
def test_what_is_read_from_a_store(spec: str, stored: bool, live: bool) -> None:
    assert (is_stored(spec), is_live(spec)) == (stored, live)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("zip://a/b.jpg::s3://bucket/x.zip", "s3://bucket/x.zip/a/b.jpg"),
        ("zip://::s3://bucket/x.zip", "s3://bucket/x.zip"),
        ("zip://a.jpg::https://h/x.zip?sig=1", "https://h/x.zip/a.jpg?sig=1"),
        ("zip://a.jpg::file:///home/x.zip", "/home/x.zip/a.jpg"),
        ("zip://a.jpg::x.zip", "x.zip/a.jpg"),
        ("zip://x.zip", "x.zip"),
    ],
)
def test_files_of_archives_as_fsspec_names_them(written: str, meant: str) -> None:
    assert plain(written) == meant


def test_a_video_and_a_picture(s3: Store) -> None:
    s3.empty()
    film, still = s3.put("film.mp4", video()), s3.put("no suffix", picture(7))
    assert numbers(film) == list(range(FRAMES)) and numbers(still) == [7]
    assert numbers(film, SourceOptions(start_s=1, end_s=1.2)) == [25, 26, 27, 28, 29]
    with open_source(film, name="mine") as source:
        assert (source.name, source.frame_count, source.fps) == ("mine", FRAMES, 25)


def test_a_video_is_not_fetched_as_a_whole(s3: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    s3.empty()
    monkeypatch.setattr(remote, "BLOCK_BYTES", 1 << 14)
    film = s3.put("film.mkv", large_video())
    s3.requests.clear()
    with open_source(film) as source:
        next(iter(source))
    begun = sum(request.startswith("GET") for request in s3.requests)
    assert numbers(film) == list(range(FRAMES))
    assert 0 < begun < 0.7 * sum(request.startswith("GET") for request in s3.requests[begun:])


def test_sound(s3: Store, memory: Any) -> None:
    s3.empty()
    data = io.BytesIO()
    write_sound(data, late_tone(0.5, 1.0), format="wav")
    talk = s3.put("talk.wav", data.getvalue())
    with open_sound(talk) as source:
        assert source.name == talk
        assert onset_s(np.concatenate([block.samples for block in source])) == pytest.approx(0.5, abs=0.01)
    with pytest.raises(NoPictureError, match=r"s3://clips/talk\.wav: sound alone"):
        open_source(talk)


def test_folders_patterns_and_what_is_left_out(s3: Store) -> None:
    s3.empty()
    for name in ("b10.png", "b2.png", "sub/c.png", "notes.xyz", ".hidden.png"):
        s3.put(f"set/{name}", picture(1))
    s3.put("other.png", picture(1))
    inside = [f"s3://clips/set/{name}" for name in ("b2.png", "b10.png", "sub/c.png")]
    for spec in ("s3://clips/set/", "s3://clips/set", "s3://clips/set/*"):
        found = expand([spec])
        assert found.sources == inside and found.left_out == [("s3://clips/set/notes.xyz", UNKNOWN)]
    assert expand(["s3://clips/set/b?.png"]).sources == inside[:1]
    assert expand(["s3://clips/**/*.png"]).sources == ["s3://clips/other.png", *inside]
    for nothing in ("s3://clips/none/", "s3://clips/none*.png"):
        with pytest.raises(SourceNotFoundError, match="no picture or video in this"):
            expand([nothing])


def test_a_listing_is_fresh(s3: Store) -> None:
    s3.empty()
    s3.put("set/a.png", picture(1))
    assert expand(["s3://clips/set/"]).sources == ["s3://clips/set/a.png"]
    other = type(s3.system)(skip_instance_cache=True)
    other.pipe_file("clips/set/b.png", picture(2))
    assert expand(["s3://clips/set/"]).sources == ["s3://clips/set/a.png", "s3://clips/set/b.png"]


def test_an_archive(s3: Store) -> None:
    s3.empty()
    packed = s3.put("set.zip", archive(sub__b_png=picture(5), c_mp4=video(), d_xyz=b"x"))
    found = expand([packed])
    assert found.sources == [f"{packed}/c.mp4", f"{packed}/sub/b.png"]
    assert found.left_out == [(f"{packed}/d.xyz", UNKNOWN)]
    assert numbers(f"{packed}/sub/b.png") == [5] and numbers(f"{packed}/c.mp4") == list(range(FRAMES))
    assert expand(["zip://*.mp4::s3://clips/set.zip"]).sources == [f"{packed}/c.mp4"]
    assert expand(["zip://**.png::s3://clips/set.zip"]).sources == [f"{packed}/sub/b.png"]
    with pytest.raises(SourceNotFoundError, match=r"set\.zip/none\.png: the archive holds no such file"):
        open_source(f"{packed}/none.png")
    broken = s3.put("broken.zip", b"PK no archive")
    with pytest.raises(DecodeError, match=r"s3://clips/broken\.zip: the archive can't be read"):
        expand([broken])


def test_a_pattern_in_an_archive_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "set.zip").write_bytes(archive(a_png=picture(1), sub__b_png=picture(2)))
    assert expand([f"zip://*.png::{tmp_path}/set.zip"]).sources == [f"{tmp_path}/set.zip/a.png"]


def test_pictures_and_archives_of_a_web_server(web: Web, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture(3))
    (tmp_path / "set.zip").write_bytes(archive(b_png=picture(4), c_xyz=b"x"))
    (tmp_path / "film.mp4").write_bytes(video())
    assert numbers(f"{web.url}/a.png") == [3] and numbers(f"{web.url}/film.mp4") == list(range(FRAMES))
    found = expand([f"{web.url}/set.zip?sig=secret"])
    assert found.sources == [f"{web.url}/set.zip/b.png?sig=secret"]
    assert found.left_out == [(f"{web.url}/set.zip/c.xyz", UNKNOWN)]
    with open_source(found.sources[0]) as source:
        assert source.name == f"{web.url}/set.zip/b.png" and number_of(next(iter(source)).image) == 4
    web.ranges = False  # Then it is fetched as a whole.
    assert numbers(f"{web.url}/set.zip/b.png") == [4]


def test_a_password_reaches_the_server_and_no_name(web: Web, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture(3))
    web.password = "Basic bWU6aHVudGVyMg=="
    with open_source(f"http://me:hunter2@{web.url.removeprefix('http://')}/a.png") as source:
        assert source.name == f"{web.url}/a.png" and number_of(next(iter(source)).image) == 3
    with pytest.raises(SourceError, match=r"may not be read \(status 401\)"):
        open_source(f"{web.url}/a.png")


def test_the_certificate_of_a_web_server_is_checked(tmp_path: Path) -> None:
    pytest.importorskip("aiohttp", reason="needs aiohttp (pip install 'mimik[remote]')")
    (tmp_path / "a.png").write_bytes(picture(3))
    certificate = write_certificate(tmp_path / "own.pem")
    code = "import sys, mimik; print(next(iter(mimik.open_source(sys.argv[1]))).image.shape)"
    with web_server(tmp_path, certificate) as web:
        command = [sys.executable, "-c", code, f"{web.url}/a.png"]
        trusted = {**os.environ, "SSL_CERT_FILE": str(certificate)}
        known = subprocess.run(command, capture_output=True, text=True, env=trusted)
        unknown = subprocess.run(command, capture_output=True, text=True)
    assert known.stdout == "(64, 128, 3)\n", known.stderr
    assert unknown.returncode == 1 and "StoreError" in unknown.stderr and "a.png: can't be" in unknown.stderr


def test_a_store_that_fails_is_asked_again(s3: Store) -> None:
    s3.empty()
    film = s3.put("film.mp4", video())
    s3.failures = 2
    assert numbers(film) == list(range(FRAMES)) and s3.failures == 0
    s3.broken = "film.mp4"
    with pytest.raises(SourceError, match=r"film\.mp4: can't be read .*try again later"):
        open_source(film)


def test_a_store_that_fails_midway_ends_the_video(s3: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    s3.empty()
    monkeypatch.setattr(remote, "BLOCK_BYTES", 1 << 14)
    film = s3.put("film.mkv", large_video())
    taken = []
    with open_source(film) as source, pytest.raises(SourceError, match=r"film\.mkv: may not be read"):
        for frame in source:
            taken.append(number_of(frame.image))
            s3.refused = "film.mkv"
    assert 0 < len(taken) < FRAMES and taken == list(range(len(taken)))


@pytest.mark.parametrize(
    ("data", "problem"),
    [(b"", "the file is empty"), (b"no picture", "not a picture or video that can be read")],
)
def test_what_is_no_picture(s3: Store, data: bytes, problem: str) -> None:
    s3.empty()
    with pytest.raises(DecodeError, match=rf"s3://clips/a\.mp4: {problem}"):
        open_source(s3.put("a.mp4", data))


def test_an_unknown_scheme_names_those_that_there_are() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown kind of address 's4': there is .*, s3, "):
        open_source("s4://bucket/a.jpg")
