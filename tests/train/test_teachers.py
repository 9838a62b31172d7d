"""Learning from finished models: teachers, second phases; targets of ages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from tiny_recipe import parts, recipe, started, teachers_of  # noqa: E402

import mimik.train.phases.teacher as teacher_module  # noqa: E402
from mimik.data.base import Sample  # noqa: E402
from mimik.errors import OutputExistsError, RecipeError  # noqa: E402
from mimik.faces.crop import normalise  # noqa: E402
from mimik.models.card import file_sha256  # noqa: E402
from mimik.models.inputs import CropSpec  # noqa: E402
from mimik.tasks.loaded import load_model  # noqa: E402
from mimik.train.inputs.batches import plain_faces  # noqa: E402
from mimik.train.inputs.pictures import load_pictures  # noqa: E402
from mimik.train.loop import train  # noqa: E402
from mimik.train.objectives.age import AgeObjective  # noqa: E402
from mimik.train.objectives.classes import ClassObjective  # noqa: E402
from mimik.train.phases.teacher import (  # noqa: E402
    kept_crop,
    kept_probabilities,
    teacher_probabilities,
)
from mimik.train.recipe.options import DataOptions, HeadOptions, OptimOptions, TeacherOptions  # noqa: E402
from mimik.types import Placement  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
logging.getLogger("torch.onnx").setLevel(logging.ERROR)


def test_a_student_learns_from_its_teacher(bars: Path, tmp_path: Path) -> None:
    teacher = train(recipe(), bars, tmp_path / "teacher")
    student = recipe(name="gender.student", teacher=TeacherOptions((str(teacher), str(teacher)), 0.5))
    pictures, _ = parts(load_pictures(student.data, bars, student.crop), student.holdout)
    told = teacher_probabilities(teachers_of(student), pictures)["gender"]
    truth = np.array([s.labels["gender"] == "male" for s in pictures.samples])
    assert told.shape == (len(pictures), 2)
    assert np.allclose(told.sum(axis=1), 1, atol=1e-5)
    assert (told[:, 1] > 0.5)[truth].mean() > 0.9
    targets = torch.eye(2)
    objective = ClassObjective(student.all_heads[0], student.objective, student.teacher.share)
    mixed = objective.taught(targets, torch.full((2, 2), 0.5))
    assert mixed.tolist() == [[0.75, 0.25], [0.25, 0.75]]
    run = tmp_path / "student"
    train(student, bars, run)
    # Another teacher under the same name makes another run.
    train(recipe(seed=1), bars, tmp_path / "other")
    for suffix in (".onnx", ".json"):
        teacher.with_suffix(suffix).write_bytes((tmp_path / "other" / f"gender.tiny{suffix}").read_bytes())
    with pytest.raises(OutputExistsError, match="another teacher"):
        train(student, bars, run)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with each question to a teacher."""
    questions: list[int] = []
    ask = teacher_module._answers
    monkeypatch.setattr(teacher_module, "_answers", lambda *words: (questions.append(1), ask(*words))[1])
    return questions


def test_a_run_that_goes_on_asks_its_teacher_no_more(bars: Path, tmp_path: Path, asked: list[int]) -> None:
    teacher = train(recipe(), bars, tmp_path / "teacher")
    optim = OptimOptions(epochs=3, batch=8, learning_rate=1e-2, ema=0.9)
    student = recipe(name="gender.student", teacher=TeacherOptions((str(teacher),), 0.5), optim=optim)
    run, kept = tmp_path / "run", tmp_path / "run" / "teachers.npz"

    def stop(row: dict[str, Any]) -> None:
        if row["epoch"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(student, bars, run, report=stop)
    assert asked and {p.name for p in run.iterdir()} == {
        "best.pt",
        "checkpoint.pt",
        "log.jsonl",
        "pictures.npz",
        "plots",
        "recipe.json",
        "run.lock",
        kept.name,
    }
    asked.clear()
    resumed = train(student, bars, run)
    assert not asked
    assert resumed.read_bytes() == train(student, bars, tmp_path / "whole").read_bytes()
    assert asked


@pytest.mark.parametrize("what", ["pixel", "placement", "card", "damaged", "strange", "cut"])
def test_what_was_said_of_something_else_is_asked_again(
    what: str, bars: Path, tmp_path: Path, asked: list[int], make_model: Callable[..., Path]
) -> None:
    student = recipe(teacher=TeacherOptions((str(make_model("gender", size=24)),), 0.5))
    teachers, kept = (
        teachers_of(student),
        tmp_path / "teachers.npz",
    )
    pictures = load_pictures(student.data, bars, student.crop)
    before = kept_probabilities(teachers, pictures, kept)["gender"]
    asked.clear()
    assert (kept_probabilities(teachers, pictures, kept)["gender"] == before).all() and not asked
    if what == "pixel":
        pictures.images[3][0, 0] ^= 255
    elif what == "placement":
        pictures.samples[3] = replace(pictures.samples[3], placement=Placement(1.0, 0.2))
    elif what == "card":
        (model,) = teachers["gender"]
        teachers["gender"] = [replace(model, card=replace(model.card, temperature=2.0))]
    else:
        whole = bytearray(kept.read_bytes())
        whole[whole.index(b"PK\x01\x02") + 6] = 213  # of a zip format that there isn't
        kept.write_bytes({"damaged": b"PK", "strange": whole}.get(what, whole[:-40]))
    now = kept_probabilities(teachers, pictures, kept)["gender"]
    assert asked
    assert (now == teacher_probabilities(teachers, pictures)["gender"]).all()
    assert (kept_probabilities(teachers, pictures, kept)["gender"] == now).all()


def test_a_teacher_must_fit(bars: Path, tmp_path: Path) -> None:
    teacher = train(recipe(optim=OptimOptions(epochs=1, batch=8)), bars, tmp_path / "teacher")
    bad = recipe(teacher=TeacherOptions((str(teacher),)), labels=("a", "b"))
    with pytest.raises(RecipeError, match="other labels"):
        train(bad, bars, tmp_path / "student")
    assert not (tmp_path / "student").exists()


def test_a_teacher_is_the_file_that_the_recipe_names(bars: Path, tmp_path: Path, make_model) -> None:
    path = make_model("gender", size=24)
    own, other = file_sha256(path), "0" * 64
    named = TeacherOptions((str(path), str(path)), 0.5, sha256=(own, ""))
    assert len(teachers_of(recipe(teacher=named))["gender"]) == 2
    wrong = recipe(teacher=replace(named, sha256=("", other)))
    with pytest.raises(RecipeError, match=rf"{own[:12]}\.\.\., but the recipe names 000000000000\.\.\.; use"):
        train(wrong, bars, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    for bad, message in (((own,), "1 entries for 2 models"), ((own, "abc"), "64 of 0-9 and a-f.*'abc'")):
        with pytest.raises(RecipeError, match=message):
            replace(named, sha256=bad)


def test_a_teacher_sees_the_pixels_and_the_colour_that_it_needs(
    bars: Path, make_model: Callable[..., Path]
) -> None:
    teacher = make_model("gender", size=24, channels=3)
    student = recipe(teacher=TeacherOptions((str(teacher),), 0.5), crop=CropSpec(size=8))
    teachers = teachers_of(student)
    kept = kept_crop(student.crop, teachers)
    assert (kept.channels, kept.size, kept.scale) == (3, 18, student.crop.scale)  # 18 * 1.35 = 24.3 px
    pictures = load_pictures((DataOptions("folder", "train"),), bars, kept)
    assert all(picture.shape == (24, 24, 3) for picture in pictures.images)
    assert kept_crop(student.crop, {}) == student.crop


def test_a_teacher_of_units_is_asked_for_each_by_itself(bars: Path, make_model: Callable[..., Path]) -> None:
    teacher = make_model("au", size=24)
    learns = HeadOptions("au.student", "au", ("AU01", "AU04", "AU06", "AU12"))
    student = recipe(task="", labels=(), heads=(learns,), teacher=TeacherOptions((str(teacher),), 0.5))
    pictures = load_pictures((DataOptions("folder", "train"),), bars, student.crop)
    told = teacher_probabilities(teachers_of(student), pictures)["au"]
    assert told.shape == (len(pictures), 4)
    assert not np.allclose(told.sum(axis=1), 1, atol=0.05)
    model = load_model("au", str(teacher), "cpu")
    faces = normalise(plain_faces(pictures, range(3), student.crop), model.card.mean, model.card.std)
    both = [model.task.decode(model.logits(view), model.card) for view in (faces, faces[..., ::-1].copy())]
    assert np.allclose(told[:3], np.mean(both, axis=0), atol=1e-5)


def test_an_absent_teacher_or_start_leaves_no_run(bars: Path, tmp_path: Path) -> None:
    for bad in (
        recipe(teacher=TeacherOptions((str(tmp_path / "nowhere.onnx"),))),
        recipe(start=str(tmp_path / "none.pt")),
    ):
        with pytest.raises(RecipeError, match=r"gender\.tiny: .*(nowhere|none).* first$"):
            train(bad, bars, tmp_path / "run")
        assert not (tmp_path / "run").exists()


def test_a_second_phase_starts_from_the_first(bars: Path, tmp_path: Path) -> None:
    train(recipe(), bars, tmp_path / "first")
    checkpoint = tmp_path / "first" / "checkpoint.pt"
    second = recipe(start=str(checkpoint))
    network = started(second)
    first = torch.load(checkpoint, weights_only=True)["averaged"]
    assert all(torch.equal(first[name], value) for name, value in network.state_dict().items())
    other = recipe(start=str(checkpoint), network={"family": "mini_xception"})
    with pytest.raises(RecipeError, match="another network"):
        started(other)
    for content in (b"", b"101", b"text of any kind"):
        (tmp_path / "bad.pt").write_bytes(content)
        with pytest.raises(RecipeError, match="no checkpoint of a run"):
            started(recipe(start=str(tmp_path / "bad.pt")))


def test_too_few_pictures_are_refused(bars: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"too few .* lower \[optim\] batch"):
        train(recipe(optim=OptimOptions(epochs=1, batch=500)), bars, tmp_path / "run")


def test_a_teacher_of_ages_sharpens_a_band() -> None:
    r = recipe(task="age", labels=(), outputs=101, teacher=TeacherOptions(("x",), 0.5))
    objective = AgeObjective(r.all_heads[0], r.objective, r.teacher.share)
    samples = [
        Sample("0", lambda: None, "train", labels)  # type: ignore[arg-type, return-value]
        for labels in ({"age": 30.0}, {"age_group": "30-39"})
    ]
    teacher = torch.zeros(2, 101)
    teacher[:, 36] = teacher[:, 50] = 0.5
    exact, band = objective.taught(objective.targets(samples), teacher)
    assert exact[-1] == pytest.approx((30 + 43) / 2, abs=0.01)
    assert exact[:-1].sum() == pytest.approx(1, abs=1e-4)
    assert band[-1] == pytest.approx(36, abs=0.01)
    assert band[36] == pytest.approx(1, abs=1e-3)


def test_age_loss_prefers_the_right_year_and_band() -> None:
    r = recipe(task="age", labels=(), outputs=101)
    objective = AgeObjective(r.all_heads[0], r.objective, r.teacher.share)
    years = torch.arange(101.0)

    def logits(at: float) -> torch.Tensor:
        return (-0.5 * ((years - at) / 2) ** 2)[None]

    for labels, right, wrong in (({"age": 30.0}, 30, 40), ({"age_group": "60-69"}, 65, 50)):
        targets = objective.targets([Sample("0", lambda: None, "train", labels)])  # type: ignore[arg-type, return-value]
        assert objective.loss(logits(right), targets) < objective.loss(logits(wrong), targets)
    assert objective.score(logits(33).numpy(), [Sample("0", lambda: None, "t", {"age": 30.0})]) == (  # type: ignore[arg-type, return-value]
        pytest.approx(3, abs=0.01)
    )
