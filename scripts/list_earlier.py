"""Writes which versions of the models the repository's history holds: python scripts/list_earlier.py.

Of each before the present one the last commit that holds it, with the hashes of card and file. To be run
when a model's version was raised.
"""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from mimik.models.card import read_card
from mimik.models.earlier import FILES, TABLE, Earlier
from mimik.models.store import PACKAGED

ROOT = Path(__file__).parent.parent


def git(*words: str) -> bytes:
    """What git answers."""
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, check=True).stdout


def cards() -> Iterator[tuple[str, bytes]]:
    """Commit and text of each card that was ever changed, the newest first."""
    told = git("log", "--format=@%H", "--name-only", "--diff-filter=AM", "--", f"{FILES}/*.json").decode()
    commit = ""
    for line in filter(None, told.splitlines()):
        if line.startswith("@"):
            commit = line[1:]
        else:
            yield commit, git("show", f"{commit}:{line}")


def main() -> None:
    """Write the table."""
    now = {(card.name, card.version) for card in map(read_card, PACKAGED.glob("*.json"))}
    found: dict[tuple[str, str], Earlier] = {}
    for commit, text in cards():
        told = json.loads(text)
        if "file" not in told:
            continue  # No card yet, as they are now.
        one = (told["name"], str(told["version"]))
        if one in now or one in found:
            continue
        file = git("show", f"{commit}:{FILES}/{told['file']}")
        sha256 = hashlib.sha256(file).hexdigest()
        if sha256 == told["sha256"]:
            found[one] = Earlier(*one, commit, hashlib.sha256(text).hexdigest(), sha256)
    with TABLE.open("w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(Earlier.__slots__)
        for _, row in sorted(found.items()):
            writer.writerow([getattr(row, name) for name in Earlier.__slots__])


if __name__ == "__main__":
    main()
