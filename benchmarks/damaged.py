"""Damaged files: valid ones with bytes changed, cut, moved or put in, each given to the command line.

    python benchmarks/damaged.py --count 10000 --json docs/figures/damaged.json
    python benchmarks/damaged.py --count 200 --kinds pictures,videos      a few
    python benchmarks/damaged.py --only pictures:17 --keep FOLDER         one again, kept to be looked at

What counts as a fault: a traceback, or an error that nobody foresaw ("unexpected"); a file of which nothing
is said; a process that dies, takes longer than a minute for one file, or more than a gigabyte. The damage is
made from the number of the file, so that the same number gives the same file. Linux.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import multiprocessing
import shutil
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
MOST_MB = 1000
"""The memory that no process may take."""
MOST_S = 60
"""The time that no file may take."""
TOGETHER = 25
"""Files of sources that one command reads, as a folder."""
Damage = Callable[[bytearray, np.random.Generator], bytearray]


def flip(data: bytearray, rng: np.random.Generator) -> bytearray:
    """Some bytes become others."""
    for place in rng.integers(0, len(data), rng.integers(1, 30)):
        data[place] = rng.integers(0, 256)
    return data


def flip_head(data: bytearray, rng: np.random.Generator) -> bytearray:
    """Some of the first bytes, where sizes and kinds stand, become others."""
    for place in rng.integers(0, min(len(data), 256), rng.integers(1, 8)):
        data[place] = rng.choice([0, 1, 127, 128, 255, int(rng.integers(0, 256))])
    return data


def cut(data: bytearray, rng: np.random.Generator) -> bytearray:
    """The end is missing."""
    return data[: rng.integers(0, len(data))]


def blank(data: bytearray, rng: np.random.Generator) -> bytearray:
    """A stretch is zeros."""
    start = int(rng.integers(0, len(data)))
    end = min(len(data), start + int(rng.integers(1, max(2, len(data) // 4))))
    data[start:end] = bytes(end - start)
    return data


def drop(data: bytearray, rng: np.random.Generator) -> bytearray:
    """A stretch is missing."""
    start = int(rng.integers(0, len(data)))
    del data[start : start + int(rng.integers(1, max(2, len(data) // 4)))]
    return data


def insert(data: bytearray, rng: np.random.Generator) -> bytearray:
    """A stretch of noise stands in between."""
    start = int(rng.integers(0, len(data)))
    data[start:start] = rng.integers(0, 256, rng.integers(1, 4096), dtype=np.uint8).tobytes()
    return data


def repeat(data: bytearray, rng: np.random.Generator) -> bytearray:
    """A stretch stands there twice."""
    start = int(rng.integers(0, len(data)))
    data[start:start] = data[start : start + int(rng.integers(1, max(2, len(data) // 3)))]
    return data


def number(data: bytearray, rng: np.random.Generator) -> bytearray:
    """Four bytes are a number that is far too large, or negative."""
    start = int(rng.integers(0, max(1, len(data) - 4)))
    data[start : start + 4] = rng.choice([b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x00\x00\x00\x80"])
    return data


DAMAGE: tuple[Damage, ...] = (flip, flip_head, cut, blank, drop, insert, repeat, number)


def photo(width: int = 160) -> NDArray[np.uint8]:
    """A face, RGB uint8 (H, W, 3)."""
    whole = cv2.cvtColor(cv2.imread(str(ROOT / "examples" / "astronaut.jpg")), cv2.COLOR_BGR2RGB)
    face = whole[: whole.shape[0] // 2]
    return np.asarray(cv2.resize(face, (width, width * face.shape[0] // face.shape[1] // 2 * 2)), np.uint8)


def write_pictures(folder: Path) -> None:
    """A picture of each kind."""
    from PIL import Image

    image = Image.fromarray(photo())
    for suffix in ("jpg", "png", "webp", "bmp", "tiff", "gif", "ppm", "jp2", "tga", "avif"):
        image.save(folder / f"face.{suffix}")
    exif = Image.Exif()
    exif[274] = 6
    image.save(folder / "turned.jpeg", exif=exif, quality=80)
    image.quantize(16).save(folder / "palette.png")
    image.save(folder / "moving.gif", save_all=True, append_images=[image.rotate(5), image.rotate(10)])


def voice(rate: int = 16000, seconds: float = 1.5) -> NDArray[np.float32]:
    """Tones that come and go as syllables do."""
    times = np.arange(int(rate * seconds)) / rate
    tone = sum(np.sin(2 * np.pi * 140 * k * times) / k for k in range(1, 12))
    return np.asarray(0.2 * tone * (np.sin(2 * np.pi * 3 * times) > 0), np.float32)


def write_sound(out: Any, track: Any, rate: int) -> None:
    """A voice as a track of an open container."""
    frame = av.AudioFrame.from_ndarray(voice(rate)[None], format="flt", layout="mono")
    frame.sample_rate = rate
    shape = track.codec_context
    resampler = av.AudioResampler(shape.format, "mono", rate, frame_size=shape.frame_size or None)
    for part in [*resampler.resample(frame), *resampler.resample(None)]:
        out.mux(track.encode(part))
    out.mux(track.encode(None))


VIDEOS = {
    "mp4": ("libx264", "aac", 16000),
    "mov": ("libx264", "pcm_s16le", 16000),
    "mkv": ("libx264", "libmp3lame", 44100),
    "avi": ("mpeg4", "pcm_s16le", 16000),
    "webm": ("libvpx", "libopus", 48000),
    "flv": ("flv1", "libmp3lame", 44100),
    "ts": ("libx264", "aac", 16000),
    "mpg": ("mpeg2video", "mp2", 48000),
}


def write_videos(folder: Path) -> None:
    """A second of a face, with a voice, in each kind of container."""
    for suffix, (codec, sound, rate) in VIDEOS.items():
        with av.open(str(folder / f"face.{suffix}"), "w") as out:
            track, heard = out.add_stream(codec, rate=25), out.add_stream(sound, rate=rate, layout="mono")
            image = photo()
            track.height, track.width, track.pix_fmt = *image.shape[:2], "yuv420p"
            for shift in range(25):
                out.mux(track.encode(av.VideoFrame.from_ndarray(np.roll(image, shift % 5, 1), "rgb24")))
            out.mux(track.encode(None))
            write_sound(out, heard, rate)


SOUNDS = {"wav": "pcm_s16le", "flac": "flac", "mp3": "libmp3lame", "ogg": "libopus", "m4a": "aac"}
RATES = {"mp3": 44100, "ogg": 48000}


def write_sounds(folder: Path) -> None:
    """A voice in each kind of file."""
    for suffix, codec in SOUNDS.items():
        with av.open(str(folder / f"voice.{suffix}"), "w") as out:
            rate = RATES.get(suffix, 16000)
            write_sound(out, out.add_stream(codec, rate=rate, layout="mono"), rate)


def write_archives(folder: Path) -> None:
    """Archives of pictures, packed and not."""
    written = folder / "parts"
    written.mkdir()
    write_pictures(written)
    for name, how in (("packed.zip", zipfile.ZIP_DEFLATED), ("plain.zip", zipfile.ZIP_STORED)):
        with zipfile.ZipFile(folder / name, "w", how) as archive:
            for file in ("face.jpg", "face.png", "face.webp"):
                archive.write(written / file, f"inside/{file}")
    shutil.rmtree(written)


def write_manifests(folder: Path) -> None:
    """Tables of sources that exist."""
    picture = ROOT / "examples" / "astronaut.jpg"
    rows = [{"path": str(picture), "start_s": None, "end_s": None, "person": "P01", "labels": "rest"}] * 3
    (folder / "m.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    lines = ["path,start_s,end_s,person,labels", *[f"{picture},,,P01,rest"] * 3]
    (folder / "m.csv").write_text("\n".join(lines), encoding="utf-8")
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows), folder / "m.parquet")


def write_results(folder: Path) -> None:
    """Results of a short video, in each form."""
    clips = folder / "clips"
    clips.mkdir()
    write_videos(clips)
    for form in ("jsonl", "csv", "parquet"):
        code, said = command(
            [
                "analyze",
                str(clips / "face.mp4"),
                "--tasks",
                "emotion,au,voice",
                "-o",
                str(folder / f"r.{form}"),
            ]
        )
        if code:
            sys.exit(f"no results to damage: {said}")
    for beside in folder.glob("*.run"):
        beside.unlink()
    shutil.rmtree(clips)


def write_models(folder: Path) -> None:
    """A network with its card."""
    files = ROOT / "src" / "mimik" / "models" / "files"
    card = json.loads((files / "emotion.mini.json").read_text(encoding="utf-8"))
    for name in ("emotion.mini.json", card["file"]):
        shutil.copy(files / name, folder / name)


@dataclass(frozen=True)
class Kind:
    """Files of one kind, and the command that reads them."""

    write: Callable[[Path], None]
    """Writes the valid ones into an empty folder."""
    words: tuple[str, ...]
    """What is run; FILE is the file, or the folder of them, OUT a place for results."""
    share: float
    """How many of all files are of this kind."""
    together: bool = False
    """Whether a folder of files is read by one command."""


READ = ("analyze", "FILE", "-o", "OUT.jsonl", "--overwrite", "--tasks")
KINDS = {
    "pictures": Kind(write_pictures, (*READ, "emotion"), 0.35, together=True),
    "videos": Kind(write_videos, (*READ, "emotion,voice"), 0.05, together=True),
    "sounds": Kind(write_sounds, (*READ, "voice"), 0.15, together=True),
    "archives": Kind(write_archives, (*READ, "emotion"), 0.1),
    "manifests": Kind(
        write_manifests,
        ("analyze", "--manifest", "FILE", "-o", "OUT.jsonl", "--overwrite", "--tasks", "emotion"),
        0.15,
    ),
    "results": Kind(write_results, ("summary", "FILE"), 0.15),
    "models": Kind(write_models, ("analyze", "PHOTO", "--tasks", "emotion", "--model", "emotion=FILE"), 0.05),
}


def command(words: list[str]) -> tuple[int, str]:
    """Run mimik here.

    Returns:
        The exit code, and what went to both outputs.
    """
    from mimik.cli.main import main as mimik

    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        try:
            code = mimik(words)
        except SystemExit as end:
            code = int(end.code or 0)
    return code, told.getvalue()


def serve(pipe: Connection) -> None:
    """A process that runs commands, and says how they ended and what memory they took at most, in MB."""
    import traceback

    while True:
        try:
            words = pipe.recv()
        except EOFError:
            return
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        try:
            code, said = command(words)
        except BaseException:
            code, said = -1, traceback.format_exc()
        status = Path("/proc/self/status").read_text(encoding="ascii")
        most = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        pipe.send((code, said, int(most.split()[1]) / 1024))


@dataclass
class Runner:
    """A process for commands, replaced when it dies or hangs."""

    process: Any = None
    pipe: Any = None
    code: int | None = None
    """How the last one ended that was replaced."""

    def run(self, words: list[str], seconds: float) -> tuple[int | None, str, float, float]:
        """Exit code (None if it died or hung), what was said, memory in MB, seconds."""
        if self.process is None:
            context = multiprocessing.get_context("spawn")
            self.pipe, theirs = context.Pipe()
            self.process = context.Process(target=serve, args=(theirs,), daemon=True)
            self.process.start()
            theirs.close()
        start = time.perf_counter()
        self.pipe.send(words)
        try:
            if self.pipe.poll(seconds + 30):
                code, said, most = self.pipe.recv()
                return code, said, most, time.perf_counter() - start
            said = "hangs"
        except (EOFError, ConnectionError):
            said = "died"
        self.end()
        return None, f"{said} ({self.code})", 0, time.perf_counter() - start

    def end(self) -> None:
        """End the process, if there is one."""
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.code, self.process = self.process.exitcode, None
            self.pipe.close()


@dataclass
class Tally:
    """How the files of a kind fared."""

    files: int = 0
    read: int = 0
    """Read as if nothing were wrong, or in part, which was said."""
    refused: int = 0
    """Refused in a line."""
    faults: list[str] = field(default_factory=list)
    slowest_s: float = 0
    most_mb: float = 0


def damaged(valid: list[Path], index: int, folder: Path) -> Path:
    """A damaged copy of one of the valid files, made from its number."""
    rng = np.random.default_rng([index, 20])
    source = valid[index % len(valid)]
    data = bytearray(source.read_bytes())
    for _ in range(int(rng.integers(1, 4))):
        if data:
            data = DAMAGE[int(rng.integers(len(DAMAGE)))](data, rng)
    path = folder / f"{index:06d}{source.suffix}"
    path.write_bytes(data)
    return path


def faulty(said: str) -> str | None:
    """What nobody foresaw in what was said, if anything."""
    for line in said.splitlines():
        if "Traceback" in line or "unexpected " in line:
            return said if "Traceback" in line else line
    return None


def judge(tally: Tally, files: list[Path], out: Path, result: tuple[int | None, str, float, float]) -> None:
    """Count what a command did with its files."""
    code, said, most, seconds = result
    tally.slowest_s = max(tally.slowest_s, seconds / len(files))
    tally.most_mb = max(tally.most_mb, most)
    name = f"{files[0].name}..{files[-1].name}" if len(files) > 1 else files[0].name
    if code is None or (wrong := faulty(said)):
        tally.faults.append(f"{name}: {said if code is None else wrong}")
    elif most > MOST_MB or seconds > MOST_S * len(files):
        tally.faults.append(f"{name}: {most:.0f} MB, {seconds:.0f} s")
    elif code not in (0, 1, 2) or (code and not said.strip()):
        tally.faults.append(f"{name}: ended with {code} and said {said!r}")
    tally.files += len(files)
    done = entries(out.with_name(out.name + ".run"))
    for file in files:
        status = done.get(file.name) if len(files) > 1 else ("done" if code == 0 else "failed")
        if status is None and len(files) > 1:
            tally.faults.append(f"{file.name}: nothing is said of it")
        tally.read += status == "done"
        tally.refused += status in ("failed", "left out")


def entries(journal: Path) -> dict[str, str]:
    """File name to what the journal says of it."""
    if not journal.exists():
        return {}
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()[1:]]
    return {Path(entry["source"]).name: entry["status"] for entry in lines}


def rehash(folder: Path) -> None:
    """Have the card name the hash of the network beside it, so that the network is loaded whatever it is."""
    card, network = folder / "emotion.mini.json", folder / "emotion.mini.onnx"
    with contextlib.suppress(ValueError, TypeError):
        values = json.loads(card.read_bytes())
        values["sha256"] = hashlib.sha256(network.read_bytes()).hexdigest()
        card.write_text(json.dumps(values), encoding="utf-8")


def batches(indices: list[int], size: int) -> Iterator[list[int]]:
    """So many at a time."""
    for start in range(0, len(indices), size):
        yield indices[start : start + size]


def run_kind(name: str, indices: list[int], keep: Path | None) -> Tally:
    """Damage files of a kind and have them read."""
    kind, tally, runner = KINDS[name], Tally(), Runner()
    with tempfile.TemporaryDirectory() as place:
        valid_folder, out = Path(place, "valid"), Path(place, "out.jsonl")
        valid_folder.mkdir()
        kind.write(valid_folder)
        valid = sorted(file for file in valid_folder.iterdir() if file.is_file())
        for count, some in enumerate(batches(indices, TOGETHER if kind.together else 1)):
            folder = Path(place, "damaged")
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(valid_folder, folder) if name == "models" else folder.mkdir()
            files = [damaged(valid, index, folder) for index in some]
            if name == "models":
                files = [files[0].replace(folder / valid[some[0] % len(valid)].name)]
                rehash(folder)
            out.with_name(out.name + ".run").unlink(missing_ok=True)
            what = (
                folder if len(files) > 1 else folder / "emotion.mini.json" if name == "models" else files[0]
            )
            places = {"FILE": str(what), "OUT.jsonl": str(out), "PHOTO": str(ROOT / "examples/astronaut.jpg")}
            words = [places.get(word, word.replace("=FILE", f"={what}")) for word in kind.words]
            judge(tally, files, out, runner.run(words, MOST_S * len(files)))
            if keep:
                shutil.copytree(folder, keep / name, dirs_exist_ok=True)
            if count % 20 == 0:
                print(f"{name} {tally.files}/{len(indices)}, {len(tally.faults)} faults", file=sys.stderr)
    runner.end()
    return tally


def table(tallies: dict[str, Tally]) -> str:
    """The table of docs/reliability.md."""
    lines = [
        "| kind | files | done, whole or in part | failed, told in a line | faults | slowest, s | most, MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, tally in tallies.items():
        lines.append(
            f"| {name} | {tally.files:,} | {tally.read:,} | {tally.refused:,} | {len(tally.faults)} | "
            f"{tally.slowest_s:.1f} | {tally.most_mb:.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=10_000, help="files in all")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--only", help="KIND:NUMBER")
    parser.add_argument("--keep", type=Path, help="where damaged files are kept")
    parser.add_argument("--json", type=Path, help="where the counts go, beside those of other kinds")
    args = parser.parse_args()
    kinds = args.kinds.split(",")
    shares = sum(KINDS[name].share for name in kinds)
    chosen = {name: list(range(round(args.count * KINDS[name].share / shares))) for name in kinds}
    if args.only:
        name, index = args.only.split(":")
        chosen = {name: [int(index)]}
    tallies = {name: run_kind(name, indices, args.keep) for name, indices in chosen.items()}
    print(table(tallies))
    for name, tally in tallies.items():
        for text, times in Counter(tally.faults).most_common(40):
            print(f"\n{name}, {times} x: {text}")
    if args.json:
        before = json.loads(args.json.read_text(encoding="utf-8")) if args.json.exists() else {}
        values = {**before, **{name: asdict(tally) for name, tally in tallies.items()}}
        args.json.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
