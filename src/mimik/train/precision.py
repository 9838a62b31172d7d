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
WIDER = (
    'this {} has no instructions for "bf16", so it computes in "fp32" where the recipe says that: '
    "a fifth of the time that emulating them takes, or less"
)
"""What is said before a run that computes in other numbers than its recipe says."""
BF16 = ("avx512_bf16", "amx_bf16", "avx_ne_convert", "bf16", "sve_bf16")
"""What torch calls a CPU's instructions for bf16, of x86 and of ARM."""
AMPERE = 8
"""NVIDIA's first generation (major number of the compute capability) with bf16."""


def has_bf16(device: torch.device) -> bool:
    """Whether a device has instructions for bf16; one that torch can't tell it of is believed to."""
    if device.type == "cuda":
        return torch.version.hip is not None or torch.cuda.get_device_capability(device)[0] >= AMPERE
    tell = getattr(torch.cpu, "get_capabilities", None)  # Of newer versions.
    return device.type != "cpu" or tell is None or any(tell().get(name) for name in BF16)


def precision_on(device: torch.device, precision: str) -> str:
    """What a device computes in where a recipe says a precision: 32 bits for bf16 where it has no bf16.

    Emulated it takes five times as long as fp32 or more on a CPU (`benchmarks/precision.py`), and cuDNN
    has no convolutions for it.

    Args:
        device: Where it computes.
        precision: "bf16", "fp16" or "fp32".
    """
    return "fp32" if precision == "bf16" and not has_bf16(device) else precision


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
    return [SLOW] * slow + [WIDER.format("GPU" if device.type == "cuda" else "CPU")] * wider
