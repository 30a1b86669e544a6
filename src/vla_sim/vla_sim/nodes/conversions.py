# SPDX-License-Identifier: Apache-2.0
"""Messages to values and back. Shapes are made here; what they mean is checked in the core."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from builtin_interfaces.msg import Duration, Time
from geometry_msgs.msg import Pose, Transform, Wrench
from sensor_msgs.msg import CameraInfo, Image, JointState
from std_msgs.msg import Header
from trajectory_msgs.msg import JointTrajectoryPoint

from vla_sim.controllers.trajectory import Float64, JointSamples, JointTrajectory
from vla_sim.pinhole import intrinsics

NANOSECONDS = 1_000_000_000


def time_message(stamp_ns: int) -> Time:
    """Return ``stamp_ns`` as a message."""
    return Time(sec=stamp_ns // NANOSECONDS, nanosec=stamp_ns % NANOSECONDS)


def nanoseconds(stamp: Time | Duration) -> int:
    """Return a stamp or duration in nanoseconds."""
    return stamp.sec * NANOSECONDS + stamp.nanosec


def header(stamp_ns: int, frame: str = "") -> Header:
    """Return a header."""
    return Header(stamp=time_message(stamp_ns), frame_id=frame)


def _ragged(rows: Sequence[Any]) -> Float64 | None:
    """Return a matrix; rows of unequal length become one of width 0, which the controller refuses by its shape."""
    widths = {len(row) for row in rows}
    if widths == {0} or not rows:
        return None
    return np.array(rows, dtype=np.float64) if len(widths) == 1 else np.zeros((len(rows), 0))


def trajectory_from_message(message: Any, origin_ns: int) -> JointTrajectory:
    """Return a ``trajectory_msgs/JointTrajectory`` on the simulation's time axis, whose 0 is at ``origin_ns``."""
    points = message.points
    stamp_ns = nanoseconds(message.header.stamp)
    positions = _ragged([point.positions for point in points])
    return JointTrajectory(
        tuple(message.joint_names),
        (stamp_ns - origin_ns or -1) if stamp_ns else 0,  # 0 means "now" and must not be met by chance
        np.array([nanoseconds(point.time_from_start) for point in points], dtype=np.int64),
        np.zeros((len(points), 0)) if positions is None else positions,
        _ragged([point.velocities for point in points]),
        _ragged([point.accelerations for point in points]),
    )


def point_message(samples: JointSamples) -> JointTrajectoryPoint:
    """Return one time of a motion."""
    return JointTrajectoryPoint(
        positions=samples.positions.tolist(),
        velocities=samples.velocities.tolist(),
        accelerations=samples.accelerations.tolist(),
    )


def joint_state_message(
    stamp_ns: int, names: Sequence[str], position: Float64, velocity: Float64, effort: Float64
) -> JointState:
    """Return measured joints."""
    return JointState(
        header=header(stamp_ns),
        name=list(names),
        position=position.tolist(),
        velocity=velocity.tolist(),
        effort=effort.tolist(),
    )


def transform_message(translation: Float64, quaternion_wxyz: Float64) -> Transform:
    """Return a transform."""
    message = Transform()
    x, y, z = translation.tolist()
    message.translation.x, message.translation.y, message.translation.z = x, y, z
    w, x, y, z = quaternion_wxyz.tolist()
    message.rotation.w, message.rotation.x, message.rotation.y, message.rotation.z = w, x, y, z
    return message


def pose_message(position: Float64, quaternion_wxyz: Float64) -> Pose:
    """Return a pose."""
    message = Pose()
    x, y, z = position.tolist()
    message.position.x, message.position.y, message.position.z = x, y, z
    w, x, y, z = quaternion_wxyz.tolist()
    message.orientation.w, message.orientation.x, message.orientation.y, message.orientation.z = w, x, y, z
    return message


def set_wrench(message: Wrench, wrench: Float64) -> None:
    """Write ``wrench (6,)``, force [N] and torque [Nm]."""
    message.force.x, message.force.y, message.force.z = wrench[:3].tolist()
    message.torque.x, message.torque.y, message.torque.z = wrench[3:].tolist()


def image_message(stamp_ns: int, frame: str, picture: np.ndarray) -> Image:
    """Return a picture ``(H, W, 3)``."""
    height, width = picture.shape[:2]
    return Image(
        header=header(stamp_ns, frame),
        height=height,
        width=width,
        encoding="rgb8",
        is_bigendian=0,
        step=3 * width,
        data=picture.tobytes(),
    )


def camera_info_message(stamp_ns: int, frame: str, size: tuple[int, int], fovy_deg: float) -> CameraInfo:
    """Return the intrinsics of an ideal pinhole camera of ``size`` (height, width)."""
    height, width = size
    focal, center_x, center_y = intrinsics(height, width, fovy_deg)
    matrix = [focal, 0.0, center_x, 0.0, focal, center_y, 0.0, 0.0, 1.0]
    return CameraInfo(
        header=header(stamp_ns, frame),
        height=height,
        width=width,
        distortion_model="plumb_bob",
        d=[0.0] * 5,
        k=matrix,
        r=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        p=[focal, 0.0, center_x, 0.0, 0.0, focal, center_y, 0.0, 0.0, 0.0, 1.0, 0.0],
    )
