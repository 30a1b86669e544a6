# SPDX-License-Identifier: Apache-2.0
"""Transforms between observations and actions on one side and what a model sees on the other, each with its inverse."""

from vla_ros.policy.transforms.action_transform import ActionTransform, ArmAndGripper, Chain, Origin
from vla_ros.policy.transforms.gripper import GripperScale
from vla_ros.policy.transforms.image import NormaliseImage, ResizeWithPad
from vla_ros.policy.transforms.joint_frame import DeltaJoints, RelativeJoints
from vla_ros.policy.transforms.normalised import NormaliseActions
from vla_ros.policy.transforms.pose_format import PoseFormat
from vla_ros.policy.transforms.pose_frame import DeltaPose, RelativePose, ToolYawFrame
from vla_ros.policy.transforms.state import StateVector

__all__ = [
    "ActionTransform",
    "ArmAndGripper",
    "Chain",
    "DeltaJoints",
    "DeltaPose",
    "GripperScale",
    "NormaliseActions",
    "NormaliseImage",
    "Origin",
    "PoseFormat",
    "RelativeJoints",
    "RelativePose",
    "ResizeWithPad",
    "StateVector",
    "ToolYawFrame",
]
