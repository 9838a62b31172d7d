"""A trained network -> ONNX file and card."""
