"""Emotion as it sounds in the voice: one of several classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mimik.models.card import ModelCard
from mimik.tasks.base import SOUND, ClassTask


class Voice(ClassTask):
    """The classes that sets of acted speech tell apart. A way of speaking; not what a person feels."""

    name = "voice"
    input = SOUND
    labels = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral", "calm", "bored")
    beside = "emotion"
    """The task of faces that is fused with it: both name expressions (mimik.temporal.fuse)."""
    subject = "vocal expression"
    caution = (
        "An emotion that is heard in a voice is not a feeling, and the network learned from actors, who "
        "express emotions more strongly than people do in everyday speech."
    )

    def account(self, card: ModelCard, settings: Mapping[str, Any]) -> str:
        """The classes, and what was scored; see Described."""
        text = super().account(card, settings)
        return f"{text} Each utterance between two pauses was scored by itself."
