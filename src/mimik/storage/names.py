"""Names of files after what they hold: whole on every file system, and no two alike on any."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

LONGEST = 180
"""Bytes of a name without its suffix: file systems end at 255, and parts of files get a longer suffix."""
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\ud800-\udfff]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""What Windows takes for a device, whatever its suffix."""


def file_names(sources: Iterable[str], suffix: str) -> dict[str, str]:
    """A file's name for each source, always the same for the same sources in the same order.

    Args:
        sources: Paths, addresses or numbers of cameras, no two alike.
        suffix: What the names end with (".csv").

    Returns:
        Source to its own name without the suffix, with as much more (its suffix, its folders) as tells it
        from the others; to one with a number, where nothing does.
    """
    choices = {source: list(_choices(source)) for source in sources}
    wanted = Counter(key for own in choices.values() for key in set(map(_key, own)))
    taken: set[str] = set()
    names = {}
    for source, own in choices.items():
        name = next((name for name in own if wanted[_key(name)] == 1), own[-1])
        number = 1
        while _key(unique := name if number == 1 else f"{name}-{number}") in taken:
            number += 1
        taken.add(_key(unique))
        names[source] = unique + suffix
    return names


def _key(name: str) -> str:
    """What is the same for names that some file system takes for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _choices(source: str) -> Iterator[str]:
    """Names for a source, from the shortest on."""
    parts = [part for part in re.split(r"[\\/]+", source) if part not in ("", ".", "..")] or ["source"]
    stem, _, suffix = parts[-1].rpartition(".")
    last = stem if stem and suffix else parts[-1]
    for count in range(1, len(parts) + 1):
        folders = parts[-count:-1]
        yield _safe("_".join((*folders, last)))
        if last != parts[-1]:
            yield _safe("_".join((*folders, parts[-1])))


def _safe(name: str) -> str:
    """A name without what some file system forbids, not too long."""
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", name)).rstrip(" .")
    name = re.sub(r"^[-. ]", "_", name) or "_"
    if _DEVICES.fullmatch(name):
        name = f"_{name}"
    short = name.encode()[-LONGEST:].decode(errors="ignore")
    return short if short == name else re.sub(r"^[-. ]", "_", short)
