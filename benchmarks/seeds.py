"""Score runs of one recipe that differ in their seed: mean and spread, into docs/figures and results.md.

    python benchmarks/seeds.py --data DATA runs/emotion.mini-seed0 runs/emotion.mini-seed1 ...
    python benchmarks/seeds.py                  write the table again from docs/figures

Test pictures are taken as they are (of CK+, the face that the detector finds). DATA is the folder that
holds the data sets (docs/data.md).
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from figures import FIGURES, ROOT, TESTS, fill, rows, runs_to_measure, shown
from mimik.evaluate.score import evaluate_model
from mimik.models.card import ModelCard, read_card


def measure(runs: Sequence[Path], data: Path) -> None:
    """Score every run of one recipe and write NAME.seeds.json."""
    found: dict[int, list[dict[str, Any]]] = {}
    names = set()
    for run in runs:
        recipe = json.loads((run / "recipe.json").read_text(encoding="utf-8"))
        model = run / f"{recipe['name']}.onnx"
        card = read_card(model.with_suffix(".json"))
        names.add(f"{card.name} {card.version}")
        kept = ("data", "split", "metric", "value", "n")
        found[recipe["seed"]] = [
            {key: row[key] for key in kept}
            for reader, split, ways in TESTS[card.task]
            for row in _score(card, model, data, reader, split, ways[0])
        ]
        print(run, *(f"{row['metric']} {row['value']:.4f};" for row in found[recipe["seed"]]), flush=True)
    if len(names) != 1 or len(found) != len(runs):
        raise SystemExit(f"{', '.join(map(str, runs))}: must be one model with different seeds")
    report = {"model": names.pop(), "seeds": {str(seed): found[seed] for seed in sorted(found)}}
    path = FIGURES / f"{report['model'].split()[0]}.seeds.json"
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def _score(
    card: ModelCard, model: Path, data: Path, reader: str, split: str, detect: bool
) -> list[dict[str, Any]]:
    """The card's figures of one test."""
    return rows(card, reader, split, detect, evaluate_model(str(model), data, reader, split, detect=detect))


def table() -> str:
    """All that was measured, as Markdown."""
    lines = [
        "| model | data | figure | mean | standard deviation | seeds |",
        "|---|---|---|---|---|---|",
    ]
    for path in sorted(FIGURES.glob("*.seeds.json")):
        report = json.loads(path.read_text(encoding="utf-8"))
        for same in zip(*report["seeds"].values(), strict=True):
            metric, values = same[0]["metric"], [row["value"] for row in same]
            spread = shown({"metric": metric, "value": statistics.stdev(values)})
            each = [shown({"metric": metric, "value": v}).split()[0] for v in values]
            cells = (
                report["model"],
                f"{same[0]['data']} {same[0]['split']}",
                metric,
                shown({"metric": metric, "value": statistics.mean(values)}),
                spread.replace("%", "points"),
                ", ".join(f"{seed}: {value}" for seed, value in zip(report["seeds"], each, strict=True)),
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, if data is named, and write the table."""
    args = runs_to_measure(__doc__)
    if args.runs:
        measure(args.runs, args.data)
    fill(ROOT / "docs" / "results.md", "seeds", table())


if __name__ == "__main__":
    main()
