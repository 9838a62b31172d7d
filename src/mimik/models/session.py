"""Running an ONNX file. The only module that imports onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from mimik.errors import ModelError, OptionError, UnknownNameError

if TYPE_CHECKING:
    import onnxruntime

DEVICES = ("auto", "cpu", "cuda")
"""What ``device`` may be; "auto" is CUDA where ONNX Runtime's GPU build finds it."""


class Session:
    """One ONNX file, ready to run, with one input and one or more outputs."""

    def __init__(self, model: Path | bytes, device: str = "auto", threads: int = 1) -> None:
        """Load a file.

        Args:
            model: Path of an ONNX file, or its bytes.
            device: "auto", "cpu" or "cuda".
            threads: CPU threads for one call; 1 is fastest for networks this small.

        Raises:
            ModelError: ONNX Runtime can't load it.
            OptionError: The device isn't there.
        """
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        providers = _providers(ort, device)
        try:
            source = model if isinstance(model, bytes) else str(model)
            self._session: onnxruntime.InferenceSession = ort.InferenceSession(source, options, providers)
        except Exception as error:  # onnxruntime's errors share no public base
            name = "the model" if isinstance(model, bytes) else model
            raise ModelError(f"{name}: ONNX Runtime can't load it: {str(error).splitlines()[0]}") from error
        if device == "cuda" and "CUDAExecutionProvider" not in self._session.get_providers():
            raise OptionError(
                "device 'cuda' can't be used: ONNX Runtime finds no working CUDA libraries; "
                "install CUDA and cuDNN as its documentation says, or use --device cpu"
            )
        self._input = self._session.get_inputs()[0].name
        self.outputs = tuple(o.name for o in self._session.get_outputs())
        """Names of the outputs."""
        self.input_shape: tuple[int | str | None, ...] = tuple(self._session.get_inputs()[0].shape)
        """Shape of the input; a name where a dimension is free."""
        self.output_shapes: tuple[tuple[int | str | None, ...], ...] = tuple(
            tuple(o.shape) for o in self._session.get_outputs()
        )
        """Shape of each output."""
        self.device = "cuda" if "CUDAExecutionProvider" in self._session.get_providers() else "cpu"
        """Where it runs: "cpu" or "cuda"."""

    def run(self, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """All outputs for one input array."""
        return cast("list[NDArray[np.float32]]", self._session.run(None, {self._input: batch}))


def _providers(ort: Any, device: str) -> list[str]:
    """ONNX Runtime's names for a device."""
    if device not in DEVICES:
        raise UnknownNameError("device", device, DEVICES)
    has_cuda = "CUDAExecutionProvider" in ort.get_available_providers()
    if device == "cuda" and not has_cuda:
        raise OptionError(
            "device 'cuda' isn't there: this ONNX Runtime has no CUDA; "
            "pip uninstall onnxruntime, then pip install onnxruntime-gpu"
        )
    return (
        ["CUDAExecutionProvider", "CPUExecutionProvider"]
        if has_cuda and device != "cpu"
        else ["CPUExecutionProvider"]
    )
