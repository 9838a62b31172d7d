"""Answers where classes are more or less frequent than a card assumes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mimik import Analyzer
from mimik.errors import ModelError, OptionError
from mimik.models.card import read_card
from mimik.tasks.loaded import LoadedModel, load_model
from mimik.tasks.prior import parse_priors, shares_of, with_prior

ASSUMED = (0.1, 0.05, 0.1, 0.3, 0.15, 0.1, 0.2)


@pytest.fixture
def model(make_model: Callable[..., Path]) -> LoadedModel:
    path = make_model("emotion", prior=ASSUMED, temperature=0.8, at_rest=tuple(np.log(ASSUMED).tolist()))
    return load_model("emotion", str(path), "cpu")


def test_probabilities_move_by_how_much_more_frequent_a_class_is(model: LoadedModel) -> None:
    faces = np.random.default_rng(0).normal(size=(5, 1, 16, 16)).astype(np.float32)
    before = model.task.decode(model.logits(faces), model.card)
    other = with_prior(model, {"neutral": 0.6})
    after = other.task.decode(other.logits(faces), other.card)
    shares = np.array([*(np.array(ASSUMED[:6]) * 0.4 / 0.8), 0.6])
    wanted = before * shares / ASSUMED
    np.testing.assert_allclose(after, wanted / wanted.sum(axis=1, keepdims=True), rtol=1e-5)
    assert shares_of(other.card)["neutral"] == 0.6 and sum(other.card.prior) == pytest.approx(1)
    # A face at rest, of which nothing but the assumed shares is known, has the new shares then.
    np.testing.assert_allclose(np.exp(other.card.at_rest), shares, rtol=1e-6)


def test_a_prior_of_the_card_changes_nothing_and_even_makes_all_alike(model: LoadedModel) -> None:
    same = with_prior(model, dict(zip(model.card.labels, ASSUMED, strict=True)))
    assert np.allclose(same.offset, 0)
    assert set(with_prior(model, "even").card.prior) == {1 / 7}
    twice = with_prior(with_prior(model, {"happy": 0.5}), "even")
    np.testing.assert_allclose(twice.offset, with_prior(model, "even").offset, atol=1e-6)


@pytest.mark.parametrize(
    ("prior", "message"),
    [
        ({"neutral": 1.2}, "must be above 0, and 1 in all, not 1.2 for neutral"),
        ({"neutral": 0.0}, "must be above 0"),
        ({"calm": 0.2}, "has no class calm; it has angry, disgust"),
        ("odd", "a prior is 'even', or classes with their shares, not 'odd'"),
        (dict.fromkeys(("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"), 0.1), "1 in all"),
    ],
)
def test_a_prior_that_cant_be_is_refused(model: LoadedModel, prior: Any, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        with_prior(model, prior)


def test_a_card_that_assumes_none_is_given_none(make_model: Callable[..., Path]) -> None:
    model = load_model("emotion", str(make_model("emotion")), "cpu")
    with pytest.raises(OptionError, match="doesn't say what prior its answers assume"):
        with_prior(model, "even")


@pytest.mark.parametrize("prior", [(0.5, 0.5), (0.5, *(0.5,) * 6), (1.0, *(0.0,) * 6)])
def test_a_card_with_a_prior_that_cant_be_is_refused(
    make_model: Callable[..., Path], prior: tuple[float, ...]
) -> None:
    with pytest.raises(ModelError, match="prior must hold a share above 0 for each label, 1 in all"):
        make_model("emotion", prior=prior)


def test_a_card_without_a_prior_is_written_without_the_word(make_model: Callable[..., Path]) -> None:
    path = make_model("emotion").with_suffix(".json")
    assert "prior" not in json.loads(path.read_text("utf-8")) and read_card(path).prior == ()


def test_priors_are_read_from_words() -> None:
    found = parse_priors(["emotion:neutral=0.3, happy=0.2", "gender:even"])
    assert found == {"emotion": {"neutral": 0.3, "happy": 0.2}, "gender": "even"}
    for words, message in (
        (["neutral=0.3"], "isn't a prior; write emotion:neutral=0.3"),
        (["emotion:neutral"], "'neutral' isn't a class with its share"),
        (["emotion:even", "emotion:even"], "names a task a second time"),
    ):
        with pytest.raises(OptionError, match=message):
            parse_priors(words)


def test_an_analyser_tells_the_prior_of_its_results(make_model: Callable[..., Path], examples: Path) -> None:
    path = make_model("emotion", prior=ASSUMED)
    even = Analyzer(("emotion",), model={"emotion": str(path)}, prior={"emotion": "even"})
    labels = even.models["emotion"].card.labels
    assert even.info().settings["prior"] == {"emotion": dict.fromkeys(labels, 0.1429)}
    plain = Analyzer(("emotion",), model={"emotion": str(path)})
    assert "prior" not in plain.info().settings
    faces = [found.image(examples / "group.jpg").faces[0] for found in (plain, even)]
    assert faces[0].emotion.probabilities != faces[1].emotion.probabilities
    with pytest.raises(OptionError, match="a prior is named for voice, but the tasks are emotion"):
        Analyzer(("emotion",), model={"emotion": str(path)}, prior={"voice": "even"})
