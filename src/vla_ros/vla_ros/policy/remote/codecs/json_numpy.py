# SPDX-License-Identifier: Apache-2.0
"""JSON with arrays as the package ``json-numpy`` writes them: ``{"__numpy__": base64, "dtype": …, "shape": …}``."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

import numpy as np

from vla_ros.policy.remote.codecs.arrays import array_of
from vla_ros.policy.remote.codecs.structure import require_small_json
from vla_ros.policy.remote.faults import Fault, RemoteError

__all__ = ["dumps", "loads"]


def dumps(value: Any) -> bytes:
    """Return ``value`` as a JSON document in UTF-8; the order of keys is kept.

    Raises:
        TypeError: it holds something that the format has no place for.
    """
    return json.dumps(value, default=_marked).encode()


def loads(data: bytes) -> Any:
    """Return the value of a document.

    Raises:
        RemoteError: MALFORMED or TOO_LARGE.
    """
    require_small_json(data)
    try:
        return json.loads(data, object_hook=_unmarked)
    except RemoteError:
        raise
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise RemoteError(Fault.MALFORMED, f"no JSON document ({type(error).__name__})") from error


def _marked(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind not in "VOc":
        text = base64.b64encode(value.tobytes()).decode("ascii")
        return {"__numpy__": text, "dtype": value.dtype.str, "shape": list(value.shape)}
    if isinstance(value, np.generic) and value.dtype.kind not in "VOc":
        return value.item()
    raise TypeError(f"JSON has no place for {type(value).__name__}")


def _unmarked(value: dict[str, Any]) -> Any:
    if "__numpy__" not in value:
        return value
    text = value["__numpy__"]
    if not isinstance(text, str):
        raise RemoteError(Fault.MALFORMED, f"an array's data is {type(text).__name__}, not base64 text")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RemoteError(Fault.MALFORMED, "an array's data is not base64") from error
    return array_of(data, value.get("dtype"), value.get("shape"))
