"""Layers that see a batch as a whole, computed where each of several processes has some of its rows.

torch.nn.SyncBatchNorm is for GPUs alone (torch 2.14), and knows neither the layers of timm nor dropout.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

Sum = Callable[[Tensor], Tensor]
"""Sums a tensor over all processes, in place."""


class WholeBatch(TorchFunctionMode):
    """Within it, batch normalisation goes by all rows, and dropout drops what it would alone."""

    def __init__(self, rows: int, own: slice, summed: Sum) -> None:
        """Say which rows are here.

        Args:
            rows: Of the whole batch.
            own: Those of this process.
            summed: Sums over the processes.
        """
        super().__init__()
        self._rows, self._own, self._sum = rows, own, summed

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Take the place of the two functions, and of no other."""
        named = kwargs or {}
        if func is functional.batch_norm:
            return self._normalised(*args, **named)
        if func is functional.dropout:
            return self._dropped(*args, **named)
        return func(*args, **named)

    def _normalised(
        self,
        input: Tensor,
        running_mean: Tensor | None,
        running_var: Tensor | None,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        training: bool = False,
        momentum: float = 0.1,
        eps: float = 1e-5,
    ) -> Tensor:
        """functional.batch_norm by the mean and variance of the whole batch; input (N, C, ...)."""
        if not training:
            return functional.batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
        x, axes = input.float(), [0, *range(2, input.ndim)]
        shape = (1, -1, *[1] * (input.ndim - 2))
        count = x.numel() // x.shape[1] * self._rows / (self._own.stop - self._own.start)
        mean = self._total(x.sum(axes)) / count
        off = x - mean.view(shape)
        variance = self._total(off.square().sum(axes)) / count
        if running_mean is not None and running_var is not None:
            with torch.no_grad():
                running_mean.lerp_(mean, momentum)
                running_var.lerp_(variance * (count / max(1, count - 1)), momentum)
        normal: Tensor = off * (variance + eps).rsqrt().view(shape)
        if weight is not None:
            normal = normal * weight.view(shape)
        normal = normal if bias is None else normal + bias.view(shape)
        return normal.to(input.dtype)

    def _dropped(self, input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
        """functional.dropout by this process's rows of what is drawn for the whole batch; input (N, ...)."""
        if not training or p == 0:
            return functional.dropout(input, p, training, inplace)
        each = len(input) // (self._own.stop - self._own.start)  # Rows of a layer for one of the batch.
        ones = input.new_ones(self._rows * each, *input.shape[1:])
        if input.ndim == 4 and input.is_contiguous(memory_format=torch.channels_last):
            ones = ones.contiguous(memory_format=torch.channels_last)
        kept = functional.dropout(ones, p)
        return input * kept[self._own.start * each : self._own.stop * each]

    def _total(self, values: Tensor) -> Tensor:
        total: Tensor = _Total.apply(values, self._sum)
        return total


class _Total(torch.autograd.Function):
    """A sum over all processes through which gradients go: that of a sum is the sum of theirs."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, summed: Sum) -> Tensor:
        ctx.sum = summed
        return summed(values.clone())

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return ctx.sum(gradients[0].clone(memory_format=torch.contiguous_format)), None
