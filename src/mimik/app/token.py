"""The token that clients must send: given, read from a file, or made for this start."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from mimik.errors import OptionError

ENVIRONMENT = "MIMIK_TOKEN"
"""Variable that sets the token; other accounts can read a command line, but not an environment."""
SHORTEST = 16
"""Characters of a token."""
REMEDY = 'make one: python -c "import secrets; print(secrets.token_urlsafe(24))"'


def given_token(text: str | None, file: Path | None) -> str | None:
    """The token that a user chose: in words, in a file, or else by the environment.

    Args:
        text: The token itself.
        file: Holds it.

    Returns:
        The token; None if none was chosen.

    Raises:
        OptionError: It is too short or holds what no header can, or the file can't be read.
    """
    if text is not None:
        token, where = text, "--token"
    elif file is not None:
        token, where = _in_file(file), f"--token-file {file}"
    elif not (token := os.environ.get(ENVIRONMENT, "")):
        return None
    else:
        where = ENVIRONMENT
    check_token(token, where)
    return token


def new_token() -> str:
    """A token that nobody can guess."""
    return secrets.token_urlsafe(24)


def check_token(token: str, where: str = "the token") -> None:
    """Refuse what could be guessed or can't be sent.

    Args:
        token: The token, which no message shows.
        where: It comes from.

    Raises:
        OptionError: Says what a token is.
    """
    signs = token.isascii() and token.isprintable() and " " not in token
    if len(token) < SHORTEST or not signs:
        came = f"has {len(token)} characters" if signs else "has spaces, line ends or signs beyond ASCII"
        raise OptionError(
            f"{where} {came}; a token must have {SHORTEST} characters or more, letters, digits and signs of "
            f"ASCII without spaces; {REMEDY}"
        )


def _in_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no text"
        raise OptionError(f"--token-file {path} can't be read ({why}); {REMEDY} > {path}") from error
