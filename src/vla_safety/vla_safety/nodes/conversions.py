# SPDX-License-Identifier: Apache-2.0
"""Messages to values and back; what cannot be a value is refused here with a sentence. No decisions about motion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from builtin_interfaces.msg import Duration, Time
from sensor_msgs.msg import JointState
from std_msgs.msg import Header
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint
from vla_msgs.msg import ActionChunk

from vla_safety.controller_watch import ControllerReport
from vla_safety.types import Floats, Reference, ReferenceKind, RobotState, SafeTrajectory

__all__ = [
    "RefusedError",
    "header",
    "nanoseconds",
    "reference_from_message",
    "report_from_message",
    "state_from_message",
    "time_message",
    "trajectory_message",
]

NANOSECONDS = 1_000_000_000
KINDS = {
    ActionChunk.JOINT_POSITION: ReferenceKind.JOINT_POSITION,
    ActionChunk.JOINT_VELOCITY: ReferenceKind.JOINT_VELOCITY,
    ActionChunk.TOOL_POSE: ReferenceKind.TOOL_POSE,
    ActionChunk.TOOL_TWIST: ReferenceKind.TOOL_TWIST,
}
JOINT_KINDS = (ReferenceKind.JOINT_POSITION, ReferenceKind.JOINT_VELOCITY)


class RefusedError(ValueError):
    """A message cannot be used; the text begins with the reason's name."""


def time_message(stamp_ns: int) -> Time:
    """Return ``stamp_ns`` as a message."""
    return Time(sec=stamp_ns // NANOSECONDS, nanosec=stamp_ns % NANOSECONDS)


def nanoseconds(stamp: Time | Duration) -> int:
    """Return a stamp or duration in nanoseconds."""
    return stamp.sec * NANOSECONDS + stamp.nanosec


def header(stamp_ns: int, frame: str = "") -> Header:
    """Return a header."""
    return Header(stamp=time_message(stamp_ns), frame_id=frame)


def state_from_message(message: JointState, joints: Sequence[str]) -> RobotState | None:
    """Return the arm's part of joint states, None if they are another's.

    Raises:
        RefusedError: Fields are missing.
    """
    places = {name: index for index, name in enumerate(message.name)}
    if not all(name in places for name in joints):
        return None
    order = [places[name] for name in joints]
    if len(message.position) != len(places) or len(message.velocity) != len(places):
        raise RefusedError("joint_states: positions and velocities of every joint are needed")
    position, velocity = np.array(message.position), np.array(message.velocity)
    return RobotState(nanoseconds(message.header.stamp), position[order], velocity[order])


def report_from_message(message: Any, joints: Sequence[str]) -> ControllerReport | None:
    """Return what a ``JointTrajectoryControllerState`` says of the arm, None if it is another's.

    Up to Humble the reference was called ``desired``.
    """
    reference = message.reference if hasattr(message, "reference") else message.desired
    names = list(message.joint_names)
    if sorted(names) != sorted(joints) or len(reference.positions) != len(names):
        return None
    order = [names.index(name) for name in joints]
    velocities = reference.velocities if len(reference.velocities) == len(names) else [0.0] * len(names)
    stamp_ns = nanoseconds(message.header.stamp)
    return ControllerReport(stamp_ns, np.array(reference.positions)[order], np.array(velocities)[order])


def reference_from_message(message: ActionChunk, joints: Sequence[str], base: str) -> Reference:
    """Return a reference with columns in the order of ``joints``.

    Raises:
        RefusedError: It was not decoded, is of another kind, other joints or another frame, or has the wrong size.
    """
    if not message.decode_ok:
        raise RefusedError("decode: the policy could not decode this chunk")
    kind = KINDS.get(message.action_space)
    if kind is None:
        raise RefusedError(f"action_space: {message.action_space} is not one that is followed; deltas must be resolved")
    rows, width = message.rows, len(message.names)
    if rows < 1 or width < 1 or len(message.data) != rows * width:
        raise RefusedError(f"shape: {len(message.data)} numbers are not {rows} rows of {width}")
    data = np.array(message.data, dtype=np.float64).reshape(rows, width)
    if kind in JOINT_KINDS:
        data = _ordered(data, message.names, joints)
    elif message.header.frame_id not in ("", base):
        raise RefusedError(f"frame: tool actions must be in {base!r}, are in {message.header.frame_id!r}")
    return Reference(
        kind=kind,
        stamp_ns=nanoseconds(message.header.stamp),
        period_ns=nanoseconds(message.period),
        rows=data,
        gripper=np.array(message.gripper, dtype=np.float64) if len(message.gripper) else None,
        source=message.source,
        epoch=message.epoch,
        chunk_id=message.chunk_id,
    )


def _ordered(data: Floats, names: Sequence[str], joints: Sequence[str]) -> Floats:
    if sorted(names) != sorted(joints):
        raise RefusedError(f"names: {list(names)} are not this arm's joints {list(joints)}")
    return np.ascontiguousarray(data[:, [list(names).index(name) for name in joints]])


def trajectory_message(trajectory: SafeTrajectory, joints: Sequence[str]) -> JointTrajectory:
    """Return a message with absolute stamp, positions, velocities and accelerations."""
    message = JointTrajectory(header=header(trajectory.stamp_ns), joint_names=list(joints))
    rows = zip(
        trajectory.times_ns.tolist(),
        trajectory.positions.tolist(),
        trajectory.velocities.tolist(),
        trajectory.accelerations.tolist(),
        strict=True,
    )
    message.points = [
        JointTrajectoryPoint(
            positions=positions,
            velocities=velocities,
            accelerations=accelerations,
            time_from_start=Duration(sec=time_ns // NANOSECONDS, nanosec=time_ns % NANOSECONDS),
        )
        for time_ns, positions, velocities, accelerations in rows
    ]
    return message
