"""One class against all others: many labels of a data set as one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from mimik.data.base import Sample


def with_rest(samples: Sequence[Sample], target: str, rest: Collection[str], name: str) -> list[Sample]:
    """Samples of which those with some labels have another one in their place.

    Args:
        samples: Labelled pictures.
        target: Name of the labels.
        rest: Those that become one.
        name: What that is called.
    """
    return [
        replace(sample, labels={**sample.labels, target: name})
        if sample.labels.get(target) in rest
        else sample
        for sample in samples
    ]
