"""Names of columns that every statistics program takes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LONGEST = 32
"""Characters of a name: Stata takes no more, SPSS 64."""

SPELT_OUT = str.maketrans(
    {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"}
)
"""Letters of Latin script that aren't one with an accent."""
RESERVED = frozenset(
    # R, where capitals count; SPSS; Stata.
    (
        *("if", "else", "repeat", "while", "function", "for", "next", "break", "in"),
        *("true", "false", "null", "inf", "nan", "na"),
        *("all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"),
        *("byte", "double", "float", "int", "long", "strl", "using"),
    )
)
"""Words that a program keeps for itself, in small letters."""


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Each name with one of letters, digits and underscores that begins with a letter.

    At most LONGEST characters, no two alike but for capitals (SPSS tells no difference). What ends a name,
    such as "_mean", stays when the rest is cut.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in dict.fromkeys(names):
        plain, number = _plain(name), 1
        short = _cut(plain, "")
        while short.lower() in taken:
            number += 1
            short = _cut(plain, str(number))
        taken.add(short.lower())
        found[name] = short
    return found


def _plain(name: str) -> str:
    """A name without what such programs refuse; accents go, what is left of other scripts is "_"."""
    letters = (c for c in unicodedata.normalize("NFKD", name.strip()) if not unicodedata.combining(c))
    plain = re.sub(r"[^0-9A-Za-z_]", "_", "".join(letters).translate(SPELT_OUT))
    if plain.lower() in RESERVED or re.fullmatch(r"str\d+", plain.lower()):
        return f"v_{plain}"
    return plain if plain[:1].isalpha() else f"v{plain}"


def _cut(name: str, mark: str) -> str:
    """A name that fits, with a mark before what ends it."""
    head, line, end = name.rpartition("_")
    if not head or len(end) > LONGEST // 2:
        head, line, end = name, "", ""
    return head[: LONGEST - len(mark + line + end)] + mark + line + end
