"""What ``mimik app`` and ``mimik serve`` share: their options, and starting the server."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mimik.cli.options import add_device, add_models, parse_models
from mimik.errors import MissingExtraError

if TYPE_CHECKING:
    from mimik.app.options import AppOptions

NEEDED = ("fastapi", "uvicorn", "websockets", "multipart")
SEEN = "other accounts can read --token in the process list; use MIMIK_TOKEN or --token-file instead"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the server's options."""
    from mimik.app.options import LOG_FORMATS, LOG_LEVELS

    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to listen on; 0.0.0.0 is every one of this machine, for other devices "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--port", type=int, default=8464, metavar="N", help="TCP port, 0 is a free one (default: %(default)s)"
    )
    tokens = parser.add_mutually_exclusive_group()
    tokens.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="holds the token that clients must send, such as a secret of Docker; else MIMIK_TOKEN is the "
        "token, or a new one is made and printed at each start",
    )
    tokens.add_argument(
        "--token", metavar="TEXT", help="the token itself, which other accounts see in the process list"
    )
    tokens.add_argument(
        "--no-token",
        action="store_true",
        help="let in every account and program of this machine; not with --host or --name of elsewhere",
    )
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="HOST",
        help="another name under which the server is reached, such as a proxy's; needs a token",
    )
    parser.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="SOURCE",
        help="a camera's number, file or stream at the server that viewers may look at",
    )
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="where recorded results are kept")
    parser.add_argument(
        "--keep-nothing", action="store_true", help="recorded results go with the server's end"
    )
    add_models(parser)
    add_device(parser)
    parser.add_argument(
        "--connections", type=int, default=16, metavar="N", help="live viewers at once (default: %(default)s)"
    )
    parser.add_argument(
        "--log-level",
        choices=LOG_LEVELS,
        help="what is logged at least, on stderr; info has a line a request, without anything of clients "
        "(default: info with serve, warning with app)",
    )
    parser.add_argument(
        "--log-format", choices=LOG_FORMATS, default="text", help="how the log looks (default: %(default)s)"
    )


def start(args: argparse.Namespace, *, page: bool, browser: bool) -> int:
    """Run the server until Ctrl-C.

    Raises:
        MissingExtraError: The extra [app] isn't installed.
        OptionError: An option is out of range.
        OutputError: The data folder can't be used.
        PortError: The address can't be listened on.
    """
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        raise MissingExtraError("the app", "app")
    from mimik.app.log import logging_to_stderr
    from mimik.app.options import AppOptions, Limits, data_folder
    from mimik.app.server import serve
    from mimik.app.token import given_token, new_token

    given = None if args.no_token else given_token(args.token, args.token_file)
    if args.token is not None:
        print(f"mimik: {SEEN}", file=sys.stderr)
    options = AppOptions(
        host=args.host,
        port=args.port,
        page=page,
        sources=tuple(args.source),
        data=args.data or data_folder(),
        keep=not args.keep_nothing,
        models=args.models,
        own=parse_models(args.model),
        commercial=args.commercial,
        device=args.device,
        token=None if args.no_token else given or new_token(),
        names=tuple(args.name),
        limits=Limits(connections=args.connections),
    )

    def say(port: int) -> None:
        # What was given is a secret that the log of a service or container must not keep.
        shown = options.token if given is None or (page and sys.stdout.isatty()) else None
        print("\n".join(_greeting(options, port, shown)), flush=True)

    log = logging_to_stderr(args.log_level or ("warning" if page else "info"), args.log_format)
    with log, contextlib.suppress(KeyboardInterrupt):  # the usual way to end it
        serve(options, browser=browser, say=say)
    return 0


def _greeting(options: AppOptions, port: int, token: str | None) -> Iterator[str]:
    """Where the server is, for everyone who can reach it.

    Args:
        options: How it runs.
        port: That it listens on.
        token: To be shown: behind the page's address, or alone; None if there is none, or it is a secret.
    """
    from mimik.app.addresses import hosts_elsewhere, page_address

    addresses = [
        page_address(host, port, token if options.page else None) for host in hosts_elsewhere(options.host)
    ]
    *more, last = [f"{'and' if number else 'mimik is'} at {one}" for number, one in enumerate(addresses)]
    yield from more
    kept = f"results are kept in {options.data}" if options.keep else "nothing is kept"
    yield f"{last} ({kept}); Ctrl-C ends it"
    if token and not options.page:
        yield f"The token, which each request needs: {token}"
    if options.page and options.token and not token:
        yield "The page needs the token that was given: open it with #token=TOKEN behind its address"
