"""Lets an ONNX file that was fixed to one picture of one size at export take several, of any size.

YuNet's published file is fixed at 640 x 640, though nothing in its graph needs that: only the
declared shapes say so. They are rewritten in the file's protobuf bytes, so that the published
file, under its published hash, is the one that ships, and no ONNX package is needed.
"""

from __future__ import annotations

from collections.abc import Iterator

from mimik.errors import ModelError

# Field numbers of onnx.proto.
_MODEL_GRAPH = 7
_GRAPH_INPUT, _GRAPH_OUTPUT, _GRAPH_VALUE_INFO = 11, 12, 13
_VALUE_NAME, _VALUE_TYPE = 1, 2
_FLOAT = 1


def with_free_size(model: bytes) -> bytes:
    """A copy of an ONNX file whose float input is (pictures, 3, height, width) with all but the 3 free.

    What its graph reshapes to a first dimension of 1 then holds the pictures one after the other.

    Args:
        model: An ONNX file with one input, a picture of fixed size.

    Raises:
        ModelError: The bytes are no ONNX file.
    """
    try:
        parts = [
            _field(number, _freed_graph(value)) if number == _MODEL_GRAPH else raw
            for number, value, raw in _fields(model)
        ]
    except (IndexError, ValueError) as error:
        raise ModelError(f"the detector's file is no ONNX model: {error}") from error
    return b"".join(parts)


def _freed_graph(graph: bytes) -> bytes:
    """The graph without the sizes it declares; ONNX Runtime infers those of its outputs."""
    parts = []
    for number, value, raw in _fields(graph):
        if number == _GRAPH_INPUT:
            parts.append(_field(number, _named(value) + _field(_VALUE_TYPE, _picture_type())))
        elif number == _GRAPH_OUTPUT:
            parts.append(_field(number, _named(value)))
        elif number != _GRAPH_VALUE_INFO:
            parts.append(raw)
    return b"".join(parts)


def _named(value_info: bytes) -> bytes:
    """Only the name of a declared input or output."""
    return b"".join(raw for number, _, raw in _fields(value_info) if number == _VALUE_NAME)


def _picture_type() -> bytes:
    """A TypeProto: float tensor (pictures, 3, height, width)."""
    pictures, height, width = (_field(1, _field(2, name)) for name in (b"pictures", b"height", b"width"))
    shape = b"".join((pictures, _field(1, b"\x08" + _varint(3)), height, width))
    return _field(1, b"\x08" + _varint(_FLOAT) + _field(2, shape))


def _fields(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Number, content and whole bytes of each field of a protobuf message."""
    at = 0
    while at < len(message):
        start = at
        key, at = _read_varint(message, at)
        wire = key & 7
        if wire == 2:
            size, at = _read_varint(message, at)
        elif wire == 0:
            size = _read_varint(message, at)[1] - at
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(f"unknown wire type {wire} at byte {start}")
        if at + size > len(message):
            raise ValueError(f"a field ends past the end, at byte {start}")
        yield key >> 3, message[at : at + size], message[start : at + size]
        at += size


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    """A number and the place behind it."""
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError(f"a number is too long, at byte {at}")


def _varint(value: int) -> bytes:
    """A number as protobuf writes it."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, content: bytes) -> bytes:
    """A field that holds bytes."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content
