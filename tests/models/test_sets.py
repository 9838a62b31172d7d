"""Sets of models, what is read by default, and what products may use: over every set and card there is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import mimik
from mimik.errors import OptionError
from mimik.models import store
from mimik.models.sets import MODEL_SETS
from mimik.models.terms import attributions, sets_for_products
from mimik.pipeline.choice import Choice, choose
from mimik.tasks.base import CROP, SOUND, TASKS, Judging, OnlyAsked, input_of, load_task

CARDS = store.catalogue()
MakeModel = Callable[..., Path]


@pytest.mark.parametrize("source", [CROP, SOUND])
@pytest.mark.parametrize("name", MODEL_SETS)
def test_a_set_reads_by_its_own_models_alone(name: str, source: str) -> None:
    assert {task: CARDS[model].task for task, model in MODEL_SETS[name].items()} == {
        task: task for task in MODEL_SETS[name]
    }
    models = {task: model for task, model in MODEL_SETS[name].items() if input_of(task) == source}
    if not models:
        return
    choice = choose(models=name, source=source)
    assert set(choice.tasks) == {
        task for task in models if not isinstance(load_task(task), Judging | OnlyAsked)
    }
    assert choice.models.items() <= models.items() and list(choice.tasks) == [
        task for task in TASKS if task in choice.tasks
    ]
    for task in {task for task in TASKS if input_of(task) == source} - models.keys():
        others = [other for other, has in MODEL_SETS.items() if task in has]
        with pytest.raises(OptionError) as caught:
            choose((task,), name, source=source)
        where = f"choose one that does ({task}: {', '.join(others)})" if others else "no model for"
        assert where in str(caught.value) and repr(name if others else task) in str(caught.value)


@pytest.mark.parametrize("name", MODEL_SETS)
def test_products_get_a_set_if_all_of_its_cards_allow_it(name: str) -> None:
    free = all(CARDS[model].commercial_use for model in MODEL_SETS[name].values())
    assert (name in sets_for_products()) == free
    if free:
        assert choose(models=name, commercial=True) == choose(models=name)
    else:
        with pytest.raises(OptionError, match="choose --models open"):
            choose(models=name, commercial=True)


@pytest.mark.parametrize("name", CARDS)
def test_products_get_a_model_if_its_card_allows_it(name: str) -> None:
    card = CARDS[name]
    words = {"tasks": (card.task,), "models": "open", "model": {card.task: name}, "commercial": True}
    words |= {"source": card.input}
    if card.commercial_use:
        assert choose(**words).models.items() >= {card.task: name}.items()  # type: ignore[arg-type]
        assert all(len(line) > 20 for line in attributions([card]))
        return
    with pytest.raises(OptionError) as caught:
        choose(**words)  # type: ignore[arg-type]
    told = str(caught.value)
    assert told.startswith(f"{name} may not be used in products (--commercial): ")
    assert all(f"{data['name']} ({data['terms']})" in told for data in card.data)
    assert f"--models open ({', '.join(MODEL_SETS['open'])})" in told


def test_the_sets_as_they_are() -> None:
    assert choose() == choose(models="base")
    assert choose().tasks == ("emotion", "gender", "age", "au")
    assert choose(models="mini").tasks == ("emotion", "gender", "age")
    assert (
        choose(source=SOUND)
        == choose(models="mini", source=SOUND)
        == Choice(("voice",), {"voice": "voice.base"})
    )
    assert choose(models="open") == Choice(
        ("emotion", "gender", "age"),
        {
            "emotion": "emotion.open",
            "gender": "gender.fairface",
            "age": "age.fairface",
            "cover": "cover.mini",
        },
    )


def test_a_model_that_is_named_asks_for_its_task(make_model: MakeModel) -> None:
    emotion, cover = str(make_model("emotion")), str(make_model("cover"))
    choice = choose(models="open", model={"emotion": emotion, "cover": cover})
    assert choice.tasks == ("emotion", "gender", "age", "cover")
    assert choice.models["emotion"] == emotion and choice.models["gender"] == "gender.fairface"
    assert choose(models={"emotion": emotion}).models["age"] == "age.base"
    # What tells covered faces is read with every task.
    assert choose(("au",), "open", {"au": "au.base"}).models == {"au": "au.base", "cover": "cover.mini"}
    assert choose(("age",)).models == {"age": "age.base", "cover": "cover.mini"}


def test_what_helps_and_what_is_ones_own_counts_for_products_too(make_model: MakeModel) -> None:
    free = make_model("au", commercial_use=True)
    products = {"au": str(free), "cover": "cover.mini"}
    assert choose(("au",), "open", {"au": free}, commercial=True).models == products
    assert choose(("au",), "base", {"au": free}, commercial=True).models == products
    bound = make_model("cover", seed=2, labels=("none", "mouth"))
    with pytest.raises(OptionError, match=r"cover\.tiny doesn't say commercial_use"):
        choose(("au", "cover"), "base", {"au": free, "cover": bound}, commercial=True)
    own = make_model("emotion", seed=1)
    with pytest.raises(OptionError, match=r"the card of emotion\.tiny doesn't say commercial_use; choose"):
        choose(("emotion",), "open", {"emotion": own}, commercial=True)


def test_products_may_leave_the_other_networks_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, examples: Path
) -> None:
    free = {card.file for card in CARDS.values() if card.commercial_use}
    for path in store.PACKAGED.iterdir():
        if path.is_file() and (path.suffix != ".onnx" or path.name in free or "yunet" in path.name):
            shutil.copy(path, tmp_path)
    monkeypatch.setattr(store, "PACKAGED", tmp_path)
    (result,) = mimik.analyze(examples / "group.jpg", models="open", commercial=True)
    assert len(result.faces) == 3
    with pytest.raises(mimik.ModelError, match=r"face\.base\.onnx: the model file is missing"):
        mimik.Analyzer()
    assert list(sets_for_products()) == ["open"]


def test_python_refuses_and_reads_alike(examples: Path) -> None:
    photo = examples / "group.jpg"
    for make in (mimik.Analyzer, lambda **words: mimik.Job(**words).analyzer()):
        with pytest.raises(OptionError, match=r"emotion\.wild.*au\.base may not be used"):
            make(commercial=True)
        assert make(models="open", commercial=True).tasks == ("emotion", "gender", "age")
    with pytest.raises(OptionError, match="may not be used"):
        mimik.analyze(photo, commercial=True)
    (result,) = mimik.analyze(photo, models="open", commercial=True)
    assert [list(face.readings) for face in result.faces] == [["emotion", "gender", "age"]] * 3


def test_action_units_are_read_by_default_and_some_of_them_on_wish(examples: Path) -> None:
    (result,) = mimik.analyze(examples / "group.jpg")
    assert [list(face.readings) for face in result.faces] == [["emotion", "gender", "age", "au"]] * 3
    some = mimik.Analyzer(units=("AU12",))
    assert some.tasks == mimik.Job(units=("AU12",)).analyzer().tasks == ("emotion", "gender", "age", "au")
    assert some.info().settings["units"] == ["AU12"]
