"""A product of experts: what both say, what one says, and classes that only one side has."""

from __future__ import annotations

import numpy as np
import pytest

from mimik.errors import ModelError, OptionError
from mimik.temporal.fuse import Weights, folded, fuse, shared_labels

WEIGHTS = Weights(face=1.0, voice=1.0, face_alone=0.5, voice_alone=2.0)
FACE = np.array([[0.6, 0.3, 0.1]], np.float32)
VOICE = np.array([[0.2, 0.5, 0.3]], np.float32)


def test_both_together_are_the_product() -> None:
    product = FACE * VOICE
    assert fuse(FACE, VOICE, WEIGHTS) == pytest.approx(product / product.sum(), abs=1e-6)


def test_a_side_that_says_nothing_moves_nothing() -> None:
    flat = np.full((1, 3), 1 / 3, np.float32)
    assert fuse(FACE, flat, WEIGHTS) == pytest.approx(FACE, abs=1e-6)


def test_a_side_that_counts_more_says_more() -> None:
    even = fuse(FACE, VOICE, WEIGHTS)
    voice = fuse(FACE, VOICE, Weights(1.0, 3.0, 1.0, 1.0))
    assert even.argmax() == 1 and voice[0, 1] > even[0, 1]


def test_a_missing_side_leaves_the_order_of_the_other() -> None:
    alone = fuse(FACE, None, WEIGHTS)
    root = np.sqrt(FACE)
    assert alone == pytest.approx(root / root.sum(), abs=1e-6)
    assert fuse(None, VOICE, WEIGHTS)[0, 1] > VOICE[0, 1]


def test_neither_side_and_other_classes_are_refused() -> None:
    with pytest.raises(OptionError, match="of a face, of a voice, or of both"):
        fuse(None, None, WEIGHTS)
    with pytest.raises(OptionError, match="the same classes"):
        fuse(FACE, VOICE[:, :2], WEIGHTS)


@pytest.mark.parametrize("value", (0.0, -1.0, float("nan"), float("inf")))
def test_a_weight_is_above_zero(value: float) -> None:
    with pytest.raises(ModelError, match="weight voice of a fusion must be above 0"):
        Weights(1.0, value, 1.0, 1.0)


def test_calm_and_bored_count_as_neutral_where_the_face_has_neither() -> None:
    seven = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    assert shared_labels(seven, (*seven, "calm", "bored")) == seven
    said = {"angry": 0.4, "neutral": 0.3, "calm": 0.2, "bored": 0.1}
    assert folded(said, ("neutral", "angry")) == pytest.approx([0.6, 0.4])
    assert folded(said, ("neutral", "angry"), mean=True) == pytest.approx([0.2, 0.4])


def test_a_class_that_the_other_side_cannot_say_ends_it() -> None:
    assert shared_labels(("happy", "contempt"), ("happy", "calm", "neutral")) == ()
    with pytest.raises(OptionError, match="contempt can't be said"):
        folded({"contempt": 1.0}, ("happy", "neutral"))
