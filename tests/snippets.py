"""The snippets of the documentation, and a folder that holds what they name."""

from __future__ import annotations

import re
import shlex
import shutil
import wave
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from PIL import Image

from mimik.cli import main
from voiced import speech, voice, write_film, write_wav

ROOT = Path(__file__).parent.parent
PAGES = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_BETWEEN = {"|", "||", "&", "&&", ";", "(", ")"}
"""What stands between two commands of a line of bash."""


@dataclass(frozen=True)
class Snippet:
    """A block of code."""

    page: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    def commands(self) -> Iterator[list[str]]:
        """The commands of a block of bash, word by word, without what is redirected."""
        for line in re.sub(r"\\\\\n", " ", self.text).splitlines():
            words = shlex.shlex(line, posix=True, punctuation_chars=True)
            words.whitespace_split, words.commenters = True, "#"
            command: list[str] = []
            for word in (*words, ";"):
                if word in _BETWEEN:
                    yield from [command] if command else []
                    command = []
                else:
                    command.append(word)


def snippets(language: str) -> list[Snippet]:
    """All blocks of a language."""
    pages = {page: (ROOT / page).read_text(encoding="utf-8") for page in PAGES}
    return [
        Snippet(page, text[: block.start()].count("\n") + 2, block[2])
        for page, text in pages.items()
        for block in _BLOCK.finditer(text)
        if block[1] == language
    ]


def make_inputs(folder: Path) -> None:
    """Put everything there that snippets name: small pictures and videos, and results."""
    examples = ROOT / "examples"
    shutil.copytree(examples, folder / "examples")
    group = Image.open(examples / "group.jpg")
    for name in ("photo.jpg", "a.jpg", "b.jpg", "photos/anna/1.jpg", "photos/2.png", "frame_0000.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        group.crop((60, 80, 240, 300)).save(folder / name)
    for number in range(1, 3):
        shutil.copy(folder / "frame_0000.jpg", folder / f"frame_{number:04d}.jpg")
    group.crop((230, 40, 350, 180)).resize((480, 560)).save(folder / "passport.jpg")
    (folder / "clips").mkdir()
    portrait = Image.open(folder / "passport.jpg")
    for name in ("talk.mp4", "b.mp4", "call.mp4", "clip.mp4"):
        write_video(folder / name, group, 8, 8)
    for name in ("clips/1.mp4", "clips/2.mp4"):
        write_video(folder / name, portrait, 6, 4)
    write_video(folder / "interview.mp4", portrait, 16, 1)
    write_speech(folder / "speech.wav")
    (folder / "interviews").mkdir()
    for name in ("talk.wav", "anna.wav", "interviews/1.wav"):
        write_wav(folder / name, speech(4.0, 5.0, 4.0))
    with zipfile.ZipFile(folder / "photos.zip", "w") as archive:
        archive.write(folder / "photo.jpg", "photo.jpg")
    for number in range(16):
        face = folder / "faces" / ("happy", "sad")[number % 2] / f"P{number // 2}" / "1.jpg"
        face.parent.mkdir(parents=True)
        group.crop((10 * number, 80, 10 * number + 90, 170)).save(face)
    (folder / "happy.onnx").write_bytes(b"a network")
    for name in ("out.jsonl", "out.csv", "out.parquet", "talk.jsonl", "study.csv"):
        words = ["analyze", str(folder / "talk.mp4"), "--tasks", "emotion,age,au", "--quiet"]
        assert main([*words, "-o", str(folder / name)]) == 0
    rows = "path,start_s,end_s,person,labels\ntalk.mp4,0,0.5,P01,rest\ncall.mp4,,,P02,\n"
    (folder / "clips.csv").write_text(rows)
    said = write_film(folder / "spoken.mkv", speech(1.2, 1.0), examples / "two_people.mp4")
    words = ["analyze", str(said), "--tasks", "emotion,voice", "--quiet"]
    assert main([*words, "-o", str(folder / "talk.csv")]) == 0
    people = folder / "people.csv"
    people.write_text("file,id,participant,group\ntalk.mp4,,P01,young\n")
    words = ["summary", str(folder / "study.csv"), "--people", str(people)]
    assert main([*words, "-o", str(folder / "summary.csv")]) == 0


def write_video(path: Path, picture: Image.Image, frames: int, fps: int) -> None:
    """A film in which one picture stands still."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=fps)
        stream.width, stream.height = (side // 2 * 2 for side in picture.size)
        frame = av.VideoFrame.from_image(picture.convert("RGB").resize((stream.width, stream.height)))
        for number in range(frames):
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode())


def write_speech(path: Path) -> None:
    """A second of what sounds like a voice, between two of silence."""
    samples = np.pad(voice(1.0) * 32767, 16_000)
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        out.writeframes(samples.astype("<i2").tobytes())
