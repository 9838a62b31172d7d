from __future__ import annotations

import dataclasses
import hashlib
import http.server
import pickle
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from mimik.errors import MimikWarning, ModelError, OptionError, UnknownNameError
from mimik.faces.recognise import Recogniser
from mimik.models import store
from mimik.models.card import file_sha256, read_card
from mimik.models.inputs import CropSpec
from mimik.models.session import Session
from mimik.tasks.loaded import load_model
from mimik.voice.recognise import VoiceRecogniser
from voiced import voice


def test_every_shipped_card_fits_its_file() -> None:
    cards = store.catalogue()
    for name in cards:
        card, path = store.find_model(name)
        assert card.licence
        assert card.data
        assert card.limits
        assert card.figures, f"{name} has no figures"
        model = {card.task: load_model(card.task, name, "cpu")}
        if card.input == "sound":
            assert VoiceRecogniser(model).logits(voice(1.0))[card.task].shape == (card.outputs,)
        else:
            recogniser = Recogniser(model)
            crops = recogniser.crops(np.zeros((64, 64, 3), np.uint8), [((8, 8, 40, 40), None)])
            assert len(recogniser.answers(crops, {})) == 1
        assert path.stat().st_size < 8_000_000


def test_minis_are_mini() -> None:
    cards = store.catalogue()
    assert cards["emotion.mini"].parameters <= 60_000
    assert cards["gender.mini"].parameters <= 60_000
    assert cards["age.mini"].parameters <= 500_000


def test_card_values_are_checked(make_model) -> None:
    card = read_card(make_model("gender").with_suffix(".json"))
    for change in ({"labels": ("a",)}, {"temperature": 0.0}, {"threshold": 2.0}, {"std": 0.0}):
        with pytest.raises(ModelError):
            dataclasses.replace(card, **change)
    with pytest.raises(ModelError, match="channels"):
        CropSpec(size=48, channels=2)
    with pytest.raises(ModelError, match="scale"):
        CropSpec(size=48, scale=0)


def test_unknown_and_missing_models(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean 'emotion\.mini'"):
        store.find_model("emotion.minni")
    with pytest.raises(ModelError, match="card"):
        store.find_model(str(tmp_path / "none.onnx"))
    for name in ("none.onnx", "none.json"):
        with pytest.raises(ModelError, match=rf"^{name}: no such file; name a model's \.onnx file"):
            store.find_model(name)
    (tmp_path / "bare.onnx").write_bytes(b"x")
    with pytest.raises(ModelError, match=r"bare\.json: no readable model card; a model is x\.onnx with"):
        store.find_model(str(tmp_path / "bare.onnx"))


def test_a_changed_file_is_refused(make_model) -> None:
    path = make_model("emotion")
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(ModelError, match="SHA-256"):
        store.find_model(str(path))


def test_a_copy_under_another_name_is_the_one_that_runs(make_model) -> None:
    path = make_model("emotion")
    copy = path.with_name("mine.onnx")
    copy.write_bytes(path.read_bytes())
    copy.with_suffix(".json").write_text(path.with_suffix(".json").read_text())
    assert store.find_model(str(copy))[1] == copy
    copy.write_bytes(b"another")
    with pytest.raises(ModelError, match=r"mine\.onnx: SHA-256"):
        store.find_model(str(copy))


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.onnx"
    for damaged in (b"nonsense", b""):
        path.write_bytes(damaged)
        with pytest.raises(
            ModelError, match=r"x\.onnx: ONNX Runtime can't load it \(.*damaged.*again$"
        ) as told:
            Session(path)
        assert str(told.value).count(str(path)) == 1


def odd_model(path: Path, shape: list[int], *more: str) -> Path:
    """A file whose card carries its own hash, and whose network makes that shape of what it takes."""
    takes = [helper.make_tensor_value_info("face", TensorProto.FLOAT, ["faces", 1, 16, 16])]
    takes += [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in more]
    graph = helper.make_graph(
        [helper.make_node("Reshape", ["face", "shape"], ["logits"])],
        "odd",
        takes,
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["faces", 7])],
        [numpy_helper.from_array(np.array(shape, np.int64), "shape")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path.write_bytes(model.SerializeToString())
    card = read_card(path.with_suffix(".json"))
    path.with_suffix(".json").write_text(dataclasses.replace(card, sha256=file_sha256(path)).to_json())
    return path


def test_a_damaged_network_that_fits_its_card_is_named(make_model) -> None:
    """Its hash is that of its card, so only loading or running it shows what is wrong."""
    path = odd_model(make_model("emotion"), [-1, 7], "more")
    with pytest.raises(ModelError, match=r"tiny\.onnx: takes 2 inputs \(face, more\), but a model has one"):
        load_model("emotion", str(path))
    model = load_model("emotion", str(odd_model(path, [-1, 7])))
    with pytest.raises(ModelError, match=r"tiny\.onnx: ONNX Runtime can't run it: .*Reshape") as told:
        model.logits(np.zeros((1, 1, 16, 16), np.float32))
    assert "\n" not in str(told.value)


def test_a_card_of_another_shape_is_refused(make_model) -> None:
    path = make_model("emotion")
    card = read_card(path.with_suffix(".json"))
    wrong = dataclasses.replace(card, takes=dataclasses.replace(card.crop, size=card.crop.size * 2))
    path.with_suffix(".json").write_text(wrong.to_json())
    with pytest.raises(ModelError, match="card says"):
        load_model("emotion", str(path))
    with pytest.raises(OptionError, match="reads emotion, not gender"):
        load_model("gender", str(make_model("emotion")))


def test_devices() -> None:
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        for name in ("cuda", "cuda:1"):
            words = (
                f"device '{name}'.*it has .*CPUExecutionProvider.*pip install onnxruntime-gpu.*--device cpu"
            )
            with pytest.raises(OptionError, match=words):
                load_model("emotion", device=name)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gpu", "unknown device 'gpu': there is auto, cpu, cuda, cuda:N; did you mean 'cuda'"),
        ("gpu:1", "did you mean 'cuda:1'"),
        ("cuda:", "a GPU has a number from 0, as in cuda:1"),
        ("cuda:one", "a GPU has a number"),
        ("cpu:0", "did you mean 'cpu'"),
        ("auto:1", "unknown device 'auto:1'"),
    ],
)
def test_what_is_no_device(name: str, said: str) -> None:
    with pytest.raises(OptionError, match=said) as raised:
        load_model("emotion", device=name)
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)


class GpuBuild:
    """ONNX Runtime as its GPU build shows itself, with two GPUs."""

    SessionOptions = onnxruntime.SessionOptions

    def __init__(self, gpus: int = 2) -> None:
        self.gpus = gpus
        self.asked: list[object] = []

    def get_available_providers(self) -> list[str]:
        return ["CUDAExecutionProvider", "CPUExecutionProvider"]

    def InferenceSession(self, model: object, options: object, providers: list[Any], **more: int) -> object:
        self.asked.append(providers)
        if isinstance(providers[0], tuple) and int(providers[0][1]["device_id"]) >= self.gpus:
            raise RuntimeError("CUDA failure 101: invalid device ordinal\nand more")
        real = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
        names = [one[0] if isinstance(one, tuple) else one for one in providers]
        real.get_providers = lambda: names
        return real


def test_the_number_of_a_gpu_reaches_onnx_runtime(
    make_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    build = GpuBuild()
    monkeypatch.setitem(sys.modules, "onnxruntime", build)
    for name in ("auto", "cuda", "cuda:0", "cuda:1", "cpu"):
        Session(make_model("emotion"), name)
    gpus = [
        [("CUDAExecutionProvider", {"device_id": n}), "CPUExecutionProvider"] for n in ("0", "0", "0", "1")
    ]
    assert build.asked == [*gpus, ["CPUExecutionProvider"]]
    with pytest.raises(
        OptionError, match=r"device 'cuda:2' can't be used.*nvidia-smi.*invalid device ordinal"
    ):
        Session(make_model("emotion"), "cuda:2")


def test_auto_goes_on_without_a_gpu_and_says_so(
    make_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", GpuBuild(gpus=0))
    with pytest.warns(MimikWarning, match="invalid device ordinal.*the CPU is used"):
        assert Session(make_model("emotion"), "auto").device == "cpu"


@pytest.fixture
def served(tmp_path: Path):
    """A web server on this machine, and the folder it serves."""
    folder = tmp_path / "www"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args, **kwargs) -> None:
            super().__init__(*args, directory=str(folder), **kwargs)

        def log_message(self, *args) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_fetch_checks_and_keeps_nothing_wrong(
    served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, address = served
    (folder / "good").write_bytes(b"good")
    (folder / "bad").write_bytes(b"bad")
    cache = tmp_path / "cache"
    monkeypatch.setenv("MIMIK_CACHE", str(cache))
    remote = store.RemoteFile("x.onnx", f"{address}/good", hashlib.sha256(b"good").hexdigest())
    monkeypatch.setitem(store.REMOTE, "x", remote)
    with pytest.raises(ModelError, match="mimik models fetch x"):
        store.find_file("x")
    with pytest.raises(ModelError, match="SHA-256"):
        store.fetch("x", f"{address}/bad")
    with pytest.raises(ModelError, match="download failed"):
        store.fetch("x", f"{address}/none")
    assert list(cache.iterdir()) == []
    assert store.fetch("x").read_bytes() == b"good"
    assert store.find_file("x") == cache / "x.onnx"
    with pytest.raises(UnknownNameError):
        store.fetch("y")
