"""A study from clips to a table: many short clips, one summary, read by pandas and R with their defaults.

Each video of a folder is cut into pieces of about a second until there are enough; one more clip shows
nobody and one is broken. A table says whose each piece is. Shown are the time of each step, the rows by
status, and the mean of a column by group as pandas and R (Rscript, where it is there) read it.

    python benchmarks/study.py VIDEOS/ --clips 150
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count, cycle
from pathlib import Path

import numpy as np
import pandas

from mimik.cli.main import main as mimik
from mimik.render.video import VideoWriter
from mimik.results.csv import csv_line
from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions
from mimik.types import Frame

LONGEST_S, SHORTEST_S = 1.2, 0.6
COLUMN = "au_AU12_share"
BY_GROUP = f"""
summary <- read.csv("summary.csv")
cat(nrow(summary), "rows,", ncol(summary), "columns,", sum(sapply(summary, is.numeric)), "of them numbers\\n")
print(aggregate({COLUMN} ~ group, data = summary, FUN = mean))
"""


def pieces(videos: list[Path], wanted: int, folder: Path) -> Iterator[tuple[str, str]]:
    """Cut clips; yields each one's file and the video that it is of."""
    starts = {video: count(0.0, (LONGEST_S - SHORTEST_S) / 2) for video in videos}
    numbers = count(1)
    made = 0
    for number, video in zip(numbers, cycle(videos), strict=False):
        start = next(starts[video])
        options = SourceOptions(start_s=start, end_s=start + (SHORTEST_S, LONGEST_S)[number % 2])
        with open_source(video, options) as source:
            frames = list(source)
        if not frames:
            starts[video] = count(0.1, 0.37)  # from its beginning, at other places
            continue
        name = f"clip_{number:03d}.mp4"
        write(folder / name, frames)
        yield name, video.stem
        made += 1
        if made == wanted:
            return


def write(path: Path, frames: list[Frame]) -> None:
    """A video of frames."""
    with VideoWriter(path, 25) as writer:
        for frame in frames:
            writer.write(frame.image, frame.time_s - frames[0].time_s)


def timed(step: str, *words: str) -> None:
    """Run a command and print its time."""
    start = time.perf_counter()
    code = mimik(words)
    print(f"{step}: {time.perf_counter() - start:.1f} s, exit {code}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("videos", type=Path)
    parser.add_argument("--clips", type=int, default=150)
    parser.add_argument("--keep", type=Path, help="a folder that is to hold clips and tables")
    args = parser.parse_args()
    folder = args.keep or Path(tempfile.mkdtemp())
    clips = folder / "clips"
    clips.mkdir(parents=True)
    whose = list(pieces(sorted(args.videos.glob("*.mp4")), args.clips, clips))
    black = np.zeros((240, 320, 3), np.uint8)
    write(clips / "nobody.mp4", [Frame(black, i, i / 25, "nobody") for i in range(25)])
    (clips / "broken.mp4").write_bytes(b"no video")
    people = sorted({person for _, person in whose})
    group = {person: ("control", "treated")[at % 2] for at, person in enumerate(people)}
    lines = (csv_line((name, person, group[person])) for name, person in whose)
    (folder / "people.csv").write_text("file,participant,group\n" + "".join(lines))
    results = str(folder / "study.csv")
    timed("analyze", "analyze", str(clips), "-o", results, "--tasks", "emotion,gender,age,au", "--quiet")
    table = str(folder / "summary.csv")
    timed("summary", "summary", results, "--people", str(folder / "people.csv"), "-o", table)
    show(folder)
    if not args.keep:
        shutil.rmtree(folder)


def show(folder: Path) -> None:
    """What pandas and R make of the table."""
    summary = pandas.read_csv(folder / "summary.csv")
    print(summary["status"].value_counts().to_string())
    numbers = summary.select_dtypes("number").shape[1]
    print(f"pandas: {len(summary)} rows, {summary.shape[1]} columns, {numbers} of them numbers")
    print(summary.groupby("group")[COLUMN].mean().to_string())
    if shutil.which("Rscript") is None:
        print("R: no Rscript here", file=sys.stderr)
        return
    said = subprocess.run(["Rscript", "-e", BY_GROUP], cwd=folder, capture_output=True, text=True, check=True)
    print("R:", said.stdout)


if __name__ == "__main__":
    main()
