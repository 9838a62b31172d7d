"""Pictures of a batch blended with one another, and how much of the targets is whose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mimik.train.phases.options import BlendOptions


def blended(
    x: Sequence[Tensor], wanted: Tensor, options: BlendOptions, rng: np.random.Generator
) -> tuple[Sequence[Tensor], Tensor | None, float]:
    """A batch, half of the time blended with itself in another order.

    Args:
        x: Pictures, (N, C, H, W), or each input of a network that takes several things.
        wanted: Their targets, (N, T).
        options: How; where both ways are asked for, each has half of those times.
        rng: What decides.

    Returns:
        The pictures, the targets of the other order (None as they are), and that order's share, 0 to 1.
    """
    if not options.any or rng.random() >= 0.5:
        return x, None, 0.0
    both = options.mixup and options.cutmix
    if options.cutmix and (not both or rng.random() < 0.5):
        pictures, other, share = cut(x[0], wanted, options.cutmix, rng)
        return [pictures], other, share
    return mixed(x, wanted, options.mixup, rng)


def mixed(
    x: Sequence[Tensor], wanted: Tensor, beta: float, rng: np.random.Generator
) -> tuple[Sequence[Tensor], Tensor, float]:
    """Mixup (Zhang et al. 2018): pictures, the targets of the other order, and its share."""
    share = float(rng.beta(beta, beta))
    order = torch.from_numpy(rng.permutation(len(wanted))).to(wanted.device)
    return [part.lerp(part[order], share) for part in x], wanted[order], share


def cut(x: Tensor, wanted: Tensor, beta: float, rng: np.random.Generator) -> tuple[Tensor, Tensor, float]:
    """CutMix: a rectangle of each picture is another's (Yun et al. 2019, arXiv:1905.04899).

    Its sides have the proportions of the picture, its centre lies anywhere, and what falls over the border
    isn't counted.

    Returns:
        The pictures, the targets of the other order, and the share of the area that is its.
    """
    side = float(np.sqrt(rng.beta(beta, beta)))
    order = torch.from_numpy(rng.permutation(len(x))).to(x.device)
    height, width = x.shape[-2:]
    top, bottom = _stretch(height, side, rng)
    left, right = _stretch(width, side, rng)
    x = x.clone()
    x[..., top:bottom, left:right] = x[order, :, top:bottom, left:right]
    return x, wanted[order], (bottom - top) * (right - left) / (height * width)


def _stretch(length: int, part: float, rng: np.random.Generator) -> tuple[int, int]:
    """A stretch of a side, in pixels: where it begins, and where it ends."""
    middle, half = int(rng.integers(length)), round(length * part) / 2
    return max(0, round(middle - half)), min(length, round(middle + half))
