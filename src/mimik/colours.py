"""The colour of each expression: the same in plots, drawings and reports, and on the page of ``mimik app``.

Each stands out from white paper and from a dark screen (3 to 1 or more), and any two differ for eyes that
lack red, green or blue cones, too. Numbers, words, hatching and dashes say the same without colour.
"""

from __future__ import annotations

EXPRESSION_COLOURS = {
    "happy": "#ce7c1e",
    "surprise": "#1d757c",
    "neutral": "#858785",
    "sad": "#327ef4",
    "fear": "#ab76a9",
    "angry": "#d01a0c",
    "disgust": "#5e9d6c",
    "contempt": "#83624f",
    "calm": "#5946ff",
    "bored": "#bc28b1",
}
"""Expression of a face or voice to its colour, as the page has them (page/src/logic/colours.ts)."""
OTHER_COLOUR = "#6f7275"
"""Of a face or voice that is uncertain, wasn't read, or shows what has no colour of its own."""


def expression_colour(label: str | None) -> str:
    """An expression's colour, "#rrggbb"."""
    return EXPRESSION_COLOURS.get(label or "", OTHER_COLOUR)


def class_colour(number: int) -> str:
    """The colour of a class of another task, by its number from 0; they come again after the ninth."""
    colours = [colour for name, colour in EXPRESSION_COLOURS.items() if name != "neutral"]  # grey says: none
    return colours[number % len(colours)]


def rgb_of(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of "#rrggbb", 0 to 255."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue
