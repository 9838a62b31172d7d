"""Expressions' colours: one table, told apart by every eye, on white and on black."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mimik.colours import EXPRESSION_COLOURS, OTHER_COLOUR, expression_colour, rgb_of

PAGE = Path(__file__).parent.parent / "page" / "src"
NEEDS_PAGE = pytest.mark.skipif(not PAGE.is_dir(), reason="the page's sources aren't in this copy")
Colour = NDArray[np.float64]
OF_VOICES = {"calm", "bored"}
"""Expressions that voices have alone."""

SEEN = {
    "all cones": np.eye(3),
    "without red": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "without green": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "without blue": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
"""How linear RGB looks to an eye: Machado, Oliveira and Fernandes 2009, severity 1."""
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
"""Of linear sRGB."""


def linear(colour: str) -> Colour:
    """Linear RGB of "#rrggbb"."""
    parts = np.array(rgb_of(colour)) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb: Colour) -> Colour:
    """CIELAB of linear RGB."""
    ratio = XYZ @ np.clip(rgb, 0, 1) / XYZ.sum(axis=1)
    x, y, z = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one: Colour, other: Colour) -> float:
    """CIEDE2000 (Sharma, Wu and Dalal 2005)."""
    chroma = np.hypot([one[1], other[1]], [one[2], other[2]])
    grey = 0.5 * (1 - np.sqrt(chroma.mean() ** 7 / (chroma.mean() ** 7 + 25**7)))
    a, b = (1 + grey) * np.array([one[1], other[1]]), np.array([one[2], other[2]])
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
    turn = (hue[1] - hue[0] + 180) % 360 - 180
    light, middle, mean = (one[0] + other[0]) / 2, (hue[0] + turn / 2) % 360, chroma.mean()
    step = 2 * np.sqrt(chroma.prod()) * np.sin(np.radians(turn / 2))
    wave = 1 - 0.17 * np.cos(np.radians(middle - 30)) + 0.24 * np.cos(np.radians(2 * middle))
    wave += 0.32 * np.cos(np.radians(3 * middle + 6)) - 0.2 * np.cos(np.radians(4 * middle - 63))
    parts = (
        (other[0] - one[0]) / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)),
        (chroma[1] - chroma[0]) / (1 + 0.045 * mean),
        step / (1 + 0.015 * mean * wave),
    )
    turned = -2 * np.sqrt(mean**7 / (mean**7 + 25**7))
    turned *= np.sin(np.radians(60 * np.exp(-(((middle - 275) / 25) ** 2))))
    return float(np.sqrt(sum(part**2 for part in parts) + turned * parts[1] * parts[2]))


def contrast(one: str, other: str) -> float:
    """WCAG's, 1 to 21."""
    dark, light = sorted(float(XYZ[1] @ linear(colour)) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def test_the_difference_is_that_of_the_paper() -> None:
    pairs = [([50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425), ([50, 2.5, 0], [73, 25, -18], 27.1492)]
    for one, other, wanted in pairs:
        assert difference(np.array(one, float), np.array(other, float)) == pytest.approx(wanted, abs=2e-4)


@pytest.mark.parametrize("eye", SEEN)
def test_no_two_look_alike(eye: str) -> None:
    seen = {name: lab(SEEN[eye] @ linear(colour)) for name, colour in EXPRESSION_COLOURS.items()}
    apart = {pair: difference(seen[pair[0]], seen[pair[1]]) for pair in itertools.combinations(seen, 2)}
    of_faces = {pair: far for pair, far in apart.items() if not OF_VOICES & {*pair}}
    # Okabe and Ito's eight come to 21.7, 12.2, 11.6 and 10.9; ten can't be as far apart as eight.
    for pairs, usual, lacking in ((of_faces, 19, 11), (apart, 16, 9.2)):
        limit = usual if eye == "all cones" else lacking
        assert min(pairs.values()) > limit, min(pairs, key=lambda pair: pairs[pair])


@NEEDS_PAGE
@pytest.mark.parametrize("colour", [*EXPRESSION_COLOURS.values(), OTHER_COLOUR])
def test_each_stands_out_from_paper_and_from_both_screens(colour: str) -> None:
    told = re.search(
        r"--panel: light-dark\((#\w{6}), (#\w{6})\)", (PAGE / "styles/base.css").read_text("utf-8")
    )
    assert told
    assert min(contrast(colour, ground) for ground in ("#ffffff", *told.groups())) >= 3


@NEEDS_PAGE
def test_the_page_has_the_same_table() -> None:
    text = (PAGE / "logic" / "colours.ts").read_text("utf-8")
    assert dict(re.findall(r'^  (\w+): "(#\w{6})",$', text, re.MULTILINE)) == EXPRESSION_COLOURS
    assert f'OTHER_COLOUR = "{OTHER_COLOUR}"' in text


def test_what_has_no_colour_of_its_own_has_the_other() -> None:
    assert {expression_colour(name) for name in ("uncertain", "awe", None)} == {OTHER_COLOUR}
