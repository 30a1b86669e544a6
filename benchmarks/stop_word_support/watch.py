# SPDX-License-Identifier: Apache-2.0
"""Notes when the stop is latched, when the arm brakes and when it rests, in the callbacks that hear of it."""

from __future__ import annotations

import time

import numpy as np
from sensor_msgs.msg import JointState
from vla_msgs.msg import SafetyState

from benchmarks.end_to_end_support.graph import AT_REST_RAD_S, Observer
from vla_ros.interfaces import interface
from vla_ros.nodes.qos import interface_qos

__all__ = ["Watch"]

ARM_JOINTS = 7


class Watch:
    """Times on the monotonic clock [s]; infinite until it happens."""

    def __init__(self, observer: Observer) -> None:
        """Listen for good."""
        self.latched_s = self.braking_s = self.rest_s = float("inf")
        self._below_rad_s = 0.0
        state = interface("safety_state")
        observer.listen(SafetyState, state.name, self._on_safety, qos_profile=interface_qos(state.key))
        observer.listen(JointState, "joint_states", self._on_joints)

    def begin(self, below_rad_s: float) -> None:
        """Forget the last stop; braking is the first speed below ``below_rad_s`` behind the latch or before it."""
        self._below_rad_s = below_rad_s
        self.latched_s = self.braking_s = self.rest_s = float("inf")

    def is_over(self) -> bool:
        """Whether all three have happened."""
        return max(self.latched_s, self.braking_s, self.rest_s) < float("inf")

    def _on_safety(self, message: SafetyState) -> None:
        if message.estop_latched:
            self.latched_s = min(self.latched_s, time.monotonic())

    def _on_joints(self, message: JointState) -> None:
        speed = float(np.abs(message.velocity[:ARM_JOINTS]).max()) if len(message.velocity) else 0.0
        if speed < self._below_rad_s:
            self.braking_s = min(self.braking_s, time.monotonic())
        if speed < AT_REST_RAD_S and self.latched_s < float("inf"):
            self.rest_s = min(self.rest_s, time.monotonic())
