"""How the reading of a source ends: by itself, broken off, or by Ctrl-C in what is live."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress

from mimik.errors import SourceError, StoreError
from mimik.runs.reader import About, Ending, Read


def until_stopped(
    reads: Iterable[Read], *, live: bool
) -> Generator[Read, None, SourceError | KeyboardInterrupt | None]:
    """What is read of a source, until it ends or breaks off, or Ctrl-C ends it where it is live.

    Returns:
        What ended it early, for ``ended``.

    Raises:
        KeyboardInterrupt: Ctrl-C in what isn't live.
        StoreError: A store failed: nothing of the source counts.
    """
    try:
        yield from reads
    except StoreError:
        raise
    except SourceError as error:
        return error
    except KeyboardInterrupt as stop:
        if not live:
            raise
        return stop
    return None


def ended(
    stop: SourceError | KeyboardInterrupt | None,
    problems: Iterable[str | None],
    notes: Iterable[str | None],
    about: About,
) -> Ending:
    """What there is to say of a source that has ended.

    Args:
        stop: What ended it early.
        problems: What else went wrong.
        notes: What else a user must know.
        about: What its file says of it.
    """
    said = [str(stop) if isinstance(stop, SourceError) else None, *problems]
    problem, note = "; ".join(filter(None, said)), "; ".join(filter(None, notes))
    return Ending(problem or None, note or None, about, stopped=isinstance(stop, KeyboardInterrupt))


def last_of(frames: Generator[Read, None, None], stop: KeyboardInterrupt) -> Iterator[Read]:
    """What a live source still gives when Ctrl-C came while its last frame was being written."""
    with suppress(KeyboardInterrupt, StopIteration):
        yield frames.throw(stop)
        yield from frames
