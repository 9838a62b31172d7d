"""How long mimik summary and mimik plot take over many rows in parts, and how much memory. Linux.

    python benchmarks/read_back.py --rows 1000000 10000000 --source-rows 15000

A dataset as mimik analyze writes it is made up in a temporary folder, and removed afterwards: one person a
source, who drifts through every column of the default tasks. Twenty parts are written; the other sources'
are hard links to these, so that a hundred million rows need no more of the disk than twenty parts, and of the
system's cache, too. Reading parts that no cache holds takes longer.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet

from mimik.pipeline.analyzer import Analyzer
from mimik.readings import Kind
from mimik.results.dataset import DONE, HEAD, ROWS, SOURCE, part_of, record_of
from mimik.results.parquet import GROUP_ROWS, arrow_schema
from mimik.results.rows import kinds_of

DISTINCT = 20
"""Parts that are written."""
FPS = 25
OUTPUTS = {"summary": "s.csv", "plot": "p.png"}
"""Command to what it writes."""


def column(name: str, kind: Kind, count: int, chance: np.random.Generator) -> Any:
    """A column of one source, as pyarrow holds it."""
    if name == "frame":
        return pyarrow.array(np.arange(count))
    if name == "id":
        return pyarrow.array(np.zeros(count, np.int64))
    if name == "time_s":
        return pyarrow.array(np.round(np.arange(count) / FPS, 3))
    if name.endswith("reason"):
        blurred = chance.random(count) < 0.02
        return pyarrow.array(np.where(blurred, "blurred", None).tolist(), pyarrow.string())
    if kind == "text":
        names = ("happy", "neutral", "sad") if name.endswith("_label") else ("AU12", "none", "20-29")
        stretches = np.repeat(chance.choice(names, count // 50 + 1), 50)[:count]
        return pyarrow.array(stretches.tolist(), pyarrow.string())
    if kind == "truth":
        return pyarrow.array(np.ones(count, bool))
    drift = 0.5 + 0.4 * np.sin(np.arange(count) / 200 + chance.uniform(0, 9))
    return pyarrow.array(np.round(drift + chance.normal(0, 0.02, count), 4))


def write_part(path: Path, kinds: dict[str, Kind], made_by: Any, count: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    schema = arrow_schema(kinds, made_by)
    columns = [
        column(name, kind, count, chance).cast(schema.field(name).type) for name, kind in kinds.items()
    ]
    path.parent.mkdir(parents=True)
    table = pyarrow.Table.from_arrays(columns, schema=schema)
    pyarrow.parquet.write_table(table, path, row_group_size=GROUP_ROWS)


def make(folder: Path, rows: int, source_rows: int) -> int:
    """Write a dataset; returns the number of its sources."""
    info = Analyzer().info()
    kinds = {name: kind for name, kind in kinds_of(info).items() if name != SOURCE}
    sources = max(1, round(rows / source_rows))
    (folder / DONE).mkdir(parents=True)
    (folder / HEAD).write_text(json.dumps(info.to_dict()), encoding="utf-8")
    for number in range(sources):
        name = f"clip{number:07}.mp4"
        part = part_of(ROWS, name)
        if number < DISTINCT:
            write_part(folder / part, kinds, info.to_dict(), source_rows, number)
        else:
            (folder / part).parent.mkdir(parents=True)
            os.link(folder / part_of(ROWS, f"clip{number % DISTINCT:07}.mp4"), folder / part)
        told = {"source": name, "status": "done", "frames": source_rows, "error": None, "place": name}
        told["parts"] = {part: (folder / part).stat().st_size}
        (folder / record_of(DONE, name)).write_text(json.dumps(told), encoding="utf-8")
    return sources


def measured(words: list[str]) -> tuple[float, float, float]:
    """Seconds, seconds of the processor, and the most memory in MB that a command of mimik takes."""
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "mimik", *words], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"mimik {words[0]} ended with {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000], help="rows of each dataset")
    parser.add_argument(
        "--source-rows", type=int, default=15_000, help="rows of a source (15000: ten minutes at 25 frames/s)"
    )
    parser.add_argument(
        "--commands",
        nargs="+",
        choices=OUTPUTS,
        default=list(OUTPUTS),
        help="what reads them (default: both)",
    )
    parser.add_argument("--folder", type=Path, help="where they are made (default: the system's)")
    args = parser.parse_args()
    if min(args.rows) < 1 or args.source_rows < 1:
        parser.error("--rows and --source-rows must be 1 or more")
    print("| rows | sources | command | s | s of the processor | MB of memory |\n|---|---|---|---|---|---|")
    for rows in args.rows:
        with tempfile.TemporaryDirectory(dir=args.folder) as folder:
            data = Path(folder, "out")
            sources = make(data, rows, args.source_rows)
            for command in args.commands:
                wall_s, cpu_s, most_mb = measured([command, str(data), "-o", f"{folder}/{OUTPUTS[command]}"])
                print(
                    f"| {sources * args.source_rows:,} | {sources:,} | {command} | {wall_s:,.0f} | "
                    f"{cpu_s:,.0f} | {most_mb:,.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
