"""The fields of a struct in a MATLAB file."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from io import BytesIO
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mimik.data.places import Place
from mimik.errors import DataError, MissingExtraError
from mimik.sources.files import lfs_problem

Fields: TypeAlias = "dict[str, NDArray[Any]]"
"""Field to its values: numbers (N,), or objects (N,) for cells."""


def read_struct(file: Place, name: str, fields: Sequence[str], further: Sequence[str] = ()) -> Fields:
    """Fields of a struct that stands for a table, each with a value a row.

    Args:
        file: A MATLAB file of version 5, as ``save -v7`` and ``save -v6`` write.
        name: Of the struct.
        fields: Those that it must have, all of one length.
        further: Those that it may have, of any length.

    Returns:
        What was found of them.

    Raises:
        DataError: The file can't be read, is of another version, or holds no such struct or field.
        MissingExtraError: SciPy isn't installed.
    """
    found = _variable(file, name)
    if not (isinstance(found, np.ndarray) and found.dtype.names and found.size == 1):
        raise DataError(f"{file}: expected a struct {name!r}, found a variable of another kind")
    names = found.dtype.names
    if lacking := [field for field in fields if field not in names]:
        raise DataError(
            f"{file}: expected {', '.join(lacking)} in the struct {name!r}, found {', '.join(names[:12])}"
        )
    values = {field: np.ravel(found.flat[0][field]) for field in (*fields, *further) if field in names}
    if len({len(values[field]) for field in fields}) > 1:
        lengths = ", ".join(f"{field} {len(values[field]):,}" for field in fields)
        raise DataError(f"{file}: the struct {name!r} has fields of different lengths: {lengths}")
    return values


def text_in(cell: Any) -> str:
    """The text in a cell; empty if it holds none."""
    found = np.ravel(cell)
    return str(found[0]).strip() if found.size and found.dtype.kind == "U" else ""


def _variable(file: Place, name: str) -> Any:
    try:
        from scipy.io import loadmat, whosmat
    except ImportError as error:
        raise MissingExtraError("reading a MATLAB file", "mat") from error
    try:
        data = file.read_bytes()
        problem = lfs_problem(data, file, "file")
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # SciPy goes on with half of some damaged files.
            held = [] if problem else [found[0] for found in whosmat(BytesIO(data))]
            value = loadmat(BytesIO(data), variable_names=[name])[name] if name in held else None
    except Exception as error:  # damaged bytes make SciPy's reader fail in any way
        why = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{file}: the MATLAB file can't be read: {why:.150}; fetch it again") from error
    if problem:
        raise DataError(problem)
    if value is None:
        raise DataError(f"{file}: expected a struct {name!r}, found {', '.join(held[:6]) or 'nothing'}")
    return value
