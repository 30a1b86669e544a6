# SPDX-License-Identifier: Apache-2.0
"""A dry run of a remote policy: what is sent, what comes back, what would be commanded. Moves and prints nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vla_ros.contract import Contract
from vla_ros.policy.prediction import Instruction
from vla_ros.policy.remote.adapter.config import AdapterConfig
from vla_ros.policy.remote.adapter.robot_state import STATE_PARTS
from vla_ros.policy.remote.codecs.arrays import printable
from vla_ros.policy.remote.policy import RemotePolicy
from vla_ros.types import ActionSpace, Observation

__all__ = ["DryRun", "Row", "check_sent", "observation_at_rest", "run_dry"]

NS_PER_S = 1_000_000_000
UNITS = {ActionSpace.JOINT_POSITION: "rad", ActionSpace.JOINT_VELOCITY: "rad/s"}
FAST_RAD_S, FAST_M_S = 2.0, 0.5  # of the first row: beyond it something is scaled wrongly more often than not


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: key, shape, range, unit, and what is odd about it; empty: nothing."""

    key: str
    shape: str
    values: str
    unit: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a dry run found.

    Attributes:
        described: What the server says of itself, on one line.
        received: Arrays of the answer.
        commanded: Columns of the chunk as the robot would get them.
        round_trip_s: From the request to the decoded answer [s].
        timings_ms: What the server says about its own durations.
    """

    described: str
    received: tuple[Row, ...]
    commanded: tuple[Row, ...]
    round_trip_s: float
    timings_ms: Mapping[str, float]


def observation_at_rest(contract: Contract) -> Observation:
    """Return an observation to try with: grey noise, joints in the middle of their range, an open gripper."""
    random = np.random.default_rng(0)
    images, values = {}, dict.fromkeys(contract.state_names, 0.0)
    for stream in contract.streams:
        size = (getattr(stream.payload, "height", 0), getattr(stream.payload, "width", 0))
        if stream.is_image:
            images[stream.key] = random.integers(0, 256, (*size, 3), np.uint8)
    joints = contract.joints
    for name, low, high in zip(joints.names, joints.lower_rad, joints.upper_rad, strict=True):
        values[f"{name}.position"] = 0.5 * (low + high)
    gripper = contract.arm.gripper
    for name in values:
        if name.endswith(".width") and gripper is not None:
            values[name] = gripper.max_width_m
        if name.endswith(".qw"):
            values[name] = 1.0
    state = np.array(list(values.values()))
    return Observation(0, images, dict.fromkeys(images, 0), tuple(values), state)


def check_sent(policy: RemotePolicy, adapter: AdapterConfig, observation: Observation, text: str) -> tuple[Row, ...]:
    """Return what would be sent.

    Raises:
        VlaError: the observation lacks something.
    """
    payload, _ = policy.adapters.request(observation, Instruction(text))
    units = {
        ".".join(item.key): ", ".join(STATE_PARTS.get(p, "as observed") for p in item.parts) for item in adapter.states
    }
    units |= {".".join(item.key): f"RGB {item.layout}" for item in adapter.images}
    return tuple(_row(key, value, units.get(key, "")) for key, value in _leaves(payload))


def run_dry(policy: RemotePolicy, observation: Observation, text: str, timeout_s: float) -> DryRun:
    """Ask the server once and return what came back.

    Raises:
        RemoteError: there is no usable answer.
        VlaError: the observation lacks something.
    """
    client, adapters = policy.client, policy.adapters
    deadline_ns = time.monotonic_ns() + round(timeout_s * NS_PER_S)
    described = client.connect(deadline_ns)
    payload, state = adapters.request(observation, Instruction(text))
    begun = time.perf_counter()
    reply = client.infer(payload, deadline_ns)
    round_trip_s = time.perf_counter() - begun
    raw = adapters.answer.raw(reply)
    rows, widths = adapters.answer(raw, state.origin)
    received = [_row(key, value, "") for key, value in reply.arrays.items()]
    received += [_row(f"column {i}", raw[:, i], "as the server counts") for i in range(raw.shape[1])]
    return DryRun(
        described=printable(dict(described), 400) if described else "nothing",
        received=tuple(received),
        commanded=tuple(_commanded(policy, observation, rows, widths)),
        round_trip_s=round_trip_s,
        timings_ms=reply.timings_ms,
    )


def _commanded(
    policy: RemotePolicy, observation: Observation, rows: npt.NDArray[np.float64], widths: npt.NDArray[np.float64]
) -> Iterator[Row]:
    specification = policy.specification
    start = _start(policy, observation)
    for i, name in enumerate(specification.names):
        unit = UNITS.get(specification.space, "m" if i < 3 else "quaternion")
        remark = ""
        if start is not None and (unit == "rad" or i < 3):
            speed = abs(rows[0, i] - start[i]) / max(specification.first_row_ns, specification.period_ns) * NS_PER_S
            limit = FAST_RAD_S if unit == "rad" else FAST_M_S
            remark = f"the first row is {speed:.1f} {unit}/s from where the robot is" if speed > limit else ""
        yield _row(name, rows[:, i], unit, remark)
    if widths.size:
        yield _row("gripper opening", widths, "m")


def _start(policy: RemotePolicy, observation: Observation) -> npt.NDArray[np.float64] | None:
    """Return where the robot is, in the columns of the chunk; None for velocities."""
    _, state = policy.adapters.request(observation, Instruction("nothing"))
    space = policy.specification.space
    if space is ActionSpace.TOOL_POSE:
        return state.origin.pose
    return state.origin.joints if space is ActionSpace.JOINT_POSITION else None


def _leaves(payload: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in payload.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _row(key: str, value: Any, unit: str, remark: str = "") -> Row:
    if not isinstance(value, np.ndarray):
        return Row(key, type(value).__name__, printable(value, 60), unit)
    shape = f"{value.dtype} ({', '.join(str(n) for n in value.shape)})"
    if not value.size:
        return Row(key, shape, "empty", unit, "nothing in it")
    low, high = float(np.min(value)), float(np.max(value))
    if value.dtype == np.uint8 and low == high:
        remark = "every pixel has the same value"
    return Row(key, shape, f"{low:.4g} .. {high:.4g}", unit, remark)
