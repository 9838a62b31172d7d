"""Where the page is found: from this machine, and from others."""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Hosts that mean all of this machine's addresses, and how a program on it reaches them."""
_SOMEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""Addresses of documentation: the system says from where it would send there; nothing is sent."""
_GET_ADDRESS = 0x8915
"""Linux's SIOCGIFADDR."""


def page_address(host: str, port: int, token: str | None = None) -> str:
    """The address of the page, with the token behind it where there is one."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/" + (f"#token={quote(token, safe='')}" if token else "")


def hosts_here(host: str) -> str:
    """What a browser on this machine calls a host that a server listens on."""
    return EVERYWHERE.get(host, host)


def hosts_elsewhere(host: str) -> list[str]:
    """What others call a host that a server listens on: all of this machine's addresses if it is all of them.

    Args:
        host: As in --host.

    Returns:
        The one that the system itself would use first; the machine's own where it is in no network.
    """
    if host not in EVERYWHERE:
        return [host]
    families = (socket.AF_INET,) if host == "0.0.0.0" else (socket.AF_INET, socket.AF_INET6)
    found = [address for family in families for address in _addresses(family) if _is_reached(address)]
    return list(dict.fromkeys(found)) or [hosts_here(host)]


def _is_reached(address: str) -> bool:
    """Whether others can use it; one of a single link needs the name of a card of theirs behind it."""
    known = ipaddress.ip_address(address)
    return not (known.is_loopback or known.is_link_local or known.is_unspecified or known.is_multicast)


def _addresses(family: socket.AddressFamily) -> Iterator[str]:
    """This machine's addresses of a family, as well as the system tells them."""
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.connect((_SOMEWHERE[family], 9))
        yield asking.getsockname()[0]
    if sys.platform == "linux":
        yield from _cards_v4() if family == socket.AF_INET else _cards_v6()
    with suppress(OSError):
        for *_, place in socket.getaddrinfo(socket.gethostname(), None, family, socket.SOCK_DGRAM):
            yield str(place[0]).partition("%")[0]


def _cards_v4() -> Iterator[str]:
    """The first IPv4 address of each network card, on Linux."""
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            with suppress(OSError):  # a card without an address
                asked = struct.pack("256s", name.encode()[:15])
                yield socket.inet_ntoa(fcntl.ioctl(asking.fileno(), _GET_ADDRESS, asked)[20:24])


def _cards_v6() -> Iterator[str]:
    """The IPv6 addresses of all network cards, on Linux."""
    with suppress(OSError):
        for line in Path("/proc/net/if_inet6").read_text(encoding="ascii").splitlines():
            yield str(ipaddress.IPv6Address(int(line.split()[0], 16)))
