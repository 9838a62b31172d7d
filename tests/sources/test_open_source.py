from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numbered_video import numbered
from PIL import Image

from mimik.errors import (
    DecodeError,
    MimikError,
    OptionError,
    SourceError,
    SourceNotFoundError,
    UnknownNameError,
)
from mimik.sources.address import SCHEMES, is_live
from mimik.sources.expand import expand_sources, natural
from mimik.sources.open import SOURCES, SUFFIXES, open_source
from mimik.sources.options import SourceOptions
from mimik.tables import load_entry

ATTRIBUTES = ("name", "live", "skipped", "frame_count", "fps", "problem", "__iter__", "__enter__", "__exit__")


def save_picture(path: Path, index: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(numbered(index)).save(path)
    return path


def test_every_kind_keeps_the_contract(tmp_path: Path, video: Callable[..., Path]) -> None:
    given = {
        "image": open_source(save_picture(tmp_path / "a.png")),
        "array": open_source(numbered(1), colour="rgb"),
        "video": open_source(video("a.mp4")),
        "sequence": open_source(save_picture(tmp_path / "b1.png").with_name("b%d.png")),
        "stream": open_source("rtsp://127.0.0.1:9/x"),
        "camera": open_source(0),
    }
    assert set(given) == set(SOURCES)
    for kind, source in given.items():
        assert callable(load_entry(SOURCES, kind, "source"))
        with source as same:
            assert same is source
            assert all(hasattr(source, name) for name in ATTRIBUTES)
            assert source.live == (kind in ("stream", "camera"))
            if not source.live:
                frames = list(source)
                assert len(frames) == source.frame_count
                assert all(f.source == source.name and f.image.dtype == np.uint8 for f in frames)


def test_a_source_is_called_as_it_was_told(tmp_path: Path, video: Callable[..., Path]) -> None:
    given = {
        "image": open_source(save_picture(tmp_path / "a.png"), name="anna"),
        "array": open_source(numbered(1), colour="rgb", name="anna"),
        "video": open_source(video("a.mp4"), name="anna"),
    }
    for source in given.values():
        with source:
            assert source.name == "anna" and {frame.source for frame in source} == {"anna"}


def test_tables_name_only_what_there_is() -> None:
    assert set(SUFFIXES.values()) | set(SCHEMES.values()) <= set(SOURCES)
    assert all(suffix == suffix.lower() and suffix[0] == "." for suffix in SUFFIXES)


@pytest.mark.parametrize(
    ("spec", "live"),
    [
        ("0", True),
        ("rtsp://host/a", True),
        ("http://host/camera", True),
        ("https://host/talk.mp4?key=1", False),
        ("talk.mp4", False),
        ("2.jpg", False),
    ],
)
def test_what_has_no_end(spec: str, live: bool) -> None:
    assert is_live(spec) is live


def test_a_git_lfs_pointer_is_named(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.mp4", "a"):
        (tmp_path / name).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
        with pytest.raises(DecodeError, match="git lfs pull"):
            open_source(tmp_path / name)


def test_what_is_no_source() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown kind of address 'htp'.*did you mean 'http'"):
        open_source("htp://127.0.0.1/x")
    with pytest.raises(OptionError, match="a source is a path"):
        open_source(1.5)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="colour is for arrays only"):
        open_source("photo.jpg", colour="rgb")
    with pytest.raises(SourceNotFoundError, match="name of a source is empty"):
        open_source("")


@given(st.text(max_size=40).filter(lambda text: text != "-"))
def test_any_text_gives_a_source_or_a_typed_error(text: str) -> None:
    try:
        open_source(text, SourceOptions(patience_s=0.1))  # an address is opened later
    except MimikError as error:
        assert "\n" not in str(error)


def test_a_folder_becomes_its_files_in_natural_order(tmp_path: Path) -> None:
    for name in (
        "a10.jpg",
        "a2.jpg",
        "A3.PNG",
        "sub/b1.png",
        "sub/deep/c.webp",
        ".hidden.jpg",
        ".cache/x.jpg",
    ):
        save_picture(tmp_path / name)
    (tmp_path / "clip.mp4").touch()
    (tmp_path / "notes.txt").touch()
    found = [os.path.relpath(p, tmp_path) for p in expand_sources([str(tmp_path)])]
    assert found == ["a2.jpg", "A3.PNG", "a10.jpg", "clip.mp4", "sub/b1.png", "sub/deep/c.webp"]


def test_patterns(tmp_path: Path) -> None:
    for name in ("10.jpg", "9.jpg", "x.png", "sub/11.jpg", "[1].jpg"):
        save_picture(tmp_path / name)
    (tmp_path / "notes.txt").touch()

    def names(pattern: str) -> list[str]:
        return [os.path.relpath(p, tmp_path) for p in expand_sources([str(tmp_path / pattern)])]

    assert names("[0-9]*.jpg") == ["9.jpg", "10.jpg"]
    assert names("**/1*.jpg") == ["10.jpg", "sub/11.jpg"]
    assert names("s*") == ["sub/11.jpg"]
    assert names("[1].jpg") == ["[1].jpg"]
    assert set(names("*")) == {"9.jpg", "10.jpg", "x.png", "[1].jpg", "sub/11.jpg"}


def test_the_rest_passes_through_and_nothing_comes_twice(tmp_path: Path) -> None:
    picture = str(save_picture(tmp_path / "a.jpg"))
    specs = ["0", "rtsp://host/a?b=*", "none.jpg", "odd.xyz", picture, str(tmp_path)]
    assert expand_sources(specs) == ["0", "rtsp://host/a?b=*", "none.jpg", "odd.xyz", picture]


def test_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(SourceNotFoundError, match=r"no picture or video in this folder; known are \.jpg"):
        expand_sources([str(tmp_path)])
    with pytest.raises(SourceNotFoundError, match="in this pattern"):
        expand_sources([str(tmp_path / "*.jpg")])


def test_a_folder_that_may_not_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    (tmp_path / "a.jpg").touch()
    locked = tmp_path / "locked"
    locked.mkdir()
    # The tests may run as root, who may list anything.
    list_folder = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: (refuse if path == str(locked) else list_folder)(path))
    monkeypatch.setattr(os, "access", lambda path, mode: path != locked)
    assert expand_sources([str(tmp_path)]) == [str(tmp_path / "a.jpg"), str(locked)]
    with pytest.raises(SourceError, match="locked: the folder can't be listed"):
        open_source(locked)


def test_a_folder_named_like_a_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert expand_sources(["2024"]) == ["2024"] and is_live("2024")
    (tmp_path / "2024").mkdir()
    (tmp_path / "2024" / "a.jpg").touch()
    assert expand_sources(["2024"]) == [str(Path("2024", "a.jpg"))] and not is_live("2024")


def test_names_that_no_file_can_have_pass_through() -> None:
    long = "a" * 5000 + ".jpg"
    assert expand_sources([long, "\0.png"]) == [long, "\0.png"]
    for name in (long, "\0.png"):
        with pytest.raises(SourceError):
            open_source(name)


def test_pictures_and_films_under_the_others_suffix(tmp_path: Path, video: Callable[..., Path]) -> None:
    film, picture = tmp_path / "film.jpg", tmp_path / "picture.mp4"
    film.write_bytes(video("film.mp4").read_bytes())
    Image.new("RGB", (40, 30)).save(picture, "JPEG")
    with open_source(film) as source:
        assert source.fps and len(list(source)) > 1
    with open_source(picture) as source:
        assert [frame.width for frame in source] == [40]


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=8), max_size=6))
def test_the_natural_order_does_not_depend_on_what_came_first(names: list[str]) -> None:
    backwards = names[::-1]
    assert sorted(names, key=natural) == sorted(backwards, key=natural)


def test_opening_a_picture_needs_no_av(tmp_path: Path) -> None:
    path = save_picture(tmp_path / "a.jpg")
    code = (
        "import sys; from mimik.sources.open import open_source; "
        f"list(open_source({str(path)!r})); sys.exit('av' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("spec", "shown"),
    [
        ("rtsp://user:p@ss@host/live", "rtsp://host/live"),
        ("http://bob:secret@host:80/a.mp4?x=@", "http://host:80/a.mp4?x=@"),
        ("rtsp://host/a@b", "rtsp://host/a@b"),
        ("a@b.mp4", "a@b.mp4"),
    ],
)
def test_passwords_are_left_out_of_names(spec: str, shown: str) -> None:
    from mimik.sources.address import public_name

    assert public_name(spec) == shown
