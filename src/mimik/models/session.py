"""Running an ONNX file. The only module that imports onnxruntime."""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from mimik.errors import MimikWarning, ModelError, OptionError
from mimik.models.device import Device, check_threads

if TYPE_CHECKING:
    import onnxruntime

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
"""ONNX Runtime's names."""


class Session:
    """One ONNX file, ready to run, with one or more inputs and outputs."""

    def __init__(self, model: Path | bytes, device: str = "auto", threads: int = 1) -> None:
        """Load a file.

        Args:
            model: Path of an ONNX file, or its bytes.
            device: "auto", "cpu", "cuda" or "cuda:N".
            threads: CPU threads for one call; 1 is fastest for networks this small.

        Raises:
            ModelError: ONNX Runtime can't load it.
            OptionError: The device isn't there, or the threads are out of range.

        Warns:
            MimikWarning: "auto" found a GPU that can't be used, and took the CPU.
        """
        import onnxruntime as ort

        check_threads(threads)
        asked = Device.of(device)
        _check_build(ort, asked, device)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        source = model if isinstance(model, bytes) else str(model)
        self._name = "the model" if isinstance(model, bytes) else str(model)
        self._session: onnxruntime.InferenceSession = _load(ort, source, options, asked)
        if asked.kind == "cuda" and CUDA not in self._session.get_providers():
            raise OptionError(_unusable(device))
        self.inputs = tuple(i.name for i in self._session.get_inputs())
        """Names of the inputs."""
        self.outputs = tuple(o.name for o in self._session.get_outputs())
        """Names of the outputs."""
        self.input_shapes: tuple[tuple[int | str | None, ...], ...] = tuple(
            tuple(i.shape) for i in self._session.get_inputs()
        )
        """Shape of each input; a name where a dimension is free."""
        self.output_shapes: tuple[tuple[int | str | None, ...], ...] = tuple(
            tuple(o.shape) for o in self._session.get_outputs()
        )
        """Shape of each output."""
        self.device = "cuda" if CUDA in self._session.get_providers() else "cpu"
        """Where it runs: "cpu" or "cuda"."""

    def run_named(self, inputs: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        """All outputs by name, for a network with several inputs, such as one that keeps a state.

        Raises:
            ModelError: ONNX Runtime can't run it.
        """
        return dict(zip(self.outputs, self._run(inputs), strict=True))

    @property
    def input_shape(self) -> tuple[int | str | None, ...]:
        """Shape of the first input."""
        return self.input_shapes[0]

    def run(self, *batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """All outputs for an array of each input, in the file's order.

        Raises:
            ModelError: ONNX Runtime can't run it.
        """
        return self._run(dict(zip(self.inputs, batch, strict=False)))

    def _run(self, inputs: Mapping[str, NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        try:
            return cast("list[NDArray[np.float32]]", self._session.run(None, dict(inputs)))
        except Exception as error:  # onnxruntime's errors share no public base
            said = str(error).splitlines()[0]
            raise ModelError(f"{self._name}: ONNX Runtime can't run it: {said:.200}") from error


def profile(model: Path, *batch: NDArray[np.float32]) -> list[dict[str, Any]]:
    """What ONNX Runtime notes of each operator of a file as it stands, unoptimised, in one run on the CPU.

    Args:
        model: Path of an ONNX file.
        batch: An array of each input.

    Returns:
        An object an operator: "op_name", and "input_type_shape" and "output_type_shape", each a list of
        objects from type to shape.

    Raises:
        ModelError: ONNX Runtime can't load it.
    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    # Weights that are packed beforehand would be missing among the inputs.
    options.add_session_config_entry("session.disable_prepacking", "1")
    with tempfile.TemporaryDirectory() as folder:
        options.enable_profiling, options.profile_file_prefix = True, str(Path(folder, "run"))
        session = _load(ort, str(model), options, Device("cpu"))
        session.run(None, {i.name: own for i, own in zip(session.get_inputs(), batch, strict=True)})
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    return [e["args"] for e in events if e.get("cat") == "Node" and "output_type_shape" in e["args"]]


def _check_build(ort: Any, asked: Device, name: str) -> None:
    """Refuse a GPU that this ONNX Runtime was built without."""
    there = ort.get_available_providers()
    if asked.kind == "cuda" and CUDA not in there:
        raise OptionError(
            f"device {name!r} isn't there: this ONNX Runtime isn't its GPU build, it has {', '.join(there)}; "
            "pip uninstall onnxruntime, then pip install onnxruntime-gpu, or use --device cpu"
        )


def _load(ort: Any, source: str | bytes, options: Any, asked: Device) -> Any:
    """A session of ONNX Runtime, on the GPU where that is asked for or there."""
    on_gpu = asked.kind != "cpu" and CUDA in ort.get_available_providers()
    gpu = [(CUDA, {"device_id": str(asked.number)})] if on_gpu else []
    try:
        # Its own way back to the CPU would print on the output.
        return ort.InferenceSession(source, options, [*gpu, CPU], enable_fallback=0)
    except Exception as error:  # onnxruntime's errors share no public base
        said = str(error).splitlines()[0]
        if "CUDA" in said and asked.kind == "cuda":
            raise OptionError(f"{_unusable(f'cuda:{asked.number}')} ({said})") from error
        if "CUDA" in said and on_gpu:
            warnings.warn(f"{_unusable('auto')} ({said}); the CPU is used", MimikWarning, stacklevel=4)
            return _load(ort, source, options, Device("cpu"))
        name = "the model" if isinstance(source, bytes) else source
        why = (said.partition(" failed:")[2] or said).rstrip(".")
        raise ModelError(
            f"{name}: ONNX Runtime can't load it ({why}); it is damaged or no ONNX file: export it, or "
            "add it with 'mimik models add', again"
        ) from error


def _unusable(name: str) -> str:
    return (
        f"device {name!r} can't be used: ONNX Runtime's CUDA finds no such GPU, or lacks its libraries; see "
        "what nvidia-smi lists, install CUDA and cuDNN as ONNX Runtime's documentation says, or use "
        "--device cpu"
    )
