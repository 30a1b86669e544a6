# SPDX-License-Identifier: Apache-2.0
"""Whether measured joint values can be what the contract says: order, units and limits show in their size."""

from __future__ import annotations

import math
from collections.abc import Mapping

from vla_ros.contract.model import JointSet
from vla_ros.contract.streams import GripperSpec, JointStateSpec, StreamSpec

__all__ = ["joint_complaint"]

_MARGIN_RAD = 0.05  # an arm pushed into its stop by hand reads a little beyond its limit
_SPEED_MARGIN = 1.2
_WIDEST_M = 0.5  # no parallel gripper opens further; a width in millimetres or per cent does


def joint_complaint(stream: StreamSpec, joints: JointSet, values: Mapping[str, float]) -> tuple[str, str]:
    """Return what is implausible and what to do; two empty texts where nothing is.

    Args:
        stream: The stream that the values come from.
        joints: Limits by joint.
        values: By state name, in rad, rad/s and m as the contract has it.
    """
    if isinstance(stream.payload, GripperSpec):
        width = next(iter(values.values()), 0.0)
        if not -0.01 <= width <= _WIDEST_M:
            return f"the gripper is {width:g} m open", "the driver's unit is not metres"
    if not isinstance(stream.payload, JointStateSpec):
        return "", ""
    limits = zip(joints.names, joints.lower_rad, joints.upper_rad, joints.velocity_rad_s, strict=True)
    for name, lower, upper, speed in limits:
        position, velocity = values.get(f"{name}.position"), values.get(f"{name}.velocity", 0.0)
        if position is not None and not lower - _MARGIN_RAD <= position <= upper + _MARGIN_RAD:
            return _position_complaint(name, position, (lower, upper))
        if abs(velocity) > _SPEED_MARGIN * speed:
            return f"{name} moves at {velocity:.3g} rad/s, limit {speed:g}", "see the driver's unit (degrees?)"
    return "", ""


def _position_complaint(name: str, position: float, limits: tuple[float, float]) -> tuple[str, str]:
    seen = f"{name} is at {position:.3g} rad, limits {limits[0]:g} .. {limits[1]:g}"
    if abs(position) > 2.0 * math.pi:
        return seen, "the driver sends degrees, or joints in another order"
    return seen, "see the joint order and zero of the driver, or that the contract is of this robot"
