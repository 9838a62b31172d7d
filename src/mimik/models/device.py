"""Where networks run: what a device is called, and how many threads there may be."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mimik.errors import OptionError, UnknownNameError

DEVICES = ("auto", "cpu", "cuda", "cuda:N")
"""What ``device`` may be: "auto" is CUDA where it is found, "cuda" the first GPU, "cuda:1" the second."""

MOST_THREADS = 256
"""More would take minutes to start."""


@dataclass(frozen=True, slots=True)
class Device:
    """A device by its parts."""

    kind: str
    """"auto", "cpu", "cuda", or "cuda:1" for a GPU by its number."""
    number: int = 0
    """Which GPU, from 0."""

    @classmethod
    def of(cls, name: str) -> Device:
        """Take a user's word for a device apart.

        Raises:
            UnknownNameError: There is no such device.
            OptionError: What follows "cuda:" is no number.
        """
        kind, colon, number = str(name).partition(":")
        if kind == "gpu":
            raise UnknownNameError("device", name, DEVICES, meant=f"cuda{colon}{number}")
        if kind not in DEVICES or (colon and kind != "cuda"):
            raise UnknownNameError("device", name, DEVICES)
        if colon and not re.fullmatch(r"[0-9]{1,3}", number):
            raise OptionError(
                f"device {name!r}: a GPU has a number from 0, as in cuda:1; nvidia-smi lists them"
            )
        return cls(kind, int(number or 0))


def check_threads(threads: object) -> None:
    """Refuse a number of threads that can't be.

    Raises:
        OptionError: It isn't 1 to MOST_THREADS.
    """
    if not isinstance(threads, int) or not 1 <= threads <= MOST_THREADS:
        raise OptionError(f"threads must be 1 to {MOST_THREADS}, not {threads!r}")
