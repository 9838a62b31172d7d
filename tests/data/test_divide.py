from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from mimik.data.base import Sample
from mimik.data.bonds import Bonds
from mimik.data.divide import DivideOptions, divide
from mimik.data.division import describe_division
from mimik.errors import DataError, OptionError
from mimik.types import Image


def sample(
    key: str, label: str = "happy", group: str = "", load: Callable[[], Image] | None = None
) -> Sample:
    return Sample(key, load or (lambda: noise(hash(key) % 2**32)), "all", {"emotion": label}, group=group)


def noise(seed: int) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (24, 24, 3), np.uint8)


def alone(samples: list[Sample]) -> Bonds:
    return Bonds(tuple(s.group for s in samples), 0)


def sides(samples: list[Sample], options: DivideOptions | None = None) -> dict[str, str]:
    """Each picture's split by its key."""
    parts = divide(samples, alone(samples), options or DivideOptions())
    return {s.key: part.split for s, part in zip(samples, parts, strict=True)}


def of_classes(**counts: int) -> list[Sample]:
    return [sample(f"{label}/{i}.png", label) for label, n in counts.items() for i in range(n)]


def test_each_split_has_its_share_of_each_class() -> None:
    samples = of_classes(happy=400, sad=100, fear=3)
    parts = divide(samples, alone(samples), DivideOptions())
    found = Counter((s.labels["emotion"], p.split) for s, p in zip(samples, parts, strict=True))
    assert found == {
        ("happy", "train"): 320,
        ("happy", "val"): 40,
        ("happy", "test"): 40,
        ("sad", "train"): 80,
        ("sad", "val"): 10,
        ("sad", "test"): 10,
        **{("fear", split): 1 for split in ("train", "val", "test")},
    }


def test_the_division_is_the_same_in_any_order_and_another_with_another_seed() -> None:
    samples = of_classes(happy=50, sad=50)
    found = sides(samples)
    assert sides(samples[::-1]) == found
    assert sides(samples, DivideOptions(seed=1)) != found
    # A division that was published must stay one.
    assert [key for key, split in found.items() if split == "test"][:5] == PUBLISHED


PUBLISHED = [f"happy/{number}.png" for number in (13, 16, 28, 42, 47)]


def test_more_pictures_move_hardly_any_other() -> None:
    before = sides(of_classes(happy=1000, sad=300))
    after = sides(of_classes(happy=1050, sad=330))
    assert sum(after[key] != split for key, split in before.items()) <= 0.02 * len(before)


def test_people_stay_together_and_classes_even() -> None:
    samples = [
        sample(f"{label}/P{person}/{i}.png", label, f"P{person}")
        for person in range(20)
        for label in ("happy", "sad", "fear")[: 2 + person % 2]
        for i in range(4)
    ]
    parts = divide(samples, alone(samples), DivideOptions(folds=5))
    sides = {s.group: p.fold for s, p in zip(samples, parts, strict=True)}
    assert all(p.fold == sides[s.group] for s, p in zip(samples, parts, strict=True))
    assert {p.split for p in parts} == {"train"}
    fear = Counter(p.fold for s, p in zip(samples, parts, strict=True) if s.labels["emotion"] == "fear")
    assert sorted(fear) == [0, 1, 2, 3, 4] and set(fear.values()) == {8}


def test_a_large_group_is_made_up_for_by_the_others() -> None:
    samples = of_classes(happy=80, sad=80)
    names = ["one" if i % 4 == 0 else "" for i in range(160)]
    parts = divide(samples, Bonds(tuple(names), 1), DivideOptions(folds=4))
    assert set(Counter(p.fold for p in parts).values()) == {40}


def test_no_part_is_empty() -> None:
    samples = [sample(f"{label}/{who}", label, who) for label in ("happy", "sad") for who in ("a", "b")]
    samples += [sample(f"happy/{i}", group="c") for i in range(6)]
    parts = divide(samples, alone(samples), DivideOptions())
    assert len({(s.group, p.split) for s, p in zip(samples, parts, strict=True)}) == 3
    assert {p.split for p in parts} == {"train", "val", "test"}


def test_folds_are_of_the_training_split() -> None:
    samples = of_classes(happy=100)
    parts = divide(samples, alone(samples), DivideOptions({"train": 0.8, "test": 0.2}, folds=4))
    assert Counter((p.split, p.fold) for p in parts) == {
        ("test", -1): 20,
        **{("train", k): 20 for k in range(4)},
    }


def test_leave_one_out_has_a_fold_for_each_person() -> None:
    samples = [sample(f"happy/{who}/{i}", group=who) for who in ("b", "c", "a") for i in range(2)]
    parts = divide(samples, alone(samples), DivideOptions(leave_one_out=True))
    assert [p.fold for p in parts] == [1, 1, 2, 2, 0, 0]
    samples.append(sample("happy/9.png"))
    with pytest.raises(DataError, match=r"needs a person or group .*; 1 have none \(happy/9.png\)"):
        divide(samples, alone(samples), DivideOptions(leave_one_out=True))


def test_one_group_can_not_be_divided() -> None:
    samples = [sample(f"{i}", group="P1") for i in range(9)]
    with pytest.raises(DataError, match="all 9 pictures belong to P1, so nothing can be held back"):
        divide(samples, alone(samples), DivideOptions())
    samples.append(sample("x", group="P2"))
    with pytest.raises(DataError, match="2 people, groups or single pictures can't be divided into 3 parts"):
        divide(samples, alone(samples), DivideOptions())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shares": {"train": 0.8, "test": 0.1}}, "shares must be above 0 and sum to 1"),
        ({"shares": {"train": 1.5, "test": -0.5}}, "shares must be above 0 and sum to 1"),
        ({"folds": 1}, "folds must be 2 or more, not 1"),
        ({"folds": 3, "leave_one_out": True}, "name no number of folds"),
    ],
)
def test_bad_options(options: dict, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        DivideOptions(**options)


def test_labels_that_nobody_has() -> None:
    samples = of_classes(happy=9)
    with pytest.raises(OptionError, match="no picture has a label 'gender': there is emotion"):
        divide(samples, alone(samples), DivideOptions(by=("gender",)))


def test_what_can_not_be_even_is_told() -> None:
    samples = [*of_classes(happy=200, fear=2), *(sample(f"P/{i}", group="P") for i in range(60))]
    options = DivideOptions()
    bonds = alone(samples)
    found = describe_division(samples, bonds, divide(samples, bonds, options), options)
    assert found["large"] == {"P": 60}
    assert [(row["part"], row["class"]) for row in found["small"] if row["n"] == 0] == [
        ("val", "fear"),
        ("test", "fear"),
    ]
    assert found["splits"] == {split: found["splits"][split] for split in ("train", "val", "test")}
    assert found["units"] == 203
