from __future__ import annotations

import io
import struct
import time
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numbered_video import numbered
from PIL import Image

from mimik.errors import DecodeError, MimikError, OptionError, SourceError, SourceNotFoundError, TooLargeError
from mimik.sources.decode import decode_image
from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions

RED = np.full((40, 60, 3), (200, 30, 60), np.uint8)


def encode(image: np.ndarray | Image.Image, format: str, **options: Any) -> bytes:
    picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
    out = io.BytesIO()
    picture.save(out, format, **options)
    return out.getvalue()


def scene() -> np.ndarray:
    rng = np.random.default_rng(0)
    small = Image.fromarray(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8))
    return np.asarray(small.resize((80, 60), Image.Resampling.BICUBIC))


@pytest.mark.parametrize(
    ("format", "options", "error"),
    [
        ("JPEG", {"quality": 95}, 6),
        ("JPEG", {"quality": 95, "progressive": True}, 6),
        ("PNG", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 95}, 12),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("TIFF", {"compression": "tiff_adobe_deflate"}, 0),
        ("GIF", {}, 40),
    ],
)
def test_every_format(format: str, options: dict[str, Any], error: int) -> None:
    found = decode_image(encode(scene(), format, **options))
    assert found.shape == (60, 80, 3)
    assert found.dtype == np.uint8
    assert np.abs(found.astype(int) - scene()).mean() <= error


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation(format: str, orientation: int) -> None:
    upright = np.zeros((40, 60, 3), np.uint8)
    upright[:20, :30] = 255  # top left
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = decode_image(encode(np.ascontiguousarray(stored), format, exif=exif))
    assert found.shape == upright.shape
    assert np.abs(found.astype(int) - upright).mean() < 4


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("tail", [b"", b"MM\0*", b"II*\0\x08\0\0\0\xff\xff", b"no TIFF at all" * 3])
def test_damaged_exif_does_not_cost_the_picture(format: str, tail: bytes) -> None:
    assert decode_image(encode(RED, format, exif=b"Exif\0\0" + tail)).shape == RED.shape


def test_an_orientation_that_is_no_number_counts_as_upright() -> None:
    entry = struct.pack(">HHI4s", 0x0112, 2, 2, b"6")  # as text
    exif = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4)
    assert decode_image(encode(RED, "JPEG", exif=exif)).shape == RED.shape


def test_a_phones_jpeg_with_a_second_picture() -> None:
    out = io.BytesIO()
    Image.fromarray(RED).save(out, "MPO", save_all=True, append_images=[Image.fromarray(RED[:20])])
    with open_source(out.getvalue()) as source:
        (frame,) = source
    assert frame.image.shape == RED.shape


@pytest.mark.parametrize(
    ("picture", "format", "colour"),
    [
        (Image.new("L", (9, 9), 77), "PNG", (77, 77, 77)),
        (Image.new("L", (9, 9), 77), "JPEG", (77, 77, 77)),
        (Image.new("1", (9, 9), 1), "PNG", (255, 255, 255)),
        (Image.new("1", (9, 9), 0), "TIFF", (0, 0, 0)),
        (Image.new("RGB", (9, 9), (200, 30, 60)).quantize(4), "PNG", (200, 30, 60)),
        (Image.new("RGBA", (9, 9), (200, 30, 60, 255)), "PNG", (200, 30, 60)),
        (Image.new("RGBA", (9, 9), (200, 30, 60, 0)), "PNG", (255, 255, 255)),
        (Image.new("RGBA", (9, 9), (0, 0, 0, 51)), "WEBP", (204, 204, 204)),
        (Image.new("LA", (9, 9), (0, 0)), "PNG", (255, 255, 255)),
        (Image.new("CMYK", (9, 9), (0, 255, 255, 0)), "TIFF", (255, 0, 0)),
        (Image.new("CMYK", (9, 9), (0, 255, 255, 0)), "JPEG", (255, 0, 0)),
    ],
)
def test_every_kind_of_pixel(picture: Image.Image, format: str, colour: tuple[int, int, int]) -> None:
    options = {"lossless": True} if format == "WEBP" else {}
    found = decode_image(encode(picture, format, **options))
    assert found.shape == (9, 9, 3)
    assert np.abs(found.astype(int) - colour).max() <= 3


def test_transparent_palette_shows_white() -> None:
    picture = Image.new("P", (9, 9), 0)
    picture.putpalette([10, 20, 30] * 2)
    found = decode_image(encode(picture, "PNG", transparency=b"\x00\xff"))
    assert found[0, 0].tolist() == [255, 255, 255]


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled(format: str) -> None:
    values = np.array([[0, 257 * 100, 65535, 257 * 100 + 200]], np.uint16)
    found = decode_image(encode(Image.fromarray(values), format))
    assert found[0, :, 0].tolist() == [0, 100, 255, 101]
    assert found.shape == (1, 4, 3)


def test_sixteen_bit_colour_is_scaled() -> None:
    import cv2

    values = np.zeros((5, 5, 3), np.uint16)
    values[...] = (60 * 257, 30 * 257, 65535)  # BGR
    for suffix in (".png", ".tif"):
        data = cv2.imencode(suffix, values)[1].tobytes()
        assert np.abs(decode_image(data)[0, 0].astype(int) - (255, 30, 60)).max() <= 1


def test_pixels_without_a_range_are_refused() -> None:
    with pytest.raises(DecodeError, match="32 bits"):
        decode_image(encode(Image.fromarray(np.zeros((4, 4), np.float32)), "TIFF"), where="x.tif")


@pytest.mark.parametrize(
    "name", ["größe 顔 🙂.jpg", "a:b%03d [1].jpg", "no suffix", "a.JPG", "a.png", "a.dat"]
)
def test_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(encode(RED, "JPEG"))
    with open_source(tmp_path / name) as source:
        (frame,) = source
    assert (frame.index, frame.time_s, frame.source) == (0, 0.0, str(tmp_path / name))
    assert np.abs(frame.image.astype(int) - RED).max() < 6
    assert decode_image(tmp_path / name).shape == RED.shape


def png_header(width: int, height: int, rest: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + rest + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def huge(format: str) -> bytes:
    """A small file that claims 30,000 x 30,000 pixels."""
    data = bytearray(encode(RED, format))
    if format == "PNG":
        return png_header(30_000, 30_000)
    if format == "JPEG":
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = struct.pack(">HH", 30_000, 30_000)
    elif format == "BMP":
        data[18:26] = struct.pack("<ii", 30_000, 30_000)
    elif format == "GIF":
        data[6:10] = struct.pack("<HH", 30_000, 30_000)
    return bytes(data)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "BMP", "GIF"])
def test_a_huge_picture_is_refused_at_once(tmp_path: Path, format: str) -> None:
    path = tmp_path / "huge.img"
    path.write_bytes(huge(format))
    begin = time.perf_counter()
    with pytest.raises(TooLargeError, match=r"huge.img: 30000 x 30000 .*100000000.*max_pixels"):
        open_source(path)
    with pytest.raises(TooLargeError):
        decode_image(path)
    assert time.perf_counter() - begin < 1


def test_the_limit_is_ours_and_not_pillows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert decode_image(encode(RED, "PNG")).shape == RED.shape
    assert Image.MAX_IMAGE_PIXELS == 100
    with pytest.raises(TooLargeError, match="limit of 2399;"):
        decode_image(encode(RED, "PNG"), max_pixels=2399)


@pytest.mark.parametrize("keyword", [b"zTXt", b"iCCP"])
def test_a_bomb_in_a_chunk_is_refused_quickly(keyword: bytes) -> None:
    payload = b"name\0\0" + zlib.compress(bytes(200_000_000), 9)
    chunk = (
        struct.pack(">I", len(payload)) + keyword + payload + struct.pack(">I", zlib.crc32(keyword + payload))
    )
    begin = time.perf_counter()
    with pytest.raises(DecodeError):
        decode_image(png_header(4, 4, chunk))
    assert time.perf_counter() - begin < 1


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
def test_truncated(format: str) -> None:
    data = encode(scene(), format)
    with pytest.raises(DecodeError, match=r"^half\.x: .*export it again"):
        decode_image(data[: len(data) // 2], where="half.x")


def test_what_is_no_picture(tmp_path: Path) -> None:
    def refused(path: Path, error: type[Exception], match: str) -> None:
        for call in (open_source, decode_image):
            with pytest.raises(error, match=match):
                call(path)

    (tmp_path / "empty.jpg").touch()
    refused(tmp_path / "empty.jpg", DecodeError, r"empty\.jpg: the file is empty")
    (tmp_path / "text.jpg").write_text("no picture at all")
    refused(tmp_path / "text.jpg", DecodeError, r"text\.jpg: not a picture")
    (tmp_path / "phone.jpg").write_bytes(b"\0\0\0\x18ftypheic" + bytes(30))
    refused(tmp_path / "phone.jpg", DecodeError, "HEIC")
    refused(tmp_path / "none.jpg", SourceNotFoundError, r"none\.jpg: no such file")
    refused(tmp_path, DecodeError, "folder")
    refused(Path("/dev/null"), DecodeError, "device")
    refused(Path("x" * 5000), SourceNotFoundError, "can't be opened")
    refused(Path("a\0b"), SourceNotFoundError, "can't be opened")
    with pytest.raises(DecodeError, match="no bytes"):
        decode_image(b"")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.png"
    path.write_bytes(encode(RED, "PNG"))

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # the tests may run as root, who may read anything
    with pytest.raises(SourceError, match=r"mine\.png: may not be read"):
        decode_image(path)


def animation(format: str, durations: list[int], **options: Any) -> bytes:
    frames = [Image.fromarray(numbered(i)) for i in range(len(durations))]
    out = io.BytesIO()
    frames[0].save(
        out, format, save_all=True, append_images=frames[1:], duration=durations, loop=0, **options
    )
    return out.getvalue()


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_an_animation_has_its_own_times(format: str) -> None:
    options = {"lossless": True} if format == "WEBP" else {}
    data = animation(format, [40, 100, 500, 60], **options)
    with open_source(data) as source:
        frames = list(source)
    assert [f.time_s for f in frames] == pytest.approx([0, 0.04, 0.14, 0.64])
    assert [f.index for f in frames] == [0, 1, 2, 3]
    assert all(np.abs(f.image.astype(int) - numbered(f.index)).max() < 8 for f in frames)
    assert (source.frame_count, source.problem) == (4, None)
    with open_source(data, SourceOptions(start_s=0.1, every=2)) as source:
        assert [f.index for f in source] == [2]
    assert decode_image(data).shape == frames[0].image.shape


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_a_range_without_a_frame_of_the_animation_is_told(format: str) -> None:
    data = animation(format, [40, 100, 500, 60])
    told = "it has no frame in the time range that was asked for"
    for options, end in (
        (SourceOptions(start_s=60), "; it is 0.7 s long"),
        (SourceOptions(start_s=0.2, end_s=0.3), ""),  # known before its last frame is read
    ):
        with open_source(data, options) as source:
            assert list(source) == []
            assert source.problem == told + end


def test_a_gif_without_durations_runs_as_in_a_browser() -> None:
    with open_source(animation("GIF", [0, 0, 0])) as source:
        assert [f.time_s for f in source] == pytest.approx([0, 0.1, 0.2])


def test_an_animation_that_is_cut_keeps_what_was_read() -> None:
    rng = np.random.default_rng(0)
    frames = [Image.fromarray(rng.integers(0, 255, (64, 64), dtype=np.uint8)) for _ in range(6)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=50)
    data = out.getvalue()
    with open_source(data[: int(len(data) * 0.6)]) as source:
        found = list(source)
    assert 0 < len(found) < 6
    assert source.problem


def test_pages_of_a_tiff_are_no_animation() -> None:
    pages = [Image.fromarray(RED), Image.fromarray(RED // 2)]
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:])
    with open_source(out.getvalue()) as source:
        (frame,) = source
    assert np.array_equal(frame.image, RED)


def test_a_still_is_taken_whatever_the_time_range() -> None:
    options = SourceOptions(start_s=5, every=3, max_fps=1, max_size=30)
    with open_source(encode(RED, "PNG"), options) as source:
        (frame,) = source
    assert frame.image.shape == (20, 30, 3)
    assert (source.name, source.live, source.frame_count, source.fps) == ("bytes", False, 1, None)


def test_arrays_in_each_order() -> None:
    def frame(array: np.ndarray, colour: Any) -> np.ndarray:
        with open_source(array, colour=colour) as source:
            (found,) = source
        return found.image

    assert np.array_equal(frame(RED, "rgb"), RED)
    assert np.array_equal(frame(RED[..., ::-1], "bgr"), RED)
    assert np.array_equal(frame(RED[..., 0], "grey"), np.repeat(RED[..., :1], 3, axis=2))


@pytest.mark.parametrize(
    ("array", "colour", "match"),
    [
        (RED, None, "needs colour="),
        (RED, "rbg", "not 'rbg'"),
        (RED, "grey", r"\(H, W\)"),
        (RED[..., 0], "rgb", r"\(H, W, 3\)"),
        (RED.astype(float), "rgb", "float64"),
        (RED[:0], "bgr", r"\(0, 60, 3\)"),
    ],
)
def test_an_array_that_does_not_fit_is_refused(array: np.ndarray, colour: Any, match: str) -> None:
    with pytest.raises(OptionError, match=match):
        open_source(array, colour=colour)


def corpus() -> list[bytes]:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "words"
    return [
        encode(scene(), "JPEG", exif=exif),
        encode(scene(), "JPEG", progressive=True),
        encode(scene(), "PNG", exif=exif),
        encode(Image.fromarray(scene()).quantize(16), "PNG", transparency=b"\0\1"),
        encode(scene(), "WEBP", exif=exif),
        encode(scene(), "WEBP", lossless=True),
        encode(scene(), "BMP"),
        encode(scene(), "TIFF", exif=exif),
        encode(scene(), "TIFF", compression="tiff_lzw"),
        encode(scene(), "TIFF", compression="jpeg"),
        encode(Image.fromarray(scene()[..., 0]).convert("1"), "TIFF", compression="group4"),
        encode(scene(), "GIF"),
        animation("GIF", [40, 50, 60]),
        animation("WEBP", [40, 50, 60]),
        animation("PNG", [40, 50, 60]),
    ]


CORPUS = corpus()


@settings(max_examples=600, deadline=5000, suppress_health_check=[HealthCheck.too_slow])
@given(
    which=st.integers(0, len(CORPUS) - 1),
    flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8),
    in_head=st.booleans(),
    keep=st.floats(0.02, 1),
    cut=st.booleans(),
)
def test_damaged_pictures_give_frames_or_typed_errors(which, flips, in_head, keep, cut) -> None:  # type: ignore[no-untyped-def]
    data = bytearray(CORPUS[which])
    for at, value in flips:
        data[int(at * (min(len(data), 200) if in_head else len(data)))] = value
    if cut:
        del data[int(keep * len(data)) :]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            with open_source(bytes(data), SourceOptions(max_pixels=1_000_000)) as source:
                for count, frame in enumerate(source):
                    assert frame.image.ndim == 3
                    if count > 10:
                        break
        except MimikError as error:
            assert str(error).isprintable()


@settings(max_examples=200, deadline=2000)
@given(st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff", b"BM", b"GIF89a", b"II*\0", b"MM\0*"]))
def test_noise_is_refused(noise: bytes, start: bytes) -> None:
    with pytest.raises(MimikError) as caught:
        decode_image(start + noise)
    assert str(caught.value).isprintable()
