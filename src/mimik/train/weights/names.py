"""What the names of weights end in, in files that hold them in fewer than 32 bits."""

from __future__ import annotations

HALF = ".half"
"""In 16 bits (export.narrow)."""
BYTES, SCALE = ".bytes", ".scale"
"""In 8 bits of a file that computes in 32, and their steps (export.narrow)."""
QUANTISED = "_quantized"
"""In 8 bits of a file that computes in 8 (export.int8)."""
