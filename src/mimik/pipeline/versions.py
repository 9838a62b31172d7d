"""The versions of what mimik reads faces with, for those who want to get the same numbers again."""

from __future__ import annotations

import contextlib
import platform
from functools import cache
from importlib import metadata

LIBRARIES: dict[str, tuple[str, ...]] = {
    "numpy": ("numpy",),
    "onnxruntime": ("onnxruntime-gpu", "onnxruntime"),
    "opencv": ("opencv-python-headless", "opencv-contrib-python-headless", "opencv-python"),
    "av": ("av",),
    "pillow": ("pillow",),
}
"""What decodes, scales and computes, and the packages that bring it, the likeliest used first."""


@cache
def libraries() -> dict[str, str]:
    """Name to version of Python and of each library; "" if its package doesn't say."""
    return {"python": platform.python_version()} | {
        name: _version(packages) for name, packages in LIBRARIES.items()
    }


def _version(packages: tuple[str, ...]) -> str:
    for package in packages:
        with contextlib.suppress(metadata.PackageNotFoundError):
            return metadata.version(package)
    return ""
