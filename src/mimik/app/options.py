"""What the server is told when it starts. Loads nothing that isn't needed for that."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from mimik.app.token import check_token
from mimik.errors import OptionError
from mimik.models.sets import DEFAULT_SET, models_of

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Hosts that only this machine reaches."""
LOG_LEVELS = ("debug", "info", "warning", "error")
"""What the server's log tells at least, from all to little."""
LOG_FORMATS = ("text", "json")
"""How its lines look."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may cost."""

    upload_mb: int = 512
    """All files of one request, in MiB."""
    pixels: int = 50_000_000
    """Of one picture, or of a video's frame; checked before anything is decoded."""
    duration_s: float = 900.0
    """Of one video."""
    files: int = 64
    """Of one request."""
    rate_fps: float = 60.0
    """Frames a second that are read of a video or live source; more are passed over."""
    message_mb: int = 8
    """A live message (a frame) or a JSON body, in MiB."""
    connections: int = 16
    """Live connections at once."""
    detect_size: int = 2560
    """Longer side of a picture that is searched for faces, in pixels."""
    jobs: int = 8
    """Jobs that aren't finished yet."""

    def __post_init__(self) -> None:
        for name in (one.name for one in fields(self) if one.name != "connections"):
            if not getattr(self, name) > 0:
                raise OptionError(f"{name} must be above 0, not {getattr(self, name)}")
        if not 1 <= self.connections <= 1000:
            raise OptionError(f"--connections must be 1 to 1000, not {self.connections}")

    def check(self, limit: str, **asked: float | None) -> None:
        """Refuse what is asked for beyond a limit.

        Args:
            limit: Its name.
            asked: Options by name; None is not asked for.

        Raises:
            OptionError: Names the option and the limit.
        """
        most = getattr(self, limit)
        for name, value in asked.items():
            if value is not None and value > most:
                raise OptionError(f"{name} may be {most:g} here at most (limit {limit}), not {value:g}")


@dataclass(frozen=True, slots=True)
class Waits:
    """How long others may keep the server waiting, in seconds."""

    request_s: float = 10.0
    """For a whole request line and its headers."""
    body_s: float = 20.0
    """For the next piece of a body."""
    read_s: float = 20.0
    """For an answer that isn't read on."""
    start_s: float = 5.0
    """For a live viewer's first message."""
    idle_s: float = 30.0
    """For a live viewer's next frame or word, before its place may go to another."""


@dataclass(frozen=True, slots=True)
class AppOptions:
    """How the server runs."""

    host: str = "127.0.0.1"
    """Address that it listens on; another than loopback needs a token."""
    port: int = 8464
    """TCP port; 0 is a free one."""
    page: bool = True
    """Whether the page is served, too."""
    sources: tuple[str, ...] = ()
    """Cameras (by number), files and streams at the server that viewers may look at."""
    data: Path = field(default_factory=lambda: data_folder())
    """Folder of the database and of files on their way."""
    keep: bool = True
    """Whether recorded results outlive the server."""
    models: str = DEFAULT_SET
    """Set of models where a viewer names none."""
    own: Mapping[str, str] = field(default_factory=dict)
    """Task to a model that reads it in every set, by name or path."""
    commercial: bool = False
    """Whether only models that may be used in products are offered."""
    device: str = "auto"
    """Where the networks run: "auto", "cpu", "cuda", or "cuda:1" for a GPU by its number."""
    token: str | None = None
    """What a client must know. None lets in every account of this machine, and is for this machine alone."""
    names: tuple[str, ...] = ()
    """Further names under which the server may be reached, a proxy's say; another than loopback's needs a
    token."""
    limits: Limits = field(default_factory=Limits)
    waits: Waits = field(default_factory=Waits)

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise OptionError(f"--port must be 0 to 65535, not {self.port}")
        models_of(self.models)
        if not self.host:
            raise OptionError("--host must name an address, such as 127.0.0.1")
        if self.token is not None:
            check_token(self.token)
        if not self.local and self.token is None:
            places = [("--host", self.host), *(("--name", name) for name in self.names)]
            option, place = next(one for one in places if not is_loopback(one[1]))
            raise OptionError(f"{option} {place} can be reached from other machines and needs a token")

    @property
    def local(self) -> bool:
        """Whether only this machine can ask."""
        return is_local(self.host, self.names)


def is_local(host: str, names: Iterable[str] = ()) -> bool:
    """Whether a server is for this machine alone: a name of elsewhere is a proxy's, which others reach."""
    return all(map(is_loopback, (host, *names)))


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def data_folder() -> Path:
    """Where recorded results are kept: MIMIK_DATA_FOLDER, or the system's folder for a user's data."""
    if own := os.environ.get("MIMIK_DATA_FOLDER"):
        return Path(own)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "mimik" / "data"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "mimik"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "mimik"
