# SPDX-License-Identifier: Apache-2.0
"""GR00T's msgpack: arrays are numpy files in maps with text as keys; ``ModalityConfig`` comes in three spellings."""

from __future__ import annotations

import json
from typing import Any

import msgpack
import numpy as np

from vla_ros.policy.remote.codecs.arrays import npy_bytes, npy_of
from vla_ros.policy.remote.codecs.structure import MAX_ITEMS, require_small_json, require_small_msgpack
from vla_ros.policy.remote.faults import Fault, RemoteError

__all__ = ["pack", "unpack"]

MODALITY = "__ModalityConfig_class__"


def pack(value: Any) -> bytes:
    """Return ``value`` as one message.

    Raises:
        TypeError: it holds something that the format has no place for.
    """
    return bytes(msgpack.packb(value, default=_marked))


def unpack(data: bytes) -> Any:
    """Return the value of a message; a ``ModalityConfig`` becomes a plain mapping.

    Raises:
        RemoteError: MALFORMED or TOO_LARGE; SERVER_ERROR for the bare word that the first servers send.
    """
    if data == b"ERROR":
        raise RemoteError(Fault.SERVER_ERROR, "the server answered ERROR and does not say why; see its log")
    require_small_msgpack(data)
    try:
        return msgpack.unpackb(
            data, object_hook=_unmarked, raw=False, max_array_len=MAX_ITEMS, max_map_len=MAX_ITEMS, max_ext_len=0
        )
    except RemoteError:
        raise
    except Exception as error:  # msgpack raises ValueError, its own types, UnicodeDecodeError …
        raise RemoteError(Fault.MALFORMED, f"no GR00T message ({type(error).__name__})") from error


def _marked(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind not in "VOc":
        return {"__ndarray_class__": True, "as_npy": npy_bytes(value)}
    if isinstance(value, np.generic) and value.dtype.kind not in "VOc":
        return value.item()
    raise TypeError(f"GR00T's format has no place for {type(value).__name__}")


def _unmarked(value: dict[Any, Any]) -> Any:
    if "__ndarray_class__" in value:
        return npy_of(value.get("as_npy"))
    if MODALITY in value:
        described = value.get("as_json", value.get("as_dict"))
        return _json(described) if isinstance(described, str) else described
    return value


def _json(text: str) -> Any:
    require_small_json(text.encode())
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RemoteError(Fault.MALFORMED, "a ModalityConfig is not JSON") from error
