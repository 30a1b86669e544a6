# SPDX-License-Identifier: Apache-2.0
"""Values as messages of a bag, by the types of rosbags: what `nodes/conversions.py` does with those of rclpy."""

from __future__ import annotations

from typing import Any

import numpy as np
from rosbags.typesys.store import Typestore

from vla_sim.controllers.trajectory import Float64, JointTrajectory
from vla_sim.generate.message_types import CHUNK
from vla_sim.limits import joint_names
from vla_sim.pinhole import intrinsics
from vla_sim.rendering import Image
from vla_sim.state import RobotState

__all__ = ["BagMessages"]

SECOND_NS = 1_000_000_000
JOINT_POSITION = 1  # of vla_msgs/ActionChunk
UNKNOWN = -1.0  # confidence and disagreement that nobody gives


class BagMessages:
    """Makes the messages of one arm; stamps in nanoseconds."""

    def __init__(self, store: Typestore, arm_id: str) -> None:
        """Use the types of ``store``."""
        self._types = store.types
        self._arm_joints = joint_names(arm_id)
        self._fingers = (f"{arm_id}_finger_joint1", f"{arm_id}_finger_joint2")

    def joint_state(self, stamp_ns: int, state: RobotState) -> Any:
        """Return arm and fingers, as ``joint_states`` has them."""
        position, velocity, effort = _finger_rows(state)
        rows = (
            np.concatenate([state.position, position]),
            np.concatenate([state.velocity, velocity]),
            np.concatenate([state.effort, effort]),
        )
        return self._joint_state(stamp_ns, (*self._arm_joints, *self._fingers), *rows)

    def hand_state(self, stamp_ns: int, state: RobotState) -> Any:
        """Return the fingers."""
        return self._joint_state(stamp_ns, self._fingers, *_finger_rows(state))

    def image(self, stamp_ns: int, camera: str, picture: Image) -> Any:
        """Return a picture ``(H, W, 3)``."""
        height, width = picture.shape[:2]
        return self._types["sensor_msgs/msg/Image"](
            header=self._header(stamp_ns, f"{camera}_optical_frame"),
            height=height,
            width=width,
            encoding="rgb8",
            is_bigendian=0,
            step=3 * width,
            data=picture.reshape(-1),
        )

    def camera_info(self, stamp_ns: int, camera: str, size: tuple[int, ...], fovy_deg: float) -> Any:
        """Return the intrinsics of an ideal pinhole camera of ``size`` (height, width)."""
        height, width = size
        focal, x, y = intrinsics(height, width, fovy_deg)
        region = self._types["sensor_msgs/msg/RegionOfInterest"](0, 0, 0, 0, do_rectify=False)
        return self._types["sensor_msgs/msg/CameraInfo"](
            header=self._header(stamp_ns, f"{camera}_optical_frame"),
            height=height,
            width=width,
            distortion_model="plumb_bob",
            d=np.zeros(5),
            k=np.array([focal, 0.0, x, 0.0, focal, y, 0.0, 0.0, 1.0]),
            r=np.eye(3).reshape(-1),
            p=np.array([focal, 0.0, x, 0.0, 0.0, focal, y, 0.0, 0.0, 0.0, 1.0, 0.0]),
            binning_x=0,
            binning_y=0,
            roi=region,
        )

    def trajectory(self, stamp_ns: int, trajectory: JointTrajectory) -> Any:
        """Return a trajectory that begins at ``stamp_ns``."""
        point = self._types["trajectory_msgs/msg/JointTrajectoryPoint"]
        empty = np.zeros((len(trajectory.times_ns), 0))
        velocities = empty if trajectory.velocities is None else trajectory.velocities
        accelerations = empty if trajectory.accelerations is None else trajectory.accelerations
        rows = zip(trajectory.positions, velocities, accelerations, trajectory.times_ns.tolist(), strict=True)
        points = [point(*values, np.zeros(0), self._duration(time_ns)) for *values, time_ns in rows]
        names = list(trajectory.joint_names)
        return self._types["trajectory_msgs/msg/JointTrajectory"](self._header(stamp_ns), names, points)

    def reference(self, times_ns: tuple[int, int], rows: Float64, source: str, number: int) -> Any:
        """Return actions of joint positions and finger width.

        Args:
            times_ns: When the first is due, which is the stamp of the state that it was made from, and their period.
            rows: ``(T, 8)`` positions [rad], width [m].
            source: Who made it.
            number: Of the reference, from 1.
        """
        due_ns, period_ns = times_ns
        return self._types[CHUNK](
            header=self._header(due_ns),
            period=self._duration(period_ns),
            action_space=JOINT_POSITION,
            names=list(self._arm_joints),
            rows=len(rows),
            data=rows[:, :-1].reshape(-1),
            gripper=rows[:, -1].copy(),
            source=source,
            observation_stamp=self._time(due_ns),
            policy_id="expert",
            checkpoint_hash="",
            chunk_id=number,
            epoch=1,
            inference_s=0.0,
            delay_s=0.0,
            decode_ok=True,
            confidence=UNKNOWN,
            disagreement=UNKNOWN,
            strategy="",
        )

    def _joint_state(self, stamp_ns: int, names: tuple[str, ...], *rows: Float64) -> Any:
        return self._types["sensor_msgs/msg/JointState"](self._header(stamp_ns), list(names), *rows)

    def _header(self, stamp_ns: int, frame: str = "") -> Any:
        return self._types["std_msgs/msg/Header"](self._time(stamp_ns), frame)

    def _time(self, stamp_ns: int) -> Any:
        return self._types["builtin_interfaces/msg/Time"](*divmod(stamp_ns, SECOND_NS))

    def _duration(self, duration_ns: int) -> Any:
        return self._types["builtin_interfaces/msg/Duration"](*divmod(duration_ns, SECOND_NS))


def _finger_rows(state: RobotState) -> tuple[Float64, Float64, Float64]:
    half = np.full(2, 0.5)
    return state.gripper_width_m * half, state.gripper_velocity_m_s * half, np.zeros(2)
