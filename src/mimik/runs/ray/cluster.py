"""The Ray cluster that is there, or one of this machine; quietly, and without anything being sent."""

from __future__ import annotations

import io
import os
import secrets
import signal
import socket
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any

from mimik.errors import MimikError, MissingExtraError, OptionError

STORE_BYTES = 100_000_000
"""Memory of a cluster of our own for what goes from process to process: some records at a time."""
ANSWER_S = 10.0
"""How long a cluster's address may take to answer."""
ADDRESS = "RAY_ADDRESS"
"""Where Ray's users say which cluster they mean."""


def load_ray() -> Any:
    """The library.

    Raises:
        MissingExtraError: It isn't installed.
    """
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("--engine ray", "ray") from error
    return ray


@contextmanager
def connected(cores: int | None) -> Iterator[None]:
    """A cluster for a ``with`` block.

    It is the one that this process is connected to already, or RAY_ADDRESS names, or ``ray start`` began on
    this machine; if there is none, one of this machine alone, which ends with the block.

    Args:
        cores: How many a cluster of our own has; None for all.

    Raises:
        MimikError: It doesn't answer, or can't be started.
        OptionError: RAY_ADDRESS names it in a way that isn't taken.
    """
    ray = load_ray()
    if ray.is_initialized():
        yield
        return
    address = _address()
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(_Quiet(sys.stdout)))
        if address:
            _check_there(address)
        more = {} if address else _of_this_machine(cores, stack)
        stack.callback(_leave)
        try:
            with _own_signals():
                ray.init(address or "local", log_to_driver=False, logging_level="critical", **more)
        except Exception as error:  # Ray raises plain ones, too.
            raise MimikError(_why_not(address, error)) from error
        yield


def _leave() -> None:
    """Leave the cluster, and end it if it is our own; what Ray held back of what it says isn't said now."""
    with redirect_stdout(io.StringIO()):
        load_ray().shutdown()


def _address() -> str | None:
    """The cluster that is meant, if one is there.

    Raises:
        OptionError: It is named as Ray's client does it.
    """
    named = os.environ.get(ADDRESS, "")
    if "://" in named:
        raise OptionError(
            f"{ADDRESS} is {named}: run the command on a machine of the cluster, and name it as HOST:PORT"
        )
    if named and named not in ("auto", "local"):
        return named
    # Where ``ray start`` keeps it. Not "auto", which would also find what another batch started for itself.
    folder = os.environ.get("RAY_TMPDIR") or os.environ.get("TMPDIR") or "/tmp"
    noted = Path(folder, "ray", "ray_current_cluster")
    if named == "local" or not noted.is_file():
        return None
    return noted.read_text(encoding="utf-8").strip() or None


def _check_there(address: str) -> None:
    """Refuse a cluster that is gone, which Ray would wait for for many minutes.

    Raises:
        MimikError: Nobody answers.
        OptionError: It is no address.
    """
    host, _, port = address.rpartition(":")
    if not (host and port.isdecimal()):
        raise OptionError(f"{ADDRESS} is {address}, and must be HOST:PORT, such as 10.0.0.5:6379, or 'local'")
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER_S).close()
    except (OSError, OverflowError) as error:
        raise MimikError(_why_not(address, error)) from error


def _of_this_machine(cores: int | None, stack: ExitStack) -> dict[str, Any]:
    """How a cluster of our own is started: with a token of its own, in a folder that goes with it."""
    # A socket's path has 107 characters at most, which a TMPDIR may take by itself.
    short = "/tmp" if os.name == "posix" else None
    folder = tempfile.TemporaryDirectory(prefix="mimik-ray-", dir=short, ignore_cleanup_errors=True)
    stack.callback(folder.cleanup)
    stack.enter_context(_environment({"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_TOKEN": _token()}))
    return {
        "num_cpus": cores,
        "include_dashboard": False,
        "object_store_memory": STORE_BYTES,
        "_temp_dir": folder.name,
    }


@cache
def _token() -> str:
    """What processes of our own cluster know each other by; otherwise Ray keeps one in the home folder."""
    return os.environ.get("RAY_AUTH_TOKEN") or secrets.token_hex(32)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Variables of Ray for a ``with`` block; then they are as they were, those that it sets included."""

    def of_ray() -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if name.startswith("RAY_")}

    before = of_ray()
    os.environ.update(values)
    try:
        yield
    finally:
        for name in of_ray():
            del os.environ[name]
        os.environ.update(before)


@contextmanager
def _own_signals() -> Iterator[None]:
    """Have the end of a service (SIGTERM) heard as before a block in which Ray takes it for itself."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Quiet:
    """Standard output without what Ray's own threads print: deaths of workers are told by us."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        if threading.current_thread().name.startswith("ray_"):
            return len(text)
        return int(self._stream.write(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _why_not(address: str | None, error: Exception) -> str:
    """What to say of a cluster that isn't there."""
    reason = " ".join(str(error).split())[:300]
    if "InvalidAuthToken" in "".join(traceback.format_exception(error)):
        reason = "it asks for a token: set RAY_AUTH_MODE=token, and RAY_AUTH_TOKEN if this machine has none"
    if address:
        return (
            f"the Ray cluster at {address} can't be used ({reason}): see 'ray status', or name another by "
            f"{ADDRESS} ('local' is this machine alone)"
        )
    return (
        f"Ray can't be started on this machine ({reason}): try again when it is less busy, or take --engine "
        "local, which needs no start"
    )
