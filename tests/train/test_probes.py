"""Heads that are fitted on a finished network's features."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from bars import draw_bars  # noqa: E402
from tiny_recipe import RESNET, UNIT_HEAD, held_in_memory, recipe, started  # noqa: E402

from mimik.cli import main  # noqa: E402
from mimik.errors import OutputExistsError, RecipeError  # noqa: E402
from mimik.facs import ACTION_UNITS  # noqa: E402
from mimik.models.card import read_card  # noqa: E402
from mimik.models.inputs import CropSpec  # noqa: E402
from mimik.tasks.loaded import load_model  # noqa: E402
from mimik.train.checkpoint import fresh_state  # noqa: E402
from mimik.train.inputs.pictures import load_pictures  # noqa: E402
from mimik.train.loop import check_material, train  # noqa: E402
from mimik.train.networks.base import build_network  # noqa: E402
from mimik.train.objectives.joint import joint_objective  # noqa: E402
from mimik.train.phases.base import Material  # noqa: E402
from mimik.train.phases.probe import keep_but_branch  # noqa: E402
from mimik.train.phases.regression import fit_heads  # noqa: E402
from mimik.train.recipe.options import DataOptions, HeadOptions, ProbeOptions  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
logging.getLogger("torch.onnx").setLevel(logging.ERROR)


GENDER = HeadOptions("gender.two", "gender", ("female", "male"), limits=("x",))
SOURCES = ({"name": "Bars"}, {"name": "Units"})
BRANCH: dict[str, object] = {"branch": 16, "branch_from": 0, "branch_outputs": 2}


@pytest.fixture(scope="module")
def first_phase(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The bars, and a finished network of one head that has learned them."""
    folder = tmp_path_factory.mktemp("first")
    bars = draw_bars(folder / "bars")
    first = recipe(name="face.one", task="", labels=(), heads=(GENDER,), network=RESNET, sources=SOURCES[:1])
    return bars, train(first, bars, folder / "run")


@pytest.mark.parametrize(
    "taps",
    [{}, {"taps": [0], "tap_outputs": 2}, BRANCH, BRANCH | {"taps": [0], "tap_outputs": 2}],
    ids=["last layer", "earlier, too", "branch", "all"],
)
def test_a_probe_adds_a_head_and_moves_nothing_else(
    first_phase: tuple[Path, Path], tmp_path: Path, taps: dict[str, object]
) -> None:
    (bars, before), gender, sources = first_phase, GENDER, SOURCES
    # The action unit is the class that the first network has learned to see.
    options = DataOptions("folder", "train", extra={"au": "units.npz"}, folds=5, only=("au",))
    pictures = load_pictures((DataOptions("folder", "train"),), bars, CropSpec(size=24))
    table = np.full((len(pictures), len(ACTION_UNITS)), np.nan)
    table[:, list(ACTION_UNITS).index("AU06")] = [s.labels["gender"] == "male" for s in pictures.samples]
    table[:, list(ACTION_UNITS).index("AU12")] = [s.labels["gender"] != "male" for s in pictures.samples]
    np.savez(bars / "units.npz", keys=np.array([s.key for s in pictures.samples]), scores=table)
    heads = (gender, dataclasses.replace(UNIT_HEAD, probe=True))
    second = recipe(
        name="face.two",
        task="",
        labels=(),
        heads=heads,
        data=(options,),
        start=str(before.with_name("checkpoint.pt")),
        network=RESNET | taps,
        sources=sources,
        licence="Bars and units: mine.",
        fold=1,
        # Where there is a branch, the regression is held back, so that the branch alone must tell them apart.
        probe=ProbeOptions(views=1, penalty=1e4 if "branch" in taps else 1e-3),
    )
    rows: list[dict[str, object]] = []
    after = train(second, bars, tmp_path / "second", report=rows.append)
    assert rows[-1]["au auc"] == 1.0
    assert len(rows) == (second.optim.epochs + 1 if "branch" in taps else 1)
    old, new = read_card(before.with_name("gender.two.json")), read_card(after.with_name("gender.two.json"))
    assert (old.temperature, old.labels, old.data) == (new.temperature, new.labels, new.data)
    assert new.data == sources[:1]
    added = read_card(after.with_name("au.test.json"))
    assert added.data == sources
    assert added.licence == new.licence == second.licence  # The terms are of the whole file.
    faces = np.random.default_rng(0).normal(size=(4, 1, 24, 24)).astype(np.float32)
    one = load_model("gender", str(before.with_name("gender.two.json")), "cpu")
    two = load_model("gender", str(after.with_name("gender.two.json")), "cpu")
    assert np.allclose(one.logits(faces), two.logits(faces), atol=1e-5)
    units = load_model("au", str(after.with_name("au.test.json")), "cpu")
    assert units.session.outputs == ("gender", "au")
    # Without a fold all are taught, and the card waits for its temperature.
    whole = train(dataclasses.replace(second, fold=-1), bars, tmp_path / "whole")
    assert read_card(whole.with_name("au.test.json")).temperature == 1.0
    with pytest.raises(RecipeError, match="name the run in start"):
        dataclasses.replace(second, start="")
    # A finished probe has no checkpoint, and is protected all the same.
    with pytest.raises(OutputExistsError, match="another recipe"):
        train(recipe(), bars, tmp_path / "whole")
    other = dataclasses.replace(gender, name="age.two", task="age", labels=(), outputs=101)
    with pytest.raises(RecipeError, match=r"no head age\.two, which a probe is to leave as it is"):
        changed = dataclasses.replace(second, heads=(other, heads[1]))
        started(changed)
    turned = dataclasses.replace(gender, labels=gender.labels[::-1])
    with pytest.raises(RecipeError, match=r"the labels of gender\.two are others, or in another order"):
        changed = dataclasses.replace(second, heads=(turned, heads[1]))
        started(changed)


PROBES = """
name = "face.two"
version = "1"
holdout = 0.2
licence = "Mine."

[crop]
size = 24

[[heads]]
name = "gender.two"
task = "gender"
labels = ["female", "male"]

[[heads]]
name = "upright.two"
task = "upright"
kind = "classes"
labels = ["female", "male"]
probe = true

[[data]]
reader = "folder"
split = "train"

[network]
family = "resnet"
stem = 8
widths = [8, 16]
strides = [1, 2]
size = 24
squeeze = 4
"""


def test_the_command_says_what_a_probe_starts_from(
    first_phase: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In place of a recipe that leaves it open."""
    (bars, before), file = first_phase, tmp_path / "probes.toml"
    file.write_text(PROBES)
    words = ["train", str(file), "--data", str(bars), "--run", str(tmp_path / "run"), "--device", "cpu"]
    assert main(words) == 2
    assert "name the run in start, or with --start" in capsys.readouterr().err
    assert main([*words, "--start", str(before.with_name("checkpoint.pt"))]) == 0
    assert read_card(tmp_path / "run/upright.two.json").labels == ("female", "male")


def test_a_probe_sees_in_an_earlier_layer_what_the_last_has_lost() -> None:
    """Faces differ by one dim corner alone; the last layer's weights there are zero."""
    rng = np.random.default_rng(0)
    images = [rng.integers(90, 110, (24, 24), np.uint8) for _ in range(60)]
    for image in images[::2]:
        image[:5, :5] += 40
    pictures = held_in_memory(images)
    scores = np.full((60, len(ACTION_UNITS)), np.nan, np.float32)
    scores[:, [list(ACTION_UNITS).index(unit) for unit in UNIT_HEAD.labels]] = np.arange(60)[:, None] % 2 == 0
    pictures = dataclasses.replace(
        pictures,
        samples=[
            dataclasses.replace(sample, scores={"au": row})
            for sample, row in zip(pictures.samples, scores, strict=True)
        ],
    )
    left = []
    for taps in ({}, {"taps": [0], "tap_outputs": 2}):
        probing = recipe(
            name="face.two",
            task="",
            labels=(),
            heads=(dataclasses.replace(UNIT_HEAD, probe=True),),
            start="a run",
            network=RESNET | taps,
            probe=ProbeOptions(views=1, penalty=1e-3),
        )
        network = fresh_state(probing, torch.device("cpu")).network
        with torch.no_grad():
            network.pool.weight[:, :, 0, 0] = 0
        left.append(fit_heads(network, probing.course[0], joint_objective(probing), pictures))
    assert left[1] < left[0] / 2


def test_earlier_layers_are_for_probes_alone(bars: Path) -> None:
    units = dataclasses.replace(UNIT_HEAD, probe=True)
    gender = HeadOptions("gender.two", "gender", ("female", "male"))
    for heads, outputs in (((units, gender), 2), ((gender, units), 3)):
        network = RESNET | {"taps": [0], "tap_outputs": outputs}
        wrong = recipe(name="face.two", task="", labels=(), heads=heads, start="a run", network=network)
        pictures = load_pictures(wrong.data, bars, wrong.crop)
        fresh = fresh_state(wrong, torch.device("cpu")).network
        with pytest.raises(RecipeError, match="must be the last heads: tap_outputs counts their 2 outputs"):
            fit_heads(fresh, wrong.course[0], joint_objective(wrong), pictures)
        branched = dataclasses.replace(wrong, network=RESNET | BRANCH | {"branch_outputs": outputs})
        state = fresh_state(branched, torch.device("cpu"))
        with pytest.raises(RecipeError, match=r"must be the last heads: .* branch_outputs no more"):
            keep_but_branch(state, branched.course[0], joint_objective(branched))


def test_a_branch_needs_a_batch_of_pictures() -> None:
    units = dataclasses.replace(UNIT_HEAD, probe=True)
    few = recipe(name="face.two", task="", labels=(), heads=(units,), start="a run", network=RESNET | BRANCH)
    scores = np.full(len(ACTION_UNITS), 1, np.float32)
    pictures = held_in_memory([np.zeros((24, 24), np.uint8)] * 7, scores={"au": scores})
    with pytest.raises(
        RecipeError, match=r"7 pictures are too few for batches of 8, .* lower \[optim\] batch"
    ):
        check_material(few, Material(joint_objective(few), pictures, pictures, {}, Path()))


def test_a_branch_speaks_for_some_of_the_probes_and_counts_half(bars: Path) -> None:
    """The unit that it isn't for is the regression's alone."""
    network = RESNET | BRANCH | {"branch_outputs": 1}
    units = dataclasses.replace(UNIT_HEAD, probe=True)
    gender = HeadOptions("gender.two", "gender", ("female", "male"))
    probing = recipe(
        name="face.two", task="", labels=(), heads=(gender, units), start="a run", network=network
    )
    fresh = fresh_state(probing, torch.device("cpu")).network.eval()
    with torch.no_grad():
        fresh.branch.classes.bias.fill_(8.0)
    images = [np.full((24, 24), 40 + 9 * i, np.uint8) for i in range(20)]
    scores = np.full((20, len(ACTION_UNITS)), np.nan, np.float32)
    scores[:, [list(ACTION_UNITS).index(unit) for unit in UNIT_HEAD.labels]] = 1
    pictures = held_in_memory(images)
    samples = [
        dataclasses.replace(s, scores={"au": row}) for s, row in zip(pictures.samples, scores, strict=True)
    ]
    pictures = dataclasses.replace(pictures, samples=samples)
    fit_heads(fresh, probing.course[0], joint_objective(probing), pictures)
    seen: list[torch.Tensor] = []
    fresh.branch.register_forward_hook(lambda _module, _inputs, said: seen.append(said))
    faces = torch.zeros(1, 1, 24, 24)
    alone, both = fresh(faces)[0, 2:].tolist()
    assert seen[0].shape == (1, 1)
    # Both units were always there: the regression says the same of them.
    assert both == pytest.approx(alone / 2 + float(seen[0]), abs=1e-3)
    assert float(seen[0]) > 3


@pytest.mark.parametrize(
    "options",
    [
        {"taps": [9], "tap_outputs": 2},
        {"taps": [-1], "tap_outputs": 2},
        {"taps": [0, 0], "tap_outputs": 2},
        {"taps": [0]},
        {"taps": [0], "tap_outputs": 99},
        {"tap_outputs": 2},
        {"branch": 16, "branch_from": 4, "branch_outputs": 2},
        {"branch": 16, "branch_from": -1, "branch_outputs": 2},
        {"branch": 16},
        {"branch_outputs": 2},
    ],
    ids=str,
)
def test_taps_and_branches_that_the_network_lacks_are_named(options: dict[str, object]) -> None:
    with pytest.raises(RecipeError, match=r"(taps|tap_outputs|branch_from|branch_outputs) must be"):
        build_network(channels=1, outputs=3, options=options, family="resnet")
