"""Phases of a recipe: what learns and what stays, the border between two, and what is refused."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from tiny_recipe import RESNET, UNIT_HEAD, held_in_memory, recipe  # noqa: E402
from torch.optim.lr_scheduler import OneCycleLR  # noqa: E402

from mimik.cli import main  # noqa: E402
from mimik.errors import MimikError, RecipeError  # noqa: E402
from mimik.models.inputs import SoundSpec  # noqa: E402
from mimik.train.best import read_best  # noqa: E402
from mimik.train.checkpoint import CHECKPOINT, State, average_weights, fresh_state  # noqa: E402
from mimik.train.log import read_rows  # noqa: E402
from mimik.train.loop import fit, train  # noqa: E402
from mimik.train.networks.base import layer_groups  # noqa: E402
from mimik.train.objectives.joint import joint_objective  # noqa: E402
from mimik.train.optimise import make_optimiser  # noqa: E402
from mimik.train.phases.epochs import run_epoch  # noqa: E402
from mimik.train.phases.schedules import SHARES, set_rate  # noqa: E402
from mimik.train.recipe.options import OPTIMISERS, SCHEDULES, OptimOptions, PhaseOptions  # noqa: E402
from mimik.train.recipe.read import read_recipe  # noqa: E402
from mimik.train.watch import Silent, Start  # noqa: E402
from mimik.train.words import header_lines, row_line  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

TWO = (
    PhaseOptions("head", ("head",), {"epochs": 2, "learning_rate": 0.02, "optimiser": "sgd"}),
    PhaseOptions("all", (), {"epochs": 2, "learning_rate": 0.005}, {"erase": 0.3}),
)
DROPOUT = {"family": "mini_xception", "stem": [4, 4], "widths": [8, 8], "strides": [2, 2], "dropout": 0.2}


def two_phases(**changes: object) -> Any:
    optim = OptimOptions(epochs=9, batch=8, ema=0.9)
    return recipe(**{"phases": TWO, "optim": optim, "network": DROPOUT, **changes})


def an_epoch(state: State, own: Any) -> None:
    """A pass over a few pictures, in memory."""
    rng = np.random.default_rng(0)
    pictures = held_in_memory([rng.integers(0, 255, (24, 24), np.uint8) for _ in range(16)])
    for number, sample in enumerate(pictures.samples):
        sample.labels["gender"] = ("female", "male")[number % 2]
    objective = joint_objective(own)
    options = own.course[state.phase].epochs
    run_epoch(state, state.network, options, objective, pictures, objective.targets(pictures.samples))
    state.epoch += 1


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_what_is_frozen_stays_to_the_bit(optimiser: str) -> None:
    phases = (PhaseOptions("end", ("stage2", "head"), {"epochs": 2, "optimiser": optimiser}),)
    own = two_phases(network=RESNET | {"dropout": 0.2}, phases=phases)
    state = fresh_state(own, torch.device("cpu"))
    before = {name: value.clone() for name, value in state.network.state_dict().items()}
    an_epoch(state, own)
    for network in (state.network, state.averaged):
        groups = layer_groups(network)
        learned = {id(v) for g in ("stage2", "head") for v in groups[g].state_dict(keep_vars=True).values()}
        for name, value in network.state_dict(keep_vars=True).items():
            # Running means, variances and counts of the frozen layers are among them.
            assert torch.equal(value, before[name]) is (id(value) not in learned), name


def test_a_phase_trains_all_that_it_names_no_layers_of() -> None:
    own = two_phases()
    state = fresh_state(own, torch.device("cpu"))
    state.enter(1)
    before = {name: value.clone() for name, value in state.network.named_parameters()}
    an_epoch(state, own)
    assert not any(torch.equal(value, before[name]) for name, value in state.network.named_parameters())
    assert type(state.optimiser) is torch.optim.AdamW
    assert own.course[1].epochs.augment == dataclasses.replace(own.augment, erase=0.3)
    assert own.course[1].epochs.optim == dataclasses.replace(own.optim, epochs=2, learning_rate=0.005)


class StoppedError(Exception):
    pass


class StopsAt(Silent):
    """Stops a run in the first batch of an epoch."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def stepped(self, epoch: int, batch: int, batches: int) -> None:
        if epoch == self.epoch:
            raise StoppedError


def after(epoch: int) -> Callable[[dict[str, Any]], None]:
    def stop(row: dict[str, Any]) -> None:
        if row["epoch"] == epoch:
            raise StoppedError

    return stop


def test_a_run_goes_on_across_the_border_with_the_same_bits(bars: Path, tmp_path: Path) -> None:
    own, whole = two_phases(), tmp_path / "whole"
    train(own, bars, whole, device="cpu")
    parts = tmp_path / "parts"
    for stop in ({"report": after(2)}, {"watch": StopsAt(3)}, {"report": after(3)}):
        with pytest.raises(StoppedError):
            train(own, bars, parts, device="cpu", **stop)
    train(own, bars, parts, device="cpu")
    assert (parts / "gender.tiny.onnx").read_bytes() == (whole / "gender.tiny.onnx").read_bytes()
    rows = read_rows(parts)
    assert [(row["epoch"], row["phase"]) for row in rows] == [
        (1, "head"),
        (2, "head"),
        (3, "all"),
        (4, "all"),
    ]
    timed = ("seconds",)
    assert [{k: v for k, v in row.items() if k not in timed} for row in rows] == [
        {k: v for k, v in row.items() if k not in timed} for row in read_rows(whole)
    ]
    longer = dataclasses.replace(TWO[1], optim={**TWO[1].optim, "epochs": 5})
    with pytest.raises(MimikError, match=r"another recipe \(optim\.epochs, phases changed\)"):
        train(
            two_phases(phases=(TWO[0], longer), optim=OptimOptions(epochs=8, batch=8, ema=0.9)), bars, parts
        )
    other = two_phases(phases=(TWO[0], dataclasses.replace(TWO[1], train=("head",))))
    with pytest.raises(MimikError, match=r"another recipe \(phases changed\)"):
        train(other, bars, parts, device="cpu")


def test_a_phase_with_patience_hands_on_its_best_weights(
    bars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accuracies = iter([0.5, 0.7, 0.6, 0.6, 0.4, 0.3])
    monkeypatch.setattr(
        "mimik.train.phases.fit.validation_figures",
        lambda *words: {"validation_loss": 1.0, "accuracy": next(accuracies)},
    )
    patient = dataclasses.replace(TWO[0], optim={**TWO[0].optim, "epochs": 9, "patience": 2})
    kept: dict[int, Any] = {}

    class Looks(Silent):
        def stepped(self, epoch: int, batch: int, batches: int) -> None:
            if batch == 1 and epoch in (3, 5):
                kept[epoch] = torch.load(tmp_path / "best.pt", weights_only=True)
                kept[epoch]["now"] = torch.load(tmp_path / CHECKPOINT, weights_only=True)

    fitted = fit(two_phases(phases=(patient, TWO[1])), bars, tmp_path, device="cpu", watch=Looks())
    rows = read_rows(tmp_path)
    # The best of "head" is epoch 2, so it ends with epoch 4, and "all" has its two.
    assert [row["phase"] for row in rows] == ["head"] * 4 + ["all"] * 2
    best = kept[5]
    assert best["epoch"] == 2 and best["now"]["phase"] == 1 and best["now"]["began"] == 4
    for name in ("network", "averaged"):
        assert all(torch.equal(best["averaged"][k], v) for k, v in best["now"][name].items())
    # The best epoch of the last phase is of that phase alone, though an earlier one had better figures.
    found = read_best(tmp_path, 1)
    assert found is not None and found.epoch == 5 and read_best(tmp_path, 0) is None
    assert fitted.state.phase == 1


def test_each_schedule_goes_as_it_says() -> None:
    for name in ("cosine", "constant", "one_cycle"):
        shares = [SHARES[name](step, 100, 0.2) for step in range(100)]
        assert shares[0] < 0.05 and max(shares) == pytest.approx(1, abs=0.01)
        assert shares[-1] == (1 if name == "constant" else pytest.approx(0, abs=2e-3))
    assert set(SHARES) == set(SCHEDULES)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_one_cycle_is_that_of_torch(optimiser: str) -> None:
    optim = OptimOptions(schedule="one_cycle", warmup=0.3, learning_rate=0.4, optimiser=optimiser)
    ours, its = (make_optimiser(torch.nn.Linear(2, 2), optim) for _ in range(2))
    cycle = OneCycleLR(its, 0.4, total_steps=50)
    for step in range(50):
        set_rate(ours, optim, step, 50)
        mine, theirs = ours.param_groups[0], its.param_groups[0]
        assert mine["lr"] == pytest.approx(theirs["lr"], rel=1e-9)
        key = "momentum" if optimiser == "sgd" else "betas"
        assert mine[key] == pytest.approx(theirs[key], rel=1e-9)
        its.step()
        if step < 49:
            cycle.step()


def test_sgd_has_nesterovs_momentum() -> None:
    (group, other) = make_optimiser(torch.nn.Linear(2, 2), OptimOptions(optimiser="sgd")).param_groups
    assert group["nesterov"] and group["momentum"] == 0.9
    assert (group["weight_decay"], other["weight_decay"]) == (0.01, 0)


def test_a_plateau_lowers_the_rate_and_a_run_that_goes_on_knows_it(
    bars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "mimik.train.phases.fit.validation_figures", lambda *words: {"validation_loss": 1.0, "accuracy": 0.5}
    )
    optim = OptimOptions(
        epochs=6, batch=8, ema=0.9, warmup=0.1, schedule="plateau", plateau=2, factor=0.5, learning_rate=0.01
    )
    own = recipe(optim=optim)
    with pytest.raises(StoppedError):
        fit(own, bars, tmp_path, device="cpu", report=after(3))
    fit(own, bars, tmp_path, device="cpu")
    # The first epoch sets the mark; each two that don't lower it halve the rate.
    assert [row["rate"] for row in read_rows(tmp_path)] == [0.01, 0.01, 0.01, 0.005, 0.005, 0.0025]


def test_the_averaged_weights_of_frozen_layers_do_not_drift() -> None:
    state = fresh_state(two_phases(), torch.device("cpu"))
    before = state.averaged.state_dict()["features.0.weight"].clone()
    for state.step in range(50):
        average_weights(state, 0.999)
    assert torch.equal(state.averaged.state_dict()["features.0.weight"], before)


def test_what_is_said_names_the_phases(bars: Path, tmp_path: Path) -> None:
    starts: list[Start] = []

    class Hears(Silent):
        def begun(self, start: Start) -> None:
            starts.append(start)
            raise StoppedError

    with pytest.raises(StoppedError):
        fit(two_phases(), bars, tmp_path, device="cpu", watch=Hears())
    (start,) = starts
    assert start.epochs == 4 and [plan.learned for plan in start.phases] == [18, start.parameters]
    said = "\n".join(header_lines(start))
    assert "head   head         18      2       sgd at 0.02, cosine" in said
    assert "all    all " in said and "4 epochs; in" in said
    row = {"epoch": 3, "phase": "all", "loss": 0.5, "validation_loss": 0.4, "accuracy": 0.6, "rate": 0.01}
    assert row_line(row, 4, None) == (
        "epoch 3/4  all  loss 0.5000  validation 0.4000  accuracy 60.0 %  rate 0.01"
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"phases": (PhaseOptions("a"), PhaseOptions("a"))}, r"two \[\[phases\]\] have the same name"),
        ({"phases": (PhaseOptions("a", optim={"epochs": 0}),)}, r"phase 'a' needs epochs >= 1"),
        ({"phases": (PhaseOptions("a", optim={"ema": 1.5}),)}, r"phase 'a' needs an ema"),
        ({"phases": (PhaseOptions("a", optim={"epoch": 3}),)}, r"phase 'a': optim: .*did you mean 'epochs'"),
        ({"phases": (PhaseOptions("a", optim={"epochs": "3"}),)}, r"phase 'a': optim: epochs must be int"),
        ({"phases": (PhaseOptions("a", optim={"optimiser": "lion"}),)}, r"adamw, adam or sgd, not 'lion'"),
        ({"phases": (PhaseOptions("a", optim={"schedule": "step"}),)}, r"plateau or one_cycle, not 'step'"),
        ({"optim": OptimOptions(batch=1)}, r"\[optim\] needs epochs >= 1, batch >= 2"),
        (
            {
                "phases": (PhaseOptions("a"),),
                "heads": (dataclasses.replace(UNIT_HEAD, probe=True),),
                "task": "",
                "labels": (),
                "start": "a run",
            },
            r"probes are fitted in one step .* leave \[\[phases\]\] out",
        ),
        (
            {
                "phases": (PhaseOptions("a", augment={"flip": False}),),
                "crop": None,
                "sound": SoundSpec(),
                "augment": recipe().augment.__class__(),
                "network": {},
            },
            r"phase 'a': augment has no meaning with \[sound\]",
        ),
    ],
)
def test_phases_that_say_nothing_sensible_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        recipe(**changes)


@pytest.mark.parametrize(
    ("network", "train_", "message"),
    [
        (DROPOUT, "haed", r"phase 'a': 'haed' is no layer group of a MiniXception; there is stem, stage1"),
        ({"family": "plain", "size": 24, "dense": [4]}, "stage9", r"there is stage1, stage2, stage3, stage4"),
    ],
)
def test_layers_that_are_not_there_leave_no_run(
    bars: Path, tmp_path: Path, network: dict[str, object], train_: str, message: str
) -> None:
    own = recipe(network=network, phases=(PhaseOptions("a", (train_,)),))
    with pytest.raises(RecipeError, match=message):
        train(own, bars, tmp_path / "run", device="cpu")
    assert not (tmp_path / "run").exists()


def test_a_phase_needs_a_name_and_each_group_once() -> None:
    with pytest.raises(RecipeError, match='needs a name, such as name = "head"'):
        PhaseOptions("")
    with pytest.raises(RecipeError, match="names a layer group twice"):
        PhaseOptions("a", ("head", "head"))


def test_phases_in_a_file(bars: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib", reason="plots need matplotlib: pip install 'mimik[plots]'")
    text = """
        name = "gender.two"
        version = "1"
        task = "gender"
        labels = ["female", "male"]
        holdout = 0.2
        crop = { size = 24 }
        network = { family = "mini_xception", stem = [4, 4], widths = [8, 8], strides = [2, 2] }
        [[data]]
        reader = "folder"
        split = "train"
        [optim]
        batch = 8
        ema = 0.9
        [[phases]]
        name = "head"
        train = ["head"]
        [phases.optim]
        epochs = 1
        [[phases]]
        name = "all"
        [phases.optim]
        epochs = 2
    """
    path = tmp_path / "two.toml"
    path.write_text(text, encoding="utf-8")
    assert [phase.name for phase in read_recipe(path).phases] == ["head", "all"]
    words = ["train", str(path), "--data", str(bars), "--run", str(tmp_path / "run"), "--device", "cpu"]
    assert main([*words, "--epochs", "3"]) == 2
    assert "has phases (head, all), each with epochs of its own" in capsys.readouterr().err
    assert main(words) == 0
    assert "epoch 3/3  all  loss" in capsys.readouterr().out
    stored = json.loads((tmp_path / "run" / "recipe.json").read_text())
    assert stored["phases"][1] == {"name": "all", "train": [], "optim": {"epochs": 2}, "augment": {}}
    page = (tmp_path / "run" / "report.html").read_text()
    assert "what learns" in page and "<td>head</td>" in page
