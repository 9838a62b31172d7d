"""Ensembles: one file that says what its members say together, fitted on what none of them has seen."""

from __future__ import annotations

import dataclasses
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

import torch

import mimik
from mimik.cli import main
from mimik.data.fingerprints import fingerprints_of
from mimik.data.seen import SeenPictures, read_seen
from mimik.errors import DataError, MimikWarning, OutputExistsError, RecipeError
from mimik.evaluate.score import ask_held, evaluate_model
from mimik.models.card import ModelCard, read_card
from mimik.models.session import Session
from mimik.tasks.probabilities import sigmoid, softmax
from mimik.train.ensemble.card import united_data
from mimik.train.ensemble.combine import Combiner, fit_combiner, joined_logits
from mimik.train.ensemble.experts import expert_recipe
from mimik.train.ensemble.options import EnsembleOptions
from mimik.train.ensemble.parts import CLASSES, ODDS, UNITS, Part
from mimik.train.ensemble.recipe import read_ensemble
from mimik.train.ensemble.run import train_ensemble
from mimik.train.export.export import UNKNOWN
from mimik.train.objectives.joint import joint_objective
from mimik.train.recipe.read import read_recipe

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
LABELS = ("angry", "happy", "sad")
BASE = """name = "emotion.tiny"
version = "1"
task = "emotion"
labels = ["angry", "happy", "sad"]
holdout = 0.25
licence = "Mine."
commercial_use = true
sources = [{ name = "Bars", terms = "free" }]
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
FINISHED = """name = "emotion.both"
version = "1"
task = "emotion"
labels = ["angry", "happy", "sad"]
holdout = 0.3
commercial_use = true
[crop]
size = 16
[[data]]
reader = "folder"
split = "all"
"""


def draw(folder: Path, people: int = 12, each: int = 2) -> Path:
    """Upright bars, lying bars and squares of so many people."""
    rng = np.random.default_rng(1)
    for person in range(people):
        for label in LABELS:
            own = folder / label / f"p{person:02}"
            own.mkdir(parents=True)
            for number in range(each):
                image = rng.integers(0, 60, (16, 16, 3), np.uint8)
                at = int(rng.integers(2, 11))
                down, right = slice(at, at + 3), slice(at, at + 3)
                place = {"angry": (slice(None), right), "happy": (down, slice(None)), "sad": (down, right)}
                image[place[label]] += 150
                cv2.imwrite(str(own / f"{number}.png"), image)
    return folder


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(tmp_path_factory.mktemp("faces") / "set")


def train(file: Path, data: Path, run: Path, **words: Any) -> Path:
    return train_ensemble(read_ensemble(file), data, run, device="cpu", source=UNKNOWN, **words)


def written(folder: Path, text: str, name: str = "ens.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, faces: Path) -> Path:
    """The run of a network and an expert under a perceptron, with a student."""
    folder = tmp_path_factory.mktemp("stack")
    written(folder, BASE, "base.toml")
    written(folder, BASE.replace("emotion.tiny", "emotion.small"), "small.toml")
    file = written(
        folder,
        'name = "emotion.stack"\nversion = "1"\nlicence = "Joined."\ncommercial_use = true\n'
        '[[members]]\nrecipe = "base.toml"\n'
        '[[members]]\nrecipe = "base.toml"\nname = "expert"\nexperts = ["sad"]\n'
        '[ensemble]\ncombine = "perceptron"\nhidden = [6]\nfolds = 2\n[distil]\nrecipe = "small.toml"\n',
    )
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setattr("mimik.train.report.finish._draw", lambda finish, run: {})
        train(file, faces, folder / "run")
    return folder / "run"


def test_nobody_stands_on_two_sides_of_what_is_fitted(stack: Path) -> None:
    member = stack / "members" / "emotion.tiny"
    seen = {run: read_seen(member / run) for run in ("fold-0", "fold-1", "whole")}
    own = read_seen(stack)
    assert own is not None
    validation = set(own.groups[own.held])
    assert validation
    held = set()
    for run, found in seen.items():
        assert found is not None
        assert not set(found.groups[~found.held]) & validation, "nobody who judges the ensemble is trained on"
        assert not set(found.groups[~found.held]) & set(found.groups[found.held])
        held |= set(found.groups[found.held]) if run != "whole" else set()
    assert held == set(own.groups[~own.held]), "each other person is held once"
    whole = seen["whole"]
    assert whole is not None and set(whole.groups[whole.held]) == validation


def test_one_file_says_what_the_card_says_it_is(stack: Path, faces: Path) -> None:
    card = read_card(stack / "emotion.stack.json")
    expert = read_card(stack / "members" / "expert-sad" / "whole" / "emotion.tiny.sad.json")
    assert (expert.task, expert.kind, expert.labels) == ("emotion-sad", "classes", ("other", "sad"))
    assert card.combine == "perceptron"
    assert [own["name"] for own in card.members] == ["emotion.tiny", "emotion.tiny.sad"]
    assert card.members[1]["sha256"] == expert.sha256
    assert card.licence == "Joined. Mine."
    assert card.commercial_use
    assert [own["name"] for own in card.data] == ["Bars"]
    perceptron = (3 + 1) * 6 + 6 + 6 * 3 + 3
    assert (
        card.parameters
        == sum(read_card(path).parameters for path in stack.glob("members/*/whole/emotion.*.json"))
        + perceptron
    )
    assert "surely" in card.limits[0] or "within chance" in card.limits[0]
    session = Session(stack / "emotion.stack.onnx", "cpu")
    assert session.inputs == ("face",)
    assert session.run(np.zeros((3, 1, 16, 16), np.float32))[0].shape == (3, 3)
    held = ask_held(stack)
    assert len(held.answers.samples) == sum(card.training["pictures"]["held"].values()) // 2
    assert ModelCard.from_json(card.to_json()) == card


def test_it_is_used_as_any_other_model(stack: Path, faces: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = stack / "emotion.stack.onnx"
    analyzer = mimik.Analyzer(tasks=("emotion",), model={"emotion": str(file)})
    assert analyzer.models["emotion"].card.name == "emotion.stack"
    assert evaluate_model(str(file), faces, "folder", "all")["n"] == 72
    student = stack / "student" / "emotion.small.onnx"
    assert main(["compare", str(file), str(student), str(faces), "--reader", "folder", "--split", "all"]) == 0
    assert "emotion.small" in capsys.readouterr().out


def test_a_student_learns_from_what_the_ensemble_said_unseen(stack: Path) -> None:
    recipe = json.loads((stack / "student" / "recipe.json").read_text())
    assert recipe["teacher"]["share"] == 0.7
    assert len(recipe["teacher_sha256"]) == 1, "another teacher would be another run"
    card = read_card(stack / "student" / "emotion.small.json")
    assert card.licence == "Joined. Mine.", "those of the ensemble hold those of its members"
    own, student = read_seen(stack), read_seen(stack / "student")
    assert own is not None and student is not None
    assert set(student.keys[student.held]) == set(own.keys[own.held])


def test_the_same_command_trains_nothing_again(stack: Path, faces: Path) -> None:
    files = sorted(stack.glob("members/*/*/*.onnx"))
    before = [file.stat().st_mtime_ns for file in files]
    answers = (stack / "emotion.stack.onnx").read_bytes()
    lines: list[str] = []
    train(stack.parent / "ens.toml", faces, stack, told=lines.append)
    assert [file.stat().st_mtime_ns for file in files] == before
    assert len(files) == 6
    assert (stack / "emotion.stack.onnx").read_bytes() == answers
    assert any("student emotion.small: finished" in line for line in lines)
    other = (stack.parent / "ens.toml").read_text().replace('"sad"', '"happy"')
    with pytest.raises(OutputExistsError, match=r"another ensemble \(members changed\)"):
        train(written(stack.parent, other, "other.toml"), faces, stack)


def parts_of(*kinds: str, temperature: float = 2.0) -> list[Part]:
    """Parts without files, of three classes, of the odds of one, or of two units."""
    found = []
    for number, kind in enumerate(kinds):
        labels = {CLASSES: LABELS, ODDS: ("other", "sad"), UNITS: ("AU01", "AU12")}[kind]
        card = ModelCard(
            f"m{number}",
            "1",
            "emotion",
            "x.onnx",
            "",
            1,
            labels,
            len(labels),
            mimik_crop(),
            temperature=temperature,
        )
        found.append(
            Part(f"m{number}", f"m{number}", card, Path("x.onnx"), kind, "sad" if kind == ODDS else "")
        )
    return found


def mimik_crop() -> Any:
    from mimik.models.inputs import CropSpec

    return CropSpec(16)


def random_logits(*widths: int, rows: int = 6) -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    return [rng.normal(size=(rows, width)).astype(np.float32) for width in widths]


def test_a_mean_is_that_of_calibrated_probabilities() -> None:
    one, other = random_logits(3, 3)
    parts = parts_of(CLASSES, CLASSES)
    said = joined_logits(Combiner(parts, LABELS, 3, EnsembleOptions()), [one, other])
    mean = (softmax(one, 2.0) + softmax(other, 2.0)) / 2
    np.testing.assert_allclose(softmax(said), mean, atol=1e-6)
    weighted = EnsembleOptions("weighted", weights={"m0": 3, "m1": 1})
    said = joined_logits(Combiner(parts, LABELS, 3, weighted), [one, other])
    np.testing.assert_allclose(
        softmax(said), 0.75 * softmax(one, 2.0) + 0.25 * softmax(other, 2.0), atol=1e-6
    )


def test_a_product_is_the_geometric_mean() -> None:
    one, other = random_logits(3, 3)
    said = joined_logits(
        Combiner(parts_of(CLASSES, CLASSES), LABELS, 3, EnsembleOptions("product")), [one, other]
    )
    product = np.sqrt(softmax(one, 2.0) * softmax(other, 2.0))
    np.testing.assert_allclose(softmax(said), product / product.sum(1, keepdims=True), atol=1e-6)


def test_units_are_joined_each_by_itself() -> None:
    one, other = random_logits(2, 2)
    said = joined_logits(
        Combiner(parts_of(UNITS, UNITS), ("AU01", "AU12"), 2, EnsembleOptions()), [one, other]
    )
    np.testing.assert_allclose(sigmoid(said, 1.0), (sigmoid(one, 2.0) + sigmoid(other, 2.0)) / 2, atol=1e-5)


def test_experts_of_all_classes_are_one_member() -> None:
    parts = [
        dataclasses.replace(part, member="experts", label=label)
        for part, label in zip(parts_of(ODDS, ODDS, ODDS), ("sad", "angry", "happy"), strict=True)
    ]
    logits = random_logits(2, 2, 2)
    combiner = Combiner(parts, LABELS, 3, EnsembleOptions())
    odds = [(said[:, 1] - said[:, 0]) / 2 for said in logits]
    wanted = softmax(np.stack([odds[1], odds[2], odds[0]], 1))
    np.testing.assert_allclose(softmax(joined_logits(combiner, logits)), wanted, atol=1e-6)
    assert combiner.members == ["experts"]


def test_weights_and_perceptrons_learn_whom_to_trust(tmp_path: Path) -> None:
    objective = joint_objective(read_recipe(written(tmp_path, BASE)))
    truth = np.arange(90) % 3
    good = (6 * np.eye(3, dtype=np.float32)[truth]).astype(np.float32)
    (noise,) = random_logits(3, rows=90)
    targets = torch.cat([torch.eye(3)[torch.from_numpy(truth)], torch.ones(90, 1)], 1)
    for options in (EnsembleOptions("weighted"), EnsembleOptions("perceptron", hidden=(8, 4))):
        fitted = fit_combiner(parts_of(CLASSES, CLASSES), [noise, good], targets, objective, options, seed=0)
        again = fit_combiner(parts_of(CLASSES, CLASSES), [noise, good], targets, objective, options, seed=0)
        said = joined_logits(fitted, [noise, good])
        np.testing.assert_array_equal(said, joined_logits(again, [noise, good]))
        assert (said.argmax(1) == truth).all()
        if options.combine == "weighted":
            assert torch.softmax(fitted.weighing, 0)[1] > 0.99


def test_an_expert_learns_one_class_against_the_others(tmp_path: Path) -> None:
    recipe = read_recipe(written(tmp_path, BASE))
    (head,) = expert_recipe(recipe, "sad").heads
    assert (head.name, head.target, head.rest) == ("emotion.tiny.sad", "emotion", ("angry", "happy"))
    with pytest.raises(RecipeError, match="no expert for 'calm': its labels are angry, happy, sad"):
        expert_recipe(recipe, "calm")


@pytest.fixture
def joined(tmp_path: Path, faces: Path, make_model: Callable[..., Path]) -> Callable[..., Path]:
    """Trains an ensemble of finished models, named by what stands in its recipe."""

    def run(text: str, *more: str, head: str = FINISHED) -> Path:
        file = written(tmp_path, head + text + "".join(more))
        return train(file, faces, tmp_path / "run")

    return run


def models_text(*files: Path) -> str:
    return "".join(f'[[members]]\nmodel = "{file}"\nname = "m{k}"\n' for k, file in enumerate(files))


@pytest.mark.parametrize("combine", ["mean", "product", "weighted", "perceptron"])
def test_finished_models_are_joined_in_one_file(
    joined: Callable[..., Path], make_model: Callable[..., Path], combine: str
) -> None:
    """A published model may be of older operators than the combiner's."""
    one, other = (
        make_model("emotion", labels=LABELS, seed=1, commercial_use=True),
        make_model("emotion", labels=LABELS, seed=2),
    )
    with pytest.warns(MimikWarning, match=r"isn't known whether its member emotion\.tiny was trained"):
        path = joined(models_text(one, other), f'[ensemble]\ncombine = "{combine}"\nfolds = 2\n')
    card = read_card(path.with_suffix(".json"))
    assert not card.commercial_use, "one of them may not be used in products"
    assert any("isn't known" in limit for limit in card.limits)
    batch = np.random.default_rng(0).normal(size=(4, 1, 16, 16)).astype(np.float32)
    said = Session(path, "cpu").run(batch)[0]
    assert said.shape == (4, 3)
    if combine == "mean":
        single = [softmax(Session(file, "cpu").run(batch)[0]) for file in (one, other)]
        np.testing.assert_allclose(softmax(said), sum(single) / 2, atol=1e-5)
    report = json.loads((path.parent / "ensemble.json").read_text())
    assert report["unseen"]["n"] + report["validation"]["n"] == 72
    assert report["validation"]["rows"]["m0"]["difference_ci95"]


def test_units_become_an_emotion(joined: Callable[..., Path], make_model: Callable[..., Path]) -> None:
    path = joined(
        models_text(make_model("au")), '[ensemble]\ncombine = "perceptron"\nhidden = []\nfolds = 2\n'
    )
    card = read_card(path.with_suffix(".json"))
    assert (card.task, card.labels[0], card.members[0]["task"]) == ("emotion", "angry", "au")


def test_pictures_that_a_finished_member_was_trained_on_are_refused_or_left_out(
    joined: Callable[..., Path], make_model: Callable[..., Path], faces: Path
) -> None:
    one, other = make_model("emotion", labels=LABELS, seed=1), make_model("emotion", labels=LABELS, seed=2)
    files = sorted(faces.rglob("p0[0-2]/*.png"))
    images = [cv2.imread(str(file)) for file in files]
    keys = np.array([file.name for file in files])
    seen = SeenPictures(
        keys,
        np.zeros(len(files), np.int64),
        np.zeros(len(files), bool),
        np.array([""] * len(files)),
        fingerprints_of(images),
    )
    seen.write(one.parent)
    told = models_text(one, other)
    with pytest.raises(RecipeError, match=r"emotion\.tiny was trained on \d+ of the 72 pictures.*leave_out"):
        joined(told)
    path = joined(told, '[ensemble]\nknown = "leave_out"\n')
    left = read_card(path.with_suffix(".json")).training["left_out"]
    assert left["a member was trained on it"] >= 18
    known = make_model("emotion", labels=LABELS, seed=3, data=({"name": "CK+", "splits": ["test"]},))
    head = FINISHED.replace('reader = "folder"\nsplit = "all"', 'reader = "ckplus"\nsplit = "test"')
    with pytest.raises((RecipeError, DataError)):
        joined(models_text(known, other), head=head)


@pytest.mark.parametrize(
    ("members", "ensemble", "match"),
    [
        (["emotion-1"], "", r"one member alone, m0"),
        (
            ["emotion-1", "gender-1"],
            "",
            r"member m1 answers gender with the labels female, male.* a mean needs",
        ),
        (["emotion-1", "emotion-wide"], "", r"m1 takes 24 px grey.*size 24 in place of 16"),
        (["emotion-1", "missing"], "", r"its member m1: .*no such file"),
        (["emotion-1", "damaged"], "", r"its member m1: .*SHA-256"),
        (
            ["emotion-1", "emotion-2"],
            'combine = "weighted"\nweights = { m0 = 1, other = 2 }',
            "weights name other",
        ),
        (["emotion-1", "emotion-2"], 'combine = "weighted"\nweights = { m0 = 1 }', "weights lack m1"),
        (["emotion-1", "emotion-2"], 'combine = "median"', "combine must be one of mean, weighted"),
        (["emotion-1", "emotion-2"], "hidden = [4, 4, 4]", "hidden must be 2 widths at most"),
        (["emotion-1", "emotion-2"], "layers = 2", "unknown key 'layers'"),
    ],
)
def test_what_doesnt_fit_together_is_named(
    joined: Callable[..., Path],
    make_model: Callable[..., Path],
    members: list[str],
    ensemble: str,
    match: str,
) -> None:
    made = {
        "emotion-1": lambda: make_model("emotion", labels=LABELS, seed=1),
        "emotion-2": lambda: make_model("emotion", labels=LABELS, seed=2),
        "gender-1": lambda: make_model("gender", seed=1),
        "emotion-wide": lambda: make_model("emotion", labels=LABELS, size=24, seed=3),
        "missing": lambda: Path("nowhere/emotion.onnx"),
        "damaged": lambda: damaged(make_model("emotion", labels=LABELS, seed=4)),
    }
    text = models_text(*(made[name]() for name in members))
    with pytest.raises(RecipeError, match=match):
        joined(text, f"[ensemble]\n{ensemble}\n")


def damaged(file: Path) -> Path:
    file.write_bytes(file.read_bytes()[:-20])
    return file


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('[[members]]\nrecipe = "nowhere.toml"\n', "the recipe can't be read"),
        ('[[members]]\nname = "x"\n', "needs a recipe, or a finished model"),
        (
            '[[members]]\nmodel = "au.base"\nseeds = [1]\n',
            "seeds, one_versus_all and experts are for recipes",
        ),
        ('[[members]]\nrecipe = "base.toml"\nexperts = ["calm"]\n', "no expert for 'calm'"),
        ('[[members]]\nrecipe = "base.toml"\n[[members]]\nrecipe = "base.toml"\n', "two members are called"),
        ('[optim]\nepochs = 3\n[[members]]\nrecipe = "base.toml"\n', "optim has no meaning with"),
        ('[[members]]\nmodel = "au.base"\n', "all members are finished: say task"),
        (
            '[[members]]\nrecipe = "base.toml"\nseeds = [0, 1]\n[distil]\nrecipe = "gender.toml"\n',
            "a student must learn emotion",
        ),
    ],
)
def test_a_recipe_that_means_nothing_is_refused_before_anything_is_read(
    tmp_path: Path, text: str, match: str
) -> None:
    written(tmp_path, BASE, "base.toml")
    gender = BASE.replace('"emotion"', '"gender"').replace('["angry", "happy", "sad"]', '["female", "male"]')
    written(tmp_path, gender, "gender.toml")
    with pytest.raises(RecipeError, match=match):
        read_ensemble(written(tmp_path, f'name = "x"\nversion = "1"\n{text}'))


def test_an_expert_alone_has_no_place_in_a_mean(tmp_path: Path, faces: Path) -> None:
    written(tmp_path, BASE, "base.toml")
    text = 'name = "x"\nversion = "1"\n[[members]]\nrecipe = "base.toml"\n[[members]]\nrecipe = "base.toml"\n'
    file = written(tmp_path, text + 'name = "e"\nexperts = ["sad"]\n')
    with pytest.raises(RecipeError, match=r'an expert for sad alone has no place in a mean.*"perceptron"'):
        train(file, faces, tmp_path / "run")
    assert not (tmp_path / "run" / "members").exists(), "it is found out before anything is trained"


def test_experts_of_all_classes_answer_by_themselves(tmp_path: Path, faces: Path) -> None:
    written(tmp_path, BASE, "base.toml")
    text = 'name = "emotion.experts"\nversion = "1"\n[[members]]\nrecipe = "base.toml"\nname = "experts"\n'
    path = train(written(tmp_path, text + "one_versus_all = true\n"), faces, tmp_path / "run")
    card = read_card(path.with_suffix(".json"))
    assert (card.task, card.labels) == ("emotion", LABELS)
    batch = np.random.default_rng(0).normal(size=(4, 1, 16, 16)).astype(np.float32)
    odds = []
    for label in LABELS:
        own = tmp_path / "run" / "members" / f"experts-{label}"
        (file,) = own.rglob("*.onnx")
        expert = read_card(file.with_suffix(".json"))
        (said,) = Session(file, "cpu").run(batch)
        odds.append((said[:, 1] - said[:, 0]) / expert.temperature)
    np.testing.assert_allclose(
        softmax(Session(path, "cpu").run(batch)[0]), softmax(np.stack(odds, 1)), atol=1e-4
    )


def test_a_set_is_so_much_known_as_by_who_knows_it_best() -> None:
    one = [{"name": "A", "splits": ["train"], "held": ["val"]}, {"name": "B", "splits": ["all"]}]
    other = [{"name": "A", "splits": ["val"]}, {"name": "B"}, {"name": "C"}]
    assert united_data([one, other]) == (
        {"name": "A", "splits": ["train", "val"]},
        {"name": "B"},
        {"name": "C"},
    )
