"""Kinds of files that phones, scanners and editors write: read right, or refused in words."""

from __future__ import annotations

import io
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from heic_file import heic
from numbered_video import write_video
from PIL import Image, TiffImagePlugin

import mimik
from mimik.errors import DecodeError, MimikWarning
from mimik.sources.decode import decode_image
from mimik.sources.expand import expand_sources
from mimik.sources.open import open_source


def scene(width: int = 150, height: int = 100) -> np.ndarray:
    small = np.random.default_rng(1).integers(20, 235, (4, 6, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def encoded(image: np.ndarray | Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(out, kind, **options)
    return out.getvalue()


def off(image: np.ndarray, wanted: np.ndarray) -> float:
    assert image.shape == wanted.shape
    return float(np.abs(image.astype(int) - wanted).mean())


@pytest.mark.parametrize("turns", [0, 1, 3])
def test_heic_is_put_together_from_its_tiles_and_turned(tmp_path: Path, turns: int) -> None:
    (tmp_path / "photo.heic").write_bytes(heic(scene(), 64, turns))
    with open_source(tmp_path / "photo.heic") as source:
        assert off(next(iter(source)).image, np.rot90(scene(), turns)) < 3


def test_heic_without_its_decoder_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "photo.heic").write_bytes(heic(scene(64, 64), 64))
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(DecodeError, match=r"photo\.heic: HEIC.*pip install 'mimik\[heic\]'"):
        open_source(tmp_path / "photo.heic")


@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (6, 3), (8, 1)])
def test_avif_with_its_rotation(orientation: int, turns: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(scene(), "AVIF", quality=95, exif=exif.tobytes())
    assert off(decode_image(data), np.rot90(scene(), turns)) < 4


@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [
        ("a.jp2", "JPEG2000", {}),
        ("a.j2k", "JPEG2000", {"no_jp2": True}),
        ("a.tga", "TGA", {}),
        ("a.ppm", "PPM", {}),
        ("a.avif", "AVIF", {"quality": 95}),
    ],
)
def test_further_kinds_of_pictures(tmp_path: Path, name: str, kind: str, options: dict[str, Any]) -> None:
    (tmp_path / name).write_bytes(encoded(scene(), kind, **options))
    assert expand_sources([str(tmp_path)]) == [str(tmp_path / name)]
    with open_source(tmp_path / name) as source:
        assert off(next(iter(source)).image, scene()) < 4


def test_grey_and_deep_ppm(tmp_path: Path) -> None:
    (tmp_path / "a.pgm").write_bytes(b"P5\n2 1\n4095\n" + bytes([0x08, 0x00, 0x0F, 0xFF]))
    with open_source(tmp_path / "a.pgm") as source:
        assert next(iter(source)).image.tolist() == [[[127 + 1] * 3, [255] * 3]]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_twelve_bits_in_sixteen_are_not_black(kind: str) -> None:
    values = np.array([[0, 2048, 4095]], np.uint16)
    assert decode_image(encoded(Image.fromarray(values), kind))[0, :, 0].tolist() == [0, 128, 255]


def test_a_tiff_says_its_largest_value() -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[281] = 1000
    data = encoded(Image.fromarray(np.array([[0, 500]], np.uint16)), "TIFF", tiffinfo=tags)
    assert decode_image(data)[0, :, 0].tolist() == [0, 128]


def test_pages_that_are_not_read_are_named(tmp_path: Path) -> None:
    pages = [Image.fromarray(scene()) for _ in range(4)]
    pages[0].save(tmp_path / "scan.tiff", save_all=True, append_images=pages[1:])
    with open_source(tmp_path / "scan.tiff") as source:
        assert source.left_out == ("3 further pages",)
        assert len(list(source)) == 1


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_without_its_end_marker_is_read_and_told(tmp_path: Path, progressive: bool) -> None:
    whole = encoded(scene(), "JPEG", quality=95, exif=Image.Exif().tobytes(), progressive=progressive)
    (tmp_path / "end.jpg").write_bytes(whole[:-2])
    with open_source(tmp_path / "end.jpg") as source:
        (frame,) = source
        assert source.problem == "cut short: its end is missing; export or copy it again"
    assert off(frame.image, scene()) < 4
    with pytest.raises(DecodeError, match="truncated"):  # Nothing is learned from a picture that is cut.
        decode_image(tmp_path / "end.jpg")
    # A progressive picture that is cut lacks sharpness, any other its lower part.
    (tmp_path / "half.jpg").write_bytes(whole[: len(whole) * 2 // 3])
    if not progressive:
        with open_source(tmp_path / "half.jpg") as source, pytest.raises(DecodeError, match="truncated"):
            list(source)
    (tmp_path / "head.jpg").write_bytes(whole[:200])
    with pytest.raises(DecodeError, match=r"head\.jpg: truncated"):
        list(open_source(tmp_path / "head.jpg"))


def jpegs(count: int, exif: bool = False) -> list[bytes]:
    notes = Image.Exif()
    notes[0x010F] = "Maker"
    pictures = [np.roll(scene(), 5 * i, axis=1) for i in range(count)]
    return [encoded(p, "JPEG", quality=90, **({"exif": notes} if exif else {})) for p in pictures]


def test_joined_jpegs(tmp_path: Path) -> None:
    (tmp_path / "a.mjpeg").write_bytes(b"".join(jpegs(5)))
    with open_source(tmp_path / "a.mjpeg") as source:
        assert "25 frames a second are assumed" in source.notes[0]
        assert [f.time_s for f in source] == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])
    with open_source(tmp_path / "a.mjpeg", mimik.SourceOptions(fps=10)) as source:
        assert source.notes == () and source.fps == 10
        assert [f.time_s for f in source] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])


def test_motion_jpeg_with_exif(tmp_path: Path) -> None:
    """PyAV doesn't know this kind of side data, and raises ValueError when asked for any."""
    with av.open(tmp_path / "a.avi", "w") as box:
        stream = box.add_stream("mjpeg", rate=15)
        stream.width, stream.height, stream.pix_fmt = 150, 100, "yuvj420p"
        for i, data in enumerate(jpegs(4, exif=True)):
            packet = av.Packet(data)
            packet.stream, packet.is_keyframe, packet.time_base = stream, True, Fraction(1, 15)
            packet.pts = packet.dts = i
            box.mux(packet)
    with open_source(tmp_path / "a.avi") as source:
        assert [round(f.time_s * 15) for f in source] == [0, 1, 2, 3] and source.problem is None


def test_a_decoders_surprise_is_that_files_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_video(str(tmp_path / "bad.mp4"), [0, 40, 80])
    Image.fromarray(scene()).save(tmp_path / "good.png")

    def surprise(*_: object) -> None:
        raise ValueError("31 is not a valid Type")

    monkeypatch.setattr("mimik.sources.convert.Converter.__call__", surprise)
    with pytest.raises(DecodeError, match=r"bad\.mp4: can't be decoded further \(31 is not a valid Type\)"):
        mimik.analyze(tmp_path / "bad.mp4")
    with pytest.warns(MimikWarning, match=r"bad\.mp4"):
        results = mimik.analyze([tmp_path / "bad.mp4", tmp_path / "good.png"])
    assert [Path(r.source).name for r in results] == ["good.png"]


PQ, HLG = 16, 18


def in_hdr(image: np.ndarray, curve: int) -> np.ndarray:
    """A standard picture as ITU-R BT.2100 codes it, white at 203 cd/m2; uint16 (H, W, 3)."""
    signal = image / 255.0
    light = np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    wide = light @ np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]).T
    if curve == PQ:
        powered = (wide * 0.0203) ** (2610 / 16384)
        coded = ((3424 / 4096 + 2413 / 128 * powered) / (1 + 2392 / 128 * powered)) ** (2523 / 32)
    else:
        shown = wide * 0.203
        luma = (shown @ np.array([0.2627, 0.6780, 0.0593]))[..., None]
        e = shown / np.maximum(luma, 1e-9) ** (1 - 1 / 1.2)
        log = 0.17883277 * np.log(np.maximum(12 * e - 0.28466892, 1e-6)) + 0.55991073
        coded = np.where(e <= 1 / 12, np.sqrt(3 * e), log)
    return np.round(np.clip(coded, 0, 1) * 65535).astype(np.uint16)


@pytest.mark.parametrize("curve", [PQ, HLG])
def test_high_dynamic_range_keeps_contrast_and_colour(tmp_path: Path, curve: int) -> None:
    wanted = scene(160, 96)
    frame = av.VideoFrame.from_ndarray(in_hdr(wanted, curve), format="rgb48le")
    tags = f"colorprim=9:transfer={curve}:colormatrix=9"
    with av.open(tmp_path / "hdr.mkv", "w") as box:
        options = {"x265-params": f"log-level=none:crf=4:bframes=0:pools=none:{tags}"}
        stream = box.add_stream("libx265", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p10le"
        given = VideoReformatter().reformat(
            frame, format="yuv420p10le", src_color_range=2, dst_color_range=1, dst_colorspace="BT2020"
        )
        given.color_trc, given.color_primaries = curve, 9
        given.pts, given.time_base = 0, Fraction(1, 25)
        box.mux(stream.encode(given))
        box.mux(stream.encode())
    with open_source(tmp_path / "hdr.mkv") as source:
        shown = next(iter(source)).image
    assert off(shown, wanted) < 6
    assert shown.std() > 0.95 * wanted.std()
    assert np.ptp(shown, axis=2).mean() > 0.95 * np.ptp(wanted, axis=2).mean()


def test_python_is_warned_of_what_is_not_read(tmp_path: Path) -> None:
    pages = [Image.fromarray(scene()) for _ in range(3)]
    pages[0].save(tmp_path / "scan.tiff", save_all=True, append_images=pages[1:])
    (tmp_path / "b.xyz").write_bytes(b"x")
    with pytest.warns(MimikWarning, match=r"scan\.tiff: left out: 2 further pages"):
        mimik.Analyzer(("emotion",), models="mini").image(tmp_path / "scan.tiff")
    with (
        pytest.warns(MimikWarning, match=r"left out: 1 file of unknown kind \(\.xyz\)"),
        pytest.warns(MimikWarning, match="2 further pages"),
    ):
        mimik.analyze(tmp_path, tasks=("emotion",), models="mini")


def test_when_a_photo_was_taken(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0x9003: "2024:05:06 07:08:09", 0x9011: "+02:00"})
    (tmp_path / "a.jpg").write_bytes(encoded(scene(), "JPEG", exif=exif))
    (tmp_path / "b.jpg").write_bytes(encoded(scene(), "JPEG"))
    with open_source(tmp_path / "a.jpg") as source:
        assert next(iter(source)).created_at == "2024-05-06T07:08:09+02:00"
    with open_source(tmp_path / "b.jpg") as source:
        assert next(iter(source)).created_at is None
