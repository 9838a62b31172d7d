"""The command line: one file a command, imported when it is needed."""

from mimik.cli.main import main

__all__ = ["main"]
