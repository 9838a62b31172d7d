"""Pictures that show nothing: undecodable, blank, without a face, or doubted by their own set."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mimik.data.audit.finding import Finding
from mimik.data.audit.look import Pictures
from mimik.data.base import load_reader

NEARLY = 6.0
"""A picture whose grey values spread by no more than this, of 255, shows next to nothing."""
ONE_SHADE = 0.5
"""Share of one grey value from which a picture is more likely a sign or a text than a face."""


def undecodable(pictures: Pictures) -> Finding:
    """Pictures that can't be decoded, each with its error."""
    return _single("undecodable", "undecodable", list(pictures.errors), notes=dict(pictures.errors))


def blank(pictures: Pictures) -> Finding:
    """Pictures of one shade."""
    return _single("blank", "blank", _rows(pictures.spread == 0), "one shade all over")


def nearly_blank(pictures: Pictures) -> Finding:
    """Pictures with next to nothing on them."""
    rows = _rows((pictures.spread > 0) & (pictures.spread <= NEARLY))
    return _single("nearly_blank", "nearly blank", rows, f"grey values spread by at most {NEARLY:g} of 255")


def one_shade(pictures: Pictures) -> Finding:
    """Pictures of which one shade fills half or more: signs, texts, drawings."""
    rows = _rows((pictures.spread > NEARLY) & (pictures.shade >= ONE_SHADE))
    says = "one exact shade fills half or more: often a sign, a text or a drawing"
    return _single("one_shade", "mostly one shade", rows, says)


def silent(pictures: Pictures) -> Finding:
    """Sounds in which nothing is heard."""
    return _single("silent", "silent", _rows(pictures.silent), "nowhere louder than -60 dB of full scale")


def faceless(pictures: Pictures) -> Finding | None:
    """Pictures on which no face is found; None if none was looked for."""
    if pictures.face is None:
        return None
    rows = _rows(~pictures.face & (pictures.photo >= 0) & (pictures.spread > 0))  # No sound: NaN.
    return _single("faceless", "no face", rows, "YuNet finds none, not even a doubtful one")


def doubted(pictures: Pictures) -> list[Finding]:
    """What the sets' own readers know to be wrong with their rows."""
    found = []
    for number, one in enumerate(pictures.sets):
        rows = {pictures.samples[row].key: row for row in np.nonzero(pictures.home == number)[0].tolist()}
        for title, keys in load_reader(one.reader).doubts(one.path, one.split).items():
            own = [rows[key] for key in keys if key in rows]
            found.append(
                Finding("doubts", title, len(keys), names=keys)
                if len(own) < len(keys)
                else _single("doubts", title, own)
            )
    return found


def _rows(mask: NDArray[np.bool_]) -> list[int]:
    return [int(row) for row in np.nonzero(mask)[0]]


def _single(
    kind: str, title: str, rows: list[int], says: str = "", notes: dict[int, str] | None = None
) -> Finding:
    return Finding(kind, title, len(rows), says if rows else "", [(row,) for row in rows], notes or {})
