"""Folders, archives, numbered pictures and pipes; what lies there and isn't read is named."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from numbered_video import number_of, numbered, write_video
from PIL import Image

from mimik.errors import DecodeError, SourceNotFoundError
from mimik.sources.expand import LOOP, UNKNOWN, expand, in_words
from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions


def picture(number: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(numbered(number)).save(out, "PNG")
    return out.getvalue()


def names(paths: list[str]) -> list[str]:
    return [Path(path).name for path in paths]


def test_files_of_unknown_kind_are_named(tmp_path: Path) -> None:
    for name in ("a.png", "b.xyz", "c.xyz", "d", ".hidden"):
        (tmp_path / name).write_bytes(picture(1))
    found = expand([str(tmp_path)])
    assert names(found.sources) == ["a.png"]
    assert [(Path(path).name, why) for path, why in found.left_out] == [
        ("b.xyz", UNKNOWN),
        ("c.xyz", UNKNOWN),
        ("d", UNKNOWN),
    ]
    assert in_words(found.left_out) == "3 files of unknown kind (.xyz, no suffix)"
    assert names([path for path, _ in expand([str(tmp_path / "*")]).left_out]) == ["b.xyz", "c.xyz", "d"]


def test_what_a_file_holds_is_named_with_the_file() -> None:
    left = [("x/scan.tiff", "3 further pages"), ("b.xyz", UNKNOWN)]
    assert in_words(left) == "1 file of unknown kind (.xyz), 3 further pages of scan.tiff"
    assert in_words([]) == ""


def test_a_linked_folder_is_read_once_and_a_loop_is_named(tmp_path: Path) -> None:
    (tmp_path / "set" / "own").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "set" / "own" / "a.png").write_bytes(picture(1))
    (tmp_path / "elsewhere" / "b.png").write_bytes(picture(2))
    (tmp_path / "set" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "set" / "own" / "up").symlink_to(tmp_path / "set")
    found = expand([str(tmp_path / "set")])
    assert names(found.sources) == ["b.png", "a.png"]
    assert [(Path(path).name, why) for path, why in found.left_out] == [("up", LOOP)]


def test_an_archive_of_pictures(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as held:
        held.writestr("sub/b10.png", picture(10))
        held.writestr("sub/b2.png", picture(2))
        held.writestr("notes.xyz", b"x")
        held.writestr("__MACOSX/sub/._b2.png", b"x")
    found = expand([str(tmp_path / "set.zip")])
    assert found.sources == [f"{tmp_path}/set.zip/sub/b2.png", f"{tmp_path}/set.zip/sub/b10.png"]
    assert names([path for path, _ in found.left_out]) == ["notes.xyz"]
    with open_source(found.sources[1]) as source:
        assert source.name == found.sources[1] and number_of(next(iter(source)).image) == 10
    with pytest.raises(SourceNotFoundError, match="holds no such file"):
        open_source(tmp_path / "set.zip" / "none.png")
    (tmp_path / "bad.zip").write_bytes(b"PK no archive")
    with pytest.raises(DecodeError, match=r"bad\.zip: the archive can't be read"):
        expand([str(tmp_path / "bad.zip")])


def test_what_is_packed_wrongly_in_an_archive_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w", zipfile.ZIP_DEFLATED) as held:
        held.writestr("a.txt", b"x" * 500)
    data = bytearray((tmp_path / "set.zip").read_bytes())
    data[35:40] = b"\xff" * 5  # In the deflated bytes, behind a header of 30 and the name.
    (tmp_path / "set.zip").write_bytes(data)
    with pytest.raises(DecodeError, match=r"set\.zip: the archive can't be read"):
        open_source(tmp_path / "set.zip" / "a.txt")


def test_numbered_pictures_are_one_film(tmp_path: Path) -> None:
    for n in (3, 4, 6, 12):
        (tmp_path / f"f_{n:04d}.png").write_bytes(picture(n))
    spec = str(tmp_path / "f_%04d.png")
    assert expand([spec]).sources == [spec]
    with open_source(spec, SourceOptions(fps=2)) as source:
        assert source.notes == () and source.left_out == ("6 missing numbers",)
        frames = list(source)
    assert [number_of(f.image) for f in frames] == [3, 4, 6, 12]
    assert [f.time_s for f in frames] == [0, 0.5, 1.5, 4.5] and [f.index for f in frames] == [0, 1, 3, 9]
    with open_source(spec) as source:
        assert source.fps == 25 and "25 frames a second are assumed" in source.notes[0]
    (tmp_path / "f_0004.png").write_bytes(b"no picture")
    with open_source(spec) as source:
        assert len(list(source)) == 3 and "1 picture" in (source.problem or "")
    with pytest.raises(SourceNotFoundError, match="no picture has such a name"):
        open_source(tmp_path / "g_%04d.png")


def test_one_bad_picture_of_many_costs_that_picture(tmp_path: Path) -> None:
    for n in range(1, 6):
        (tmp_path / f"f_{n:04d}.png").write_bytes(picture(n))
    spec, options = str(tmp_path / "f_%04d.png"), SourceOptions(max_pixels=10_000)
    Image.new("L", (101, 100)).save(tmp_path / "f_0002.png")
    (tmp_path / "f_0004.png").unlink()
    (tmp_path / "f_0004.png").symlink_to("gone.png")
    with open_source(spec, options) as source:
        assert [number_of(f.image) for f in source] == [1, 3, 5]
    assert source.problem == (
        f"couldn't be read: 2 pictures, the last {tmp_path}/f_0004.png: no such file; check the path"
    )
    none = r"couldn't be read: 5 pictures, the last .*f_0005\.png: .*limit of 100;"
    with open_source(spec, SourceOptions(max_pixels=100)) as source, pytest.raises(DecodeError, match=none):
        list(source)


def test_an_address_of_a_local_file(tmp_path: Path) -> None:
    (tmp_path / "a b.png").write_bytes(picture(7))
    address = (tmp_path / "a b.png").as_uri()
    assert expand([address]).sources == [str(tmp_path / "a b.png")]
    with open_source(address) as source:
        assert number_of(next(iter(source)).image) == 7


@pytest.mark.parametrize("moving", [False, True])
def test_what_is_piped_in(tmp_path: Path, moving: bool) -> None:
    out = io.BytesIO()
    if moving:
        write_video(out, [0, 40, 80], format="matroska")
    data = out.getvalue() if moving else picture(5)
    code = (
        "from mimik.sources.open import open_source\nwith open_source('-') as s:\n"
        "    print(s.name, len(list(s)))"
    )
    run = [sys.executable, "-c", code]
    assert subprocess.run(run, input=data, capture_output=True).stdout.split() == [
        b"stdin",
        b"3" if moving else b"1",
    ]
    nothing = subprocess.run(run, input=b"", capture_output=True)
    assert b"stdin: nothing was piped in" in nothing.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.cr2", "raw picture: export it"),
        ("a.wav", "sound alone: it has a voice and no face: --tasks voice"),
        ("a.7z", "unpack it"),
        ("a.csv", "a table: name the pictures or videos; 'mimik summary'"),
    ],
)
def test_what_is_not_read_says_the_way_that_works(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / name).write_bytes(b"something else")
    with pytest.raises(DecodeError, match=said):
        open_source(tmp_path / name)
