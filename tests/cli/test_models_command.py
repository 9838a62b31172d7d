"""``mimik models add`` and ``remove``, and that an added model serves every way in by its name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMIK_CACHE", str(tmp_path / "cache"))


def test_a_model_comes_is_used_and_goes(
    mimik: Run, make_model: Callable[..., Path], examples: Path, tmp_path: Path
) -> None:
    model = make_model("emotion", licence="For tests.")
    ran = mimik("models", "add", model)
    assert ran.code == 0 and ran.err == ""
    assert ran.out.splitlines() == [
        "emotion.tiny 1: added; not for products: For tests.",
        "  mimik analyze PHOTO --tasks emotion --model emotion=emotion.tiny",
    ]
    assert "emotion.tiny" in mimik("models").out
    assert json.loads(mimik("models", "show", "emotion.tiny@1").out)["name"] == "emotion.tiny"
    out = tmp_path / "out.jsonl"
    words = ("--tasks", "emotion", "--model", "emotion=emotion.tiny", "-o", out)
    assert mimik("analyze", examples / "astronaut.jpg", *words).code == 0
    assert json.loads(out.with_name("out.jsonl.run").read_text().splitlines()[0])["models"]["emotion"][
        "name"
    ] == ("emotion.tiny")
    other = make_model("emotion", seed=1)
    refused = mimik("models", "add", other)
    assert refused.code == 2 and "--replace" in refused.complaint
    assert mimik("models", "add", other, "--replace").code == 0
    assert mimik("models", "remove", "emotion.tiny").out == "emotion.tiny@1: removed\n"
    gone = mimik("models", "remove", "emotion.tiny")
    assert gone.code == 2 and "there is none" in gone.complaint
    assert "emotion.tiny" not in mimik("models").out


def test_what_is_missing_is_asked_for(mimik: Run, tmp_path: Path) -> None:
    for words, code, said in (
        (("add",), 2, "mimik models add needs a name: a folder, an .onnx file, its card or a .zip of them"),
        (("remove",), 2, "mimik models remove needs a name: none was added"),
        (("list", "--replace"), 2, "--replace is for mimik models add, not for mimik models list"),
        (("add", "x", "--commercial"), 2, "--commercial is for the list of models"),
        (("add", tmp_path), 1, "no model there; a model is x.onnx with x.json beside it"),
    ):
        ran = mimik("models", *words)
        assert ran.code == code and said in ran.complaint


def test_a_model_is_published_and_added(mimik: Run, make_model: Callable[..., Path], tmp_path: Path) -> None:
    model = make_model("gender", licence="For tests.")
    ran = mimik("publish", model, tmp_path / "out")
    assert ran.code == 0 and ran.err == ""
    assert str(tmp_path / "out" / "SHA256SUMS") in ran.out.splitlines()
    assert ran.out.rstrip().endswith(f"mimik models add {tmp_path / 'out'}")
    assert mimik("models", "add", tmp_path / "out").code == 0
    assert mimik("publish", tmp_path, tmp_path / "other").code == 1


def test_what_fuses_face_and_voice_is_listed_and_shown(mimik: Run) -> None:
    listed = mimik("models").out
    line, terms = (line for line in listed.splitlines() if line.startswith("fusion.base "))
    assert "RAVDESS" in terms
    assert "face_voice" in line and "answers of face and voice" in line and line.rstrip().endswith("no")
    assert "measured by python benchmarks/fusion.py DATA" in line
    assert "fusion.base" not in mimik("models", "--commercial").out, "RAVDESS's terms don't allow it"
    for name in ("fusion.base", "fusion.base@2"):
        shown = json.loads(mimik("models", "show", name).out)
        assert (shown["name"], shown["task"], shown["commercial_use"]) == ("fusion.base", "face_voice", False)
        assert "RAVDESS 01" in shown["people"] and shown["limits"] and "units" not in shown
    (told,) = (m for m in json.loads(mimik("models", "--json").out) if m["name"] == "fusion.base")
    assert told == shown
    assert "fusion.base" in mimik("models", "show").complaint
    assert mimik("models", "show", "fusion.base@9").code == 2
