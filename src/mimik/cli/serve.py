"""``mimik serve``: the server of ``mimik app`` without the page."""

from __future__ import annotations

import argparse
from typing import Any

from mimik.cli.serving import add_options, start


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "serve",
        help="the server alone: REST and WebSocket, without the page",
        description="Start the server of 'mimik app' without its page, for other programs: REST with "
        "OpenAPI (/openapi.json), live frames over a WebSocket, /metrics. It ends with Ctrl-C.",
    )
    parser.set_defaults(run=run)
    add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    return start(args, page=False, browser=False)
