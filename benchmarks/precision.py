"""Seconds of a training step in each precision, on one CPU thread: batches of 64 grey faces of 48 x 48 px.

python benchmarks/precision.py
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from torch.nn import functional

from mimik.train.networks.base import build_network
from mimik.train.precision import computing, layout_for, scaler_for
from mimik.train.recipe.options import PRECISIONS

STEPS, BATCH, SIZE, CLASSES = 6, 64, 48, 7


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    torch.set_num_threads(1)
    for family in ("mini_xception", "resnet"):
        told = [f"{precision} {step_s(family, precision):.3f} s" for precision in PRECISIONS]
        print(f"{family}: {', '.join(told)}")


def step_s(family: str, precision: str) -> float:
    """Median seconds of a step, the first left out."""
    device = torch.device("cpu")
    layout, scaler = layout_for(device, [precision]), scaler_for(device, precision)
    network = build_network(family, 1, CLASSES, {}).to(memory_format=layout)
    optimiser = torch.optim.AdamW(network.parameters())
    x = torch.randn(BATCH, 1, SIZE, SIZE).to(memory_format=layout)
    wanted, seconds = torch.zeros(BATCH, dtype=torch.long), []
    for _ in range(STEPS):
        began = time.perf_counter()
        with computing(device, precision):
            logits = network(x).float()
        optimiser.zero_grad()
        scaler.scale(functional.cross_entropy(logits, wanted)).backward()
        scaler.step(optimiser)
        scaler.update()
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds[1:]))


if __name__ == "__main__":
    main()
