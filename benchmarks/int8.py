"""What 8-bit numbers cost and gain: a run's file beside the same network in 32 bits, on the same pictures.

    python benchmarks/int8.py --data DATA runs/face.base-seed0 ...      measure, and write the table
    python benchmarks/int8.py                                           write the table again

Runs are those of recipes with ``int8 = true``, which leave float/NAME.onnx beside NAME.onnx. Test pictures
are taken as they are (of CK+, the face that the detector finds). Milliseconds are those of one call for one
face on one core; run it on an idle machine.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from face_api import YEARS, per_face, shown
from figures import FIGURES, ROOT, TITLES, fill, runs_to_measure, tests_of
from mimik.evaluate.answers import collect_answers, face_finder
from mimik.evaluate.rows import AskOptions, choose_rows
from mimik.models.card import read_card
from mimik.models.session import Session
from mimik.tasks.loaded import LoadedModel, load_model
from mimik.tasks.metrics import bootstrap_interval

REPORT = FIGURES / "int8.json"
CALLS = 300


def compare(small: LoadedModel, whole: LoadedModel, data: Path) -> list[dict[str, Any]]:
    """A row a test and figure: the mean in 32 and in 8 bits, and the mean difference with its interval."""
    found = []
    for reader, split, ways in tests_of(small.card):
        rows = choose_rows(small.card, data, AskOptions(reader, split))
        find, _ = face_finder(rows.samples, small.card.crop, ways[0], "auto")
        was, now = (per_face(m.card, collect_answers(m, rows.samples, find), 0) for m in (whole, small))
        for name, values in now.items():
            change = values - was[name]
            found.append(
                {
                    "model": small.card.name,
                    "test": f"{TITLES[reader]} {split}",
                    "figure": name,
                    "n": len(values),
                    "float": float(was[name].mean()),
                    "int8": float(values.mean()),
                    "change": [float(change.mean()), *bootstrap_interval(change)],
                }
            )
            print(found[-1], flush=True)
    return found


def milliseconds(sessions: Sequence[Session], shape: tuple[int, int, int]) -> list[float]:
    """Median time of one call for one face of each file, in turns."""
    face = np.random.default_rng(0).normal(size=(1, *shape)).astype(np.float32)
    times: list[list[float]] = [[] for _ in sessions]
    for _ in range(CALLS):
        for session, taken in zip(sessions, times, strict=True):
            began = time.perf_counter()
            session.run(face)
            taken.append(1000 * (time.perf_counter() - began))
    return [float(np.median(taken)) for taken in times]


def measure(run: Path, data: Path) -> dict[str, Any]:
    """One run's file in 8 bits beside the one in 32."""
    cards = [read_card(path) for path in sorted(run.glob("*.json")) if path.name != "recipe.json"]
    file = run / cards[0].file
    before = file.parent / "float" / file.name
    sessions = [Session(before, "cpu"), Session(file, "cpu")]
    rows = []
    for card in cards:
        small = load_model(card.task, str(run / f"{card.name}.json"), "cpu")
        rows += compare(small, replace(small, session=sessions[0]), data)
    spec = cards[0].crop
    return {
        "megabytes": [path.stat().st_size / 1e6 for path in (before, file)],
        "ms": milliseconds(sessions, (spec.channels, spec.size, spec.size)),
        "rows": rows,
    }


def table(known: dict[str, Any]) -> str:
    """All that was measured, as Markdown."""
    lines = ["| file | MB, 32 and 8 bits | ms a face, 32 and 8 bits |", "|---|---|---|"]
    for name, report in known.items():
        (mb, small), (ms, less) = report["megabytes"], report["ms"]
        lines.append(f"| {name} | {mb:.2f}, {small:.2f} | {ms:.2f}, {less:.2f} |")
    lines += [
        "",
        "| model | tested on | figure | 32 bits | 8 bits | change (95 % interval) |",
        "|---" * 6 + "|",
    ]
    for report in known.values():
        for row in report["rows"]:
            pair = [
                f"{row[k]:.2f} years" if row["figure"] == YEARS else f"{100 * row[k]:.1f} %"
                for k in ("float", "int8")
            ]
            cells = (row["model"], f"{row['test']}, {row['n']:,} faces", row["figure"], *pair)
            lines.append(f"| {' | '.join(cells)} | {shown(row['figure'], row['change'], '+')} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, if runs are named, and write the table."""
    args = runs_to_measure(__doc__)
    known = json.loads(REPORT.read_text(encoding="utf-8")) if REPORT.exists() else {}
    for run in args.runs:
        name = json.loads((run / "recipe.json").read_text(encoding="utf-8"))["name"]
        known[name] = measure(run, args.data)
        REPORT.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    fill(ROOT / "docs" / "results.md", "int8", table(known))


if __name__ == "__main__":
    main()
