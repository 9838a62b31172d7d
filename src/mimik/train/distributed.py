"""Training in several processes, which torchrun starts: each step is the one that one process would take.

All processes know all labels and draw the same random numbers. Of each batch a process makes its own rows,
and what would differ from one process is put together: logits before the loss, gradients before the step,
the statistics of batch normalisation.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
from torch import Tensor, distributed, nn

from mimik.errors import LostProcessError, OptionError
from mimik.models.device import Device
from mimik.train.whole_batch import WholeBatch

T = TypeVar("T")

PATIENCE = timedelta(days=1)
"""How long the others wait for one that is busy: the first asks teachers, validates and writes. One that has
ended is noticed at once."""
FAILURES = "mimik/failures"
"""Where the processes count those of them that have failed, in torchrun's store."""


@dataclass(frozen=True)
class Processes:
    """Those that train together, as one of them sees it; alone, nothing here costs anything."""

    number: int = 0
    """Of this one, from 0. The first alone writes, logs, validates and exports."""
    count: int = 1
    """How many there are."""
    local: int = 0
    """Its number among those of its machine: that of its GPU."""

    @property
    def first(self) -> bool:
        """Whether it is the first."""
        return self.number == 0

    def part(self, rows: int) -> slice:
        """Which rows of a batch are its own."""
        return slice(self.number * rows // self.count, (self.number + 1) * rows // self.count)

    def device(self, name: str) -> str:
        """The device of this process: a GPU of its own where there are GPUs.

        Raises:
            OptionError: One GPU is named for all.
        """
        if self.count == 1 or Device.of(name).kind == "cpu" or not torch.cuda.is_available():
            return name
        if ":" in name:
            raise OptionError(
                f"device {name!r}: torchrun gives each process a GPU of its own; leave --device out"
            )
        return f"cuda:{self.local}"

    def whole(self, rows: int) -> AbstractContextManager[object]:
        """Within it, what a network does with a batch as a whole it does with the rows of all processes."""
        return nullcontext() if self.count == 1 else WholeBatch(rows, self.part(rows), summed)

    def gathered(self, logits: Tensor, rows: int) -> Tensor:
        """The logits (N, K) of a whole batch; gradients go to those of this process."""
        if self.count == 1:
            return logits
        own = self.part(rows)
        every = torch.zeros(rows, *logits.shape[1:], dtype=logits.dtype, device=logits.device)
        every[own] = logits.detach()
        summed(every)
        return torch.cat([every[: own.start], logits, every[own.stop :]])

    def sum_gradients(self, network: nn.Module) -> None:
        """Give each process the gradients of the whole batch, in place."""
        if self.count == 1:
            return
        own = [values.grad for values in network.parameters() if values.grad is not None]
        flat = summed(torch.cat([gradient.reshape(-1) for gradient in own]))
        for gradient, part in zip(own, torch.split(flat, [g.numel() for g in own]), strict=True):
            gradient.copy_(part.view_as(gradient))

    def same(self, *networks: nn.Module) -> None:
        """Give all processes the weights of the first."""
        if self.count == 1:
            return
        with _peers():
            for network in networks:
                for values in network.state_dict().values():
                    own = values.contiguous()
                    distributed.broadcast(own, 0)
                    values.copy_(own)

    def told(self, make: Callable[[], T]) -> T:
        """What the first process makes, for all."""
        made = [make() if self.first else None]
        if self.count > 1:
            with _peers():
                distributed.broadcast_object_list(made, 0)
        return made[0]  # type: ignore[return-value]

    def after_first(self, make: Callable[[], T]) -> T:
        """What each process makes, the others after the first, which may leave a file for them."""
        if not self.first:
            self.wait()
        made = make()
        if self.first:
            self.wait()
        return made

    def wait(self) -> None:
        """Wait until all are here."""
        self.told(lambda: None)

    def speaks(self) -> bool:
        """Whether this process is the one that says why all end: the first that failed."""
        if self.count == 1:
            return True
        try:
            store = distributed.distributed_c10d._get_default_store()
            return bool(store.add(FAILURES, 1) == 1)
        except RuntimeError:  # Its keeper, torchrun, is gone.
            return True


ALONE = Processes()
"""One process."""


def summed(values: Tensor) -> Tensor:
    """The sum of a tensor over all processes, in place."""
    with _peers():
        distributed.all_reduce(values)
    return values


@contextmanager
def torchrun() -> Iterator[Processes]:
    """Join the processes that torchrun has started; ALONE without it.

    Tensors of the CPU go by gloo, those of GPUs by nccl.

    Raises:
        LostProcessError: The others can't be reached.
    """
    if not distributed.is_torchelastic_launched() or os.environ.get("WORLD_SIZE", "1") == "1":
        yield ALONE
        return
    with _peers():
        distributed.init_process_group(timeout=PATIENCE)
    yield Processes(
        distributed.get_rank(), distributed.get_world_size(), int(os.environ.get("LOCAL_RANK", "0"))
    )
    # Not after an error: the others might have to be waited for.
    distributed.destroy_process_group()


@contextmanager
def _peers() -> Iterator[None]:
    """Turn what torch raises where another process is gone into a line."""
    try:
        yield
    except RuntimeError as error:
        raise LostProcessError(
            "another process of this training has ended, so all of them end; the same command goes on from "
            "the last epoch that was finished"
        ) from error
