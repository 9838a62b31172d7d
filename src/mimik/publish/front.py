"""The front matter of a README that the Hugging Face Hub reads.

The keys are those of the Hub's specification of model cards (huggingface/hub-docs, modelcard.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mimik.models.card import ModelCard
from mimik.publish.choose import Chosen

LICENCES = {
    **{name: name for name in ("apache-2.0", "mit", "bsd-3-clause", "cc0-1.0", "gpl-3.0", "agpl-3.0")},
    **{f"cc-by{more}-4.0": f"cc-by{more}-4.0" for more in ("", "-sa", "-nc", "-nc-sa", "-nd", "-nc-nd")},
}
"""Licence as SPDX names it, in small letters, to the Hub's name; all others are "other" there."""
METRICS = {
    "accuracy": "accuracy",
    "group_accuracy": "accuracy",
    "macro_recall": "recall",
    "macro F1": "f1",
    "mean f1": "f1",
    "mae": "mae",
    "mean auc": "roc_auc",
}
"""Metric of a card to the Hub's name of it."""
PIPELINES = {
    "crop": "image-classification",
    "sound": "audio-classification",
    "clip": "video-classification",
}
"""What networks take to the Hub's name of such a task."""
LICENCE_FILE = "LICENSE"
"""Of the published folder."""


def front_matter(chosen: Chosen) -> str:
    """The front matter, with its lines of ``---``."""
    cards = chosen.cards
    found: dict[str, Any] = {
        **_licence(chosen),
        "library_name": "mimik",
        "pipeline_tag": PIPELINES[cards[0].input],
        "tags": list(dict.fromkeys(["mimik", "onnx", *_subjects(cards), *(card.task for card in cards)])),
        "datasets": list(dict.fromkeys(slug(str(d.get("name", "data"))) for c in cards for d in c.data)),
        "metrics": list(dict.fromkeys(_known_metrics(cards))),
        "model-index": [{"name": c.name, "results": _results(c)} for c in cards if c.figures],
    }
    lines = _yaml({name: value for name, value in found.items() if value})
    return "\n".join(["---", *lines, "---", ""])


def hub_licence(card: ModelCard) -> str:
    """The Hub's name of a card's licence, "other" if it has none."""
    plain = re.sub(r"\s+", "-", card.licence.strip().rstrip(".").lower())
    return LICENCES.get(plain, "other")


def _licence(chosen: Chosen) -> dict[str, str]:
    names = {hub_licence(card) for card in chosen.cards}
    if len(names) == 1 and names != {"other"}:
        return {"license": names.pop()}
    return {"license": "other", "license_name": f"{slug(chosen.name)}-weights", "license_link": LICENCE_FILE}


def _subjects(cards: Sequence[ModelCard]) -> list[str]:
    return {"sound": ["speech"], "clip": ["face", "speech"]}.get(cards[0].input, ["face"])


def slug(text: str) -> str:
    """Text as an identifier: "FER-2013"'s is "fer-2013", that of "CK+" is "ck-plus"."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower().replace("+", " plus")).strip("-")


def _metric(name: str) -> str:
    return METRICS.get(name, slug(name).replace("-", "_"))


def _known_metrics(cards: Sequence[ModelCard]) -> Iterator[str]:
    """The Hub's names of those figures that it has names for."""
    for figure in (figure for card in cards for figure in card.figures):
        if figure["metric"] in METRICS:
            yield METRICS[figure["metric"]]


def _results(card: ModelCard) -> list[dict[str, Any]]:
    """The figures of a card, one entry a data set and split."""
    parts: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for figure in card.figures:
        parts.setdefault((str(figure["data"]), str(figure["split"])), []).append(figure)
    return [
        {
            "task": {"type": PIPELINES[card.input], "name": card.task},
            "dataset": {"type": slug(data), "name": data, "split": split},
            "metrics": [
                {"type": _metric(f["metric"]), "name": f["metric"], "value": f["value"]} for f in figures
            ],
        }
        for (data, split), figures in parts.items()
    ]


def _yaml(value: Any, indent: str = "") -> Iterator[str]:
    """YAML in block form; a single value is written as JSON, which is YAML, too."""
    pairs = value.items() if isinstance(value, Mapping) else ((None, item) for item in value)
    for name, item in pairs:
        lead = f"{indent}- " if name is None else f"{indent}{name}:"
        if not isinstance(item, Mapping | list):
            yield f"{lead}{'' if name is None else ' '}{json.dumps(item, ensure_ascii=False)}"
        elif name is None:
            first, *rest = _yaml(item, f"{indent}  ")
            yield f"{lead}{first.strip()}"
            yield from rest
        else:
            yield lead
            yield from _yaml(item, f"{indent}  ")
