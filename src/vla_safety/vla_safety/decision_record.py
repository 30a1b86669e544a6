# SPDX-License-Identifier: Apache-2.0
"""The whole state of a filter as bytes, so that one recorded step can be made again bit for bit. No messages.

Format: msgpack of nested ``[kind, values]``; arrays are ``["array", dtype, shape, bytes]``, everything little-endian.
Only the kinds of the table are read: it is data, never code.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import Any

import msgpack
import numpy as np

from vla_safety.acceptance import LastAccepted
from vla_safety.config import SafetyConfig
from vla_safety.errors import SafetyError
from vla_safety.filter import SafetyFilter
from vla_safety.follower import Followed
from vla_safety.held_stop import HeldStop
from vla_safety.kernels.arrays import PathArrays
from vla_safety.reference_sampler import SampledReference
from vla_safety.types import Limit, Reference, ReferenceKind, SafeTrajectory

__all__ = ["command_bytes", "config_hash", "restore_filter", "same_reference", "save_filter"]

_RECORDS: dict[str, Callable[..., Any]] = {
    cls.__name__: cls for cls in (Followed, HeldStop, LastAccepted, PathArrays, Reference, SampledReference)
}
_ENUMS: dict[str, type[Enum]] = {"Limit": Limit, "ReferenceKind": ReferenceKind}
_WIDENED = ("position_lower", "position_upper", "velocity", "workspace")  # what ``recovery.relaxed`` changes


def save_filter(safety: SafetyFilter) -> bytes:
    """Return everything that the next step of ``safety`` depends on besides its configuration and arguments."""
    following = safety._following
    shared: list[Any] = []
    state = {
        "held": safety.held,
        "current": following.current,
        "pending": following.pending,
        "taken": following.taken,
        "refused": following.refused,
        "last": safety._last,
        "latch": safety.latch.reason,
        "bounds": [getattr(safety.model.bounds, name) for name in _WIDENED] if safety.is_recovering else None,
        "margins": safety.model.world.pair_margin if safety.is_recovering else None,
    }
    packed = _pack(state, shared)
    return bytes(msgpack.packb({"state": packed, "shared": shared}, use_bin_type=True))


def restore_filter(safety: SafetyFilter, data: bytes) -> Reference | None:
    """Put ``safety``, made from the recorded configuration, into a saved state.

    Returns:
        The reference that it had examined last; a step has to be given this object, not an equal one, to go on with it.

    Raises:
        SafetyError: The bytes are no saved state.
    """
    try:
        document = msgpack.unpackb(data, raw=False, strict_map_key=False)
        shared: list[Any] = []
        for packed in document["shared"]:
            shared.append(_unpack(packed, shared))
        state = _unpack(document["state"], shared)
    except (ValueError, TypeError, KeyError, IndexError, msgpack.UnpackException) as error:
        raise SafetyError(f"the recorded state of the filter cannot be read: {error}") from error
    safety._held = state["held"]
    safety._following = type(safety._following)(*(state[name] for name in ("current", "pending", "taken", "refused")))
    safety._last = dict(state["last"])
    safety.latch._reason = state["latch"]
    safety.model = safety._limits
    if state["bounds"] is not None:
        bounds = safety._limits.bounds._replace(**dict(zip(_WIDENED, state["bounds"], strict=True)))
        world = safety._limits.world._replace(pair_margin=state["margins"])
        safety.model = replace(safety._limits, bounds=bounds, world=world)
    return safety._following.taken


def same_reference(first: Reference, second: Reference) -> bool:
    """Return whether two references say the same, bit for bit."""
    packed: tuple[list[Any], list[Any]] = ([], [])
    _pack(first, packed[0])
    _pack(second, packed[1])
    return packed[0] == packed[1]


def command_bytes(trajectory: SafeTrajectory) -> bytes:
    """Return a trajectory as little-endian doubles, row by row: time [ns], positions, velocities, accelerations."""
    rows = (trajectory.times_ns[:, None], trajectory.positions, trajectory.velocities, trajectory.accelerations)
    return np.concatenate([np.asarray(part, np.float64) for part in rows], axis=1).astype("<f8").tobytes()


def config_hash(config: SafetyConfig, urdf: str) -> str:
    """Return the SHA-256 of a configuration's values and the robot description, hex."""
    return hashlib.sha256(f"{dataclasses.astuple(config)!r}\n{urdf}".encode()).hexdigest()


def _pack(value: Any, shared: list[Any]) -> Any:
    """Return ``value`` for msgpack; references go to ``shared`` so that one object stays one object."""
    if isinstance(value, np.ndarray):
        return ["array", value.dtype.newbyteorder("<").str, list(value.shape), np.ascontiguousarray(value).tobytes()]
    if isinstance(value, Enum):
        return ["enum", type(value).__name__, value.value]
    if isinstance(value, np.generic):
        return _pack(value.item(), shared)
    name = type(value).__name__
    if name in _RECORDS:
        fields = getattr(value, "_fields", None) or [item.name for item in dataclasses.fields(value)]
        packed = ["record", name, [_pack(getattr(value, field), shared) for field in fields]]
        return _shared(packed, shared) if isinstance(value, Reference) else packed
    if isinstance(value, dict):
        return ["map", {key: _pack(item, shared) for key, item in value.items()}]
    if isinstance(value, list | tuple):
        return ["list", [_pack(item, shared) for item in value]]
    return value


def _shared(packed: Any, shared: list[Any]) -> Any:
    if packed not in shared:
        shared.append(packed)
    return ["shared", shared.index(packed)]


def _unpack(value: Any, shared: list[Any]) -> Any:
    if not isinstance(value, list):
        return value
    kind, *content = value
    if kind == "array":
        dtype, shape, data = content
        return np.frombuffer(data, np.dtype(dtype)).astype(np.dtype(dtype).newbyteorder("=")).reshape(shape)
    if kind == "enum":
        return _ENUMS[content[0]](content[1])
    if kind == "record":
        return _RECORDS[content[0]](*(_unpack(item, shared) for item in content[1]))
    if kind == "map":
        return {key: _unpack(item, shared) for key, item in content[0].items()}
    if kind == "shared":
        return shared[content[0]]
    return [_unpack(item, shared) for item in content[0]]
