"""Writes many frames in every format: frames a second, and whether memory stays flat.

python benchmarks/writers.py --frames 1000000
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(suffix: str, frames: int) -> None:
    """One format; a process of its own, so that the peak is its own."""
    from mimik.runs.writer import open_writer
    from synthetic_results import INFO, make_face, make_result

    faces = [make_face(years=20 + n / 10, share=0.5 + n / 300) for n in range(100)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"o{suffix}"
        started = time.perf_counter()
        with open_writer(path, INFO) as writer:
            for frame in range(frames):
                writer.write(make_result("a.mp4", frame, faces[frame % 100]))
                if frame == frames // 10:
                    early = peak_mb()
            late = peak_mb()
            written = time.perf_counter() - started
        whole = time.perf_counter() - started
        print(
            f"{suffix:9}{frames:>9} frames  {1e6 * whole / frames:6.1f} us a frame "
            f"(closing {whole - written:5.1f} s)  peak memory {early:6.1f} MB at a tenth, {late:6.1f} MB "
            f"at the end, {peak_mb():6.1f} MB closed  {path.stat().st_size / frames:6.1f} bytes a frame"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--format", help="one suffix only, in this process")
    args = parser.parse_args()
    if args.format:
        measure(args.format, args.frames)
        return
    for suffix in (".jsonl", ".csv", ".parquet"):
        words = ["--frames", str(args.frames), "--format", suffix]
        subprocess.run([sys.executable, __file__, *words], check=True)


if __name__ == "__main__":
    main()
