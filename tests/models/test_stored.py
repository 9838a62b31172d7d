"""Models of stores: by address, copied by their hash, on their terms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mimik.cli import main
from mimik.errors import ModelError, OptionError
from mimik.models.store import catalogue, find_model
from mimik.models.stored import find_stored
from mimik.models.terms import check_commercial
from mimik.pipeline.analyzer import Analyzer
from stores import Store, s3_server

pytest.importorskip("fsspec", reason="needs fsspec (pip install 'mimik[remote]')")
ADDRESS = "s3://clips/models/own.onnx"


@pytest.fixture(scope="module")
def server() -> Iterator[Store]:
    with s3_server() as store:
        yield store


@pytest.fixture
def s3(
    server: Store, tiny_models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    monkeypatch.setenv("MIMIK_CACHE", str(tmp_path / "cache"))
    server.empty()
    for suffix in (".onnx", ".json"):
        server.put(f"models/own{suffix}", tiny_models["emotion"].with_suffix(suffix))
    server.requests.clear()
    find_stored.cache_clear()
    yield server
    find_stored.cache_clear()


def fetched(store: Store) -> int:
    return sum(request.endswith("/own.onnx") and request[:3] == "GET" for request in store.requests)


@pytest.mark.parametrize("name", ["s3://clips/models/own.onnx", "s3://clips/models/own.json"])
def test_a_model_is_copied_once_by_its_hash(
    s3: Store, tiny_models: dict[str, Path], tmp_path: Path, name: str
) -> None:
    if name.endswith(".json"):
        s3.put(f"models/{tiny_models['emotion'].name}", tiny_models["emotion"])
    before = catalogue()
    card, file = find_model(name)
    assert file.read_bytes() == tiny_models["emotion"].read_bytes()
    assert card == find_model(str(tiny_models["emotion"]))[0]
    assert file == tmp_path / "cache" / "stored" / f"{card.sha256}.onnx"
    find_stored.cache_clear()
    s3.requests.clear()
    assert find_model(name) == (card, file)
    assert not [request for request in s3.requests if ".onnx" in request]
    assert catalogue() == before and [path.name for path in file.parent.iterdir()] == [file.name]


def test_it_reads_what_the_file_reads(s3: Store, tiny_models: dict[str, Path], examples: Path) -> None:
    here, there = (
        Analyzer(["emotion"], model={"emotion": str(name)}) for name in (tiny_models["emotion"], ADDRESS)
    )
    picture = examples / "group.jpg"
    assert here.image(picture) == there.image(picture) and here.info() == there.info()


def test_its_terms_hold(s3: Store) -> None:
    with pytest.raises(OptionError, match="may not be used in products"):
        check_commercial({"emotion": ADDRESS})


def test_another_file_than_the_cards_is_refused_and_not_kept(s3: Store, tmp_path: Path) -> None:
    s3.put("models/own.onnx", b"another")
    with pytest.raises(ModelError, match=rf"^{ADDRESS}: SHA-256 is .*, expected"):
        find_model(ADDRESS)
    assert not list((tmp_path / "cache" / "stored").iterdir())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("s3://clips/models/none.onnx", r"^s3://clips/models/none\.json: no such file; check the address"),
        ("s3://clips/models/", "no address of a model; name its .onnx file"),
        ("ftp://host/own.onnx", "no address of a model"),
    ],
)
def test_what_is_no_model(s3: Store, name: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        find_model(name)


def test_the_command_takes_it(
    s3: Store, examples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["analyze", str(examples / "group.jpg"), "--tasks", "emotion", "-o", str(tmp_path / "o.jsonl")]
    assert main([*words, "--model", ADDRESS]) == 0
    assert main([*words, "--model", f"emotion={ADDRESS}"]) == 0  # The same settings: it goes on.
    s3.refused = "own.json"
    find_stored.cache_clear()
    capsys.readouterr()
    assert main([*words, "--model", ADDRESS]) != 0
    assert "own.json: may not be read" in capsys.readouterr().err
