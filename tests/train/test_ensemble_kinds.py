"""Ensembles of voices and of ages, from their recipes to what they say in use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from tiny_voices import draw_voices

from mimik.cli import main
from mimik.evaluate.score import evaluate_model
from mimik.tasks.loaded import LoadedModel, load_model
from mimik.tasks.probabilities import softmax

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

VOICES = ("angry", "sad", "calm")
VOICE = """name = "voice.tiny"
version = "1"
task = "voice"
labels = ["angry", "sad", "calm"]
holdout = 0.3
[sound]
bands = 24
window_s = 0.032
hop_s = 0.02
[[data]]
reader = "csv"
path = "set/voices.csv"
split = "all"
[network]
stem = 8
widths = [16, 16]
attention = 8
dropout = 0.0
[hear]
length_s = 0.6
[optim]
epochs = 6
batch = 8
learning_rate = 5e-3
ema = 0.8
"""
AGE = """name = "age.tiny"
version = "1"
task = "age"
outputs = 101
holdout = 0.3
[crop]
size = 16
[[data]]
reader = "folder"
split = "all"
[network]
stem = [4, 4]
widths = [8, 8]
strides = [2, 2]
[optim]
epochs = 2
batch = 8
ema = 0.8
"""


NUMBER = AGE.replace("outputs = 101", "outputs = 1") + '[objective]\nloss = "mse"\n'


def joined(folder: Path, data: Path, base: str) -> tuple[LoadedModel, list[LoadedModel], Path]:
    """A mean of two members by one recipe, made by the command; its members, and its card."""
    (folder / "base.toml").write_text(base)
    task, file = base.split('"')[1].partition(".")[0], folder / "two.toml"
    members = '[[members]]\nrecipe = "base.toml"\nseeds = [0, 1]\n[ensemble]\ncombine = "mean"\nfolds = 2\n'
    file.write_text(f'name = "{task}.two"\nversion = "1"\n{members}')
    words = ["train", file, "--data", data, "--run", folder / "run", "--device", "cpu"]
    assert main([*map(str, words)]) == 0
    card = folder / "run" / f"{task}.two.json"
    cards = [folder / f"run/members/{task}.tiny-seed{n}/whole/{task}.tiny.json" for n in (0, 1)]
    ours, *theirs = (load_model(task, str(path), "cpu") for path in (card, *cards))
    assert [member["weight"] for member in ours.card.members] == [0.5, 0.5]
    return ours, theirs, card


def mean_of(members: list[LoadedModel], batch: np.ndarray) -> np.ndarray:
    """The mean of what the members say, calibrated."""
    return np.mean([softmax(one.logits(batch) / one.card.temperature) for one in members], axis=0)


def analysed(source: Path, task: str, card: Path, out: Path) -> list[dict[str, Any]]:
    """What 'mimik analyze' writes of a source."""
    words = ["analyze", source, "--tasks", task, "--model", f"{task}={card}", "-o", out]
    assert main([*map(str, words)]) == 0
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_voices(tmp_path: Path) -> None:
    draw_voices(tmp_path / "data/set", VOICES, people=6)
    ours, members, card = joined(tmp_path, tmp_path / "data", VOICE)
    rng = np.random.default_rng(0)
    for frames in (30, 77):
        shape = [frames if size is None else size for size in ours.card.takes.shape]
        heard = rng.normal(size=(3, *shape)).astype(np.float32)
        assert np.allclose(softmax(ours.logits(heard)), mean_of(members, heard), atol=1e-5)
    report = evaluate_model(str(card), tmp_path / "data/set/voices.csv", "csv", "all")
    assert report["n"] == 36 and report["accuracy"] > 0.4
    clip = next((tmp_path / "data/set").glob("*.wav"))
    spans = [row for row in analysed(clip, "voice", card, tmp_path / "v.jsonl") if "voice" in row]
    assert spans and all(span["voice"]["label"] in VOICES for span in spans)


@pytest.mark.parametrize("base", [AGE, NUMBER], ids=["distribution", "number"])
def test_ages(tmp_path: Path, examples: Path, base: str) -> None:
    rng = np.random.default_rng(0)
    for person in range(16):
        years = 10 + 5 * person % 60
        own = tmp_path / "data" / str(years) / f"p{person}"
        own.mkdir(parents=True)
        for number in range(2):
            image = rng.integers(0, 60, (16, 16, 3), np.uint8) + np.uint8(3 * years)
            cv2.imwrite(str(own / f"{number}.png"), image)
    ours, members, card = joined(tmp_path, tmp_path / "data", base)
    faces = rng.normal(size=(5, *ours.card.takes.shape)).astype(np.float32)
    if base == AGE:
        assert np.allclose(softmax(ours.logits(faces)), mean_of(members, faces), atol=1e-5)
    else:
        told = [one.logits(faces) for one in members]
        assert np.allclose(ours.logits(faces), np.mean(told, axis=0), atol=1e-3)
    report = evaluate_model(str(card), tmp_path / "data", "folder", "all")
    assert report["n"] == 32 and 0 < report["mae"] < 60
    (frame,) = analysed(examples / "astronaut.jpg", "age", card, tmp_path / "a.jsonl")
    years = frame["faces"][0]["age"]
    assert 0 <= years["low"] <= years["years"] <= years["high"] <= 100
