"""Models that are taken into the catalogue: by hash, whole or not at all, by name and version; and out."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import mimik
from mimik.errors import MimikError, ModelError, OptionError, OutputExistsError, UnknownNameError
from mimik.models import store
from mimik.models.add import add_models, remove_model
from mimik.models.cache import added_cards
from mimik.models.card import ModelCard, read_card
from mimik.models.checksums import SUMS, check_sums, sums_text

MakeModel = Callable[..., Path]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIMIK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def held(cache: Path) -> list[str]:
    """All files of the cache, by name."""
    return sorted(path.name for path in cache.rglob("*") if path.is_file())


def changed(model: Path, **values: object) -> Path:
    card = model.with_suffix(".json")
    card.write_text(dataclasses.replace(read_card(card), **values).to_json(), encoding="utf-8")  # type: ignore[arg-type]
    return model


def folder_of(target: Path, *models: Path) -> Path:
    """A folder as it is published, with models, their cards and checksums."""
    target.mkdir()
    for model in models:
        for path in (model, model.with_suffix(".json")):
            shutil.copy(path, target)
    files = {path.name: path for path in sorted(target.iterdir())}
    (target / SUMS).write_text(sums_text(files))
    return target


def test_what_was_added_is_found_by_its_name(make_model: MakeModel, cache: Path, examples: Path) -> None:
    model = make_model("emotion")
    (card,) = add_models(model)
    shutil.rmtree(model.parent)
    assert card.name == "emotion.tiny" and store.find_model("emotion.tiny")[0] == card
    assert store.find_model("emotion.tiny@1")[1].is_relative_to(cache)
    assert store.catalogue()["emotion.tiny"] == card
    (result,) = mimik.analyze(
        examples / "astronaut.jpg", tasks=("emotion",), model={"emotion": "emotion.tiny"}
    )
    assert result.faces[0].readings["emotion"].label in (*card.labels, "uncertain")


@pytest.mark.parametrize("form", ["onnx", "card", "folder", "zip", "zip of a folder"])
def test_every_form_in_which_a_model_comes(
    form: str, make_model: MakeModel, tmp_path: Path, cache: Path
) -> None:
    model = make_model("gender")
    folder = folder_of(tmp_path / "given", model)
    source = {"onnx": model, "card": model.with_suffix(".json"), "folder": folder}.get(form)
    if source is None:
        source = tmp_path / "given.zip"
        with zipfile.ZipFile(source, "w") as archive:
            for path in folder.iterdir():
                archive.write(path, path.name if form == "zip" else f"given/{path.name}")
    assert [card.name for card in add_models(source)] == ["gender.tiny"]
    assert held(cache) == ["gender.tiny.onnx", "gender.tiny@1.json"]
    # Again changes nothing.
    add_models(source)
    assert held(cache) == ["gender.tiny.onnx", "gender.tiny@1.json"]


def test_heads_share_the_file_that_they_come_with(make_model: MakeModel, tmp_path: Path, cache: Path) -> None:
    model = make_model("gender")
    other = dataclasses.replace(read_card(model.with_suffix(".json")), name="gender.other")
    model.with_name("gender.other.json").write_text(other.to_json())
    assert [card.name for card in add_models(model)] == ["gender.other", "gender.tiny"]
    assert held(cache) == ["gender.other@1.json", "gender.tiny.onnx", "gender.tiny@1.json"]
    remove_model("gender.tiny")
    assert store.find_model("gender.other")[0] == other
    remove_model("gender.other")
    assert held(cache) == [] and list((cache / "models").iterdir()) == []


def test_another_model_of_that_name_needs_a_version_or_replace(make_model: MakeModel, cache: Path) -> None:
    add_models(make_model("emotion", seed=0))
    other = make_model("emotion", seed=1)
    with pytest.raises(
        OutputExistsError, match=r"emotion\.tiny@1: another model .* raise the version .*--replace"
    ):
        add_models(other)
    first = store.find_model("emotion.tiny")[0].sha256
    add_models(other, replace=True)
    assert store.find_model("emotion.tiny")[0].sha256 != first
    assert held(cache) == ["emotion.tiny.onnx", "emotion.tiny@1.json"], "and the one before is gone"


def test_several_versions_stay_side_by_side(make_model: MakeModel, cache: Path) -> None:
    for seed, version in enumerate(("9", "10", "10-rc1")):
        add_models(changed(make_model("emotion", seed=seed), version=version))
    assert [path.stem.partition("@")[2] for path in added_cards("emotion.tiny")] == ["10", "10-rc1", "9"]
    assert store.find_model("emotion.tiny")[0].version == "10"
    assert store.find_model("emotion.tiny@9")[0].version == "9"
    names = [name for name in store.catalogue() if name.startswith("emotion.tiny")]
    assert names == ["emotion.tiny", "emotion.tiny@10-rc1", "emotion.tiny@9"]
    with pytest.raises(UnknownNameError, match=r"unknown model 'emotion\.tiny@8'"):
        store.find_model("emotion.tiny@8")
    with pytest.raises(OptionError, match=r"several versions were added; name one: emotion\.tiny@10, "):
        remove_model("emotion.tiny")
    remove_model("emotion.tiny@10")
    assert store.find_model("emotion.tiny")[0].version == "10-rc1"


def test_what_ships_with_mimik_stays(make_model: MakeModel) -> None:
    shipped = store.catalogue()["emotion.mini"]
    for name in ("emotion.mini", f"emotion.mini@{shipped.version}"):
        with pytest.raises(OptionError, match="ships with mimik, and stays"):
            remove_model(name)
    with pytest.raises(UnknownNameError, match="there is none"):
        remove_model("emotion.mini@1")
    own = make_model("emotion", seed=3)
    with pytest.raises(OptionError, match=rf"emotion\.mini@{shipped.version} ships with mimik"):
        add_models(changed(own, name="emotion.mini", version=shipped.version), replace=True)
    add_models(changed(own, name="emotion.mini", version="99"))
    assert store.find_model("emotion.mini")[0] == shipped
    assert store.find_model(f"emotion.mini@{shipped.version}")[0] == shipped
    assert store.find_model("emotion.mini@99")[0].version == "99"
    assert store.catalogue()["emotion.mini@99"].version == "99"


def test_nothing_is_left_of_a_folder_that_is_damaged(
    make_model: MakeModel, tmp_path: Path, cache: Path
) -> None:
    models = [make_model("emotion"), make_model("gender")]

    def refused(change: Callable[[Path], object], said: str, error: type[MimikError] = ModelError) -> None:
        folder = folder_of(tmp_path / "given", *models)
        change(folder)
        with pytest.raises(error, match=said) as raised:
            add_models(folder)
        assert "\n" not in str(raised.value)
        assert held(cache) == []
        shutil.rmtree(folder)

    def longer(name: str) -> Callable[[Path], object]:
        return lambda folder: (folder / name).write_bytes((folder / name).read_bytes() + b" ")

    refused(longer("gender.tiny.onnx"), r"gender\.tiny\.onnx isn't what SHA256SUMS says")
    refused(longer("gender.tiny.json"), r"gender\.tiny\.json isn't what SHA256SUMS says")
    refused(
        lambda folder: (folder / "gender.tiny.onnx").unlink(), r"gender\.tiny\.onnx of SHA256SUMS isn't there"
    )
    refused(
        lambda folder: (folder / "gender.tiny.json").unlink(), r"gender\.tiny\.json of SHA256SUMS isn't there"
    )
    refused(lambda folder: (folder / SUMS).write_text("no\n"), r"line 1 is no checksum")

    def without_sums(change: Callable[[Path], object]) -> Callable[[Path], object]:
        return lambda folder: ((folder / SUMS).unlink(), change(folder))

    refused(without_sums(longer("gender.tiny.onnx")), r"gender\.tiny\.onnx: SHA-256 is")
    refused(without_sums(lambda folder: (folder / "gender.tiny.onnx").unlink()), "the model file is missing")
    refused(
        lambda folder: shutil.copy(models[0].with_suffix(".json"), folder / "more.json"),
        r"more\.json isn't among its checksums",
    )


def test_a_disk_that_fills_up_keeps_none_of_them(
    make_model: MakeModel, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(tmp_path / "given", make_model("emotion"), make_model("gender"))
    copy, copied = shutil.copyfile, []

    def full(source: Path, target: Path) -> None:
        copied.append(target)
        if len(copied) == 2:
            raise OSError(28, "No space left on device")
        copy(source, target)

    monkeypatch.setattr("mimik.models.add.shutil.copyfile", full)
    with pytest.raises(mimik.OutputError, match=r"No space left on device.*free some space"):
        add_models(folder)
    assert held(cache) == [] and list((cache / "models").iterdir()) == []


def test_what_can_not_be_added(make_model: MakeModel, tmp_path: Path, cache: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.zip").write_bytes(b"nonsense")
    (tmp_path / "x.txt").write_bytes(b"nonsense")
    for source, said in (
        ("none", "none: no such file or folder; name one that holds a model and its card"),
        ("empty", r"empty: no model there; a model is x\.onnx with x\.json beside it"),
        ("x.zip", r"x\.zip: no \.zip that can be unpacked"),
        ("x.txt", r"from a folder, a \.zip, an \.onnx file or its card"),
    ):
        with pytest.raises(ModelError, match=said):
            add_models(tmp_path / source)
    bare = tmp_path / "bare.onnx"
    bare.write_bytes(b"x")
    with pytest.raises(ModelError, match="no readable model card"):
        add_models(bare)
    for name in ("../x", "a b", "x@2"):
        with pytest.raises(OptionError, match="name must be letters, digits"):
            add_models(changed(make_model("emotion"), name=name))
    # A file that its card names, but that no network is in.
    bare = changed(make_model("gender"), sha256=hashlib.sha256(b"x").hexdigest())
    bare.write_bytes(b"x")
    with pytest.raises(ModelError, match="can't load"):
        add_models(bare)
    with pytest.raises(UnknownNameError, match=r"unknown model that was added 'gender\.tiny': there is none"):
        remove_model("gender.tiny")
    assert held(cache) == []


def test_checksums_are_those_of_sha256sum(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b c").write_bytes(b"abc")
    (tmp_path / SUMS).write_text(sums_text({"a/b c": tmp_path / "a" / "b c"}))
    # FIPS 180-4's example, "abc".
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert (tmp_path / SUMS).read_text() == f"{abc}  a/b c\n"
    assert check_sums(tmp_path) == {"a/b c": abc}


def test_a_card_that_can_not_be_used_is_told_and_left_out(make_model: MakeModel, cache: Path) -> None:
    add_models(make_model("emotion"))
    (path,) = added_cards()
    path.write_text("{")
    with pytest.warns(mimik.MimikWarning, match="a model is left out.*emotion.tiny@1.json"):
        assert "emotion.tiny" not in store.catalogue()
    assert remove_model("emotion.tiny") == "emotion.tiny@1"
    assert isinstance(store.catalogue()["emotion.mini"], ModelCard)
