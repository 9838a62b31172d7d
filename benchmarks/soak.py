"""An hour's soak: a stream from a server on loopback is read into a file, and the process is watched. Linux.

    python benchmarks/soak.py --minutes 60 --fps 5

The server gives the example video again and again as Motion JPEG and hangs up every ten minutes, as cameras
do. At each look: rows in the results, memory, open files and threads of the process that reads.
"""

from __future__ import annotations

import argparse
import itertools
import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2

from mimik.sources.open import open_source

ROOT = Path(__file__).parents[1]


class Camera(BaseHTTPRequestHandler):
    """The example video, again and again."""

    pictures: list[bytes]
    fps: float
    hang_up_s: float

    def do_GET(self) -> None:
        """Send pictures until the reader goes, or hang_up_s are over."""
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        ends = time.monotonic() + self.hang_up_s
        for jpeg in itertools.cycle(self.pictures):
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            try:
                self.wfile.write(head.encode() + jpeg + b"\r\n")
            except OSError:
                return
            if time.monotonic() > ends:
                return
            time.sleep(1 / self.fps)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def look(pid: int, out: Path) -> dict[str, float]:
    """Rows so far, and memory in MB, open files and threads of a process."""
    process = Path(f"/proc/{pid}")
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return {
        "rows": out.read_bytes().count(b"\n") if out.exists() else 0,
        "memory_mb": round(int(status["VmRSS"].split()[0]) / 1024, 1),
        "files": len(list((process / "fd").iterdir())),
        "threads": int(status["Threads"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--fps", type=float, default=5)
    parser.add_argument("--hang-up-s", type=float, default=600, help="after so long the server hangs up")
    parser.add_argument("--look-s", type=float, default=60, help="time between two looks")
    args = parser.parse_args()
    with open_source(ROOT / "examples" / "two_people.mp4") as source:
        frames = [
            cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR) for frame in itertools.islice(source, 0, None, 5)
        ]
    Camera.pictures = [cv2.imencode(".jpg", frame)[1].tobytes() for frame in frames]
    Camera.fps, Camera.hang_up_s = args.fps, args.hang_up_s
    server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out.jsonl")
        words = ["analyze", f"http://127.0.0.1:{server.server_port}/live", "-o", str(out)]
        # Ctrl-C reaches it even where this script runs in the background of a shell, which ignores it there.
        run = subprocess.Popen(
            [sys.executable, "-m", "mimik", *words],
            stdout=subprocess.DEVNULL,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        begun = time.monotonic()
        while time.monotonic() - begun < args.minutes * 60 and run.poll() is None:
            time.sleep(min(args.look_s, args.minutes * 60))
            minute = (time.monotonic() - begun) / 60
            print(json.dumps({"minute": round(minute, 1), **look(run.pid, out)}), flush=True)
        run.send_signal(signal.SIGINT)
        print(f"ended with {run.wait(60)} after {(time.monotonic() - begun) / 60:.1f} minutes")
        rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
        steps = [b["time_s"] - a["time_s"] for a, b in itertools.pairwise(rows)]
        print(f"{len(rows)} frames, the longest pause {max(steps):.1f} s, the shortest {min(steps):.3f} s")


if __name__ == "__main__":
    main()
