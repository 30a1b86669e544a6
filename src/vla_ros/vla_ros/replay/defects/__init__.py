# SPDX-License-Identifier: Apache-2.0
"""Detectors of defects that a bag gives away: each looks at one replayed bag and names what is wrong."""

from vla_ros.replay.defects.clock_offset import clock_offsets
from vla_ros.replay.defects.finding import Finding
from vla_ros.replay.defects.frozen_camera import frozen_cameras
from vla_ros.replay.defects.gripper_sign import gripper_signs
from vla_ros.replay.defects.joint_order import joint_orders
from vla_ros.replay.defects.normalisation import normalisations

DETECTORS = (joint_orders, clock_offsets, frozen_cameras, normalisations, gripper_signs)

__all__ = [
    "DETECTORS",
    "Finding",
    "clock_offsets",
    "frozen_cameras",
    "gripper_signs",
    "joint_orders",
    "normalisations",
]
