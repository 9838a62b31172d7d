"""Cards: what they must say, and what becomes of those that this mimik can't use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mimik.errors import MimikWarning, ModelError, UnknownNameError
from mimik.models import store
from mimik.models.card import FORMAT, ModelCard, read_card
from mimik.models.inputs import INPUTS


@pytest.fixture
def change(
    make_model: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Path]:
    """A model in the cache whose card has other keys; those that are None it lacks."""
    cache = tmp_path / "cache"
    cache.mkdir()
    monkeypatch.setenv("MIMIK_CACHE", str(cache))

    def make(file: str = "other", /, **changes: Any) -> Path:
        source = make_model("emotion")
        (cache / source.name).write_bytes(source.read_bytes())
        values = json.loads(source.with_suffix(".json").read_text()) | {"name": file} | changes
        path = cache / f"{file}.json"
        path.write_text(json.dumps({key: value for key, value in values.items() if value is not None}))
        return path

    return make


def test_round_trip(make_model: Callable[..., Path]) -> None:
    path = make_model("emotion").with_suffix(".json")
    card = read_card(path)
    assert ModelCard.from_json(card.to_json()) == card
    assert json.loads(path.read_text())["format"] == FORMAT
    assert card.takes == card.crop
    assert (card.takes.shape, card.takes.text) == ((1, 16, 16), "16 px grey")


def test_a_card_without_a_format_is_of_the_first(change: Callable[..., Path]) -> None:
    path = change(format=None)
    assert "format" not in json.loads(path.read_text())
    assert store.find_model("other")[0].name == "other"


def test_an_unknown_key_is_a_warning(change: Callable[..., Path]) -> None:
    change(temprature=2.0)
    with pytest.warns(
        MimikWarning, match=r"other\.json: .* left out: temprature; did you mean 'temperature'"
    ):
        assert store.find_model("other")[0].temperature == 1.0
    change(temprature=2.0, comment="none", treshold=0.5)
    with pytest.warns(MimikWarning, match="did you mean '.*temperature' and 'threshold'"):
        assert store.find_model("other")[0].threshold == 0.0
    change(quelle="here", format=1)
    with pytest.warns(MimikWarning, match="left out: quelle; update mimik if the card is newer"):
        assert "other" in store.catalogue()


BAD = [
    ({"format": FORMAT + 1}, rf"of format {FORMAT + 1}, but mimik .* reads up to {FORMAT}; update mimik"),
    ({"format": "2"}, "format must be a whole number from 1, not '2'; export or copy"),
    ({"format": True}, "format must be a whole number"),
    (
        {"crop": None, "scene": {"rate": 16000}},
        "runs models that take crop or sound or clip: the card has scene; update mimik",
    ),
    ({"sound": {}}, "a model takes one of crop and sound, not both; export or copy"),
    ({"crop": None}, "the card lacks it; export or copy the model again"),
    ({"sha256": None}, "missing 1 required positional argument: 'sha256'"),
    ({"name": 3}, "name must be text, not 3"),
    ({"labels": "abc"}, "labels must be a list, not 'abc'"),
    ({"labels": [1, 2]}, "labels must be a list of text, not 1"),
    ({"outputs": 7.0}, "outputs must be a whole number, not 7.0"),
    ({"parameters": True}, "parameters must be a whole number, not True"),
    ({"temperature": "warm"}, "temperature must be a number"),
    ({"mean": float("nan")}, "mean finite"),
    ({"figures": [1]}, "figures must be a list of objects, not 1"),
    ({"figures": [{"data": "x"}]}, "a figure needs data, split, metric and a value"),
    ({"crop": 3}, "crop must hold size, channels, .* only, not 3"),
    ({"crop": {"size": 16, "scale": 1.0, "mirror": True}}, "crop must hold size, .* only, not mirror;"),
    ({"crop": {"size": "16"}}, r"crop\.size must be a whole number, not '16'"),
    ({"crop": {"size": 3}}, "crop size must be 8 to 1024"),
    ({"crop": {}}, "missing 1 required positional argument: 'size'"),
]


@pytest.mark.parametrize(("values", "message"), BAD)
def test_a_card_that_cannot_be_used_hides_itself_alone(
    change: Callable[..., Path], values: dict[str, Any], message: str
) -> None:
    packaged = set(store.catalogue())
    path = change("bad", **values)
    change("good")
    with pytest.warns(MimikWarning, match=rf"a model is left out: .*bad\.json: .*{message}"):
        assert set(store.catalogue()) == packaged | {"good"}
    for name in ("bad", str(path)):
        with pytest.raises(ModelError, match=message) as caught:
            store.find_model(name)
        assert "\n" not in str(caught.value)
    with pytest.warns(MimikWarning), pytest.raises(UnknownNameError, match=r"did you mean 'good'"):
        store.find_model("goood")


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b"[" * 100_000, b"", b"3"])
def test_what_is_no_card_hides_itself_alone(change: Callable[..., Path], content: bytes) -> None:
    change("bad").write_bytes(content)
    change("good")
    with pytest.warns(
        MimikWarning, match=r"left out: .*bad\.json: (not a model card|no readable model card)"
    ):
        assert "good" in store.catalogue()
    with pytest.raises(ModelError, match="model card"):
        store.find_model("bad")


def test_the_list_of_models_names_what_is_left_out(change: Callable[..., Path]) -> None:
    path = change("newer", format=FORMAT + 1)
    change("good")
    environment = {**os.environ, "MIMIK_CACHE": str(path.parent)}
    run = subprocess.run(
        [sys.executable, "-m", "mimik", "models"], capture_output=True, text=True, check=True, env=environment
    )
    assert "good " in run.stdout
    assert "newer" not in run.stdout
    assert run.stderr.startswith(f"mimik: a model is left out: {path}: a model card of format {FORMAT + 1}")
    assert run.stderr.count("\n") == 1


def test_the_kinds_of_input_are_read_from_the_card() -> None:
    assert all(isinstance(getattr(ModelCard, kind), property) for kind in INPUTS)
