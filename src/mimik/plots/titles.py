"""What the rows of a picture are called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from mimik.plots.series import Person


def titles(people: Sequence[Person]) -> list[str]:
    """Each person's file and "#id", with as many folders as tell the file from the others."""
    paths = short_paths([person.source for person in people])
    return [f"{paths[p.source]}{_which(p)}" for p in people]


def short_paths(sources: Iterable[str]) -> dict[str, str]:
    """Each source's file, with as many folders as tell it from the others."""
    paths = {source: Path(source).parts for source in sources}
    names = {}
    for source, parts in paths.items():
        others = [other for name, other in paths.items() if name != source]
        lengths = range(1, len(parts) + 1)
        length = next((n for n in lengths if all(other[-n:] != parts[-n:] for other in others)), 0)
        names[source] = str(Path(*parts[-length:])) if parts and length else source
    return names


def _which(person: Person) -> str:
    """What of a source is drawn."""
    if person.id is not None:
        return f", #{person.id}"
    several = len(set(person.times_s)) < len(person.times_s)
    return f", mean of {len(person.times_s)} faces without an id" if several else ""


def shortened(text: str, most: int) -> str:
    """A text without its middle, where it has more letters."""
    return text if len(text) <= most else f"{text[: most // 2]} ... {text[-most // 2 :]}"
