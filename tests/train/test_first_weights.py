"""First weights: of models that ship, files of torch and safetensors, runs, and timm; what doesn't fit."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")
safe = pytest.importorskip("safetensors.torch", reason="needs safetensors: pip install 'mimik[train]'")

from bars import draw_bars  # noqa: E402
from tiny_recipe import UNIT_HEAD, held_in_memory, recipe  # noqa: E402
from torch import nn  # noqa: E402

from mimik.errors import RecipeError  # noqa: E402
from mimik.models.card import read_card  # noqa: E402
from mimik.models.inputs import CropSpec  # noqa: E402
from mimik.models.session import Session  # noqa: E402
from mimik.models.store import find_model  # noqa: E402
from mimik.train.checkpoint import fresh_state  # noqa: E402
from mimik.train.log import read_rows  # noqa: E402
from mimik.train.loop import fit, train  # noqa: E402
from mimik.train.recipe.options import HeadOptions, OptimOptions, PhaseOptions, WeightOptions  # noqa: E402
from mimik.train.recipe.read import read_recipe  # noqa: E402
from mimik.train.watch import Silent, Start  # noqa: E402
from mimik.train.weights.start import begin, load_start  # noqa: E402
from mimik.train.weights.unfold import settle  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

RECIPES = Path(__file__).parents[2] / "recipes"
SHIPPED = {
    "emotion.mini": "emotion.mini",
    "cover.mini": "cover.mini",
    "tilt.mini": "tilt.mini",
    "voice.base": "voice.base",
    "age.mini": "age.mini",
    "face.base": "gender.base",
}
"""Recipe to a model that it made: folded normalisation, a disc, sound in 16 bits, 8 bits, several heads."""
EIGHT_BITS = ("age.mini", "face.base")


def network_of(own: Any) -> nn.Module:
    network = fresh_state(own, torch.device("cpu")).network
    return network.to(memory_format=torch.contiguous_format)


def answers(network: nn.Module, x: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return network.eval()(torch.from_numpy(x)).numpy()


@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_can_be_trained_on(name: str) -> None:
    own = dataclasses.replace(read_recipe(RECIPES / f"{name}.toml"), start=SHIPPED[name])
    network = network_of(own)
    begun = load_start(network, own)
    card, path = find_model(SHIPPED[name])
    x = np.random.default_rng(0).normal(size=(4, *own.takes.usual)).astype(np.float32)
    # What is made of other outputs (emotion.wild) comes after them.
    said = np.concatenate(Session(path, "cpu").run(x), axis=1)[:, : own.output_count]
    off = np.abs(answers(network, x) - said).max() / said.std()
    # A file in 8 bits rounds what its layers say, too; the network doesn't.
    assert off < (0.3 if name in EIGHT_BITS else 1e-5)
    assert begun.folded and begun.note.startswith(f"starts from the weights of {card.name} {card.version}")


def test_settled_normalisation_answers_as_before_and_in_training_nearly_so() -> None:
    own = dataclasses.replace(read_recipe(RECIPES / "emotion.mini.toml"), start="emotion.mini")
    network = network_of(own)
    load_start(network, own)
    rng = np.random.default_rng(0)
    faces = [rng.integers(0, 255, (12, 12), np.uint8).repeat(4, 0).repeat(4, 1) for _ in range(64)]
    pictures = held_in_memory(faces)
    x = (np.stack(faces)[:, None].astype(np.float32) / 255 - 0.5) / 0.25
    before = answers(network, x)
    with torch.no_grad():
        torn = np.abs(network.train()(torch.from_numpy(x)).numpy() - before).max()
    load_start(network, own)
    settle(network, pictures, own.takes)
    assert np.allclose(answers(network, x), before, atol=1e-4)
    with torch.no_grad():
        trained = network.train()(torch.from_numpy(x)).numpy()
    # Batch statistics are now those that the layers were scaled for.
    assert np.abs(trained - before).max() < 0.05 < torn


def test_a_run_from_a_model_that_ships_says_so_and_keeps_its_data(tmp_path: Path) -> None:
    starts: list[Start] = []

    class Hears(Silent):
        def begun(self, start: Start) -> None:
            starts.append(start)

    shape = read_recipe(RECIPES / "gender.fairface.toml")
    own = recipe(
        start="gender.fairface",
        weights=WeightOptions(skip=("head",)),
        crop=CropSpec(size=shape.crop.size, channels=3),
        network=shape.network,
        phases=(PhaseOptions("head", ("head",), {"epochs": 1}),),
        optim=OptimOptions(epochs=1, batch=8),
        sources=({"name": "Bars", "terms": "ours"},),
    )
    path = train(own, draw_bars(tmp_path / "bars"), tmp_path / "run", device="cpu", watch=Hears())
    note = "starts from the weights of gender.fairface 2; afresh: classes.weight, classes.bias"
    assert note in starts[0].notes
    card = read_card(path.with_suffix(".json"))
    assert [entry["name"] for entry in card.data] == ["Bars", "FairFace"]
    assert [row["phase"] for row in read_rows(tmp_path / "run")] == ["head"]


def test_terms_of_what_a_run_starts_from_hold() -> None:
    shape = read_recipe(RECIPES / "emotion.mini.toml")
    own = dataclasses.replace(shape, start="emotion.mini", commercial_use=True)
    with pytest.raises(RecipeError, match=r"its terms don't allow commercial use .*FER-2013"):
        load_start(network_of(own), own)


def saved(folder: Path, own: Any, suffix: str, **more: Any) -> tuple[Path, dict[str, Any]]:
    """A network's weights in a file."""
    torch.manual_seed(9)
    weights = {
        name: torch.rand_like(v.float()).to(v.dtype) for name, v in network_of(own).state_dict().items()
    }
    weights = {more.get("prefix", "") + name: value.contiguous() for name, value in weights.items()}
    path = folder / f"weights{suffix}"
    if suffix == ".safetensors":
        safe.save_file(weights, path)
    else:
        torch.save({"state_dict": weights, "epoch": 3} if more.get("nested") else weights, path)
    return path, weights


@pytest.mark.parametrize("form", [(".safetensors", False), (".pth", False), (".bin", True)])
def test_weights_of_a_file(tmp_path: Path, form: tuple[str, bool]) -> None:
    path, weights = saved(tmp_path, recipe(), form[0], nested=form[1])
    own = recipe(start=str(path))
    network = network_of(own)
    begun = load_start(network, own)
    assert all(torch.equal(value, weights[name]) for name, value in network.state_dict().items())
    assert begun.note == f"starts from the weights of {path.name}" and not begun.folded


def test_names_are_mapped_and_layers_left_out(tmp_path: Path) -> None:
    path, weights = saved(tmp_path, recipe(), ".safetensors", prefix="module.net.")
    options = WeightOptions({"module.": "", "module.net.": ""}, ("head", "features.7.shortcut."))
    own = recipe(start=str(path), weights=options)
    network = network_of(own)
    fresh = {name: value.clone() for name, value in network.state_dict().items()}
    begun = load_start(network, own)
    for name, value in network.state_dict().items():
        left = name.startswith(("classes.", "features.7.shortcut."))
        assert torch.equal(value, fresh[name] if left else weights[f"module.net.{name}"]), name
    assert begun.note.endswith(
        "afresh: features.7.shortcut.0.weight, features.7.shortcut.1.weight, "
        "features.7.shortcut.1.bias and 5 more"
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"network": {"family": "mini_xception", "stem": [4, 4], "widths": [8], "strides": [2]}},
            r"another network than \[network\] describes \(unexpected: features\.7\.body\.0\.0\.weight, .* "
            r"and \d+ more\); .*\[weights\] skip \(layer groups: stem, stage1, head\)",
        ),
        (
            {"network": {"family": "mini_xception", "stem": [4, 4], "widths": [8] * 3, "strides": [2] * 3}},
            r"missing: features\.8\.body\.0\.0\.weight, .* and \d+ more",
        ),
        (
            {"labels": ("", "female", "male"), "task": "", "heads": ()},
            None,
        ),
        (
            {"weights": WeightOptions({"layer9.": "features."})},
            r"no name begins with 'layer9\.'; there is classes\.bias",
        ),
        (
            {"weights": WeightOptions({"features.6.": "features.7."})},
            r"rename makes two layers 'features\.7\.body",
        ),
        (
            {"weights": WeightOptions(skip=("haed",))},
            r"'haed' is no layer group \(stem, stage1, stage2, head\)",
        ),
    ],
)
def test_weights_that_do_not_fit_say_which(
    tmp_path: Path, changes: dict[str, Any], message: str | None
) -> None:
    path, _ = saved(tmp_path, recipe(), ".safetensors")
    if message is None:
        changes = {
            "task": "",
            "labels": (),
            "heads": (HeadOptions("x", "emotion", ("happy", "sad", "fear")),),
        }
        message = r"other shapes: classes\.weight 2 x 8 x 1 x 1, here 3 x 8 x 1 x 1, classes\.bias 2, here 3"
    own = recipe(start=str(path), **changes)
    network = network_of(own)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(RecipeError, match=message):
        load_start(network, own)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_files_that_hold_no_weights(tmp_path: Path) -> None:
    (tmp_path / "text.safetensors").write_text("no weights")
    torch.save([torch.zeros(2)], tmp_path / "list.pt")
    torch.save({"epoch": 3}, tmp_path / "none.pt")
    for name, message in (
        ("text.safetensors", "it is no file of safetensors"),
        ("list.pt", "holds no dictionary of weights"),
        ("none.pt", "holds no dictionary of weights"),
        ("nowhere.pt", r"there is no such file, nor a model of that name .* first$"),
        ("emotion.mine", r"there is no such file, nor a model of that name"),
        ("nowhere.onnx", "no such file"),
    ):
        own = recipe(start=str(tmp_path / name))
        with pytest.raises(RecipeError, match=message):
            load_start(network_of(own), own)


def test_weights_need_something_to_be_taken_from() -> None:
    own = recipe(weights=WeightOptions(skip=("head",)))
    with pytest.raises(
        RecipeError, match=r"\[weights\] says how those of start are taken, and there is none"
    ):
        begin(network_of(own), own)
    with pytest.raises(RecipeError, match="rename goes from name to name"):
        WeightOptions({"a.": 3})  # type: ignore[dict-item]


def test_heads_of_a_model_with_several_are_taken_over_by_name(tmp_path: Path) -> None:
    shape = read_recipe(RECIPES / "face.base.toml")
    genders = next(head for head in shape.heads if head.task == "gender")
    network = {k: v for k, v in shape.network.items() if not k.startswith(("tap", "branch"))}
    own = recipe(
        task="",
        labels=(),
        heads=(UNIT_HEAD, dataclasses.replace(genders, name="gender.two")),
        crop=shape.crop,
        network=network,
        start="gender.base",
        weights=WeightOptions(skip=("tapped.", "branch.")),
    )
    net = network_of(own)
    fresh = net.state_dict()["classes.weight"].clone()
    load_start(net, own)
    x = np.random.default_rng(0).normal(size=(3, *own.takes.usual)).astype(np.float32)
    _, path = find_model("gender.base")
    session = Session(path, "cpu")
    wanted = dict(zip(session.outputs, session.run(x), strict=True))["gender"]
    assert np.abs(answers(net, x)[:, 2:] - wanted).max() < 0.3 * wanted.std() + 0.2
    assert torch.equal(net.state_dict()["classes.weight"][:2], fresh[:2])


TIMM = {"family": "timm", "name": "test_resnet"}


def timm_weights(folder: Path) -> Path:
    timm = pytest.importorskip("timm", reason="timm is not installed: pip install 'mimik[timm]'")
    torch.manual_seed(5)
    path = folder / "published.safetensors"
    safe.save_file(timm.create_model("test_resnet").state_dict(), path)
    return path


@pytest.mark.parametrize("channels", [1, 3])
def test_timms_weights_from_a_file_in_grey_and_colour(tmp_path: Path, channels: int) -> None:
    path = timm_weights(tmp_path)
    timm = pytest.importorskip("timm")
    own = recipe(network=TIMM | {"pretrained": str(path)}, crop=CropSpec(size=64, channels=channels))
    network = network_of(own)
    begun = begin(network, own)
    assert begun is not None and begun.note.endswith("test_resnet in published.safetensors")
    whole = timm.create_model("test_resnet")
    whole.load_state_dict(safe.load_file(path))
    config = timm.get_pretrained_cfg("test_resnet")
    grey = torch.rand(2, 1, 64, 64)
    mean, std = (torch.tensor(v).reshape(1, 3, 1, 1) for v in (config.mean, config.std))
    if channels == 1:  # timm sums the colours' weights, so all three see the same grey.
        mean, std = mean.mean().expand_as(mean), std.mean().expand_as(std)
    with torch.no_grad():
        wanted = whole.eval().forward_head(
            whole.forward_features((grey.expand(-1, 3, -1, -1) - mean) / std), pre_logits=True
        )
        seen = (grey.expand(-1, channels, -1, -1) - 0.5) / 0.25
        found = network.eval().body(network.input(seen))
    assert torch.allclose(found, wanted, atol=1e-4)


def test_timms_weights_that_cannot_be_had_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    timm = pytest.importorskip("timm", reason="timm is not installed: pip install 'mimik[timm]'")
    own = recipe(network=TIMM | {"pretrained": True}, crop=CropSpec(size=64))
    network = network_of(own)

    def unreachable(*words: object, **more: object) -> None:
        raise OSError("can't reach huggingface.co\nand much more")

    monkeypatch.setattr(timm.models._builder, "load_pretrained", unreachable)
    with pytest.raises(
        RecipeError, match=r'test_resnet can\'t be had: can\'t reach huggingface.co; .*"FILE"'
    ):
        begin(network, own)
    both = dataclasses.replace(own, start="x.pt", network=TIMM | {"pretrained": str(timm_weights(tmp_path))})
    monkeypatch.undo()
    with pytest.raises(RecipeError, match=r"start, and pretrained under \[network\]; leave one of them out"):
        begin(network_of(both), both)


def test_a_run_that_goes_on_fetches_nothing(bars: Path, tmp_path: Path) -> None:
    path = timm_weights(tmp_path)
    own = recipe(
        network=TIMM | {"pretrained": str(path)},
        crop=CropSpec(size=32),
        phases=(PhaseOptions("head", ("head",), {"epochs": 1}), PhaseOptions("all", (), {"epochs": 1})),
        optim=OptimOptions(epochs=1, batch=8),
    )

    def stop(row: dict[str, Any]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(own, bars, tmp_path / "run", device="cpu", report=stop)
    path.unlink()
    fit(own, bars, tmp_path / "run", device="cpu")
    assert [row["phase"] for row in read_rows(tmp_path / "run")] == ["head", "all"]
