"""What a face's action units alone look like, by their prototypes: the table of docs/results.md, from CK+.

    python benchmarks/prototypes.py --data DATA     measure the peaks of DATA/CK+, and write the table
    python benchmarks/prototypes.py                 write the table again from docs/figures

Two kinds of units: those that people coded, and those that au.base reads through the detector. It has been
trained on these very faces, so the second is better here than elsewhere.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from figures import FIGURES, measured_table
from mimik import Analyzer
from mimik.data.base import Sample, read_samples
from mimik.data.ckplus import CkPlus
from mimik.explain.units import explain_face, explain_units
from mimik.models.store import find_model
from mimik.tasks.unit_figures import unit_truth

REPORT = FIGURES / "prototypes.json"


def measure(data: Path) -> None:
    """Name each peak by its units; write docs/figures/prototypes.json."""
    known = find_model("au.base")[0].labels
    analyzer = Analyzer(("emotion", "au"))
    said: dict[str, defaultdict[str, Counter[str]]] = {
        "coded": defaultdict(Counter),
        "read": defaultdict(Counter),
    }
    for sample in read_samples(CkPlus(), data / "CK+")[0]:
        if "peak" not in str(sample.subgroup) or "au" not in sample.scores or "emotion" not in sample.labels:
            continue
        emotion = sample.labels["emotion"]
        said["coded"][emotion][_word(_coded(sample, known), emotion)] += 1
        said["read"][emotion][_word(_read(analyzer, sample), emotion)] += 1
    REPORT.write_text(json.dumps(said, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _coded(sample: Sample, known: tuple[str, ...]) -> str | None:
    truth = unit_truth([sample], known)[0]
    active = [name for name, there in zip(known, truth, strict=True) if there == 1]
    return explain_units(str(sample.labels["emotion"]), active, known).units_say


def _read(analyzer: Analyzer, sample: Sample) -> str | None:
    faces = analyzer.image(sample.load(), colour="rgb").faces
    found = explain_face(faces[0]) if faces else None
    return found.units_say if found else None


def _word(said: str | None, emotion: str) -> str:
    return "none" if said is None else "same" if said == emotion else said


def table(said: dict[str, dict[str, dict[str, int]]]) -> str:
    """Share of peaks whose units look like their emotion, like none, or like another, as Markdown."""
    lines = ["| emotion | peaks | coded: the same | none | another | read: the same | none | another |"]
    lines.append("|---" * 8 + "|")
    whole: dict[str, Counter[str]] = {kind: Counter() for kind in said}
    for emotion in sorted(said["coded"]):
        for kind in said:
            whole[kind].update(said[kind][emotion])
        lines.append(_row(emotion, {kind: said[kind][emotion] for kind in said}))
    return "\n".join([*lines, _row("all", whole)])


def _row(name: str, by_kind: dict[str, Any]) -> str:
    cells = [name, str(sum(by_kind["coded"].values()))]
    for kind in ("coded", "read"):
        found = by_kind[kind]
        others = [f"{n} {word}" for word, n in sorted(found.items()) if word not in ("same", "none")]
        shown = str(sum(found.values()) - found.get("same", 0) - found.get("none", 0))
        listed = f" ({', '.join(others)})" if others and name != "all" else ""
        cells += [str(found.get("same", 0)), str(found.get("none", 0)), shown + listed]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    measured_table(__doc__, measure, REPORT, "prototypes", table)
