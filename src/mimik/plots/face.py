"""A schematic face, shaded by its action units. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

INK, HEAT = "#33404d", "YlOrRd"
"""Colour of lines and texts, and matplotlib's scale from 0 to 1."""

Blob: TypeAlias = tuple[float, float, float, float]
"""Middle, width and height of an area of the schematic face; x from the midline, y down, 0 to 1."""

AREAS: dict[str, Blob] = {
    "AU01": (0.09, 0.27, 0.12, 0.07),
    "AU02": (0.24, 0.27, 0.13, 0.07),
    "AU04": (0.035, 0.34, 0.07, 0.10),
    "AU05": (0.17, 0.37, 0.16, 0.035),
    "AU06": (0.25, 0.52, 0.16, 0.11),
    "AU07": (0.17, 0.445, 0.16, 0.035),
    "AU09": (0.035, 0.47, 0.06, 0.12),
    "AU10": (0.06, 0.635, 0.10, 0.05),
    "AU11": (0.13, 0.60, 0.05, 0.10),
    "AU12": (0.17, 0.67, 0.07, 0.08),
    "AU13": (0.19, 0.64, 0.05, 0.06),
    "AU14": (0.20, 0.715, 0.05, 0.05),
    "AU15": (0.155, 0.775, 0.06, 0.06),
    "AU16": (0.06, 0.775, 0.10, 0.035),
    "AU17": (0.0, 0.85, 0.16, 0.07),
    "AU18": (0.0, 0.705, 0.10, 0.06),
    "AU20": (0.235, 0.745, 0.07, 0.05),
    "AU21": (0.10, 0.99, 0.14, 0.03),
    "AU22": (0.0, 0.705, 0.14, 0.09),
    "AU23": (0.075, 0.69, 0.10, 0.03),
    "AU24": (0.075, 0.735, 0.10, 0.03),
    "AU25": (0.0, 0.715, 0.14, 0.025),
    "AU26": (0.20, 0.87, 0.10, 0.06),
    "AU27": (0.0, 0.715, 0.12, 0.11),
    "AU28": (0.0, 0.715, 0.20, 0.03),
    "AU43": (0.17, 0.405, 0.15, 0.05),
    "AU45": (0.17, 0.405, 0.15, 0.05),
}
"""Where each unit shows, on the right half of the picture; the left half mirrors it."""


def draw_face(axes: Any, values: Mapping[str, float]) -> None:
    """A schematic face, each unit's place shaded by its probability (0 to 1)."""
    from matplotlib import colormaps
    from matplotlib.patches import Ellipse

    for unit, value in sorted(values.items(), key=lambda item: item[1]):
        if unit not in AREAS or not np.isfinite(value):
            continue
        shade: dict[str, Any] = {"color": colormaps[HEAT](float(value)), "lw": 0}
        x, y, width, height = AREAS[unit]
        for side in (1, -1) if x else (1,):
            axes.add_patch(Ellipse((side * x, y), width, height, **shade))
    _face_lines(axes)
    axes.set(xlim=(-0.45, 0.45), ylim=(1.03, 0.05), aspect="equal")
    axes.axis("off")


def _face_lines(axes: Any) -> None:
    """Outline, brows, eyes, nose and mouth."""
    from matplotlib.patches import Ellipse

    line: dict[str, Any] = {"color": INK, "linewidth": 1.1, "solid_capstyle": "round"}
    axes.add_patch(Ellipse((0, 0.53), 0.74, 0.9, fill=False, edgecolor=INK, linewidth=1.2))
    bend = np.linspace(-1, 1, 20)
    for side in (1, -1):
        axes.plot(side * (0.17 + 0.1 * bend), 0.32 - 0.025 * (1 - bend**2), **line)
        axes.plot(side * (0.17 + 0.075 * bend), 0.41 - 0.028 * (1 - bend**2), **line)
        axes.plot(side * (0.17 + 0.075 * bend), 0.41 + 0.022 * (1 - bend**2), **line)
        axes.add_patch(Ellipse((side * 0.17, 0.408), 0.035, 0.035, color=INK, lw=0))
        axes.plot([side * 0.03, side * 0.06, side * 0.03], [0.50, 0.58, 0.60], **line)
    axes.plot(0.15 * bend, 0.715 + 0.0 * bend, **line)
    axes.plot(0.15 * bend, 0.715 - 0.03 * (1 - bend**2) * (1 - 0.25 * np.exp(-((bend / 0.15) ** 2))), **line)
    axes.plot(0.15 * bend, 0.715 + 0.04 * (1 - bend**2), **line)
