"""In which numbers a network computes while it is trained; its weights stay in 32 bits."""

from __future__ import annotations

from collections.abc import Collection

import torch

from mimik.models.inputs import ClipSpec, NetworkInput

HALVES: dict[str, torch.dtype] = {"bf16": torch.bfloat16, "fp16": torch.float16}
"""Name of a precision to the 16 bits that it computes in."""
SLOW = (
    'precision = "fp16" has no fast path on a CPU and takes 10 times as long as "bf16" there, or more; '
    "say bf16 unless the figures of fp16 are what you want to know"
)
"""What is said before a run that would surprise by its time."""


def computing(device: torch.device, precision: str) -> torch.autocast:
    """A context in which a network computes in a recipe's precision.

    Args:
        device: Where it computes.
        precision: "bf16", "fp16" or "fp32".
    """
    half = HALVES.get(precision)
    return torch.autocast(device.type, half or torch.bfloat16, enabled=half is not None)


def scaler_for(device: torch.device, precision: str) -> torch.amp.GradScaler:
    """What keeps small gradients from vanishing in fp16; of the others it leaves everything as it is."""
    return torch.amp.GradScaler(device.type, enabled=precision == "fp16")


def layout_for(
    device: torch.device, precisions: Collection[str], takes: NetworkInput | None = None
) -> torch.memory_format:
    """How pictures and weights lie in memory: channels last, which is faster.

    With 32 bits on a CPU they don't: torch 2.14 ends with a segmentation fault there, in the gradient of a
    1 x 1 convolution with a stride (oneDNN). Nor do clips, whose pictures have a dimension more.

    Args:
        device: Where they are.
        precisions: Those that they are used in; the phases of a training may have several.
        takes: The network's input; a picture if None.
    """
    plain = isinstance(takes, ClipSpec) or ("fp32" in precisions and device.type == "cpu")
    return torch.contiguous_format if plain else torch.channels_last


def slow_note(device: torch.device, precisions: Collection[str]) -> list[str]:
    """What should be known before training, a sentence each."""
    return [SLOW] if "fp16" in precisions and device.type == "cpu" else []
