"""What of a card is nobody's business: where files lay on the machine that made it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mimik.errors import ModelError
from mimik.models.card import ModelCard

_PLACE = re.compile(r"""(?<![\w.:/\\~-])(?:~|[A-Za-z]:)?[/\\](?:[^\s/\\'",;:]+[/\\])+([^\s/\\'",;:]*)""")
"""A path from the root or from a home folder; not an address, nor a path from the working directory."""
_HOMES = (b"/home/", b"/Users/", b"\\Users\\")
"""Where people's folders lie."""


def without_places(card: ModelCard) -> ModelCard:
    """A card in which absolute paths are told by their last name."""
    values = _plain(json.loads(card.to_json()))
    return ModelCard.from_json(json.dumps(values, ensure_ascii=False), card.name)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_plain(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return _PLACE.sub(_last, value) if isinstance(value, str) else value


def _last(match: re.Match[str]) -> str:
    """The last name of a path, which may end with a separator."""
    return match[1] or re.split(r"[/\\]", match[0].rstrip("/\\"))[-1]


def check_private(name: str, content: bytes) -> None:
    """Make sure that a file to be published names nobody's folder.

    Raises:
        ModelError: It does.
    """
    home = str(Path.home()).encode()
    own = (home + b"/",) if len(home) > 1 else ()
    for place in (*_HOMES, *own):
        if place in content:
            told = place.decode(errors="replace")
            raise ModelError(
                f"{name}: names a folder of a machine ({told}...), which is nobody's business; leave paths "
                "out of the recipe's texts, and export the file without notes on where it was made"
            )
