"""Publishing: what a folder holds, that it is the same each time, and what is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mimik.errors import MimikError, ModelError, OutputError, OutputExistsError, UnknownNameError
from mimik.models.add import add_models
from mimik.models.card import ModelCard, read_card
from mimik.models.checksums import SUMS, check_sums
from mimik.models.store import catalogue, find_model
from mimik.publish.figures import DRAWN
from mimik.publish.private import without_places
from mimik.publish.publish import publish

MakeModel = Callable[..., Path]
TRAINED = {
    "licence": "For research only.",
    "data": (
        {"name": "FER-2013", "terms": "research", "citation": "Goodfellow et al., 2013", "splits": ["train"]},
    ),
    "limits": ("Profile views are less reliable.",),
    "figures": (
        {
            "data": "FER-2013",
            "split": "validation",
            "metric": "accuracy",
            "value": 0.5,
            "ci95": [0.4, 0.6],
            "n": 1234,
            "per_class": {"happy": {"recall": 0.75, "n": 12}},
            "command": "mimik evaluate /home/zoltan/runs/mine",
        },
        {"data": "FER-2013", "split": "validation", "metric": "mae", "value": 4.25},
    ),
    "training": {
        "date": "2026-11-30",
        "mimik": "0.2.0",
        "torch": "2.9.1",
        "pictures": {"trained": {"all": 90, "happy": 40}, "held": {"all": 10}},
        "left_out": {"of /home/zoltan/x.png": 1},
        "recipe": {"data": [{"path": "C:\\Users\\zoltan\\faces", "leave_out": "~/lists/out.csv"}]},
    },
}
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def model(make_model: MakeModel) -> Path:
    return make_model("emotion", **TRAINED)


@pytest.fixture
def run(model: Path, tmp_path: Path) -> Path:
    """A finished run's folder, as training leaves it."""
    folder = tmp_path / "run"
    shutil.copytree(model.parent, folder)
    (folder / "recipe.json").write_text('{"name": "emotion.tiny", "data_path": "/home/zoltan"}')
    (folder / "log.jsonl").write_text('{"epoch": 1, "loss": 1.0}\n')
    for name in ("checkpoint.pt", "best.pt", "pictures.npz", "report.html"):
        (folder / name).write_bytes(b"/home/zoltan")
    (folder / "plots").mkdir()
    for name in ("curves.png", "confusion.png", "zoltan.png"):
        (folder / "plots" / name).write_bytes(PNG + name.encode())
    return folder


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def front(folder: Path) -> dict[str, Any]:
    yaml = pytest.importorskip("yaml", reason="PyYAML isn't installed")
    _, matter, _ = (folder / "README.md").read_text().split("---\n", 2)
    return dict(yaml.safe_load(matter))


def test_a_run_is_published_whole_and_without_people(run: Path, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out"
    names = publish(str(run), target)
    assert names == [
        "CITATION.bib",
        "LICENSE",
        "README.md",
        "SHA256SUMS",
        "emotion.tiny.json",
        "emotion.tiny.onnx",
        "figures/confusion.png",
        "figures/curves.png",
    ]
    assert sorted(bytes_of(target)) == names
    assert sorted(check_sums(target)) == [name for name in names if name != SUMS]
    for content in bytes_of(target).values():
        assert b"/home/" not in content and b"zoltan" not in content and b"Users" not in content
    readme = (target / "README.md").read_text()
    assert "| FER-2013 | validation | accuracy | 50.0 % | 40.0 % to 60.0 % | 1,234 |" in readme
    assert "| FER-2013 | validation | mae | 4.25 years |  |  |" in readme
    assert "| happy | 0.750 | 12 |" in readme
    assert "trained: 90 (happy 40); held: 10." in readme and "`mimik evaluate mine`" in readme
    assert "- Profile views are less reliable." in readme
    assert f"![{DRAWN['confusion.png']}](figures/confusion.png)" in readme
    assert "mimik models add .  " in readme and "--model emotion=emotion.tiny" in readme
    licence = (target / "LICENSE").read_text()
    assert (
        "  For research only.\n  In products: no\n  Data: FER-2013 (research). Goodfellow et al., 2013"
        in licence
    )
    assert "goodfellow2013challenges" in (target / "CITATION.bib").read_text()
    assert "@misc{emotion-tiny," in (target / "CITATION.bib").read_text()


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum isn't installed")
def test_sha256sum_accepts_the_checksums(run: Path, tmp_path: Path) -> None:
    publish(str(run), tmp_path / "out")
    command = ["sha256sum", "--strict", "-c", SUMS]
    done = subprocess.run(command, cwd=tmp_path / "out", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (tmp_path / "out" / "LICENSE").write_text("x")
    assert subprocess.run(command, cwd=tmp_path / "out", capture_output=True, check=False).returncode == 1


def test_the_hub_reads_the_front_matter(run: Path, tmp_path: Path) -> None:
    publish(str(run), tmp_path / "out")
    told = front(tmp_path / "out")
    assert told["license"] == "other" and told["license_link"] == "LICENSE"
    assert told["license_name"] == "emotion.tiny-weights"
    assert told["library_name"] == "mimik" and told["pipeline_tag"] == "image-classification"
    assert told["tags"] == ["mimik", "onnx", "face", "emotion"]
    assert told["datasets"] == ["fer-2013"] and told["metrics"] == ["accuracy", "mae"]
    ((entry,), name) = told["model-index"], told["model-index"][0]["name"]
    (result,) = entry["results"]
    assert name == "emotion.tiny" and result["task"] == {"type": "image-classification", "name": "emotion"}
    assert result["dataset"] == {"type": "fer-2013", "name": "FER-2013", "split": "validation"}
    assert [(m["type"], m["value"]) for m in result["metrics"]] == [("accuracy", 0.5), ("mae", 4.25)]


def test_the_hubs_own_library_reads_it(run: Path, tmp_path: Path) -> None:
    hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub isn't installed")
    publish(str(run), tmp_path / "out")
    data = hub.ModelCard((tmp_path / "out" / "README.md").read_text()).data
    assert data.license == "other" and data.model_name == "emotion.tiny"
    assert [(one.metric_type, one.metric_value) for one in data.eval_results] == [
        ("accuracy", 0.5),
        ("mae", 4.25),
    ]


@pytest.mark.parametrize(
    ("licence", "name", "address"),
    [
        ("Apache-2.0", "apache-2.0", "https://www.apache.org/licenses/LICENSE-2.0"),
        ("CC BY 4.0.", "cc-by-4.0", "https://spdx.org/licenses/CC-BY-4.0.html"),
        ("mit", "mit", "https://spdx.org/licenses/MIT.html"),
    ],
)
def test_a_licence_that_the_hub_knows(
    make_model: MakeModel, tmp_path: Path, licence: str, name: str, address: str
) -> None:
    publish(str(make_model("gender", licence=licence)), tmp_path / "out")
    told = front(tmp_path / "out")
    assert told["license"] == name and "license_name" not in told and "model-index" not in told
    assert address in (tmp_path / "out" / "LICENSE").read_text()


def test_the_same_model_makes_the_same_bytes(run: Path, tmp_path: Path) -> None:
    publish(str(run), tmp_path / "one")
    publish(str(run), tmp_path / "two")
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")
    # Of what was published, too.
    publish(str(tmp_path / "one"), tmp_path / "three")
    assert (tmp_path / "three" / "emotion.tiny.json").read_bytes() == (
        tmp_path / "one" / "emotion.tiny.json"
    ).read_bytes()


def test_publishing_again_replaces_and_keeps_what_is_hidden(run: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    (target / ".git").mkdir(parents=True)
    (target / ".git" / "HEAD").write_text("ref")
    publish(str(run), target)
    shutil.rmtree(run / "plots")
    (run / "log.jsonl").unlink()
    card = run / "emotion.tiny.json"
    card.write_text(card.read_text().replace("For research only.", "Ask us."))
    names = publish(str(run), target)
    assert "figures/curves.png" not in names and not (target / "figures").exists()
    assert "Ask us." in (target / "LICENSE").read_text()
    assert (target / ".git" / "HEAD").read_text() == "ref"
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == ["out"]


def test_curves_are_drawn_where_a_run_has_none(run: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib isn't installed: pip install 'mimik[plots]'")
    shutil.rmtree(run / "plots")
    assert "figures/curves.png" in publish(str(run), tmp_path / "out")
    assert (tmp_path / "out" / "figures" / "curves.png").read_bytes().startswith(PNG)


def test_heads_are_published_with_the_file_that_they_share(make_model: MakeModel, tmp_path: Path) -> None:
    model = make_model("gender", licence="Ask us.")
    text = model.with_suffix(".json").read_text()
    model.with_name("gender.other.json").write_text(text.replace('"gender.tiny"', '"gender.other"'))
    names = publish(str(model), tmp_path / "out")
    assert [n for n in names if n.startswith("gender")] == [
        "gender.other.json",
        "gender.tiny.json",
        "gender.tiny.onnx",
    ]
    assert (tmp_path / "out" / "README.md").read_text().count("\n## gender.") == 2
    assert publish(str(model.with_name("gender.other.json")), tmp_path / "one")[-2:] == [
        "gender.other.json",
        "gender.tiny.onnx",
    ]


def test_what_ships_is_published_by_its_name(tmp_path: Path) -> None:
    publish("emotion.mini", tmp_path / "out")
    card, file = find_model("emotion.mini")
    assert (tmp_path / "out" / "emotion.mini.onnx").read_bytes() == file.read_bytes()
    assert read_card(tmp_path / "out" / "emotion.mini.json") == card
    assert "models add" not in (tmp_path / "out" / "README.md").read_text()


def test_what_was_published_is_added_and_found(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIMIK_CACHE", str(tmp_path / "cache"))
    publish(str(run), tmp_path / "out")
    (card,) = add_models(tmp_path / "out")
    assert find_model("emotion.tiny")[0] == card == read_card(tmp_path / "out" / "emotion.tiny.json")
    publish("emotion.tiny", tmp_path / "again")


def test_what_is_not_published(run: Path, model: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"

    def refused(source: object, error: type[MimikError], said: str) -> None:
        with pytest.raises(error, match=said) as raised:
            publish(str(source), target)
        assert "\n" not in str(raised.value)
        assert not target.exists() and not [p for p in tmp_path.iterdir() if p.name.startswith(".out")]

    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", ModelError, "neither a run nor a model is there")
    refused("emotion.minni", UnknownNameError, r"did you mean 'emotion\.mini'")
    shutil.copytree(run, tmp_path / "folds" / "fold-0")
    refused(tmp_path / "folds", ModelError, r"a run for each fold; name one of them: fold-0$")
    (run / "report.html").unlink()
    refused(run, ModelError, "its run isn't finished.*same mimik train command goes on")
    (run / "report.html").touch()
    onnx = (run / "emotion.tiny.onnx").read_bytes()
    (run / "emotion.tiny.onnx").unlink()
    refused(run, ModelError, "its run isn't finished")
    (run / "emotion.tiny.onnx").write_bytes(onnx + b"x")
    refused(run, ModelError, "SHA-256")
    card = model.with_suffix(".json")
    card.write_text(card.read_text().replace("For research only.", " "))
    refused(model, ModelError, r"emotion\.tiny: its card's field licence is empty: .*licence = ")


def test_a_file_that_names_a_folder_of_its_maker_is_refused(make_model: MakeModel, tmp_path: Path) -> None:
    from mimik.models.card import file_sha256

    model = make_model("gender", licence="Ask us.")
    # What ONNX takes for an unknown field of its last part is still read by no one.
    model.write_bytes(model.read_bytes() + b"\x32\x0f/home/zoltan/xy")
    card = model.with_suffix(".json")
    values = json.loads(card.read_text()) | {"sha256": file_sha256(model)}
    card.write_text(json.dumps(values))
    with pytest.raises(ModelError, match=r"gender\.tiny\.onnx: names a folder of a machine \(/home/\.\.\.\)"):
        publish(str(model), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_with_other_files_is_left_alone(run: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputExistsError, match=r"out: holds thesis\.txt, which mimik publish didn't write"):
        publish(str(run), target)
    (target / "thesis.txt").unlink()
    publish(str(run), target)
    (target / "figures" / "mine.png").write_text("x")
    with pytest.raises(OutputExistsError, match=r"figures/mine\.png"):
        publish(str(run), target)
    with pytest.raises(OutputExistsError, match="a file; name a folder"):
        publish(str(run), target / "README.md")


def test_a_full_disk_leaves_what_was_published_before(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out"
    publish(str(run), target)
    before = bytes_of(target)

    def full(*words: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mimik.publish.publish.sums_text", full)
    with pytest.raises(OutputError, match="No space left on device"):
        publish(str(run), target)
    assert bytes_of(target) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["models", "out", "run"]


def test_a_publication_that_was_killed_while_it_replaced_is_taken_back(run: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    publish(str(run), target)
    target.rename(tmp_path / "out.before")
    publish(str(run), target)
    assert check_sums(target) and not (tmp_path / "out.before").exists()


def test_places_are_told_by_their_last_name(model: Path) -> None:
    def told(text: str) -> str:
        values = json.loads(model.with_suffix(".json").read_text()) | {"limits": [text]}
        return without_places(ModelCard.from_json(json.dumps(values))).limits[0]

    assert told("of /home/zoltan/x.png and C:\\Users\\zoltan\\b.csv") == "of x.png and b.csv"
    assert told("mimik evaluate '/data/zoltan/run/'") == "mimik evaluate 'run'"
    assert told("~/faces/a.png") == "a.png"
    for text in (
        "https://a.org/b/c.html",
        "recipes/x.toml, seed 1",
        "1/2 or/and AU06/AU12",
        "CC BY 4.0, and / or",
    ):
        assert told(text) == text


@pytest.mark.parametrize("name", catalogue())
def test_every_shipped_model_can_be_published(name: str, tmp_path: Path) -> None:
    publish(name, tmp_path / "out")
    told = front(tmp_path / "out")
    assert told["model-index"][0]["name"] == name and told["license"]
    assert all(
        data["name"] in (tmp_path / "out" / "LICENSE").read_text() for data in find_model(name)[0].data
    )
