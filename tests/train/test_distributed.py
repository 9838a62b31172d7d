"""Several processes of torchrun take the steps that one takes, and end together."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from tiny_recipe import held_in_memory, recipe  # noqa: E402
from torch.nn import functional  # noqa: E402

from mimik.errors import RecipeError  # noqa: E402
from mimik.train.distributed import Processes  # noqa: E402
from mimik.train.inputs.batches import training_batches  # noqa: E402
from mimik.train.loop import check_shared, train  # noqa: E402
from mimik.train.recipe.read import read_recipe  # noqa: E402
from mimik.train.whole_batch import WholeBatch  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

RECIPE = """
name = "gender.tiny"
task = "gender"
version = "1"
labels = ["female", "male"]
holdout = 0.2
[crop]
size = 24
[[data]]
reader = "folder"
split = "train"
[network]
family = "mini_xception"
stem = [4, 4]
widths = [8, 8]
strides = [2, 2]
dropout = 0.25
[augment]
rotate_deg = 3
noise = 0.02
erase = 0.1
[objective]
mixup = 0.2
[optim]
epochs = 3
batch = 7
clip = 1.0
precision = "fp32"
ema = 0.9
"""


def write(folder: Path, epochs: int = 3) -> Path:
    path = folder / "tiny.toml"
    path.write_text(RECIPE.replace("epochs = 3", f"epochs = {epochs}"))
    return path


def torchrun(words: list[str], count: int = 2) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", str(count), "-m", "--"]
    return subprocess.Popen(
        [*command, "mimik", "train", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def losses(run: Path) -> list[tuple[int, float, float]]:
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [(row["epoch"], row["loss"], row["validation_loss"]) for row in rows]


def checkpoint(run: Path) -> dict[str, object]:
    held: dict[str, object] = torch.load(run / "checkpoint.pt", weights_only=True)
    return held


class StoppedError(Exception):
    pass


def stop(row: dict[str, object]) -> None:
    raise StoppedError


def test_two_processes_go_on_as_one_would(bars: Path, tmp_path: Path) -> None:
    """Odd batches, batch normalisation, dropout, mixup, averaged weights, clipped gradients."""
    path = write(tmp_path)
    train(read_recipe(path), bars, tmp_path / "one", device="cpu")
    with pytest.raises(StoppedError):
        train(read_recipe(path), bars, tmp_path / "two", device="cpu", report=stop)
    assert len(losses(tmp_path / "two")) == 1
    words = [str(path), "--data", str(bars), "--run", str(tmp_path / "two"), "--device", "cpu"]
    started = torchrun(words)
    said, problems = started.communicate(timeout=600)
    assert started.returncode == 0, problems
    assert said.count("gender.tiny 1:") == said.count("epoch 2/3") == 1 and "2 processes" in said
    for one, two in zip(losses(tmp_path / "one"), losses(tmp_path / "two"), strict=True):
        assert one == pytest.approx(two, abs=2e-4), "they are written with four digits"
    one, two = checkpoint(tmp_path / "one"), checkpoint(tmp_path / "two")
    for part in ("network", "averaged"):
        for name, values in one[part].items():  # type: ignore[attr-defined]
            assert torch.allclose(values, two[part][name], rtol=1e-3, atol=2e-4), (part, name)  # type: ignore[index]
    assert torch.equal(one["torch_rng"], two["torch_rng"]), "both drew as many numbers"  # type: ignore[arg-type]
    assert (tmp_path / "two" / "gender.tiny.onnx").exists()


def test_one_that_dies_ends_the_others_with_a_line(bars: Path, tmp_path: Path) -> None:
    path, run = write(tmp_path, epochs=40), tmp_path / "run"
    words = [str(path), "--data", str(bars), "--run", str(run), "--device", "cpu"]
    started = torchrun(words)
    while not (run / "log.jsonl").exists():
        assert started.poll() is None, started.communicate()
        time.sleep(0.05)
    os.kill(_process(started.pid, rank=1), signal.SIGKILL)
    _, problems = started.communicate(timeout=600)
    own = [line for line in problems.splitlines() if line.startswith("mimik: ")]
    assert started.returncode == 1 and len(own) == 1, problems
    assert "another process of this training has ended" in own[0] or "interrupted" in own[0]
    done = len(losses(run))
    assert 0 < done < 40
    train(read_recipe(path), bars, run, device="cpu")
    assert [epoch for epoch, *_ in losses(run)] == list(range(1, 41)), "one process goes on"


def _process(parent: int, rank: int) -> int:
    """The process that torchrun has started with a number."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return next(
        int(pid)
        for pid in children
        if f"\0RANK={rank}\0".encode() in Path(f"/proc/{pid}/environ").read_bytes()
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing.toml", "--data", "."], "nothing.toml: the recipe can't be read"),
        (["tiny.toml", "--data", ".", "--folds", "2"], "--folds can't be trained by torchrun"),
    ],
)
def test_what_is_wrong_with_all_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    write(tmp_path)
    monkeypatch.chdir(tmp_path)
    started = torchrun(words)
    _, problems = started.communicate(timeout=600)
    own = [line for line in problems.splitlines() if line.startswith("mimik: ")]
    assert len(own) == 1 and message in own[0], problems


def test_parts_of_a_batch_are_the_batch() -> None:
    rng = np.random.default_rng(0)
    pictures = held_in_memory([rng.integers(0, 255, (24, 24), np.uint8) for _ in range(20)])
    how = recipe(augment=replace(recipe().augment, noise=0.1)).course[0].epochs
    whole = list(training_batches(pictures, how, 1, 0.5, 0.25))
    slices = [Processes(number, 3).part(8) for number in range(3)]
    assert [part.stop - part.start for part in slices] == [2, 3, 3]
    parts = [list(training_batches(pictures, how, 1, 0.5, 0.25, part)) for part in slices]
    for (rows, (batch,)), *own in zip(whole, *parts, strict=True):
        assert all(np.array_equal(rows, known) for known, _ in own)
        assert np.array_equal(batch, np.concatenate([made for _, (made,) in own]))


@pytest.mark.parametrize("shape", [(6, 5), (6, 5, 4, 4), (6, 5, 3, 4, 4)])
def test_rows_are_normalised_and_dropped_as_torch_does_it(shape: tuple[int, ...]) -> None:
    """Alone, where what is summed over the processes is what is here."""

    def ran(own: bool) -> list[torch.Tensor]:
        torch.manual_seed(0)
        x = torch.randn(shape).requires_grad_()
        layer = torch.nn.modules.batchnorm._BatchNorm(5)
        layer._check_input_dim = lambda input: None  # type: ignore[method-assign]
        layer.weight.data.uniform_()
        with WholeBatch(6, slice(0, 6), lambda values: values) if own else torch.enable_grad():
            y = functional.dropout(layer(x), 0.4)
        y.square().sum().backward()
        held = (layer.running_mean, layer.running_var, x.grad, layer.weight.grad, layer.bias.grad)
        return [y.detach(), *(values for values in held if values is not None), torch.rand(1)]

    mine, its = ran(True), ran(False)
    assert len(mine) == 7
    for own, other in zip(mine, its, strict=True):
        assert torch.allclose(own, other, rtol=1e-5, atol=1e-5)


def test_more_processes_than_pictures_of_a_batch_are_refused() -> None:
    with pytest.raises(RecipeError, match="batches of 8 can't be shared by 9 processes; start 8 at most"):
        check_shared(recipe(), Processes(0, 9))
    check_shared(recipe(), Processes(7, 8))
