# SPDX-License-Identifier: Apache-2.0
"""Arrays out of foreign bytes: element type, shape and length are checked against each other before any is made."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from vla_ros.policy.remote.faults import Fault, RemoteError

__all__ = ["MESSAGE_LIMIT", "array_of", "npy_bytes", "npy_of", "printable"]

Array = npt.NDArray[Any]

MESSAGE_LIMIT = 64 << 20  # the largest message that any of the servers accepts (vLLM-Omni: 64 MiB)
MAX_DIMENSIONS = 8  # (B, T, C, H, W, 3) and two to spare
NPY_HEADER_LIMIT = 1024  # of the description of a plain array

# No objects, no records, no complex numbers, no strings.
DTYPES = {
    np.dtype(order + code).str: np.dtype(order + code)
    for code in ("?", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8")
    for order in "<>"
}


def printable(value: object, longest: int = 200) -> str:
    """Return foreign text for one line of a message: printable characters only, cut off."""
    text = value if isinstance(value, str) else repr(value)
    line = "".join(c if c.isprintable() else " " for c in text[: longest + 1])
    return line if len(line) <= longest else line[:longest] + "…"


def array_of(data: Any, dtype: Any, shape: Any) -> Array:
    """Return a read-only view of ``data`` as an array.

    Raises:
        RemoteError: MALFORMED, naming which of the three does not fit.
    """
    kind = DTYPES.get(_text(dtype))
    if kind is None:
        raise RemoteError(Fault.MALFORMED, f"an array of the element type {printable(dtype, 40)} is not accepted")
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise RemoteError(Fault.MALFORMED, f"an array's data is {type(data).__name__}, not bytes")
    size = math.prod(checked_shape(shape)) * kind.itemsize
    if size != len(data):
        raise RemoteError(
            Fault.MALFORMED, f"an array of shape {tuple(shape)} and type {kind.str} needs {size} bytes, got {len(data)}"
        )
    return np.frombuffer(data, kind).reshape(tuple(shape))


def checked_shape(shape: Any) -> tuple[int, ...]:
    """Return ``shape`` as a tuple.

    Raises:
        RemoteError: MALFORMED, it is not a short list of sizes.
    """
    sizes = isinstance(shape, (list, tuple)) and all(type(n) is int and 0 <= n <= MESSAGE_LIMIT for n in shape)
    if not sizes or len(shape) > MAX_DIMENSIONS:
        raise RemoteError(Fault.MALFORMED, f"an array's shape is {printable(shape, 60)}")
    return tuple(shape)


def npy_bytes(array: Array) -> bytes:
    """Return ``array`` in numpy's file format, version 1.0."""
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def npy_of(data: Any) -> Array:
    """Return the array of numpy file contents.

    Raises:
        RemoteError: MALFORMED, no such file, or its header does not fit its length.
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise RemoteError(Fault.MALFORMED, f"an array's file is {type(data).__name__}, not bytes")
    stream = io.BytesIO(bytes(data[: NPY_HEADER_LIMIT + 16]))
    try:
        version = np.lib.format.read_magic(stream)
        if version != (1, 0):
            raise ValueError(f"version {version}")
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream, max_header_size=NPY_HEADER_LIMIT)
    except Exception as error:  # numpy parses the header as a Python literal: whatever that raises
        raise RemoteError(Fault.MALFORMED, f"an array's file header is damaged ({type(error).__name__})") from error
    if fortran and len(shape) > 1:
        raise RemoteError(Fault.MALFORMED, "an array's file is in column order")
    return array_of(memoryview(data)[stream.tell() :], dtype.str, shape)


def _text(value: Any) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else value if isinstance(value, str) else ""
