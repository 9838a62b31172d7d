"""The terms of weights and data, as a text."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from mimik.models.terms import data_terms
from mimik.publish.choose import Chosen
from mimik.publish.front import hub_licence

WIDTH = 100
PLACES = {"apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0"}
"""The Hub's name of a licence to its text, where that isn't at SPDX's address."""
ABOUT = (
    "The ONNX files beside this text hold the weights of neural networks. They carry the terms below, and "
    "those of the data that they were trained on, as far as these reach, which is for a lawyer to say and "
    "differs by country. mimik, which runs them, is a program of its own under the Apache License 2.0."
)


def licence_text(chosen: Chosen) -> str:
    """The text of LICENSE: what may be done with each model, and the terms of its data."""
    return "\n".join(_lines(chosen)) + "\n"


def _lines(chosen: Chosen) -> Iterator[str]:
    yield from _wrapped(ABOUT)
    for card in chosen.cards:
        yield ""
        yield f"{card.name} {card.version} ({card.file})"
        yield from _wrapped(card.licence, "  ")
        if (name := hub_licence(card)) != "other":
            yield from _wrapped(PLACES.get(name, f"https://spdx.org/licenses/{_spdx(name)}.html"), "  ")
        yield f"  In products: {'yes' if card.commercial_use else 'no'}"
        for data in card.data:
            yield from _wrapped(
                f"Data: {data_terms(data)}. {data.get('citation', 'No citation stated.')}", "  "
            )
        if not card.data:
            yield "  Data: the card names none."


def _spdx(name: str) -> str:
    """A licence's name as SPDX writes it."""
    return name.upper() if name != "bsd-3-clause" else "BSD-3-Clause"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return wrap(
        " ".join(text.split()),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
