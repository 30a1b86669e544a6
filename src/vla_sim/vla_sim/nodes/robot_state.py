# SPDX-License-Identifier: Apache-2.0
"""The whole robot state as franka_robot_state_broadcaster publishes it, where franka_msgs is installed.

Filled in are times, joints, torques, poses and wrenches of the tool, the robot's mode, and the errors of a reflex. What
the simulation does not have stays zero: load inertias, Cartesian commands, motor side and torque derivatives.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rclpy.node import Node
from vla_sim.controllers.reflex import Reflex
from vla_sim.controllers.trajectory import Float64
from vla_sim.description import frame_name
from vla_sim.kinematics import Kinematics
from vla_sim.limits import joint_names, limits_of
from vla_sim.nodes.conversions import header, joint_state_message, pose_message, set_wrench
from vla_sim.nodes.loop import Moment, SimulationLoop
from vla_sim.nodes.optional_types import franka_message
from vla_sim.rotation import quaternion_of
from vla_sim.state import RobotState
from vla_sim.wrench import external_wrench

__all__ = ["RobotStatePublisher"]

TOPIC = "franka_robot_state_broadcaster/robot_state"
ROBOT_STATE_HZ = 100.0  # the real one's 1 kHz would cost a core of Python
TOOL_IN_FLANGE_M, TOOL_IN_FLANGE_YAW_RAD = 0.1034, -np.pi / 4.0  # franka_description: the hand and its TCP
LEVEL = np.array([1.0, 0.0, 0.0, 0.0])
ORIGIN = np.zeros(3)


class RobotStatePublisher:
    """Publishes one message a period; does nothing where its type is not installed."""

    def __init__(self, node: Node, loop: SimulationLoop, arm_id: str) -> None:
        self._kind = franka_message("FrankaRobotState")
        if self._kind is None:
            return
        self._joints, self._threshold = joint_names(arm_id), limits_of(arm_id).external_torque
        self._base = frame_name(arm_id, "panda_link0")
        self._tool, self._flange = f"{arm_id}_hand_tcp", f"{arm_id}_link8"
        self._kinematics = Kinematics()
        self._last_reflex = Reflex.NONE  # of the last motion that one ended
        self._publisher = node.create_publisher(self._kind, TOPIC, 10)
        loop.observe(ROBOT_STATE_HZ, self._on_state)

    def _on_state(self, moment: Moment) -> None:
        state = moment.simulation.state()
        if state.reflex is not Reflex.NONE:
            self._last_reflex = state.reflex
        message = self._kind(header=header(moment.stamp_ns, self._base))
        message.time = moment.time_ns * 1e-9
        message.control_command_success_rate = 1.0
        message.robot_mode = self._mode(state)
        _raise_flag(message.current_errors, state.reflex)
        _raise_flag(message.last_motion_errors, self._last_reflex)
        self._fill_joints(message, moment.stamp_ns, state)
        self._fill_tool(message, moment.stamp_ns, state)
        self._fill_wrench(message, moment, state)
        self._publisher.publish(message)

    def _mode(self, state: RobotState) -> int:
        return int(self._kind.ROBOT_MODE_MOVE if state.reflex is Reflex.NONE else self._kind.ROBOT_MODE_REFLEX)

    def _fill_joints(self, message: Any, stamp_ns: int, state: RobotState) -> None:
        wanted, zero = state.commanded, np.zeros(7)
        rows = (stamp_ns, self._joints)
        message.measured_joint_state = joint_state_message(*rows, state.position, state.velocity, state.effort)
        message.desired_joint_state = joint_state_message(*rows, wanted.positions, wanted.velocities, state.effort)
        message.tau_ext_hat_filtered = joint_state_message(*rows, state.position, state.velocity, state.external_torque)
        message.ddq_d = wanted.accelerations
        message.dtau_j = zero
        message.elbow.position = np.array([state.position[2], _side(state.position[3])])
        message.elbow.desired_position = np.array([wanted.positions[2], _side(wanted.positions[3])])
        colliding = np.abs(state.external_torque) > self._threshold
        message.collision_indicators.is_joint_collision = colliding.astype(float)

    def _fill_tool(self, message: Any, stamp_ns: int, state: RobotState) -> None:
        wanted = self._kinematics.tool(state.commanded.positions)
        half = TOOL_IN_FLANGE_YAW_RAD / 2.0
        turn = np.array([np.cos(half), 0.0, 0.0, np.sin(half)])
        for name, frame, position, quaternion in (
            ("o_t_ee", self._base, state.tool_position, quaternion_of(state.tool_rotation)),
            ("o_t_ee_d", self._base, wanted.position, quaternion_of(wanted.rotation)),
            ("f_t_ee", self._flange, np.array([0.0, 0.0, TOOL_IN_FLANGE_M]), turn),
            ("ee_t_k", self._tool, ORIGIN, LEVEL),
        ):
            pose = getattr(message, name)
            pose.header, pose.pose = header(stamp_ns, frame), pose_message(position, quaternion)

    def _fill_wrench(self, message: Any, moment: Moment, state: RobotState) -> None:
        force = external_wrench(moment.simulation)
        turned = np.concatenate([state.tool_rotation.T @ force[:3], state.tool_rotation.T @ force[3:]])
        for wrench, frame, values in (
            (message.o_f_ext_hat_k, self._base, force),
            (message.k_f_ext_hat_k, self._tool, turned),
        ):
            wrench.header = header(moment.stamp_ns, frame)
            set_wrench(wrench.wrench, values)


def _raise_flag(errors: Any, reflex: Reflex) -> None:
    """Set the flag of a reflex, whose value is the flag's name."""
    if reflex is not Reflex.NONE:
        setattr(errors, reflex.value, True)


def _side(fourth_joint_rad: Float64) -> float:
    """Return libfranka's sign of the elbow."""
    return 1.0 if fourth_joint_rad >= 0.0 else -1.0
