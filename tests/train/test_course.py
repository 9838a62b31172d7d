"""What a training says and keeps of its course: validation, best weights, patience, log, page."""

from __future__ import annotations

import dataclasses
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from tiny_recipe import RESNET, UNIT_HEAD, recipe  # noqa: E402

from mimik.cli import main  # noqa: E402
from mimik.errors import DivergedError, OutputError, OutputExistsError, RecipeError  # noqa: E402
from mimik.models.card import read_card  # noqa: E402
from mimik.models.session import Session  # noqa: E402
from mimik.train.best import BEST, Best, rank, read_best  # noqa: E402
from mimik.train.checkpoint import fresh_state, save_tensors  # noqa: E402
from mimik.train.log import read_rows  # noqa: E402
from mimik.train.loop import train  # noqa: E402
from mimik.train.quick.text import write_recipe  # noqa: E402
from mimik.train.recipe.options import HeadOptions, OptimOptions  # noqa: E402
from mimik.train.watch import Finish, Silent, Start  # noqa: E402
from mimik.train.words import header_lines  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
SHORT = OptimOptions(epochs=2, batch=8, ema=0.9)


class Told(Silent):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.starts: list[Start] = []
        self.steps: list[tuple[int, int, int]] = []
        self.ends: list[Finish] = []

    def begun(self, start: Start) -> None:
        self.starts.append(start)

    def stepped(self, epoch: int, batch: int, batches: int) -> None:
        self.steps.append((epoch, batch, batches))

    def finished(self, finish: Finish) -> None:
        self.ends.append(finish)


def test_a_run_tells_its_course_and_leaves_a_page(bars: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="plots need matplotlib: pip install 'mimik[plots]'")
    told, run = Told(), tmp_path / "run"
    path = train(recipe(optim=SHORT), bars, run, device="cpu", watch=told)
    (start,), (end,) = told.starts, told.ends
    (counts,) = start.counts
    assert sum(counts.trained.values()) == start.trained and sum(counts.held.values()) == start.held
    assert start.trained + start.held == 80 and list(counts.trained) == ["female", "male"]
    batches = start.trained // 8
    assert told.steps == [(e, b + 1, batches) for e in (1, 2) for b in range(batches)]
    rows = read_rows(run)
    assert [row["epoch"] for row in rows] == [1, 2]
    assert all({"loss", "validation_loss", "accuracy"} <= row.keys() for row in rows)
    (report,) = end.reports.values()
    assert report.figures["n"] == start.held and report.rows[0] == (
        "class",
        "faces",
        "precision",
        "recall",
        "F1",
    )
    assert (end.epoch, end.epochs, end.model) == (2, 2, path) and list(run.rglob("*.onnx")) == [path]
    page = (run / "report.html").read_text()
    assert end.page == run / "report.html" and "data:image/png" in page
    assert all(
        word in page for word in ("Confusion", "Configuration", "torch", "hardware", "None was left out")
    )
    assert "http://" not in page and "https://" not in page and "<script" not in page
    assert {p.name for p in (run / "plots").iterdir()} == {
        "batch.png",
        "curves.png",
        "confusion.png",
        "reliability.png",
    }


def test_what_is_to_be_known_of_the_two_parts_is_said(bars: Path, tmp_path: Path) -> None:
    for file in sorted((bars / "train" / "male").iterdir())[1:]:
        file.unlink()
    told, run = Told(), tmp_path / "run"
    train(recipe(optim=SHORT), bars, run, device="cpu", watch=told)
    lacking = (
        "validation has no picture of male (gender): too few people, or pictures that don't copy each other"
    )
    assert lacking in told.starts[0].notes and lacking in header_lines(told.starts[0])
    assert lacking.replace("'", "&#x27;") in (run / "report.html").read_text(encoding="utf-8")


def test_without_matplotlib_a_run_ends_and_says_what_is_not_there(
    bars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mimik.plots.files.importlib.util.find_spec", lambda name: None)
    told = Told()
    train(recipe(optim=SHORT), bars, tmp_path, device="cpu", watch=told)
    assert "mimik[plots]" in told.ends[0].notes[0] and [p.name for p in (tmp_path / "plots").iterdir()] == [
        "batch.png"
    ]
    assert "mimik[plots]" in (tmp_path / "report.html").read_text()


def test_epochs_are_ranked_by_their_figure_then_by_the_loss() -> None:
    assert rank({"validation_loss": 0.5, "accuracy": 0.8}) > rank({"validation_loss": 0.4, "accuracy": 0.7})
    assert rank({"validation_loss": 0.4, "accuracy": 0.8}) > rank({"validation_loss": 0.5, "accuracy": 0.8})
    assert rank({"validation_loss": 9.0, "mae": 4.0}) > rank({"validation_loss": 1.0, "mae": 5.0})
    two = {"gender accuracy": 0.9, "age mae": 9.0}
    assert rank({"validation_loss": 0.4} | two) > rank({"validation_loss": 0.5} | two | {"age mae": 1.0})
    assert rank({"validation_loss": float("nan")}) < rank({"validation_loss": 1e9})


@pytest.mark.parametrize("patience", [0, 2])
def test_patience_ends_training_and_exports_the_best(
    bars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience: int
) -> None:
    accuracies = iter([0.5, 0.7, 0.6, 0.6, 0.9])

    def figures(*words: object) -> dict[str, float]:
        return {"validation_loss": 1.0, "accuracy": next(accuracies)}

    monkeypatch.setattr("mimik.train.phases.fit.validation_figures", figures)
    told, one = Told(), recipe(optim=OptimOptions(epochs=5, batch=8, ema=0.9, patience=patience))
    path = train(one, bars, tmp_path, device="cpu", watch=told)
    (end,) = told.ends
    assert (end.epoch, end.best, end.epochs) == ((2, 2, 4) if patience else (5, 5, 5))
    limits = read_card(path.with_suffix(".json")).limits
    assert [text.startswith("Epoch 2 of 4 was chosen") for text in limits] == [True] * bool(patience)
    assert read_best(tmp_path) == Best(end.best, (0.9 if patience == 0 else 0.7, -1.0))
    x = np.random.default_rng(0).normal(size=(3, 1, 24, 24)).astype(np.float32)
    network = fresh_state(one, torch.device("cpu")).averaged
    network.load_state_dict(torch.load(tmp_path / BEST, weights_only=True)["averaged"])
    with torch.no_grad():
        assert np.allclose(Session(path, "cpu").run(x)[0], network(torch.from_numpy(x)), atol=1e-4)
    # It is over: the same command trains no more.
    before = path.read_bytes()
    assert train(one, bars, tmp_path, device="cpu").read_bytes() == before
    assert len(read_rows(tmp_path)) == end.epochs


def test_a_stopped_run_with_patience_goes_on_to_the_same_end(bars: Path, tmp_path: Path) -> None:
    one = recipe(optim=OptimOptions(epochs=4, batch=8, ema=0.9, patience=2))
    whole = train(one, bars, tmp_path / "whole", device="cpu")

    def stop(row: dict[str, object]) -> None:
        if row["epoch"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(one, bars, tmp_path / "halves", device="cpu", report=stop)
    assert train(one, bars, tmp_path / "halves", device="cpu").read_bytes() == whole.read_bytes()
    assert read_best(tmp_path / "halves") == read_best(tmp_path / "whole")


def test_patience_is_a_number_of_epochs() -> None:
    with pytest.raises(RecipeError, match=r"patience must be 0 \(off\) or more epochs, not -1"):
        OptimOptions(patience=-1)


@contextmanager
def small_disk(most: int) -> Iterator[None]:
    """No file may grow past so many bytes meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_said_in_a_line_and_what_was_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    save_tensors(path, {"x": torch.zeros(8)})
    before = path.read_bytes()
    with (
        small_disk(20_000),
        pytest.raises(OutputError, match=r"checkpoint\.pt: can't be written \(File too large"),
    ):
        save_tensors(path, {"x": torch.zeros(10_000)})
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_a_disk_that_fills_while_training(
    bars: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk(9_000), pytest.raises(OutputError, match="can't be written"):
        train(recipe(optim=SHORT), bars, tmp_path / "run", device="cpu")
    assert not list((tmp_path / "run").glob("*.part"))
    train(recipe(optim=SHORT), bars, tmp_path / "run", device="cpu")


def test_a_finished_run_offers_to_go_on(bars: Path, tmp_path: Path) -> None:
    run, one = tmp_path / "run", recipe(optim=SHORT)
    train(one, bars, run, device="cpu")
    longer = dataclasses.replace(one, optim=dataclasses.replace(SHORT, epochs=5))
    with pytest.raises(OutputExistsError) as refused:
        train(longer, bars, run, device="cpu")
    offer = f"add --start {run / 'checkpoint.pt'} --epochs 3 --run {run}-more"
    assert "is finished, after 2 epochs" in str(refused.value) and offer in str(refused.value)
    more = dataclasses.replace(one, start=str(run / "checkpoint.pt"))
    train(more, bars, tmp_path / "run-more", device="cpu")
    fewer = dataclasses.replace(one, optim=dataclasses.replace(SHORT, epochs=1))
    with pytest.raises(OutputExistsError, match="to train fewer, name another folder"):
        train(fewer, bars, run, device="cpu")
    (run / "gender.tiny.onnx").unlink()
    with pytest.raises(OutputExistsError, match="began with 2 epochs, over which its learning rate falls"):
        train(longer, bars, run, device="cpu")


def test_what_is_damaged_is_named(bars: Path, tmp_path: Path) -> None:
    run, mine = tmp_path / "run", recipe(optim=SHORT)
    train(mine, bars, run, device="cpu")
    (run / "checkpoint.pt").write_bytes(b"PK no")
    with pytest.raises(RecipeError, match=r"checkpoint.pt: damaged; delete it, and the run begins anew"):
        train(mine, bars, run, device="cpu")
    (run / "recipe.json").write_text("{")
    with pytest.raises(RecipeError, match=r"recipe.json: damaged.*name another folder with --run"):
        train(mine, bars, run, device="cpu")


def test_a_network_that_cannot_be_probed(bars: Path, tmp_path: Path) -> None:
    heads = (dataclasses.replace(UNIT_HEAD, probe=True),)
    probing = recipe(name="face.two", task="", labels=(), heads=heads, start="a run")
    with pytest.raises(RecipeError, match=r"a MiniXception can't be probed: .* use the family resnet"):
        train(probing, bars, tmp_path, device="cpu")
    with pytest.raises(RecipeError, match="can't start from a run: there is no such file"):
        train(dataclasses.replace(probing, network=RESNET), bars, tmp_path, device="cpu")


def test_a_label_by_another_name() -> None:
    with pytest.raises(RecipeError, match="labels: 'Happiness' is called 'happy' here; write that"):
        recipe(task="emotion", labels=("Happiness", "sad"))
    assert recipe(task="", labels=(), heads=(HeadOptions("x", "emotion", ("happy", "contempt")),))


def test_a_loss_that_explodes_later_keeps_what_was_there(
    bars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = recipe(optim=OptimOptions(epochs=2, batch=8, ema=0.9))

    def stop(row: dict[str, object]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(one, bars, tmp_path, device="cpu", report=stop)
    held = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    held["network"]["classes.bias"] *= float("nan")
    torch.save(held, tmp_path / "checkpoint.pt")
    with pytest.raises(DivergedError, match=r"nan in epoch 2; lower .* another folder .* before it is kept"):
        train(one, bars, tmp_path, device="cpu")


def test_the_terminal_shows_header_epochs_and_how_to_use_it(
    bars: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_recipe(recipe(optim=SHORT), (), tmp_path / "tiny.toml", False)
    assert main(["train", str(tmp_path / "tiny.toml"), "--data", str(bars), "--run", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0].startswith("gender.tiny 1: mini_xception, ") and "thread" in lines[0]
    assert "epoch 1/2  loss " in out and " left" in out and "epoch 2/2  loss " in out
    assert "gender.tiny on validation:" in out and "class " in out
    assert (
        lines[-1]
        == f"use it  mimik analyze PHOTO --tasks gender --model gender={tmp_path / 'gender.tiny.json'}"
    )
    assert "batch" not in err, "no progress where there is no terminal"
    assert json.loads((tmp_path / "log.jsonl").read_text().splitlines()[0])["epoch"] == 1
