"""Writes what says whose works are in the package: python scripts/make_notice.py.

These are NOTICE, for who scans a product's licences, and the terms of the models' weights
(src/mimik/models/files/LICENSE.weights), which follow from the models' cards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from mimik.models.card import ModelCard, read_card
from mimik.models.store import PACKAGED, REMOTE
from mimik.models.terms import data_terms
from mimik.temporal.fusion_model import SHIPPED, read_fusion

ROOT = Path(__file__).parent.parent
NOTICE, WEIGHTS = ROOT / "NOTICE", PACKAGED / "LICENSE.weights"
MADE = "Made by `python scripts/make_notice.py` of the models' cards: change those, not this."
WIDTH = 100
LICENCES = {
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
}
"""Terms that ask for the authors' names, and where they stand."""
PLACES = {
    "FairFace": "https://github.com/joojs/fairface",
    "MediaPipe's Face Landmarker": "https://ai.google.dev/edge/mediapipe/solutions/vision/face_landmarker",
}
"""Data set or network under such terms, and where its authors publish it."""
NETWORKS = ("MediaPipe's Face Landmarker",)
"""Those that are networks, of which a model is made."""
OTHERS = (
    ("YuNet", "the face detector (mimik/models/files)", "MIT: LICENSE.yunet", "Copyright (c) 2020 Shiqi Yu"),
    (
        "Silero VAD",
        "the detector of speech (mimik/models/files)",
        "MIT: LICENSE.silero",
        "Copyright (c) 2020-present Silero Team",
    ),
    (
        "MediaPipe's Face Landmarker",
        "the mesh (mimik/models/files) and the canonical face (mimik/mesh)",
        "Apache-2.0: LICENSE.mediapipe",
        "Copyright 2023 The MediaPipe Authors; converted and joined by scripts/make_mesh.py",
    ),
    (
        "Preact and Preact Signals",
        "in the built page (mimik/app/page)",
        "MIT: LICENSE.page",
        "Copyright (c) 2015-present Jason Miller; Copyright (c) 2022-present Preact Team",
    ),
    (
        "uPlot",
        "in the built page (mimik/app/page)",
        "MIT: LICENSE.page",
        "Copyright (c) 2022 Leon Sorokin",
    ),
    ("Eileen Collins", "the example picture (mimik/example)", "Public domain", "NASA"),
)
"""Works of others in the package: what, where, terms, whose."""
DETECTORS = (
    ("yunet", "YuNet", "the face detector", "MIT: LICENSE.yunet"),
    ("silero", "Silero VAD", "the detector of speech", "MIT: LICENSE.silero"),
)
"""Networks of others, which have no card: key of REMOTE, name, what it is, terms."""
CODE = (
    "The code is under the Apache License, version 2.0 (LICENSE). That licence doesn't cover everything in "
    "the package: the models' weights carry the terms of the data that they were trained on "
    "(LICENSE.weights), and some works of others have licences of their own."
)
ABOUT = (
    "The ONNX files beside this text hold the weights of neural networks. The Apache License of mimik's code "
    "doesn't cover them: they carry the terms of the data that they were trained on, as far as those reach, "
    "which is for a lawyer to say and differs by country. What is marked 'in products: no' is there for "
    "research. A product may leave those .onnx files out; 'mimik models --commercial' lists the others, and "
    "--commercial refuses all but those."
)


def files() -> dict[str, list[ModelCard]]:
    """Each network to the cards of its heads, by name."""
    found: dict[str, list[ModelCard]] = {}
    for path in sorted(PACKAGED.glob("*.json")):
        card = read_card(path)
        found.setdefault(card.file, []).append(card)
    return dict(sorted(found.items()))


def data_of(cards: Sequence[ModelCard]) -> list[Mapping[str, Any]]:
    """The data sets behind a network, each once."""
    return list({data["name"]: data for card in cards for data in card.data}.values())


def paragraph(text: str, indent: str = "") -> str:
    """Text in lines, none of them longer than WIDTH."""
    options = {"initial_indent": indent, "subsequent_indent": indent, "break_on_hyphens": False}
    return "\n".join(wrap(text, WIDTH, break_long_words=False, **options))  # type: ignore[arg-type]


def attributions(cards: Sequence[ModelCard]) -> Iterator[str]:
    """What is to be said of data whose terms ask for its authors' names.

    Raises:
        KeyError: It isn't known where such a data set is published; add it to PLACES.
    """
    for data in data_of(cards):
        if data["terms"] in LICENCES:
            names = sorted(card.name for card in cards if data["name"] in {d["name"] for d in card.data})
            yield paragraph(
                f"{data['name']}: {data['citation']}, {PLACES[data['name']]}, under {data['terms']}, "
                f"{LICENCES[data['terms']]}. {', '.join(names)} {_use_of(data['name'], len(names))}"
            )


def _use_of(name: str, models: int) -> str:
    """What models do with a data set, or another's network."""
    if name in NETWORKS:
        verb = "are" if models > 1 else "is"
        return (
            f"{verb} made of its networks, converted and joined; they are offered as they are, without "
            "warranties."
        )
    return (
        "learned from its pictures, cut out and scaled; none of them is in the package. The data set is "
        "offered as is, without warranties."
    )


def of_network(file: str, cards: Sequence[ModelCard]) -> str:
    """One network's section."""
    (licence,), (use,) = {card.licence for card in cards}, {card.commercial_use for card in cards}
    data = [paragraph(f"{data_terms(one)}: {one['citation']}", "    ") for one in data_of(cards)]
    return "\n".join(
        [
            file,
            paragraph(f"models: {', '.join(card.name for card in cards)}", "  "),
            f"  in products: {'yes, with the attribution below' if use else 'no'}",
            paragraph(licence, "  "),
            *data,
        ]
    )


def of_fusion() -> str:
    """The section of what fuses face and voice, which is no network."""
    model = read_fusion()
    data = [paragraph(f"{data_terms(one)}: {one['citation']}", "    ") for one in model.about["data"]]
    use = "yes, with the attribution below" if model.about["commercial_use"] else "no"
    licence = paragraph(model.about["licence"], "  ")
    return "\n".join([f"{SHIPPED.parent.name}/{SHIPPED.name}", f"  in products: {use}", licence, *data])


def weights() -> str:
    """The terms of all weights."""
    found = files()
    detectors = [
        f"{REMOTE[name].file}\n  in products: yes\n  {what}, {does}; {terms}"
        for name, what, does, terms in DETECTORS
    ]
    networks = [of_network(file, cards) for file, cards in found.items()]
    named = list(attributions([card for cards in found.values() for card in cards]))
    title = "Terms of the models' weights"
    parts = [title, paragraph(ABOUT), MADE, *networks, of_fusion(), *detectors, "Attribution", *named]
    return "\n\n".join(parts) + "\n"


def notice() -> str:
    """Whose works are in the package."""
    cards = [card for of_file in files().values() for card in of_file]
    free = [card for card in cards if card.commercial_use]
    others = [paragraph(f"{what}, {where}. {whose}. {terms}.") for what, where, terms, whose in OTHERS]
    products = "Of the models' weights, products may use these, if they name whose works they are made of: "
    products += ", ".join(card.name for card in free)
    return (
        "\n\n".join(
            ["mimik", paragraph(CODE), paragraph(products), *attributions(free), "It contains:", *others]
        )
        + "\n"
    )


def main() -> None:
    """Write both files."""
    NOTICE.write_text(notice(), encoding="utf-8")
    WEIGHTS.write_text(weights(), encoding="utf-8")


if __name__ == "__main__":
    main()
