from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimik.errors import OptionError, UnknownNameError
from mimik.models.card import ModelCard
from mimik.models.inputs import CropSpec
from mimik.readings import UNCERTAIN
from mimik.tasks.age import Age
from mimik.tasks.base import TASKS, ClassTask, load_scored, load_task
from mimik.tasks.cover import CoverReading
from mimik.tasks.probabilities import softmax
from mimik.tasks.years import GROUPS, age_group
from mimik.types import Pose, Quality

LABELS = {"emotion": ("angry", "happy", "sad"), "au": ("AU01", "AU06", "AU12")}
"""Where a test needs others, or fewer, than the task itself names."""


def card(task: str, **changes: object) -> ModelCard:
    own = load_task(task)
    labels = LABELS.get(task) or getattr(own, "labels", ())
    if not labels and isinstance(own, ClassTask):  # Its labels are those of its models alone.
        labels = ("one", "two", "three")
    values = {
        "name": f"{task}.test",
        "version": "1",
        "task": task,
        "file": "x.onnx",
        "sha256": "0" * 64,
        "parameters": 1,
        "labels": labels,
        "outputs": len(labels) or getattr(own, "outputs", 101),
        "takes": CropSpec(size=48),
        **changes,
    }
    return ModelCard(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", TASKS)
def test_every_task_keeps_the_contract(name: str) -> None:
    task, its_card = load_task(name), card(name)
    assert task.name == name
    assert task.tau_s > 0
    logits = np.random.default_rng(0).normal(size=(5, its_card.outputs)).astype(np.float32)
    values = task.decode(logits, its_card)
    assert values.dtype == np.float32
    assert len(values) == 5
    reading = task.reading(values[0], values[1], its_card)
    flat = reading.to_dict()
    assert json.loads(json.dumps(flat)) == flat
    assert reading.text
    assert reading.word
    assert reading.label
    assert "raw" in flat
    assert task.columns(its_card)
    assert task.decode(logits[:0], its_card).shape == (0, values.shape[1])


class ReadOnly:
    """A task from outside that says nothing of how good a model is."""

    name, tau_s = "readonly", 1.0


def test_a_task_that_can_only_be_read_is_refused_where_it_is_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TASKS._built_in, "readonly", f"{__name__}:ReadOnly")
    assert load_task("readonly").name == "readonly"
    with pytest.raises(OptionError, match=r"'readonly' can't be .*: its class lacks .*has_truth.*objective"):
        load_scored("readonly")
    assert load_scored("emotion").objective


def test_unknown_task_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'emotion'"):
        load_task("emotoin")


@given(st.lists(st.floats(-40, 40), min_size=3, max_size=3), st.floats(0.2, 8))
def test_softmax_sums_to_one(logits: list[float], temperature: float) -> None:
    out = softmax(np.float32([logits]), temperature)
    assert out.sum() == pytest.approx(1, abs=1e-5)
    assert out.min() >= 0


def test_uncertain_below_the_threshold() -> None:
    task, its_card = load_task("emotion"), card("emotion", threshold=0.5)
    values = np.float32([0.3, 0.3, 0.4])
    reading = task.reading(values, values, its_card)
    assert reading.label == UNCERTAIN
    assert "sad 40 %" in reading.text
    assert reading.to_dict()["probabilities"] == {"angry": 0.3, "happy": 0.3, "sad": 0.4}
    sure = np.float32([0.1, 0.8, 0.1])
    assert task.reading(sure, sure, its_card).text == "happy 80 %"


def test_a_label_is_held_against_a_hair() -> None:
    task, its_card = load_task("emotion"), card("emotion")
    values = np.float32([0.2, 0.38, 0.42])
    assert task.reading(values, values, its_card).label == "sad"
    assert task.reading(values, values, its_card, "happy").label == "happy"
    clear = np.float32([0.1, 0.2, 0.7])
    assert task.reading(clear, clear, its_card, "happy").label == "sad"


@pytest.mark.parametrize("year", [0, 1, 25, 63, 99])
def test_age_of_a_peak_is_the_peak(year: int) -> None:
    logits = np.full((1, 101), -30, np.float32)
    logits[0, year] = 30
    years, low, high = Age().decode(logits, card("age"))[0, :3]
    assert years == pytest.approx(year, abs=0.01)
    assert low <= years <= high
    assert high - low <= 1
    reading = Age().reading(Age().decode(logits, card("age"))[0], np.zeros(12, np.float32), card("age"))
    assert reading.group == age_group(year)


def test_age_interval_of_a_uniform_distribution_is_eighty_percent() -> None:
    _, low, high = Age().decode(np.zeros((1, 101), np.float32), card("age"))[0, :3]
    assert high - low == pytest.approx(0.8 * 101, abs=0.2)


def test_temperature_widens_the_interval_and_keeps_the_mean() -> None:
    logits = -0.5 * ((np.arange(101, dtype=np.float32)[None] - 40) / 3) ** 2
    narrow = Age().decode(logits, card("age"))[0]
    wide = Age().decode(logits, card("age", temperature=4.0))[0]
    assert wide[0] == pytest.approx(narrow[0])
    assert (wide[2] - wide[1]) == pytest.approx(2 * (narrow[2] - narrow[1]), rel=0.05)


def test_age_groups_cover_every_year() -> None:
    assert [age_group(y) for y in (0, 2.9, 3, 9.5, 10, 69, 70, 101)] == [
        "0-2", "0-2", "3-9", "3-9", "10-19", "60-69", "70+", "70+",
    ]  # fmt: skip
    assert list(GROUPS) == sorted(GROUPS, key=lambda g: GROUPS[g][0])


def test_units_are_called_by_thresholds_of_their_own() -> None:
    task, its_card = load_task("au"), card("au", thresholds=(0.3, 0.5, 0.9))
    values = np.float32([0.4, 0.4, 0.95])
    reading = task.reading(values, values, its_card)
    assert reading.active == ("AU01", "AU12")
    assert reading.label == "AU01+AU12"
    assert reading.text == "AU01 inner brow raiser, AU12 lip corner puller"
    assert reading.to_dict()["active"] == ["AU01", "AU12"]
    assert reading.reliable
    low = np.zeros(3, np.float32)
    assert task.reading(low, low, its_card).label == "none"
    assert task.reading(low, low, its_card).word == "no action unit"
    assert task.reading(low, low, its_card).text == "no action unit"


def test_a_covers_words_say_what_they_speak_of() -> None:
    its_card, task = card("cover", threshold=0.8), load_task("cover")
    clear, _, mouth = np.eye(len(its_card.labels), dtype=np.float32)[:3]
    assert task.reading(clear, clear, its_card).text == "nothing covered 100 %"
    assert task.reading(mouth, mouth, its_card).word == "mouth covered"
    unsure = np.asarray(0.5 * mouth + 0.3 * clear, np.float32)
    reading = task.reading(unsure, unsure, its_card)
    assert (reading.label, reading.text) == ("uncertain", "uncertain (mouth covered 50 %)")
    assert pickle.loads(pickle.dumps(reading)) == reading


def test_a_unit_stays_active_over_a_hair() -> None:
    task, its_card = load_task("au"), card("au")
    values = np.float32([0.45, 0.45, 0.1])
    assert task.reading(values, values, its_card).active == ()
    assert task.reading(values, values, its_card, "AU06+AU12").active == ("AU06",)


@pytest.mark.parametrize(
    ("quality", "reason"),
    [
        (Quality(100, 0.5, 0.5, Pose(10, 0, 0)), None),
        (Quality(100, 0.5, 0.5), "pose unknown"),
        (Quality(30, 0.5, 0.5), "too small"),
        (Quality(100, 0.5, 0.5, Pose(-45, 0, 0)), "turned away"),
        (Quality(100, 0.5, 0.01, Pose(0, 0, 0), "too dark"), "too dark"),
    ],
)
def test_units_of_a_poor_view_are_not_reliable(quality: Quality, reason: str | None) -> None:
    values = np.float32([0.9, 0.1, 0.1])
    reading = load_task("au").reading(values, values, card("au"), None, quality)
    assert reading.to_dict()["reason"] == reason
    assert reading.reliable is (reason is None)
    assert reading.text == (
        "AU01 inner brow raiser" if reason is None else f"action units not reliable: {reason}"
    )


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=3, max_size=3))
def test_units_are_probabilities_without_warnings(logits: list[float]) -> None:
    out = load_task("au").decode(np.float32([logits]), card("au"))
    assert out.min() >= 0
    assert out.max() <= 1


@pytest.mark.parametrize(
    ("shares", "before", "after"),
    [
        ({"none": 0.51, "mouth": 0.49}, None, None),
        ({"none": 0.49, "mouth": 0.51}, None, "mouth covered"),
        ({"none": 0.4, "mouth": 0.35, "eyes": 0.25}, None, "mouth covered"),
        ({"none": 0.1, "pixelated": 0.9}, None, "pixelated"),
        ({"none": 0.1, "compressed": 0.9}, None, "badly compressed"),
        ({"none": 0.1, "drawn": 0.9}, None, "not a photograph"),
        ({"none": 0.1, "eyes": 0.9}, "too small", "too small"),
        ({"none": 0.1, "eyes": 0.9}, "tilt unclear", "eyes covered"),
        ({"none": 0.9, "eyes": 0.1}, "tilt unclear", "tilt unclear"),
    ],
)
def test_what_hides_a_face_counts_together(
    shares: dict[str, float], before: str | None, after: str | None
) -> None:
    task: Any = load_task("cover")
    quality = Quality(100.0, 1.0, 0.5, reason=before)
    assert task.judged(quality, CoverReading("none", shares, shares)).reason == after
