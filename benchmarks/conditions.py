"""How faces are read that are covered or spoilt: python benchmarks/conditions.py FOLDER ... [-n 80].

Each folder holds photographs; of each the surest face is read as it stands, and again with something drawn
over it, or done to the picture. All is drawn with Pillow at the photograph's own size by the landmarks found,
and not by what the model of covers learned from. Prints a table in Markdown: a row a condition.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw, ImageEnhance, ImageFilter, ImageOps

from mimik import Analyzer
from mimik.types import Face
from turned import photos_of, same, surest

Picture = Pictures.Image
Draw = Callable[[Picture, Face, np.random.Generator], Picture]


def _frame(face: Face) -> tuple[float, float, float, float, float]:
    """Middle of the eyes and distance between them, height of nose and mouth, width of the box."""
    assert face.landmarks_xy
    (rx, ry), (lx, ly), (_, ny), (_, my), _ = face.landmarks_xy
    return (rx + lx) / 2, (ry + ly) / 2, ny, my, face.box_xyxy[2] - face.box_xyxy[0]


def _colour(rng: np.random.Generator) -> tuple[int, ...]:
    paints = ((150, 190, 215), (20, 20, 24), (235, 235, 235), (70, 120, 80), (180, 40, 60), (90, 90, 160))
    return paints[rng.integers(len(paints))]


def mask(picture: Picture, face: Face, rng: np.random.Generator, below_nose: bool = False) -> Picture:
    """A mask with pleats, over nose and mouth or the mouth alone."""
    x, ey, ny, my, wide = _frame(face)
    left, right, bottom = x - wide / 2, x + wide / 2, face.box_xyxy[3]
    top = ny + 0.25 * (my - ny) if below_nose else ny - 0.35 * (ny - ey)
    colour, pen = _colour(rng), ImageDraw.Draw(picture)
    pen.polygon(
        [
            (left, top + 0.06 * wide),
            (x, top - 0.04 * wide),
            (right, top + 0.06 * wide),
            (right - 0.05 * wide, my + 0.05 * wide),
            (x + 0.17 * wide, bottom + 0.03 * wide),
            (x - 0.17 * wide, bottom + 0.03 * wide),
            (left + 0.05 * wide, my + 0.05 * wide),
        ],
        fill=colour,
    )
    for share in (0.35, 0.6, 0.8):
        y = top + (bottom - top) * share
        line = [(left + 0.12 * wide, y), (right - 0.12 * wide, y)]
        pen.line(line, fill=tuple(max(0, c - 20) for c in colour), width=max(1, round(0.012 * wide)))
    return picture


def low_mask(picture: Picture, face: Face, rng: np.random.Generator) -> Picture:
    """A mask below the nose."""
    return mask(picture, face, rng, below_nose=True)


def hand(picture: Picture, face: Face, rng: np.random.Generator) -> Picture:
    """Four fingers in the colour of the cheek over the mouth, with dark lines between them."""
    x, _, ny, my, wide = _frame(face)
    skin = picture.getpixel((int(x - 0.22 * wide), int((ny + my) / 2)))
    skin = tuple(int(c * rng.uniform(0.85, 1.1)) for c in skin)
    pen, thick = ImageDraw.Draw(picture), 0.13 * wide
    way = 1 if rng.random() < 0.5 else -1
    for k in range(4):
        y = ny + 0.12 * wide + k * thick
        box = sorted((x - way * 0.62 * wide, x + way * (0.3 - 0.03 * abs(k - 1)) * wide))
        dark = tuple(int(0.6 * c) for c in skin)
        pen.rounded_rectangle([box[0], y, box[1], y + thick], thick / 2, fill=skin, outline=dark, width=2)
    return picture


def dark_glasses(picture: Picture, face: Face, rng: np.random.Generator, round_: bool = True) -> Picture:
    """Black lenses, a bridge and arms."""
    x, ey, _, _, wide = _frame(face)
    pen, lens = ImageDraw.Draw(picture), rng.integers(5, 50, 3)
    fill = tuple(int(c) for c in lens)
    for side in (-1, 1):
        middle = x + side * 0.21 * wide
        box = [middle - 0.16 * wide, ey - 0.11 * wide, middle + 0.16 * wide, ey + 0.13 * wide]
        pen.ellipse(box, fill=fill) if round_ else pen.rounded_rectangle(box, 0.03 * wide, fill=fill)
        pen.line([(middle, ey - 0.05 * wide), (x + side * 0.5 * wide, ey - 0.05 * wide)], fill=fill, width=4)
    pen.line([(x - 0.1 * wide, ey - 0.04 * wide), (x + 0.1 * wide, ey - 0.04 * wide)], fill=fill, width=4)
    return picture


def square_glasses(picture: Picture, face: Face, rng: np.random.Generator) -> Picture:
    """The same with straight edges."""
    return dark_glasses(picture, face, rng, round_=False)


def clear_glasses(picture: Picture, face: Face, rng: np.random.Generator) -> Picture:
    """Rims alone."""
    x, ey, _, _, wide = _frame(face)
    pen, thick = ImageDraw.Draw(picture), max(1, round(0.02 * wide))
    for side in (-1, 1):
        middle = x + side * 0.21 * wide
        box = [middle - 0.16 * wide, ey - 0.11 * wide, middle + 0.16 * wide, ey + 0.13 * wide]
        pen.rounded_rectangle(box, 0.07 * wide, outline=(30, 25, 25), width=thick)
    pen.line([(x - 0.05 * wide, ey), (x + 0.05 * wide, ey)], fill=(30, 25, 25), width=thick)
    return picture


def phone(picture: Picture, face: Face, rng: np.random.Generator) -> Picture:
    """A dark slab over one half."""
    x, ey, _, my, wide = _frame(face)
    side = 1 if rng.random() < 0.5 else -1
    edges = sorted((x + side * 0.02 * wide, x + side * 0.7 * wide))
    box = [edges[0], ey - 0.5 * wide, edges[1], my + 0.5 * wide]
    ImageDraw.Draw(picture).rounded_rectangle(
        box, 0.06 * wide, fill=(35, 35, 40), outline=(90, 90, 95), width=3
    )
    return picture


def pixelated(picture: Picture, face: Face, rng: np.random.Generator) -> Picture:
    """Eight to twelve cells across the face's box."""
    share = rng.uniform(8, 12) / face.quality.size_px
    small = picture.resize([max(2, round(s * share)) for s in picture.size], Pictures.Resampling.BOX)
    return small.resize(picture.size, Pictures.Resampling.NEAREST)


def jpeg(picture: Picture, face: Face, rng: np.random.Generator, quality: int = 3) -> Picture:
    """A JPEG in which the face has 80 pixels."""
    share = 80 / face.quality.size_px
    small = picture.resize([max(16, round(s * share)) for s in picture.size]) if share < 1 else picture
    data = io.BytesIO()
    small.save(data, "JPEG", quality=quality)
    return Pictures.open(data).convert("RGB").resize(picture.size)


def fair_jpeg(picture: Picture, face: Face, rng: np.random.Generator) -> Picture:
    """A JPEG as they usually are."""
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=50)
    return Pictures.open(data).convert("RGB")


def painting(picture: Picture, face: Face, rng: np.random.Generator) -> Picture:
    """Dabs of the most frequent colour, few colours in all, more vivid."""
    dab = max(3, round(face.quality.size_px / 45) | 1)
    return ImageEnhance.Color(ImageOps.posterize(picture.filter(ImageFilter.ModeFilter(dab)), 3)).enhance(1.5)


def drawing(picture: Picture, face: Face, rng: np.random.Generator) -> Picture:
    """Edges in grey on white."""
    share = min(1.0, 160 / face.quality.size_px)
    small = picture.convert("L").resize([max(16, round(s * share)) for s in picture.size])
    lines = ImageOps.autocontrast(small.filter(ImageFilter.SMOOTH).filter(ImageFilter.CONTOUR), cutoff=2)
    return lines.resize(picture.size).convert("RGB")


def bust(picture: Picture, face: Face, rng: np.random.Generator) -> Picture:
    """One grey material, lit from the side: shading and edges, no colour."""
    grey = picture.convert("L").filter(ImageFilter.GaussianBlur(face.quality.size_px / 90))
    relief = ImageEnhance.Contrast(grey.filter(ImageFilter.EMBOSS)).enhance(1.3)
    flat = ImageOps.autocontrast(grey).point(lambda v: 120 + v * 0.3)
    return ImageOps.colorize(Pictures.blend(flat, relief, 0.35), (40, 38, 34), (236, 230, 216))


def grey(picture: Picture, face: Face, rng: np.random.Generator) -> Picture:
    """Without colour."""
    return picture.convert("L").convert("RGB")


def as_it_is(picture: Picture, face: Face, rng: np.random.Generator) -> Picture:
    """Unchanged."""
    return picture


CONDITIONS: dict[str, Draw] = {
    "as it is": as_it_is,
    "grey": grey,
    "clear glasses": clear_glasses,
    "JPEG, quality 50": fair_jpeg,
    "mask": mask,
    "mask below the nose": low_mask,
    "hand over the mouth": hand,
    "dark glasses, round": dark_glasses,
    "dark glasses, square": square_glasses,
    "a phone over one half": phone,
    "pixelated, 8 to 12 cells": pixelated,
    "JPEG, 80 px, quality 3": jpeg,
    "painting": painting,
    "drawing": drawing,
    "bust": bust,
}
"""What is done to a face; the first four don't hide it."""


def main() -> int:
    """Read, draw, read again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("-n", type=int, default=80, help="photographs of each folder (default: 80)")
    parser.add_argument("--sheet", type=Path, help="draw some of them into this picture")
    args = parser.parse_args()
    analyzer = Analyzer(("emotion", "gender", "age"))
    photos = [photo for folder in args.folders for photo in photos_of(folder, args.n, analyzer)]
    print(f"{len(photos)} photographs whose face is reliable as it stands\n")
    print("| condition | found | flagged | right and trusted | wrong and trusted | reasons |")
    print("|---|---|---|---|---|---|")
    rows = []
    for name, draw in CONDITIONS.items():
        rng = np.random.default_rng(0)
        drawn = [draw(Pictures.fromarray(photo.image), photo.face, rng) for photo in photos]
        found = [surest(analyzer, np.asarray(picture)) for picture in drawn]
        print(_row(name, [photo.face for photo in photos], found), flush=True)
        rows.append(np.hstack([np.asarray(picture.resize((150, 150))) for picture in drawn[:9]]))
    if args.sheet:
        Pictures.fromarray(np.vstack(rows)).save(args.sheet)
    return 0


def _row(name: str, before: list[Face], after: list[Face | None]) -> str:
    """One row of the table."""
    total, seen = len(before), [(b, a) for b, a in zip(before, after, strict=True) if a]
    trusted = [(b, a) for b, a in seen if a.quality.reliable]
    right = sum(same(b, a) for b, a in trusted)
    reasons: dict[str, int] = {}
    for _, face in seen:
        if face.quality.reason:
            reasons[face.quality.reason] = reasons.get(face.quality.reason, 0) + 1
    told = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items(), key=lambda r: -r[1]))
    shares = (len(seen), len(seen) - len(trusted), right, len(trusted) - right)
    return f"| {name} | " + " | ".join(f"{100 * s / total:.0f} %" for s in shares) + f" | {told} |"


if __name__ == "__main__":
    sys.exit(main())
