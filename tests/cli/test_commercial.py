"""Models for products on the command line: what is refused, what is said, what is listed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mimik.models.store import catalogue
from voiced import speech, write_wav

Run = Callable[..., Any]
INSTEAD = "choose --models open (emotion, gender, age, cover"


@pytest.mark.parametrize("command", ["analyze", "explain", "bench", "serve", "app"])
def test_every_command_refuses_what_products_may_not_use(
    mimik: Run, examples: Path, command: str, tmp_path: Path
) -> None:
    sources = [] if command in ("serve", "app") else [examples / "group.jpg"]
    where = ["--data", tmp_path / "data", "--port", "0"] if not sources else []
    ran = mimik(command, *sources, *where, "--commercial")
    assert ran.code == 2 and ran.out == ""
    assert ran.complaint.startswith("mimik: emotion.wild, ") and "(--commercial)" in ran.complaint
    assert "UTKFace (non-commercial research)" in ran.complaint and INSTEAD in ran.complaint


def test_products_read_by_the_set_for_them(mimik: Run, examples: Path) -> None:
    ran = mimik("analyze", examples / "group.jpg", "--models", "open", "--commercial", "--json")
    assert ran.code == 0
    (frame,) = map(json.loads, ran.out.splitlines())
    for face in frame["faces"]:
        assert {"emotion", "gender", "age"} <= face.keys() and "au" not in face


def test_a_task_that_the_set_lacks(mimik: Run, examples: Path) -> None:
    ran = mimik("analyze", examples / "group.jpg", "--models", "open", "--tasks", "au")
    assert ran.code == 2
    assert "'open' doesn't read au: choose one that does (au: base)" in ran.complaint


def test_a_set_that_does_not_hear(mimik: Run, tmp_path: Path) -> None:
    write_wav(tmp_path / "speech.wav", speech(1.0))
    ran = mimik("analyze", tmp_path / "speech.wav", "--models", "open")
    assert ran.code == 2
    assert "'open' doesn't read voice: choose one that does (voice: base, mini)" in ran.complaint


@pytest.mark.parametrize("allowed", [True, False])
def test_a_model_of_ones_own_counts(
    mimik: Run, examples: Path, make_model: Callable[..., Path], allowed: bool
) -> None:
    own = f"emotion={make_model('emotion', commercial_use=allowed)}"
    ran = mimik(
        "analyze", examples / "group.jpg", "--models", "open", "--commercial", "--model", own, "--json"
    )
    assert ran.code == (0 if allowed else 2)
    if allowed:
        assert {"emotion", "gender", "age"} <= json.loads(ran.out)["faces"][0].keys()
    else:
        assert "the card of emotion.tiny doesn't say commercial_use" in ran.complaint


def test_the_set_for_products_explains_by_the_channels_of_its_mesh(mimik: Run, examples: Path) -> None:
    ran = mimik("explain", examples / "astronaut.jpg", "--models", "open", "--commercial")
    assert ran.code == 0 and ran.err == ""
    assert "Pointing to happy: AU12 lip corner puller (mouthSmile)." in ran.out


def test_the_list_for_products_names_their_authors(mimik: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    free = [card for card in catalogue().values() if card.commercial_use]
    ran = mimik("models", "--commercial")
    assert ran.code == 0 and "emotion.wild" not in ran.out
    assert all(card.name in ran.out for card in free)
    assert "FairFace (CC BY 4.0): Kärkkäinen and Joo, " in ran.out and "YuNet (MIT)" in ran.out
    monkeypatch.setenv("COLUMNS", "80")
    assert max(map(len, mimik("models", "--commercial").out.splitlines())) <= 80
    listed = json.loads(mimik("models", "--commercial", "--json").out)
    assert [card["name"] for card in listed] == [card.name for card in free]
    assert mimik("models", "show", "age.mini", "--commercial").code == 2


def test_earlier_results_of_fewer_tasks_say_how_they_go_on(
    mimik: Run, model_words: Run, examples: Path, tmp_path: Path
) -> None:
    path, photo = tmp_path / "out.csv", examples / "group.jpg"
    earlier = ("--tasks", "gender,age", *model_words("gender", "age"))
    assert mimik("analyze", photo, "-o", path, *earlier, "--quiet").code == 0
    ran = mimik("analyze", photo, "-o", path, *model_words())
    assert ran.code == 2
    assert 'tasks was ["gender", "age"], now ["emotion", "gender", "age", "au"]' in ran.complaint
    assert "go on with --tasks gender,age, choose another name or --overwrite" in ran.complaint
    assert mimik("analyze", photo, "-o", path, *earlier).code == 0


def test_earlier_results_of_another_set_name_that_set(mimik: Run, examples: Path, tmp_path: Path) -> None:
    """Its tasks alone would be no remedy: the set that is chosen now may lack them."""
    path, photo = tmp_path / "out.csv", examples / "group.jpg"
    assert mimik("analyze", photo, "-o", path, "--models", "mini", "--quiet").code == 0
    ran = mimik("analyze", photo, "-o", path, "--models", "open")
    assert ran.code == 2
    assert ": go on with --models mini, choose another name or --overwrite" in ran.complaint
    assert mimik("analyze", photo, "-o", path, "--models", "mini").code == 0
