"""Expression over a whole clip, as the face and perhaps the voice show it: one of several classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mimik.models.card import ModelCard
from mimik.tasks.base import CLIP, ClassTask
from mimik.tasks.voice import Voice


class Filmed(ClassTask):
    """What one person expresses in a short clip. A way of moving and speaking; not what a person feels."""

    name = "filmed"
    input = CLIP
    labels = Voice.labels
    subject = "expression"
    caution = (
        "An expression that is seen and heard in a clip is not a feeling, and the network learned from "
        "people who act."
    )

    def account(self, card: ModelCard, settings: Mapping[str, Any]) -> str:
        """The classes, and what was scored; see Described."""
        text = super().account(card, settings)
        spec = card.clip
        heard = ", and of its sound" if spec.sound else ", without its sound"
        return f"{text} It was told of {spec.frames} evenly spaced pictures of each clip{heard}."
