"""Pictures that are easily read as something else: raw ones, deep ones, those with an odd alpha or poster."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from heic_file import heic
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from test_kinds import HLG, PQ, in_hdr, off, scene

from mimik.errors import DecodeError
from mimik.sources.decode import decode_image
from mimik.sources.hdr import Range, high_range
from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions

RED = np.full((20, 30, 3), (200, 30, 60), np.uint8)


def encoded(image: np.ndarray | Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(out, kind, **options)
    return out.getvalue()


def tiff(
    pixels: np.ndarray, photometric: int, tags: dict[int, int] | None = None, lead: bytes = b""
) -> bytes:
    """An uncompressed TIFF with further tags, by their numbers; lead stands before its directory."""
    height, width, samples = (*pixels.shape, 1)[:3]
    bits = {256: width, 257: height, 258: 8 * pixels.itemsize, 259: 1, 262: photometric, 277: samples}
    given = {**bits, 273: 0, 278: height, 279: pixels.nbytes, **(tags or {})}
    at = 8 + len(lead)
    given[273] = at + 2 + 12 * len(given) + 4
    entries = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(given.items())]
    head = b"II*\0" + struct.pack("<I", at) + lead + struct.pack("<H", len(entries))
    return head + b"".join(entries) + bytes(4) + pixels.tobytes()


GREY = np.full((20, 30), 90, np.uint8)
RAWS = {
    "IMG_1.dng": tiff(GREY, 1, {50706: 0x0401}),
    "DSC_1.NEF": tiff(GREY, 1, {254: 1, 330: 8}),
    "IMG_2.cr2": tiff(GREY, 1, lead=b"CR\2\0" + bytes(4)),
    "IMG_3.cr3": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(60),
}


@pytest.mark.parametrize("name", RAWS)
def test_a_raw_picture_is_not_read_as_its_thumbnail(tmp_path: Path, name: str) -> None:
    told = r": a camera's raw picture: export it as PNG, JPEG or TIFF"
    (tmp_path / name).write_bytes(RAWS[name])
    with pytest.raises(DecodeError, match=name + told):
        open_source(tmp_path / name)
    with pytest.raises(DecodeError, match="bytes" + told):
        open_source(RAWS[name])


@pytest.mark.parametrize("tags", [{254: 0, 330: 8}, {254: 1}])
def test_a_tiff_with_smaller_pictures_beside_it_is_no_raw_picture(tags: dict[int, int]) -> None:
    assert (decode_image(tiff(GREY, 1, tags)) == 90).all()


def test_a_raw_picture_in_an_archive_is_refused_by_its_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("DSC_1.ARW", tiff(GREY, 1))
    with pytest.raises(DecodeError, match=r"a\.zip/DSC_1\.ARW: a camera's raw picture"):
        open_source(tmp_path / "a.zip" / "DSC_1.ARW")


def test_a_jpeg_that_is_named_as_a_raw_picture_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.dng").write_bytes(encoded(RED, "JPEG"))
    with open_source(tmp_path / "a.dng") as source:
        assert next(iter(source)).image.shape == RED.shape


def jpegs(count: int, size: tuple[int, int] = (64, 48), **options: Any) -> list[bytes]:
    return [encoded(Image.new("RGB", size, (0, 40 * i, 0)), "JPEG", **options) for i in range(count)]


def greens(source: Any) -> list[int]:
    with open_source(source) as opened:
        return [round(frame.image[..., 1].mean() / 40) for frame in opened]


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("between", [b"", bytes(7)])
def test_jpegs_one_after_another_are_a_film_wherever_they_come_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, progressive: bool, between: bytes
) -> None:
    data = between.join(jpegs(5, progressive=progressive))
    for name in ("a.mjpeg", "a.mp4", "a"):
        (tmp_path / name).write_bytes(data)
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
            packed.write(tmp_path / name, name)
        assert greens(tmp_path / name) == greens(tmp_path / "a.zip" / name) == [0, 1, 2, 3, 4]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert greens(data) == greens("-") == [0, 1, 2, 3, 4]


def test_pictures_that_follow_a_jpeg_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"".join(jpegs(3)))
    with open_source(tmp_path / "a.jpg") as source:
        assert source.left_out == ("2 further pictures",)
        assert len(list(source)) == 1


def test_a_photo_with_more_in_it_is_one_picture() -> None:
    """Previews within and behind it, a depth map that its XMP names, a short film."""
    photo, preview = jpegs(1)[0], jpegs(1, (32, 24))[0]
    exif = Image.Exif()
    exif[0x9286] = preview  # A user's comment; where the preview lies makes no difference.
    several = io.BytesIO()
    Image.open(io.BytesIO(photo)).save(
        several, "MPO", save_all=True, append_images=[Image.open(io.BytesIO(photo))]
    )
    mapped = jpegs(1, xmp=b'<x xmlns:Container="http://ns.google.com/photos/1.0/container/"/>')[0]
    film = b"\0\0\0\x18ftypmp42" + photo
    within = jpegs(1, exif=exif)[0]
    for data in (
        photo + preview,
        within,
        several.getvalue(),
        mapped + photo,
        photo + film,
        photo + b"\xff\xd8\xff",
    ):
        with open_source(data) as source:
            assert source.left_out == () and source.frame_count == 1
            assert next(iter(source)).image.shape == (48, 64, 3)


@pytest.mark.parametrize("options", [{}, {"compression": "tga_rle"}])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P"])
def test_a_tga_is_known_without_its_name(tmp_path: Path, mode: str, options: dict[str, str]) -> None:
    image = Image.fromarray(RED).convert(mode)
    data = encoded(image, "TGA", **options)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("a.tga", data)
    for given in (data, tmp_path / "a.zip" / "a.tga"):
        with open_source(given) as source:
            assert np.array_equal(next(iter(source)).image, np.asarray(image.convert("RGB")))


TWELVE = np.array([[[0, 2048, 4095], [1000, 16, 8]]], np.uint16)
SCALED = [[[0, 128, 255], [62, 1, 0]]]


@pytest.mark.parametrize(
    ("suffix", "options"),
    [(".png", []), (".tiff", []), (".tiff", [cv2.IMWRITE_TIFF_COMPRESSION, 1])],  # 1 is none
)
def test_twelve_bits_a_colour_in_sixteen_are_not_black(
    tmp_path: Path, suffix: str, options: list[int]
) -> None:
    data = cv2.imencode(suffix, TWELVE[..., ::-1], options)[1].tobytes()
    assert decode_image(data).tolist() == SCALED
    (tmp_path / "a").write_bytes(data)
    with open_source(tmp_path / "a") as source:
        assert next(iter(source)).image.tolist() == SCALED


def test_a_tiff_says_the_largest_value_of_its_colours() -> None:
    assert decode_image(tiff(TWELVE, 2, {281: 65535})).tolist() == [[[0, 8, 16], [4, 0, 0]]]
    assert decode_image(tiff(TWELVE, 2)).tolist() == SCALED


def test_deep_colours_are_turned_upright() -> None:
    assert decode_image(tiff(TWELVE, 2, {274: 3})).tolist() == [SCALED[0][::-1]]


def test_zeros_in_place_of_an_alpha_are_no_alpha() -> None:
    """As many programs write 32 bits a pixel; where some of it shows, the rest is transparent."""
    padded = np.dstack([RED[..., ::-1], np.zeros_like(GREY)])
    head = struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 30, 20, 32, 0x20)
    assert np.array_equal(decode_image(head + padded.tobytes()), RED)
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    info = struct.pack("<IiiHHIIiiII", 108, 30, -20, 1, 32, 3, padded.nbytes, 2835, 2835, 0, 0)
    bmp = b"BM" + struct.pack("<IHHI", 122 + padded.nbytes, 0, 0, 122) + info + masks + b"BGRs" + bytes(48)
    assert np.array_equal(decode_image(bmp + padded.tobytes()), RED)
    padded[0, 0, 3] = 255
    found = decode_image(head + padded.tobytes())
    assert found[0, 0].tolist() == RED[0, 0].tolist() and (found[1:] == 255).all()


@pytest.mark.parametrize("bits", [12, 16])
def test_deep_grey_whose_white_is_zero(bits: int) -> None:
    most = (1 << bits) - 1
    values = np.array([[0, most, most // 4]], np.uint16)
    assert decode_image(tiff(values, 0))[0, :, 0].tolist() == [255, 0, 191]
    assert decode_image(tiff(values, 1))[0, :, 0].tolist() == [0, 255, 64]


def test_grey_with_an_alpha_that_is_multiplied_in() -> None:
    pixels = np.zeros((1, 2, 2), np.uint8)
    pixels[0] = [(100, 255), (50, 127)]  # the second one is half transparent, of about 100
    found = decode_image(tiff(pixels, 1, {338: 1}))
    assert found[0, :, 0].tolist() == [100, 178]


@pytest.mark.parametrize("count", [1, 3])
def test_a_poster_is_no_frame_of_an_animated_png(count: int) -> None:
    poster, *frames = (Image.new("RGB", (30, 20), (0, 40 * i, 0)) for i in (6, *range(count)))
    data = encoded(
        poster, "PNG", save_all=True, append_images=frames, default_image=True, duration=[40] * count
    )
    assert greens(data) == list(range(count))
    with open_source(data) as source:
        assert source.frame_count == count
        assert [frame.time_s for frame in source] == pytest.approx([0.04 * i for i in range(count)])


def with_curve(data: bytes, curve: int) -> bytes:
    """An AVIF that says another curve, and BT.2020, in its box of colours."""
    at = data.index(b"colrnclx") + 8
    return data[:at] + struct.pack(">HH", 9, curve) + data[at + 4 :]


@pytest.mark.parametrize("curve", [PQ, HLG])
def test_stills_of_high_dynamic_range_are_mapped_as_films_are(curve: int) -> None:
    wanted = scene(161, 97)
    coded = (in_hdr(wanted, curve) >> 8).astype(np.uint8)
    png = encoded(coded, "PNG")
    chunk = b"cICP" + bytes((9, curve, 0, 1))
    chunk = struct.pack(">I", 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    avif = encoded(coded, "AVIF", quality=100, subsampling="4:4:4", range="full")
    assert off(decode_image(png), wanted) > 10
    assert off(decode_image(png[:33] + chunk + png[33:]), wanted) < 2
    assert off(decode_image(avif), wanted) > 10
    assert off(decode_image(with_curve(avif, curve)), wanted) < 4


def test_what_only_brings_brightness_along_has_the_standard_range() -> None:
    """As phones store it: the photo has a profile, and what HDR screens add to it has the curve."""
    data = with_curve(encoded(scene(), "AVIF", quality=95), PQ)
    meta = data.index(b"meta") - 4
    size = int.from_bytes(data[meta : meta + 4])
    profile = struct.pack(">I", 16) + b"colrprof" + bytes(4)
    said = data[:meta] + struct.pack(">I", size + 16) + data[meta + 4 : meta + size] + profile
    assert high_range(io.BytesIO(data), "AVIF") == Range(9, PQ)
    assert high_range(io.BytesIO(said), "AVIF") is None


@pytest.mark.parametrize("container", ["mkv", "avi", "ts", "mp4", "flv"])
def test_a_film_that_is_named_as_a_picture_is_read(video: Callable[..., Path], container: str) -> None:
    made = video(f"a.{container}")
    named = made.rename(made.with_name("a.jpg"))
    with open_source(named) as source:
        assert len(list(source)) == 25
    with pytest.raises(DecodeError, match=r"a\.jpg: not a picture \(it holds a video\)"):
        decode_image(named)


def test_a_png_is_turned_by_exif_as_imagemagick_writes_it() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = (b"Exif\0\0" + exif.tobytes().removeprefix(b"Exif\0\0")).hex()
    words = PngInfo()
    words.add_text("Raw profile type exif", f"\nexif\n{len(data) // 2:8}\n{data}\n", zip=True)
    found = decode_image(encoded(scene(60, 40), "PNG", pnginfo=words))
    assert np.array_equal(found, np.rot90(scene(60, 40), -1))


def test_options_that_an_animation_has_no_use_for_are_named() -> None:
    frames = [Image.fromarray(np.roll(scene(60, 40), i, axis=1)) for i in range(3)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    with open_source(data, SourceOptions(fps=5, track=2)) as source:
        assert [note.split(",")[0] for note in source.notes] == [
            "it has times of its own",
            "it has no tracks",
        ]
    with open_source(encoded(RED, "GIF"), SourceOptions(fps=5)) as source:
        assert source.notes == ()


def test_a_small_part_of_a_large_heic_is_refused_in_words() -> None:
    assert decode_image(heic(scene(256, 192), 256, shown=(240, 180))).shape == (180, 240, 3)
    with pytest.raises(DecodeError, match=r"^a: shows a small part of a large picture, which the decoder"):
        decode_image(heic(scene(256, 192), 256, shown=(60, 40)), where="a")
