"""What ``mimik app`` and ``mimik serve`` share: their options, and starting the server."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import secrets
from pathlib import Path

from mimik.cli.options import add_device, add_models, parse_models
from mimik.errors import MissingExtraError

NEEDED = ("fastapi", "uvicorn", "websockets", "multipart")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the server's options."""
    from mimik.app.options import LOG_FORMATS, LOG_LEVELS

    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to listen on; others than this machine's own need a token (default: %(default)s)",
    )
    parser.add_argument(
        "--port", type=int, default=8464, metavar="N", help="TCP port, 0 is a free one (default: %(default)s)"
    )
    parser.add_argument(
        "--token",
        metavar="TEXT",
        help="what clients must send; made and printed if --host or --name needs one",
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
    from mimik.app.options import AppOptions, Limits, data_folder, is_local
    from mimik.app.server import serve

    made = None if is_local(args.host, args.name) else secrets.token_urlsafe(24)
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
        token=args.token or made,
        names=tuple(args.name),
        limits=Limits(connections=args.connections),
    )

    def say(where: str) -> None:
        kept = f"results are kept in {options.data}" if options.keep else "nothing is kept"
        print(f"mimik is at {where} ({kept}); Ctrl-C ends it", flush=True)

    log = logging_to_stderr(args.log_level or ("warning" if page else "info"), args.log_format)
    with log, contextlib.suppress(KeyboardInterrupt):  # the usual way to end it
        serve(options, browser=browser, say=say)
    return 0
