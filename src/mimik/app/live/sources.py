"""The server's own sources, looked at before anyone does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mimik.app.options import Limits
from mimik.errors import LiveSourceError, OptionError
from mimik.sources.address import SCHEMES, STDIN, is_camera, public_name
from mimik.sources.live import cameras_found, cameras_there
from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions


def check_sources(specs: Sequence[str], limits: Limits, say: Callable[[str], None]) -> None:
    """Make sure that sources are there, as far as that can be known without looking through a camera.

    Args:
        specs: What a user wrote.
        limits: What a picture may have.
        say: Told of each that shows only when someone looks at it.

    Raises:
        SourceError: A file can't be read, or there is no such camera.
        OptionError: An address is of no known kind, or what is piped in is named.
    """
    for spec in specs:
        if spec == STDIN:
            raise OptionError(
                "--source -: a pipe can be read once, but each viewer reads a source anew; name a file"
            )
        if is_camera(spec):
            _check_camera(int(spec), say)
        elif "://" in spec and spec.partition("://")[0].lower() in SCHEMES:
            place = public_name(spec).partition("?")[0]  # What follows may be a token.
            say(f"{place}: whether it answers will show when someone looks at it")
        else:
            with open_source(spec, SourceOptions(max_pixels=limits.pixels, threads=1)):
                pass


def _check_camera(number: int, say: Callable[[str], None]) -> None:
    """Its light would go on if it were opened, so it is only looked for."""
    there = cameras_there()
    if there is None:
        say(f"camera {number}: whether it is there will show when someone looks at it")
    elif number not in there:
        raise LiveSourceError(
            f"--source {number}: there is no camera {number}{cameras_found()}; connect it, or name another"
        )
