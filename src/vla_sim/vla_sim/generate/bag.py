# SPDX-License-Identifier: Apache-2.0
"""One demonstration as one rosbag2 (mcap): the topics that a recording of the same episode would hold. No physics.

Names, types and frames are those of the live simulation and of ``config/robots/franka.yaml``; what the expert commands
is there twice, as the arm's trajectory and as ``vla/reference``, which also has the fingers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rosbags.interfaces import Connection
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys.store import Typestore

from vla_sim.controllers.trajectory import Float64, JointTrajectory
from vla_sim.generate.bag_messages import BagMessages
from vla_sim.generate.message_types import CHUNK
from vla_sim.rendering import Image
from vla_sim.scene.layout import CameraLayout
from vla_sim.state import RobotState
from vla_sim.tasks.task import Task

__all__ = ["BagSettings", "EpisodeBag"]

START_NS = 1_000_000_000  # time 0 would mean "no time yet"
CAMERA_LATENCY_NS = 1_000_000  # pictures arrive after the states of their stamp
EXPERT, DISTURBANCE = "policy", "disturbance"  # who leads: a source other than "policy" marks an intervention


@dataclass(frozen=True, slots=True, eq=False)
class BagSettings:
    """What all bags of a run share."""

    store: Typestore
    arm_id: str
    period_ns: int  # a command is due so long after the state that it answers


class EpisodeBag:
    """A `demonstration.Sink` that writes what it is told into a folder; ``close`` makes it whole."""

    def __init__(self, folder: Path, settings: BagSettings, task: Task, cameras: Mapping[str, CameraLayout]) -> None:
        """Open the bag ``folder``, which must not exist, of an attempt of ``task``."""
        self._settings, self._cameras = settings, cameras
        self._writer = Writer(folder, version=9, storage_plugin=StoragePlugin.MCAP)
        self._writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
        self._writer.open()
        self._messages = BagMessages(settings.store, settings.arm_id)
        self._connections: dict[str, Connection] = {}
        self._commands = 0
        self._present: Float64 | None = None  # what is commanded already: positions [rad] and width [m]
        labels = {"instruction": task.text, "skill": task.skill.value, "object": task.object_name}
        for key, value in (labels | {"target": task.target_name, "policy": "expert"}).items():
            self._writer.set_custom_data(key, value)
        text = settings.store.types["std_msgs/msg/String"](task.text)
        self._write("/vla/instruction", "std_msgs/msg/String", START_NS, text)

    def on_state(self, state: RobotState) -> None:
        """Write what arm and hand measure."""
        if self._present is None:
            self._present = np.append(state.commanded.positions, state.gripper_width_m)
        stamp_ns = START_NS + state.time_ns
        joints = "sensor_msgs/msg/JointState"
        self._write("/joint_states", joints, stamp_ns, self._messages.joint_state(stamp_ns, state))
        self._write("/franka_gripper/joint_states", joints, stamp_ns, self._messages.hand_state(stamp_ns, state))

    def on_pictures(self, time_ns: int, pictures: Mapping[str, Image]) -> None:
        """Write a picture ``(H, W, 3)`` of each camera with its intrinsics."""
        stamp_ns = START_NS + time_ns
        arrival_ns = stamp_ns + CAMERA_LATENCY_NS
        for camera, picture in pictures.items():
            info = self._messages.camera_info(stamp_ns, camera, picture.shape[:2], self._cameras[camera].fovy_deg)
            self._write(f"/{camera}/camera_info", "sensor_msgs/msg/CameraInfo", arrival_ns, info)
            image = self._messages.image(stamp_ns, camera, picture)
            self._write(f"/{camera}/image_raw", "sensor_msgs/msg/Image", arrival_ns, image)

    def on_command(self, time_ns: int, trajectory: JointTrajectory, width_m: float, *, disturbed: bool) -> None:
        """Write what arm and hand are told."""
        stamp_ns = START_NS + time_ns
        arrival_ns = stamp_ns + CAMERA_LATENCY_NS
        kind = "trajectory_msgs/msg/JointTrajectory"
        command = self._messages.trajectory(stamp_ns, trajectory)
        self._write(f"/{self._settings.arm_id}_arm_controller/joint_trajectory", kind, arrival_ns, command)
        self._commands += 1
        row = np.append(trajectory.positions[0], width_m)
        rows = np.stack([row if self._present is None else self._present, row])
        self._present = row
        source = DISTURBANCE if disturbed else EXPERT
        chunk = self._messages.reference((stamp_ns, self._settings.period_ns), rows, source, self._commands)
        self._write("/vla/reference", CHUNK, arrival_ns, chunk)

    def close(self, *, success: bool) -> None:
        """Label the bag with how it ended and make it whole."""
        self._writer.set_custom_data("outcome", "success" if success else "failure")
        self._writer.close()

    def _write(self, topic: str, type_name: str, arrival_ns: int, message: Any) -> None:
        if topic not in self._connections:
            self._connections[topic] = self._writer.add_connection(topic, type_name, typestore=self._settings.store)
        self._writer.write(self._connections[topic], arrival_ns, self._settings.store.serialize_cdr(message, type_name))
