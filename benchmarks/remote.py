"""Ways to read a video from a store: what each fetches, how long it takes, and what memory it needs.

Videos of three layouts are written and served on loopback by a web server that waits a while before each
answer, as a store does. Each way reads all packets of the picture without decoding, in a process of its own.

    python benchmarks/remote.py --delay-ms 30
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import av
import numpy as np

from mimik.storage.remote import BLOCK_BYTES, BLOCKS

FPS, RATE = 30, 48_000
LAYOUTS: dict[str, dict[str, str]] = {
    "index at the end": {},
    "index at the front": {"movflags": "faststart"},
    "sound far from pictures": {"max_interleave_delta": "1"},
}
"""What videos are like: as cameras write them, as web sites do, as poor programs do."""
WAYS: dict[str, dict[str, Any] | None] = {
    "temporary copy": None,
    "readahead, 5 MiB": {"block_size": 5 << 20, "cache_type": "readahead"},
    "readahead, 1 MiB": {"block_size": 1 << 20, "cache_type": "readahead"},
    "blocks of 1 MiB": {
        "block_size": 1 << 20,
        "cache_type": "blockcache",
        "cache_options": {"maxblocks": 16},
    },
    "as mimik does": {
        "block_size": BLOCK_BYTES,
        "cache_type": "background",
        "cache_options": {"maxblocks": BLOCKS},
    },
}
"""How they are read: fsspec's options, None for a copy that is deleted afterwards."""


def write_video(path: Path, seconds: float, options: dict[str, str]) -> None:
    """A video of noise with sound, some 4 MB a second; where they are apart, all pictures come first."""
    noise = np.random.default_rng(0).integers(0, 256, (8, 360, 640, 3), np.uint8)
    with av.open(str(path), "w", format="mp4", options=options) as out:
        picture = out.add_stream("mjpeg", rate=FPS)
        picture.width, picture.height, picture.pix_fmt = 640, 360, "yuvj420p"
        sound = out.add_stream("aac", rate=RATE, layout="mono")
        late: list[Any] = []
        for index in range(round(seconds * FPS)):
            frame = av.VideoFrame.from_ndarray(noise[index % len(noise)], format="rgb24")
            out.mux(picture.encode(frame))
            samples = np.zeros((1, RATE // FPS), np.float32) + index % 7 / 100
            heard = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
            heard.sample_rate, heard.pts = RATE, index * (RATE // FPS)
            late += sound.encode(heard)
            if "max_interleave_delta" not in options:
                out.mux(late)
                late = []
        out.mux([*picture.encode(None), *late, *sound.encode(None)])


class Counted(BaseHTTPRequestHandler):
    """Serves parts of files, late, and counts what it gave."""

    protocol_version = "HTTP/1.1"
    folder, delay_s = Path(), 0.0
    requests = given = 0

    def do_HEAD(self) -> None:
        """Tell the size."""
        self._answer(body=False)

    def do_GET(self) -> None:
        """Give a file, or the part that is asked for."""
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        time.sleep(self.delay_s)
        path = self.folder / Path(self.path).name
        size = path.stat().st_size
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        start, end = (int(asked[1]), min(int(asked[2] or size), size - 1)) if asked else (0, size - 1)
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(end + 1 - start))
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{end}/{size}")
        self.end_headers()
        Counted.requests += 1
        if body:
            with path.open("rb") as file:
                file.seek(start)
                data = file.read(end + 1 - start)
            Counted.given += len(data)
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def opened(url: str, way: dict[str, Any] | None) -> Iterator[Any]:
    """A video as a way opens it."""
    import fsspec

    system = fsspec.filesystem("http")
    if way is not None:
        with system.open(url, "rb", **way) as file:
            yield file
        return
    with tempfile.NamedTemporaryFile(suffix=".mp4") as copy:
        system.get_file(url, copy.name)
        yield copy.name


def peak_mb() -> float:
    """The most memory that this process has had, in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024


def read(url: str, way: dict[str, Any] | None, told: Any) -> None:
    """Read all packets, and tell how many, how long it took, and how much memory it added, in MB."""
    import fsspec

    fsspec.filesystem("http").info(url)  # Whatever is imported and connected once.
    Path("/proc/self/clear_refs").write_text("5")  # The peak counts from here.
    before_mb = peak_mb()
    began = time.perf_counter()
    with opened(url, way) as file, av.open(file) as container:
        count = sum(1 for packet in container.demux(container.streams.video[0]) if packet.size)
    took_s = time.perf_counter() - began
    told.send((count, took_s, peak_mb() - before_mb))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10, help="length of the videos")
    parser.add_argument("--delay-ms", type=float, default=30, help="what each answer waits for")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Counted.folder, Counted.delay_s = Path(folder), args.delay_ms / 1000
        server = ThreadingHTTPServer(("127.0.0.1", 0), Counted)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name, options in LAYOUTS.items():
            path = Path(folder) / "video.mp4"
            write_video(path, args.seconds, options)
            print(f"\n{name}, {path.stat().st_size / 1e6:.1f} MB\n")
            print("| way | requests | MB fetched | s | MB of memory |\n|---|---|---|---|---|")
            for way, how in WAYS.items():
                Counted.requests = Counted.given = 0
                ours, theirs = multiprocessing.Pipe()
                url = f"http://127.0.0.1:{server.server_port}/video.mp4"
                process = multiprocessing.get_context("spawn").Process(target=read, args=(url, how, theirs))
                process.start()
                count, took_s, more_mb = ours.recv()
                process.join()
                assert count == round(args.seconds * FPS), count
                given = f"{Counted.requests - 1} | {Counted.given / 1e6:.1f}"
                print(f"| {way} | {given} | {took_s:.1f} | {more_mb:.0f} |", flush=True)
        server.shutdown()


if __name__ == "__main__":
    main()
