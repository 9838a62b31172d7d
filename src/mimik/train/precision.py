"""In which numbers a network computes while it is trained; its weights stay in 32 bits."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

import torch

from mimik.models.inputs import ClipSpec, NetworkInput

HALVES: dict[str, torch.dtype] = {"bf16": torch.bfloat16, "fp16": torch.float16}
"""Name of a precision to the 16 bits that it computes in."""
SLOW = (
    'precision = "fp16" has no fast path on a CPU and takes 10 times as long as "bf16" there, or more; '
    "say bf16 unless the figures of fp16 are what you want to know"
)
"""What is said before a run that would surprise by its time."""
WIDER = (
    'this CPU has no instructions for 16 bits, so where the recipe says "bf16" it computes in "fp32", '
    "which takes a fifth of the time here"
)
"""What is said before a run that computes in other numbers than its recipe says."""
BF16 = ("avx512_bf16", "amx_bf16", "avx_ne_convert", "bf16", "sve_bf16")
"""What torch calls instructions for bf16, of x86 and of ARM."""


@cache
def cpu_has_bf16() -> bool:
    """Whether this CPU has instructions for bf16; believed to have them where torch is too old to tell."""
    tell = getattr(torch.cpu, "get_capabilities", None)
    return tell is None or any(tell().get(name) for name in BF16)


def precision_on(device: torch.device, precision: str) -> str:
    """What a device computes in where a recipe says a precision: 32 bits on a CPU that has no bf16.

    It would be emulated there, in five times the time of fp32 (`benchmarks/precision.py`).

    Args:
        device: Where it computes.
        precision: "bf16", "fp16" or "fp32".
    """
    wider = precision == "bf16" and device.type == "cpu" and not cpu_has_bf16()
    return "fp32" if wider else precision


def computing(device: torch.device, precision: str) -> torch.autocast:
    """A context in which a network computes in a recipe's precision.

    Args:
        device: Where it computes.
        precision: "bf16", "fp16" or "fp32".
    """
    half = HALVES.get(precision_on(device, precision))
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
    wide = "fp32" in {precision_on(device, precision) for precision in precisions}
    plain = isinstance(takes, ClipSpec) or (wide and device.type == "cpu")
    return torch.contiguous_format if plain else torch.channels_last


def precision_notes(device: torch.device, precisions: Collection[str]) -> list[str]:
    """What should be known before training, a sentence each."""
    slow = "fp16" in precisions and device.type == "cpu"
    wider = any(precision_on(device, precision) != precision for precision in precisions)
    return [SLOW] * slow + [WIDER] * wider
