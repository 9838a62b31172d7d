"""How many live viewers one server serves: each sends 10 frames/s, one more every few seconds.

A real ``mimik serve`` runs on loopback; viewers run in this process. It ends when the slowest hundredth
of the frames takes more than 200 ms from sending to answer (a frame that a newer one replaced counts as
slow), and says how many frames a second that is against the bare cost of detection on the same cores.
With --minutes it then holds half as many viewers for a while, and looks at the server's memory. Linux.

    python benchmarks/app_load.py --models base --minutes 10
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import re
import secrets
import signal
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from websockets.asyncio.client import connect

from mimik.bench import example_video
from mimik.faces.detect.base import load_detector
from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions

RATE_FPS = 10
SLOW_S = 0.2
WARM_S = 2.0
"""After a viewer comes, before its step is measured."""
TOKEN = secrets.token_urlsafe()
"""Of the server that is started here."""


@dataclass
class Tally:
    """What became of the frames that were sent since the last look."""

    took_s: list[float] = field(default_factory=list)
    skipped: int = 0
    errors: int = 0

    def p99_s(self) -> float:
        """The slowest hundredth; a frame that was skipped was never answered."""
        values = [*self.took_s, *[float("inf")] * (self.skipped + self.errors)]
        return float(np.quantile(values, 0.99, method="higher")) if values else float("inf")


def pictures(count: int = 30) -> list[bytes]:
    """Frames of a 640 x 480 video of one face, as JPEG."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "face.mp4")
        example_video(path)
        with open_source(path, SourceOptions(threads=1)) as source:
            frames = [frame.image for frame in itertools.islice(source, count)]
    options = [cv2.IMWRITE_JPEG_QUALITY, 85]
    return [
        cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), options)[1].tobytes() for frame in frames
    ]


def bare_detection_ms(jpegs: list[bytes], seconds: float = 3.0) -> float:
    """Median milliseconds of the detector alone on one core."""
    cv2.setNumThreads(1)
    detector = load_detector()
    images = [cv2.cvtColor(cv2.imdecode(np.frombuffer(j, np.uint8), 1), cv2.COLOR_BGR2RGB) for j in jpegs]
    times, end_s = [], time.perf_counter() + seconds
    for image in itertools.cycle(images):
        start_s = time.perf_counter()
        detector.detect(image)
        times.append(time.perf_counter() - start_s)
        if time.perf_counter() > end_s:
            return 1000 * float(np.median(times[5:]))
    raise ValueError("no pictures")


async def view(port: int, jpegs: list[bytes], tally: Tally, models: str, offset_s: float) -> None:
    """One viewer, until it is cancelled: frames at their times, whether or not the last was answered."""
    address = f"ws://127.0.0.1:{port}/v1/live"
    known = {"Authorization": f"Bearer {TOKEN}"}
    async with connect(
        address, additional_headers=known, compression=None, max_size=2**24, proxy=None
    ) as socket:
        await socket.send(json.dumps({"type": "start", "source": "browser", "models": models}))
        listener = asyncio.create_task(listen(socket, tally))
        await asyncio.sleep(offset_s)
        due_s = time.monotonic()
        try:
            for jpeg in itertools.cycle(jpegs):
                await asyncio.sleep(max(0.0, due_s - time.monotonic()))
                await socket.send(struct.pack("<d", time.monotonic()) + jpeg)
                due_s += 1 / RATE_FPS
        finally:
            listener.cancel()


async def listen(socket: object, tally: Tally) -> None:
    """Count a viewer's answers: a frame's time is when it was sent."""
    skipped = 0
    async for text in socket:  # type: ignore[attr-defined]
        said = json.loads(text)
        if said["type"] == "frame":
            tally.took_s.append(time.monotonic() - said["time_s"])
            tally.skipped += said["skipped"] - skipped
            skipped = said["skipped"]
        elif said["type"] == "error":
            tally.errors += 1


def start_server(folder: str, models: str, most: int) -> tuple[subprocess.Popen[str], int]:
    """A server on a free port."""
    code = "import sys; from mimik.cli import main; sys.exit(main())"
    words = ["--port", "0", "--data", folder, "--models", models, "--connections", str(most)]
    process = subprocess.Popen(
        [sys.executable, "-c", code, "serve", *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "MIMIK_TOKEN": TOKEN},
    )
    assert process.stdout is not None
    found = re.search(r":(\d+)/", process.stdout.readline())
    if not found:
        raise SystemExit("the server did not start")
    return process, int(found[1])


def resident_mb(process: int) -> float:
    """Memory of a process, in MB."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def climb(port: int, jpegs: list[bytes], args: argparse.Namespace) -> dict[str, float]:
    """One viewer more every step, until it is too slow."""
    tally, viewers, best = Tally(), [], {"viewers": 0, "frames_per_s": 0.0, "p99_ms": 0.0}
    try:
        while len(viewers) < args.most:
            offset_s = (len(viewers) * 0.618 % 1) / RATE_FPS  # viewers don't send in step
            viewers.append(asyncio.create_task(view(port, jpegs, tally, args.models, offset_s)))
            await asyncio.sleep(WARM_S)
            tally.took_s, tally.skipped, tally.errors = [], 0, 0
            await asyncio.sleep(args.step)
            for viewer in viewers:
                if viewer.done():
                    viewer.result()
            p99_ms = 1000 * tally.p99_s()
            rate = len(tally.took_s) / args.step
            median_ms = 1000 * float(np.median(tally.took_s)) if tally.took_s else float("inf")
            print(
                f"{len(viewers):>3} viewers  {rate:6.1f} frames/s  median {median_ms:6.1f} ms  "
                f"p99 {p99_ms:6.1f} ms  skipped {tally.skipped}",
                flush=True,
            )
            if p99_ms > 1000 * SLOW_S:
                break
            best = {"viewers": len(viewers), "frames_per_s": round(rate, 1), "p99_ms": round(p99_ms, 1)}
    finally:
        await leave(viewers)
    return best


async def hold(
    port: int, jpegs: list[bytes], args: argparse.Namespace, count: int, process: int
) -> list[float]:
    """The server's memory, every 10 s, while some viewers look."""
    tally = Tally()
    viewers = [
        asyncio.create_task(view(port, jpegs, tally, args.models, i / count / RATE_FPS)) for i in range(count)
    ]
    sizes: list[float] = []
    try:
        for _ in range(max(1, round(args.minutes * 6))):
            await asyncio.sleep(10)
            sizes.append(resident_mb(process))
            print(f"{10 * len(sizes):>5} s  {sizes[-1]:7.1f} MB  {len(tally.took_s)} frames", flush=True)
    finally:
        await leave(viewers)
    return sizes


async def leave(viewers: list[asyncio.Task[None]]) -> None:
    """End viewers."""
    for viewer in viewers:
        viewer.cancel()
    await asyncio.gather(*viewers, return_exceptions=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", default="base")
    parser.add_argument("--step", type=float, default=8.0, help="seconds that are measured a step")
    parser.add_argument("--most", type=int, default=40, help="viewers at most")
    parser.add_argument("--minutes", type=float, default=0.0, help="of looking at memory (10 at most)")
    args = parser.parse_args()
    args.minutes = min(args.minutes, 10.0)
    jpegs = pictures()
    bare_ms = bare_detection_ms(jpegs)
    cores = os.cpu_count() or 1
    print(f"bare detection: {bare_ms:.2f} ms a frame, {cores} cores: {1000 * cores / bare_ms:.0f} frames/s")
    with tempfile.TemporaryDirectory() as folder:
        process, port = start_server(folder, args.models, args.most)
        try:
            best = asyncio.run(climb(port, jpegs, args))
            sizes = []
            if args.minutes:
                sizes = asyncio.run(hold(port, jpegs, args, max(1, int(best["viewers"]) // 2), process.pid))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
            if process.stdout:
                process.stdout.close()
    report = {
        **best,
        "bare_detection_ms": round(bare_ms, 2),
        "share_of_bare_detection": round(best["frames_per_s"] * bare_ms / 1000 / cores, 3),
    }
    if sizes:
        late = sizes[len(sizes) // 5 :]
        report |= {"memory_first_mb": round(late[0], 1), "memory_last_mb": round(late[-1], 1)}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
