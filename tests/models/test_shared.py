"""What is loaded once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mimik.errors import ModelError
from mimik.models.shared import LATEST, Shared


def test_each_key_is_loaded_once_though_many_ask_at_a_time() -> None:
    shared, made = Shared(), []

    def load() -> object:
        time.sleep(0.02)
        made.append(object())
        return made[-1]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda i: shared.once(i % 2, load), range(8)))
    assert len(made) == 2 and set(found) == set(made)
    assert found[::2] == [found[0]] * 4


def test_what_can_not_be_loaded_is_tried_again() -> None:
    shared = Shared()

    def fail() -> str:
        raise ModelError("x.onnx: no such file")

    with pytest.raises(ModelError):
        shared.once("x", fail)
    assert shared.once("x", lambda: "there") == "there"


def test_of_endless_variety_only_the_latest_are_held() -> None:
    shared, made = Shared(), []

    def ask(key: int) -> int:
        return shared.lately(key, lambda: made.append(key) or key)  # type: ignore[func-returns-value]

    for key in range(LATEST + 1):
        ask(0)
        ask(key)
    assert made == list(range(LATEST + 1))  # what is asked for again stays
    ask(1)
    assert made[-1] == 1 and len(made) == LATEST + 2
