"""Data sets of a few pictures, in the exact layouts of the real ones."""

from __future__ import annotations

import gzip
import io
import lzma
import wave
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from voiced import RATE, voice

VOTES_HEADER = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"


def picture(seed: int = 0, size: int = 48, kind: str = "PNG") -> bytes:
    """A picture whose pixels depend on the seed."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)
    out = io.BytesIO()
    Pillow.fromarray(pixels).save(out, kind)
    return out.getvalue()


def pixels_text(value: int, count: int = 48 * 48) -> str:
    return " ".join([str(value)] * count)


@pytest.fixture
def save_picture() -> Callable[..., Path]:
    """``save_picture(path, seed=0, size=48)`` writes a picture in the format of its suffix."""

    def save(path: Path, seed: int = 0, size: int = 48) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        kind = {".jpg": "JPEG", ".png": "PNG", ".webp": "WEBP"}[path.suffix]
        path.write_bytes(picture(seed, size, kind))
        return path

    return save


@pytest.fixture
def fer_folder(tmp_path: Path) -> Callable[..., Path]:
    """``fer_folder(rows, votes)``: a folder with fer2013.csv and perhaps fer2013new.csv.

    Rows are (emotion, grey value, Usage); votes are a list of ten counts a row.
    """

    def make(rows: Sequence[tuple[int, int, str]], votes: Sequence[Sequence[int]] = ()) -> Path:
        folder = tmp_path / "fer2013"
        folder.mkdir(exist_ok=True)
        lines = [f"{emotion},{pixels_text(value)},{usage}" for emotion, value, usage in rows]
        (folder / "fer2013.csv").write_text("\n".join(["emotion,pixels,Usage", *lines]) + "\n")
        if votes:
            body = [
                ",".join([row[2], f"fer{i:07d}.png", *map(str, counts)])
                for i, (row, counts) in enumerate(zip(rows, votes, strict=True))
            ]
            (folder / "fer2013new.csv").write_text("\n".join([VOTES_HEADER, *body]) + "\n")
        return folder

    return make


@pytest.fixture
def packed() -> Callable[[Path, str], Path]:
    """``packed(csv, ".xz")`` puts a packed copy beside a file and takes the plain one away."""

    def pack(file: Path, suffix: str) -> Path:
        target = file.with_name(file.name + suffix)
        content = file.read_bytes()
        if suffix == ".gz":
            target.write_bytes(gzip.compress(content))
        elif suffix == ".xz":
            target.write_bytes(lzma.compress(content))
        elif suffix == ".zip":
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.write(file, file.name)
        else:
            return file
        file.unlink()
        return target

    return pack


@pytest.fixture
def zipped() -> Callable[..., Path]:
    """``zipped(folder, inside="UTKFace")`` is a zip with the folder's content under a name."""

    def pack(folder: Path, inside: str = "") -> Path:
        target = folder.with_name(f"{folder.name}.zip")
        with zipfile.ZipFile(target, "w") as archive:
            for file in sorted(folder.rglob("*")):
                archive.write(file, Path(inside) / file.relative_to(folder))
        return target

    return pack


@pytest.fixture
def save_sound() -> Callable[..., Path]:
    """``save_sound(path, pitch_hz=120, length_s=0.5, size=0.3)`` writes a made-up voice as WAV."""

    def save(path: Path, pitch_hz: float = 120.0, length_s: float = 0.5, size: float = 0.3) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        samples = (voice(length_s, pitch_hz, size) * 32767).round().astype("<i2")
        with wave.open(str(path), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes(samples.tobytes())
        return path

    return save
