"""What the expressions for products are worth: the table of docs/results.md, beside the other models.

    python benchmarks/open_emotion.py --data DATA     measure how often there is no mesh, and write the table
    python benchmarks/open_emotion.py                 write the table again from docs/figures

All else comes from the reports of benchmarks/figures.py. emotion.open needs a mesh: of pictures that are cut
as tight as FER-2013's the network often sees none, and then nothing but the prior is left. DATA holds
FER-2013 (docs/data.md).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from figures import FIGURES, measured_table
from mimik.data.base import load_reader, read_samples
from mimik.evaluate.answers import collect_answers, picture_as_is
from mimik.tasks.loaded import load_models
from mimik.tasks.mesh import PRESENCE
from mimik.tasks.metrics import wilson_interval
from mimik.tasks.probabilities import sigmoid

REPORT = FIGURES / "emotion.open.mesh.json"
MODELS = ("emotion.open", "emotion.mini", "emotion.base")
TESTS = {"fer2013-public": "FER-2013 public", "ckplus-test.detect": "CK+ test, through the detector"}


def measure(data: Path) -> None:
    """Part FER-2013's PublicTest by whether there is a mesh; write docs/figures/emotion.open.mesh.json."""
    models = load_models({"emotion": "emotion.open", "mesh": "mesh.base"})
    samples = read_samples(load_reader("fer2013"), data, "public")[0]
    find = picture_as_is(models["mesh"].card.crop)
    mesh = collect_answers(models["mesh"], samples, find)
    told = collect_answers(models["emotion"], samples, find)
    assert [s.key for s in mesh.samples] == [s.key for s in told.samples]
    there = sigmoid(mesh.logits[:, 0, PRESENCE]) >= models["mesh"].card.threshold
    labels = np.array(models["emotion"].card.labels)
    right = labels[told.logits[:, 0].argmax(axis=1)] == [s.labels["emotion"] for s in told.samples]
    found = {
        name: {"n": int(rows.sum()), "accuracy": float(right[rows].mean())}
        for name, rows in {"mesh": there, "no mesh": ~there}.items()
    }
    REPORT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def table(mesh: Mapping[str, Any]) -> str:
    """Recall by class as Markdown, and what a mesh has to do with it."""
    lines = ["| set | figure | " + " | ".join(MODELS) + " |", "|---" * (2 + len(MODELS)) + "|"]
    for test, title in TESTS.items():
        reports = [
            json.loads((FIGURES / f"{name}.{test}.json").read_text(encoding="utf-8")) for name in MODELS
        ]
        for label, own in reports[0]["per_class"].items():
            if not own["n"]:
                continue
            cells = (share(report["per_class"][label]["recall"], own["n"]) for report in reports)
            lines.append(f"| {title} | recall of {label}, {own['n']} faces | {' | '.join(cells)} |")
        for name, key in {"macro recall": "macro_recall", "calibration error": "ece"}.items():
            lines.append(f"| {title} | {name} | " + " | ".join(f"{r[key]:.3f}" for r in reports) + " |")
    seen, unseen = mesh["mesh"], mesh["no mesh"]
    for name, part in {"accuracy with a mesh": seen, "accuracy without": unseen}.items():
        cells = f"{share(part['accuracy'], part['n'])} | |"
        lines.append(f"| FER-2013 public | {name}, {part['n']:,} faces | {cells} |")
    return "\n".join(lines)


def share(value: float, n: int) -> str:
    """A share of n faces with its 95 % interval, in percent."""
    low, high = wilson_interval(round(value * n), n)
    return f"{100 * value:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


if __name__ == "__main__":
    measured_table(__doc__, measure, REPORT, "open", table)
