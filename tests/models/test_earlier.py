"""Versions of the shipped models before the present one, out of a repository's history."""

from __future__ import annotations

import csv
import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mimik.cli import main
from mimik.errors import ModelError, OptionError, UnknownNameError
from mimik.models import earlier, store
from mimik.models.add import add_earlier
from mimik.models.card import read_card
from mimik.models.earlier import FILES, Earlier, earlier_versions
from mimik.models.store import PACKAGED

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git isn't installed")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIMIK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def git(clone: Path, *words: str) -> str:
    own = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", str(clone), *own, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def clone(make_model: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose history holds emotion.tiny 1, which is in the table; its files are gone."""
    model, place = make_model("emotion"), tmp_path / "clone"
    held = place / FILES
    held.mkdir(parents=True)
    for path in (model, model.with_suffix(".json")):
        shutil.move(path, held / path.name)
    git(place, "init", "-q")
    git(place, "add", ".")
    git(place, "commit", "-q", "-m", "one")
    commit = git(place, "rev-parse", "HEAD")
    card = (held / "emotion.tiny.json").read_bytes()
    one = Earlier(
        "emotion.tiny",
        "1",
        commit,
        hashlib.sha256(card).hexdigest(),
        read_card(held / "emotion.tiny.json").sha256,
    )
    shutil.rmtree(held)
    git(place, "commit", "-q", "-a", "-m", "gone")
    table = tmp_path / "earlier.csv"
    with table.open("w", newline="") as file:
        csv.writer(file).writerows([Earlier.__slots__, [getattr(one, name) for name in Earlier.__slots__]])
    monkeypatch.setattr(earlier, "TABLE", table)
    return place


def test_an_earlier_version_comes_from_a_clone(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(
        ModelError, match=r"isn't in the package: run 'mimik models fetch emotion\.tiny@1 --url"
    ):
        store.find_model("emotion.tiny@1")
    assert main(["models", "fetch", "emotion.tiny@1", "--url", str(clone)]) == 0
    assert "emotion.tiny 1: added" in capsys.readouterr().out
    card, file = store.find_model("emotion.tiny@1")
    assert card.version == "1" and file.is_file()
    assert add_earlier("emotion.tiny@1", str(clone)) == card, "once more changes nothing"


def test_an_earlier_version_comes_from_raw_files(clone: Path, tmp_path: Path) -> None:
    (one,) = earlier_versions().values()
    raw = tmp_path / "raw" / one.commit / FILES
    raw.mkdir(parents=True)
    for name in ("emotion.tiny.json", "emotion.tiny.onnx"):
        shown = ["git", "-C", str(clone), "show", f"{one.commit}:{FILES}/{name}"]
        (raw / name).write_bytes(subprocess.run(shown, capture_output=True, check=True).stdout)
    address = (tmp_path / "raw").as_uri() + "/"
    with (raw / "emotion.tiny.onnx").open("ab") as file:
        file.write(b" ")
    with pytest.raises(ModelError, match=r"emotion\.tiny\.onnx of .{8} has SHA-256"):
        add_earlier("emotion.tiny@1", address)
    with pytest.raises(ModelError, match="isn't in the package"):
        store.find_model("emotion.tiny@1")
    whole = (raw / "emotion.tiny.onnx").read_bytes()[:-1]
    (raw / "emotion.tiny.onnx").write_bytes(whole)
    assert add_earlier("emotion.tiny@1", address).name == "emotion.tiny"


def test_what_is_missing_is_said(clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownNameError, match=r"there is emotion\.tiny@1"):
        add_earlier("emotion.tiny@7", str(clone))
    with pytest.raises(OptionError, match="say with --url where"):
        add_earlier("emotion.tiny@1", None)
    with pytest.raises(ModelError, match="no clone of mimik with the commit"):
        add_earlier("emotion.tiny@1", str(tmp_path))
    with pytest.raises(ModelError, match="download failed"):
        add_earlier("emotion.tiny@1", (tmp_path / "nowhere").as_uri())
    with pytest.raises(ModelError, match="download failed: URL can't contain control characters"):
        add_earlier("emotion.tiny@1", "http://a b")
    with pytest.raises(ModelError, match="nonsense: no address"):
        store.fetch("yunet", "nonsense")
    with pytest.raises(ModelError, match="no such folder"):
        add_earlier("emotion.tiny@1", "nonsense")
    mini = read_card(PACKAGED / "emotion.mini.json")
    with pytest.raises(OptionError, match="ships with mimik"):
        add_earlier(f"emotion.mini@{mini.version}", str(clone))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ModelError, match="git isn't installed"):
        add_earlier("emotion.tiny@1", str(clone))


def test_the_table_holds_what_came_before_the_shipped_models() -> None:
    now = {card.name: card.version for card in map(read_card, PACKAGED.glob("*.json"))}
    there = earlier_versions()
    assert {"emotion.base@4", "emotion.wild@1", "gender.mini@2"} <= there.keys()
    for one in there.values():
        assert len(one.commit) == 40 and len(one.sha256) == len(one.card_sha256) == 64
        assert now.get(one.name, "") != one.version
    for name, version in now.items():
        missing = {f"{name}@{number}" for number in range(1, int(version))} - there.keys()
        assert not missing, "run scripts/list_earlier.py"
