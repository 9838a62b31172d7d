"""``mimik data``: what a data set holds, how it is divided, and how one is recorded."""

from __future__ import annotations

import importlib
from typing import Any

from mimik.cli.parser import Parser
from mimik.tasks.words import one_of

ACTIONS = ("info", "audit", "sheet", "split", "record")
"""Its commands, in the order of the help; each is the module ``mimik.cli.data.NAME``."""


def add_parser(commands: Any) -> None:
    """Add the command, and its own commands, to the parser."""
    parser = commands.add_parser(
        "data",
        help="look at a data set, divide it, or record one",
        description="Look at a data set in its own layout (folder, zip or CSV), divide it into parts, or "
        "record one. Needs no torch.",
    )
    actions = parser.add_subparsers(
        dest="action",
        metavar="ACTION",
        required=True,
        parser_class=Parser,
        title="actions",
        help=one_of(ACTIONS),
    )
    for name in ACTIONS:
        importlib.import_module(f"mimik.cli.data.{name}").add_parser(actions)
