"""``mimik app``: see it live in a browser, from a camera or files, on this machine only."""

from __future__ import annotations

import argparse
from typing import Any

from mimik.cli.serving import add_options, start


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "app",
        help="open the page: live from a camera, pictures, sessions, studies",
        description="Start a server on this machine and open its page in the browser. Nothing leaves the "
        "machine; what is recorded are results, never pictures. It ends with Ctrl-C.",
    )
    parser.set_defaults(run=run)
    parser.add_argument("--no-browser", action="store_true", help="don't open the page")
    add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    return start(args, page=True, browser=not args.no_browser)
