"""Tasks of one's own: what they may be called, and what they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mimik.errors import ModelError, UnknownNameError
from mimik.models.card import ModelCard, read_card
from mimik.results.rows import BASE_COLUMNS, CONTEXT_COLUMNS, FACE_KEYS
from mimik.results.schema import fields_that_are_no_numbers
from mimik.tasks.base import TASKS
from mimik.tasks.own import FIELDS, RESERVED, check_known, in_order, problem_of, scored_of, task_of

LABELS = ("none", "Clear", "not dark")


@pytest.fixture
def card(make_model: Callable[..., Path]) -> ModelCard:
    return read_card(make_model("glasses", labels=LABELS, kind="classes").with_suffix(".json"))


def test_a_card_is_enough_for_a_task(card: ModelCard) -> None:
    task = task_of(replace(card, threshold=0.5))
    assert (task.name, task.objective) == ("glasses", "classes")
    values = task.decode(np.float32([[0, 2, 0], [1, 1, 1]]), card)
    assert values.sum(1) == pytest.approx([1, 1])
    assert task.reading(values[0], values[0], card).text == "Clear 79 %"
    assert [column.name for column in task.columns(card)][:4] == ["label", *LABELS]
    assert scored_of(card).objective == "classes"


def test_the_kind_is_kept_by_the_card_and_left_out_where_there_is_none(card: ModelCard) -> None:
    assert ModelCard.from_json(card.to_json()) == card
    assert '"kind"' in card.to_json()
    assert '"kind"' not in replace(card, task="emotion", kind="").to_json()


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("Glasses", "can't be called 'Glasses': take small letters"),
        ("3d", "a letter first"),
        ("a" * 41, "40 at most"),
        ("", "can't be called ''"),
        ("emotion", "'emotion' is a task that mimik knows"),
        ("age_group", "columns of results begin with 'age'"),
        ("time", "columns of results begin with 'time'"),
        ("detector", "begin with 'detector'"),
        ("scores", "begin with 'scores'"),
    ],
)
def test_names_that_clash_are_refused_in_a_line(card: ModelCard, name: str, problem: str) -> None:
    with pytest.raises(ModelError, match=problem) as caught:
        task_of(replace(card, task=name))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        (("one",), "needs labels, 2 to 100, not 1"),
        (("yes", "Yes"), "'yes' and 'Yes' are the same but for capitals"),
        (("label", "no"), "no label can be called 'label'"),
        (("raw_a", "a"), "no label can be called 'raw_a'"),
        (("uncertain", "a"), "no label can be called 'uncertain'"),
        (("a/b", "a"), "'a/b' is no label"),
        (("", "a"), "'' is no label"),
        ((" b", "a"), "no space at its ends"),
        (("a\nb", "a"), "is no label"),
    ],
)
def test_labels_that_clash_are_refused(labels: tuple[str, ...], problem: str) -> None:
    assert problem in str(problem_of("glasses", "classes", labels))


def test_names_that_are_fine() -> None:
    for name in ("glasses", "eye_wear", "eye-wear", "g2", "timely", "emotions"):
        assert problem_of(name, "classes", ("0", "1")) is None, name


def test_an_unknown_kind() -> None:
    assert "unknown kind of task 'years': there is classes" in str(problem_of("x", "years", LABELS))


def test_every_word_that_columns_begin_with_is_taken() -> None:
    words = {*FACE_KEYS, *BASE_COLUMNS, *CONTEXT_COLUMNS}
    assert {word.partition("_")[0] for word in words} <= RESERVED
    assert set(fields_that_are_no_numbers()) <= FIELDS


def test_own_tasks_stand_behind_those_of_the_table() -> None:
    assert in_order(["zebra", "age", "glasses", "emotion", "age"]) == ("emotion", "age", "zebra", "glasses")
    check_known("glasses", ["glasses"])
    with pytest.raises(
        UnknownNameError, match=r"unknown task 'spex': .*needs a model whose card .*spex=FILE"
    ):
        check_known("spex")
    assert "glasses" not in TASKS
