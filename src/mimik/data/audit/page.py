"""One self-contained page with a contact sheet a finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

from mimik._version import __version__
from mimik.data.audit.audit import Audit
from mimik.data.audit.finding import Finding, key_of
from mimik.data.audit.labels import compared
from mimik.data.audit.leave_out import reasons
from mimik.data.audit.look import Pictures
from mimik.data.pictures import made_of
from mimik.render.html import document, shared_style, tile_address
from mimik.tasks.words import capital

TILES, TOGETHER = 60, 6
"""Pictures of a finding that are shown at most, and those of one group."""
NAMES = 60
"""Names of a finding that are shown at most."""


def audit_page(found: Audit) -> str:
    """The page, as HTML; its pictures are in it."""
    seen = [one for one in found.findings if one.groups or one.names]
    shown = {id(one): _shown(found.pictures, one) for one in seen}
    tiles = _tiles(found.pictures, (row for groups in shown.values() for part, _ in groups for row in part))
    style = shared_style() + Path(__file__).with_name("audit.css").read_text("utf-8")
    parts = [*_head(found), *(line for one in seen for line in _section(found, one, shown[id(one)], tiles))]
    return document(f"Audit of {_names(found)}", style, parts)


def _names(found: Audit) -> str:
    return " and ".join(one.title or one.path.absolute().name for one in found.pictures.sets)


def _head(found: Audit) -> Iterator[str]:
    """Title, sets, and a table of all findings."""
    yield f"<h1>Audit of {escape(_names(found))}</h1>"
    for own in found.pictures.sets:
        yield (
            f"<p>{escape(str(own.path))}, read by <code>{escape(own.reader)}</code>, split "
            f"{escape(own.split)}: {len(own.samples):,} {found.pictures.kind}.</p>"
        )
    yield "<table><thead><tr><th>Finding</th><th>Number</th><th></th></tr></thead><tbody>"
    for one in found.findings:
        name = escape(capital(one.title))
        link = f'<a href="#{_anchor(one)}">{name}</a>' if one.groups or one.names else name
        row = f'<td>{link}</td><td class="n">{one.count:,}</td><td>{escape(one.says)}</td>'
        yield f"<tr{'' if one.count else ' class=none'}>{row}</tr>"
    yield "</tbody></table>"
    why = ", ".join(f"{reason} {n:,}" for reason, n in reasons(found.leaving).items())
    yield (
        f"<p>Training should leave out {len(found.leaving):,} {found.pictures.kind}{': ' * bool(why)}"
        f"{escape(why)}. They "
        "are listed in <code>leave_out.csv</code>: of exact copies one stays, where equal pictures have "
        "other labels none does, and of a copy on both sides the one to train on leaves. Near copies within "
        "training stay; validation is kept apart from them.</p>"
    )
    yield f"<p>mimik {escape(__version__)}. The pictures on this page stay under their set's terms.</p>"


def _anchor(one: Finding) -> str:
    words = "".join(c if c.isalnum() else "-" for c in one.title)
    return f"{one.kind}-{words}" if one.kind == "doubts" else one.kind


def _shown(pictures: Pictures, one: Finding) -> list[tuple[Sequence[int], int]]:
    """The groups that are shown, cut to what fits, and how many pictures of each aren't.

    Those that lie across splits come first.
    """
    shown: list[tuple[Sequence[int], int]] = []
    room = TILES
    for group in sorted(one.groups, key=lambda g: len({int(pictures.side[row]) for row in g}) < 2):
        part = group[:TOGETHER]
        if len(part) > room:
            break
        room -= len(part)
        shown.append((part, len(group) - len(part)))
    return shown


def _section(
    found: Audit, one: Finding, shown: list[tuple[Sequence[int], int]], tiles: dict[int, str]
) -> Iterator[str]:
    """A finding with its contact sheet, or with its names."""
    yield f'<section id="{_anchor(one)}"><h2>{escape(capital(one.title))} <span>{one.count:,}</span></h2>'
    if one.says:
        yield f"<p>{escape(one.says)}.</p>"
    if one.names:
        items = "".join(f"<li>{escape(name)}</li>" for name in one.names[:NAMES])
        others = len(one.names) - NAMES
        yield f"<ul>{items}</ul>{f'<p>And {others:,} more.</p>' if others > 0 else ''}"
    if shown:
        yield '<div class="sheet">'
        for part, more in shown:
            inner = "".join(_figure(found.pictures, one, row, tiles) for row in part)
            rest = f'<figcaption class="more">and {more} more</figcaption>' * bool(more)
            yield f'<div class="group">{inner}{rest}</div>'
        yield "</div>"
        if (hidden := len(one.groups) - len(shown)) > 0:
            what = "groups" if any(len(group) > 1 for group in one.groups) else "pictures"
            yield f"<p>And {hidden:,} more {what}, in the JSON.</p>"
    yield "</section>"


def _figure(pictures: Pictures, one: Finding, row: int, tiles: dict[int, str]) -> str:
    sample = pictures.samples[row]
    labels = ", ".join(_label(value) for name, value in sample.labels.items() if name in compared())
    key = key_of(pictures, row)
    note = one.notes.get(row, "")
    lines = [labels, sample.split, f"<b>{escape(_short(key))}</b>", escape(note)]
    image = f'<img alt="" src="{tiles[row]}">' if row in tiles else '<span class="lost">no picture</span>'
    return (
        f'<figure title="{escape(key)}">{image}<figcaption>{escape(lines[0])} · {escape(lines[1])}<br>'
        f"{lines[2]}{'<br>' * bool(note)}{lines[3]}</figcaption></figure>"
    )


def _label(value: str | float) -> str:
    return f"{value:g}" if isinstance(value, float) else value


def _short(key: str) -> str:
    return key if len(key) <= 34 else f"{key[:8]}…{key[-25:]}"


def _tiles(pictures: Pictures, rows: Iterable[int]) -> dict[int, str]:
    """The pictures of some rows as data addresses."""
    return made_of(pictures.samples, (row for row in rows if row not in pictures.errors), tile_address)
