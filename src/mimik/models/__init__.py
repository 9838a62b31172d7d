"""Models as data: an ONNX file and its card."""
