"""Whether a model has learned from what it is scored on, by its card and by its run's pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mimik.data.base import load_reader
from mimik.data.fingerprints import fingerprints_of
from mimik.data.seen import SeenPictures, read_seen
from mimik.errors import DataError
from mimik.evaluate.overlap import learned_from
from mimik.models.store import catalogue


@pytest.mark.parametrize(
    ("model", "reader", "split", "learned"),
    [
        ("emotion.mini", "fer2013", "train", True),
        ("emotion.mini", "fer2013", "all", True),
        ("emotion.mini", "fer2013", "public", False),
        ("emotion.mini", "ferplus", "train", True),
        ("emotion.mini", "ckplus", "test", False),
        ("emotion.mini", "folder", "test", None),
        ("age.mini", "utkface", "train", True),
        ("age.mini", "utkface", "val", False),
        ("cover.mini", "covered", "train", True),
        ("cover.mini", "covered", "test", False),
        ("au.base", "ckplus", "test", True),
        ("emotion.base", "fairface", "train", True),
    ],
)
def test_shipped_cards_say_what_was_learned_from(
    model: str, reader: str, split: str, learned: bool | None
) -> None:
    assert learned_from(catalogue()[model], load_reader(reader), split) is learned


def test_a_card_that_names_no_splits_leaves_it_open() -> None:
    card = replace(catalogue()["emotion.mini"], data=({"name": "FER-2013"},))
    assert learned_from(card, load_reader("fer2013"), "train") is None


def test_pictures_of_a_run_are_kept_and_found_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 255, (24, 24, 3), np.uint8) for _ in range(6)]
    seen = SeenPictures(
        np.array(list("abcdef")),
        np.array([0, 0, 0, 1, 1, 1]),
        np.array([False, True, False, True, False, True]),
        np.array(["", "ann", "", "", "bob", ""]),
        fingerprints_of(images),
    )
    assert read_seen(tmp_path) is None
    seen.write(tmp_path)
    first = (tmp_path / "pictures.npz").read_bytes()
    seen.write(tmp_path)
    assert (tmp_path / "pictures.npz").read_bytes() == first
    again = read_seen(tmp_path)
    assert again and again.of_set(0) == {"b": "ann"} and again.of_set(1) == {"d": "", "f": ""}
    prints = fingerprints_of([images[0], images[1], images[2][:, ::-1], images[0][:20]])
    assert again.exact(prints).tolist() == [True, False, False, False]
    assert again.exact(prints, held=True).tolist() == [False, True, False, False]
    assert again.near(prints)[:3].tolist() == [True, False, True]
    (tmp_path / "pictures.npz").write_bytes(first[:100])
    with pytest.raises(DataError, match=r"pictures\.npz: the run's list of pictures is damaged"):
        read_seen(tmp_path)
