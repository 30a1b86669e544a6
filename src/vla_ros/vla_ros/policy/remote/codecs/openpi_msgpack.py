# SPDX-License-Identifier: Apache-2.0
"""openpi's msgpack: arrays are maps with bytes as keys. Not the format of the package ``msgpack-numpy``."""

from __future__ import annotations

from typing import Any

import msgpack
import numpy as np

from vla_ros.policy.remote.codecs.arrays import array_of
from vla_ros.policy.remote.codecs.structure import MAX_ITEMS, require_small_msgpack
from vla_ros.policy.remote.faults import Fault, RemoteError

__all__ = ["pack", "unpack"]


def pack(value: Any) -> bytes:
    """Return ``value``, nested of mappings, lists, numbers, text and arrays, as one message.

    Raises:
        TypeError: it holds something that the format has no place for.
    """
    return bytes(msgpack.packb(value, default=_marked))


def unpack(data: bytes) -> Any:
    """Return the value of a message; its arrays are read-only views on it.

    Raises:
        RemoteError: MALFORMED or TOO_LARGE.
    """
    require_small_msgpack(data)
    try:
        return msgpack.unpackb(
            data, object_hook=_unmarked, raw=False, max_array_len=MAX_ITEMS, max_map_len=MAX_ITEMS, max_ext_len=0
        )
    except RemoteError:
        raise
    except Exception as error:  # msgpack raises ValueError, its own types, UnicodeDecodeError …
        raise RemoteError(Fault.MALFORMED, f"no openpi message ({type(error).__name__})") from error


def _marked(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "VOc":
        raise TypeError(f"openpi's format has no place for the element type {value.dtype}")
    if isinstance(value, np.ndarray):
        contiguous = np.ascontiguousarray(value)  # a memoryview saves msgpack one copy of the pixels
        data = contiguous.reshape(-1).view(np.uint8).data if value.size else b""
        return {b"__ndarray__": True, b"data": data, b"dtype": value.dtype.str, b"shape": list(value.shape)}
    if isinstance(value, np.generic):
        return {b"__npgeneric__": True, b"data": value.item(), b"dtype": value.dtype.str}
    raise TypeError(f"openpi's format has no place for {type(value).__name__}")


def _unmarked(value: dict[Any, Any]) -> Any:
    if value.get(b"__ndarray__") is True:
        return array_of(value.get(b"data"), value.get(b"dtype"), value.get(b"shape"))
    if value.get(b"__npgeneric__") is True:
        item = value.get(b"data")
        if isinstance(item, (bool, int, float, str)):
            return item
        raise RemoteError(Fault.MALFORMED, f"a scalar's data is {type(item).__name__}")
    return value
