"""Tuning end to end on tiny pictures: which spaces are refused, who runs which trial, what is kept."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch", reason="tuning needs torch: pip install 'mimik[tune]'")
pytest.importorskip("optuna", reason="tuning needs Optuna: pip install 'mimik[tune]'")

from optuna.trial import TrialState

from mimik.cli import main
from mimik.errors import OptionError, OutputError, OutputExistsError, RecipeError
from mimik.train.loop import train
from mimik.train.phases.epochs import run_epoch
from mimik.train.recipe.read import read_recipe
from mimik.train.tune.figure import figure_of
from mimik.train.tune.result import StudyResult, result_of
from mimik.train.tune.space import Space, read_space
from mimik.train.tune.storage import open_storage, own_address
from mimik.train.tune.study import open_study
from mimik.train.tune.tune import tune
from mimik.train.tune.words import trial_line

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
stem = [4, 4]
widths = [8, 8]
strides = [2, 2]
[optim]
epochs = 2
batch = 16
ema = 0.9
[tune]
pruner = "none"
"""
RATE = '"optim.learning_rate" = { low = 1e-3, high = 1e-1, log = true }\n'


def space(tmp_path: Path, table: str = RATE, recipe: str = RECIPE) -> Space:
    path = tmp_path / "tiny.toml"
    path.write_text(recipe + table)
    return read_space(path)


def study(space: Space, bars: Path, run: Path, trials: int, **options: Any) -> StudyResult:
    return tune(space, bars, run, trials, device="cpu", **options)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", r"\[tune\] names no field, so there is nothing to try"),
        ('"optim.learning_rat" = { low = 1, high = 2 }', "no field; did you mean 'optim.learning_rate'"),
        ('"network.width" = { choices = [[8], [9]] }', "no field; did you mean 'network.widths'"),
        ('"augment.007" = { low = 1, high = 2 }', "no field; there is augment.flip, "),
        ('"optim" = { low = 1, high = 2 }', r"'optim' holds fields and is none; name one of them: optim\."),
        (
            '"nowhere" = { low = 1, high = 2 }',
            r"'nowhere' is no field; there is augment\., .*network\., objective\.",
        ),
        ("starup = 3", "no field of the recipe and no option of the search; did you mean 'startup'"),
        (
            '"optim.batch" = { choices = [8, "x"] }',
            r'optim\.batch: choices\[1\] must be a whole number, not "x"',
        ),
        ('"network.widths" = { choices = [[8, 8], [8, 0.5]] }', "must be a list .whole number each., not"),
        (
            '"augment.flip" = { low = 0, high = 1 }',
            "is true or false, which has no low and high; name choices",
        ),
        ('"optim.batch" = { low = 2.5, high = 8 }', "low must be a whole number, not 2.5"),
        ('"optim.batch" = { choices = [8, 8] }', "two different values or more"),
        ('"optim.batch" = { low = 8, hihg = 16 }', "unknown key 'hihg'; did you mean 'high'"),
        ('"optim.batch" = { low = 8 }', "needs high, or choices"),
        ('"optim.batch" = { low = 8, high = 4 }', "low must lie below high"),
        ('"network.dropout" = { low = 0, high = 1, log = true }', "log needs a low above 0"),
        ('"optim.batch" = 8', "must be { low = 0, high = 0.5 } or"),
        ('"optim.ema" = { low = 0.5, high = 1.0 }', r"optim\.ema = 1: .* ema of 0 or more and below 1"),
        ('"holdout" = { low = 0.1, high = 0.2 }', "holdout can't be tuned: it decides what is learned, or"),
        ("seed = { choices = [0, 1] }", "seed can't be tuned: a luckier seed .* which --seed can set$"),
        ('"threshold" = { low = 0.1, high = 0.2 }', "can't be tuned: it changes nothing in training"),
        (
            '"data.0.weight" = { low = 1, high = 2 }\n"data.folder.weight" = { low = 1, high = 2 }',
            "same field",
        ),
        (f"pruner2 = 1\n{RATE}", "'pruner2' is no field"),
        (f"startup = -1\n{RATE}", "startup must be 0 or more"),
        (f'sampler = "tpee"\n{RATE}', "unknown sampler 'tpee'.*'tpe'"),
    ],
)
def test_a_bad_space_says_what_and_where(tmp_path: Path, table: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message) as caught:
        space(tmp_path, table)
    assert str(caught.value).startswith(f"{tmp_path / 'tiny.toml'}: ")


def test_values_go_to_their_fields(tmp_path: Path) -> None:
    found = space(
        tmp_path,
        'network.widths = { choices = [[8, 8], [8, 16]] }\n"data.folder.weight" = { low = 0.5, high = 2 }\n'
        '"optim.batch" = { low = 8, high = 16, step = 4 }\n"augment.flip" = { choices = [true, false] }\n',
    )
    recipe = found.filled(
        {"network.widths": "[8, 16]", "data.folder.weight": 2, "optim.batch": 12, "augment.flip": False}
    )
    assert recipe.network["widths"] == [8, 16] and recipe.data[0].weight == 2.0
    assert recipe.optim.batch == 12 and not recipe.augment.flip
    assert [dimension.start for dimension in found.dimensions] == ["[8, 8]", 1.0, 16, True]


def test_heads_are_named_by_number_or_name(tmp_path: Path) -> None:
    path = tmp_path / "two.toml"
    text = RECIPE.replace('task = "gender"\n', "").replace('labels = ["female", "male"]\n', "")
    heads = '[[heads]]\nname = "gender.tiny"\ntask = "gender"\nlabels = ["female", "male"]\n'
    heads += '[[heads]]\nname = "age.tiny"\ntask = "age"\noutputs = 101\n'
    figure = 'figure = "age mae"\n'
    weights = '"heads.0.weight" = { low = 1, high = 2 }\n"heads.age.tiny.weight" = { low = 1, high = 3 }\n'
    path.write_text(text.replace("[tune]", f"{heads}[tune]\n{figure}") + weights)
    found = read_space(path)
    filled = found.filled({"heads.0.weight": 2, "heads.age.tiny.weight": 3})
    assert [head.weight for head in filled.heads] == [2, 3]
    assert figure_of(found).lower
    path.write_text(path.read_text().replace(figure, ""))
    with pytest.raises(
        RecipeError, match=r"heads\.0\.weight changes what validation_loss measures.*'age mae'"
    ):
        figure_of(read_space(path))


def test_phases_are_named_by_number_or_name(tmp_path: Path) -> None:
    phases = '[[phases]]\nname = "first"\n[phases.optim]\nepochs = 3\n[[phases]]\nname = "last"\n'
    table = '"phases.last.optim.learning_rate" = { low = 0.001, high = 0.1 }\n'
    table += '"phases.0.optim.epochs" = { choices = [2, 3] }\n'
    found = space(tmp_path, table, RECIPE.replace("[tune]", f"{phases}[tune]"))
    assert [dimension.start for dimension in found.dimensions] == [0.01, 3]
    recipe = found.filled({"phases.last.optim.learning_rate": 0.02, "phases.0.optim.epochs": 2})
    assert [phase.epochs.optim.learning_rate for phase in recipe.course] == [0.01, 0.02]
    assert [phase.epochs.optim.epochs for phase in recipe.course] == [2, 2]
    rows = [{"epoch": 1, "phase": "first", "accuracy": 0.9}, {"epoch": 3, "phase": "last", "accuracy": 0.8}]
    assert figure_of(found).final(rows, recipe) == 0.8


def test_training_takes_no_notice_of_the_space(tmp_path: Path) -> None:
    path = tmp_path / "tiny.toml"
    path.write_text(RECIPE + "nonsense = 3\n")
    assert read_recipe(path).optim.epochs == 2


def test_a_study_finds_goes_on_and_keeps_the_best(bars: Path, tmp_path: Path) -> None:
    table = f"{RATE}sampler = 'random'\n'optim.batch' = {{ choices = [8, 16, 500] }}\n"
    found, run = space(tmp_path, table), tmp_path / "tuned"
    first = study(found, bars, run, 2)
    assert first.trials[0].state == "finished"
    assert first.trials[0].values == {"optim.learning_rate": 0.01, "optim.batch": 16}, "the recipe as it is"
    (run / "best.toml").unlink()
    assert study(found, bars, run, 2).best is not None
    assert (run / "best.toml").exists(), "also where there was nothing left to do"
    result = study(found, bars, run, 6)
    assert [trial.number for trial in result.trials] == list(range(6))
    failed = [trial for trial in result.trials if trial.values["optim.batch"] == 500]
    assert failed and all(t.state == "failed" and "lower [optim] batch" in t.reason for t in failed)
    done = [trial for trial in result.trials if trial.state == "finished"]
    assert len(done) == 6 - len(failed)
    best = max(done, key=lambda trial: (trial.value, -trial.number))
    assert result.best == best.number
    for row in result.trials:
        told = trial_line(row, result)
        assert told.endswith("<- the best so far") == (row.number == best.number)
        assert (f"(best so far: trial {best.number}, accuracy" in told) == (row.number != best.number)
    recipe = read_recipe(run / "best.toml")
    assert recipe.optim.learning_rate == best.values["optim.learning_rate"]
    assert "It was chosen by that figure, so expect less" in (run / "best.toml").read_text()
    log = (run / f"trial-{best.number}" / "log.jsonl").read_text().splitlines()
    assert json.loads(log[-1])["accuracy"] == best.value and len(log) == 2
    model = train(recipe, bars, run / f"trial-{best.number}", device="cpu")
    assert model.exists(), "the best trial's own weights, exported without training"
    assert (run / f"trial-{best.number}" / "log.jsonl").read_text().splitlines() == log


def test_what_is_stopped_goes_on_as_if_it_had_not_been(
    bars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = study(space(tmp_path), bars, tmp_path / "whole", 3)
    epochs = iter([1, 2, 3])

    def stopped(*words: Any) -> float:
        if not next(epochs, 0):
            raise KeyboardInterrupt
        return run_epoch(*words)

    words = ["tune", str(tmp_path / "tiny.toml"), "--data", str(bars), "--trials", "3", "--device", "cpu"]
    words += ["--run", str(tmp_path / "halves")]
    with monkeypatch.context() as patched:
        patched.setattr("mimik.train.phases.fit.run_epoch", stopped)
        assert main(words) == 130  # In the second epoch of trial 1.
    assert "what was finished is kept" in capsys.readouterr().err
    assert main([*words, "--json", str(tmp_path / "told.json")]) == 0
    assert "trial 1  finished" in capsys.readouterr().out
    told = json.loads((tmp_path / "told.json").read_text())["trials"]
    assert [(t["value"], t["values"]) for t in told] == [(t.value, t.values) for t in whole.trials]


def test_time_that_is_over_at_once_draws_nothing(bars: Path, tmp_path: Path) -> None:
    found = study(space(tmp_path), bars, tmp_path / "run", 2, timeout_s=1e-6)
    assert [trial.state for trial in found.trials] == ["waiting"]
    assert not (tmp_path / "run" / "plots").exists()


def test_time_that_is_over_leaves_a_trial_to_go_on_with(
    bars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = space(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr("mimik.train.tune.attempt.time", SimpleNamespace(monotonic=lambda: math.inf))
        half = study(found, bars, tmp_path / "run", 2, timeout_s=3600)
    assert [(trial.state, trial.epochs) for trial in half.trials] == [("unfinished", 1)]
    assert half.best is None
    assert study(found, bars, tmp_path / "run", 2).count("finished") == 2
    with pytest.raises(OptionError, match="--timeout must be above 0"):
        study(found, bars, tmp_path / "run", 2, timeout_s=0)
    with pytest.raises(OptionError, match="--trials must be 1 or more"):
        study(found, bars, tmp_path / "run", 0)


def test_hopeless_trials_end_early(bars: Path, tmp_path: Path) -> None:
    table = '"optim.learning_rate" = { choices = [1e-9, 0.02] }\nsampler = "random"\n'
    recipe = RECIPE.replace('pruner = "none"', "startup = 1\nsettle = 1").replace("epochs = 2", "epochs = 5")
    recipe = recipe.replace("ema = 0.9", "ema = 0.5\nlearning_rate = 0.02")
    result = study(space(tmp_path, table, recipe), bars, tmp_path / "run", 4)
    hopeless = [trial for trial in result.trials if trial.values["optim.learning_rate"] < 0.01]
    assert hopeless and all(trial.state == "ended early" and trial.epochs < 5 for trial in hopeless)
    assert result.trials[0].state == "finished"


def test_another_space_recipe_or_data_is_refused(bars: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    study(space(tmp_path), bars, run, 1)
    with pytest.raises(OutputExistsError, match=r"another space \(optim\.learning_rate changed\)"):
        study(space(tmp_path, RATE.replace("1e-1", "1e-2")), bars, run, 2)
    with pytest.raises(OutputExistsError, match=r"another recipe \(optim\.epochs changed\)"):
        study(space(tmp_path, recipe=RECIPE.replace("epochs = 2", "epochs = 3")), bars, run, 2)
    (next((bars / "train").rglob("*.png"))).unlink()
    with pytest.raises(OutputExistsError, match="other data"):
        study(space(tmp_path), bars, run, 2)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("sqlite:////nowhere/at/all/study.db", "unable to open database file"),
        ("postgresql+nodriver://ann:secret@example.org/x", "can't be used"),
        ("not an address", "Could not parse"),
    ],
)
def test_a_storage_that_cant_be_reached_is_one_line(address: str, message: str) -> None:
    with pytest.raises(OutputError, match=message) as caught:
        open_storage(address)
    assert "\n" not in str(caught.value) and "secret" not in str(caught.value)


def test_a_new_storage_can_be_opened_by_several_at_once(tmp_path: Path) -> None:
    """Each looks for the tables and their first rows, and makes what isn't there."""
    barrier = Barrier(4)

    def opened(address: str) -> bool:
        barrier.wait()
        return bool(open_storage(address))

    with ThreadPoolExecutor(4) as pool:
        for number in range(5):
            address = f"sqlite:///{tmp_path / f'{number}.db'}"
            assert all(pool.map(opened, [address] * 4))


def test_processes_that_share_a_storage_never_begin_too_many(tmp_path: Path) -> None:
    """With folders of their own, as on two machines, whose locks don't reach each other."""
    found = space(tmp_path)
    figure, storage = figure_of(found), open_storage(own_address(tmp_path))
    studies = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        studies.append(open_study(found, figure, tmp_path / name, storage, False, "digest"))
    taken = [claim for _ in range(5) for one in studies if (claim := one.claim(5))]
    assert sorted(claim.trial.number for claim in taken) == list(range(5))
    assert len({claim.chosen["optim.learning_rate"] for claim in taken}) == 5
    late = studies[0].study.ask()  # As if it had been made while another took the last.
    studies[0].study.tell(late, state=TrialState.FAIL)
    for claim in taken:
        claim.guard.close()
    again = studies[1].claim(5)
    assert again and again.resumed and again.folder.parent.name == "b"


def test_two_processes_share_a_study(bars: Path, tmp_path: Path) -> None:
    space(tmp_path)
    words = [sys.executable, "-m", "mimik", "tune", str(tmp_path / "tiny.toml"), "--data", str(bars)]
    words += ["--trials", "4", "--run", str(tmp_path / "run"), "--device", "cpu"]
    both = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in "ab"]
    said = [process.communicate(timeout=600) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    ended = [line.split("  ")[0] for out, _ in said for line in out.splitlines() if "  finished  acc" in line]
    assert sorted(ended) == [f"trial {number}" for number in range(4)], "each done by one of them"
    result = study(read_space(tmp_path / "tiny.toml"), bars, tmp_path / "run", 4)
    assert result.count("finished") == len(result.trials) == 4
    for number in range(4):
        rows = (tmp_path / "run" / f"trial-{number}" / "log.jsonl").read_text().splitlines()
        assert [json.loads(row)["epoch"] for row in rows] == [1, 2]


def test_what_mattered_is_found(tmp_path: Path) -> None:
    table = '"optim.learning_rate" = { low = 0.001, high = 0.1 }\n"augment.erase" = { low = 0, high = 1 }\n'
    found = space(tmp_path, table)
    (tmp_path / "run").mkdir()
    storage = open_storage(own_address(tmp_path / "run"))
    searched = open_study(found, figure_of(found), tmp_path / "run", storage, True, "digest")
    for number in range(24):
        claim = searched.claim(24)
        assert claim and claim.trial.number == number
        searched.study.tell(claim.trial, 1 - abs(claim.chosen["optim.learning_rate"] - 0.05))
        claim.guard.close()
        assert bool(result_of(searched).importance) == (number >= 7)
    shares = result_of(searched).importance
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["optim.learning_rate"] > shares["augment.erase"]
    assert searched.claim(24) is None
