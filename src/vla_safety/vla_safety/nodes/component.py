# SPDX-License-Identifier: Apache-2.0
"""Safety as a component of a lifecycle node: what it hears, what it tells, and when it may become active."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from control_msgs.msg import JointTrajectoryControllerState
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from vla_msgs.msg import ActionChunk

from rclpy.lifecycle import LifecycleNode
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from vla_safety.arbiter import SourceArbiter
from vla_safety.controller_watch import ControllerWatch
from vla_safety.errors import SafetyError
from vla_safety.gripper import GripperGate
from vla_safety.nodes.control import LoopCore, LoopPorts
from vla_safety.nodes.conversions import (
    RefusedError,
    reference_from_message,
    report_from_message,
    state_from_message,
)
from vla_safety.nodes.gripper_client import GripperClient
from vla_safety.nodes.loop import LoopTiming, SafetyLoop
from vla_safety.nodes.outputs import make_output
from vla_safety.nodes.parameters import SafetyParameters
from vla_safety.nodes.preparation import Preparation
from vla_safety.nodes.realtime import make_important, make_real_time
from vla_safety.nodes.step_reports import StepReports
from vla_safety.nodes.stop_services import StopServices
from vla_safety.types import RobotState

__all__ = ["SafetyComponent"]

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class SafetyComponent:
    """Everything between configure and cleanup."""

    def __init__(self, node: LifecycleNode, parameters: SafetyParameters) -> None:
        self._node, self._parameters = node, parameters
        self._config = parameters.safety_config()
        self._preparation = Preparation(self._config)
        self._state: RobotState | None = None
        self._loop: SafetyLoop | None = None
        self._watch = ControllerWatch()
        self._undo: list[Callable[[], Any]] = []
        self.reports: StepReports | None = None
        self.real_time: list[str] = []

    def configure(self) -> None:
        """Listen to the arm, and make the model as soon as it is described."""
        node = self._node
        self._hear(JointState, "joint_states", self._on_joints, qos_profile_sensor_data)
        self._hear(ActionChunk, "vla/reference", self._on_reference, 1)
        self.reports = StepReports(node, self._config.joints.names, decisions=self._parameters.decisions)
        self._undo.append(self.reports.destroy)
        self._undo.append(StopServices(node, lambda: self._loop).destroy)
        self._gripper = None
        if self._parameters.gripper_action:
            self._gripper = GripperClient(node, self._parameters.gripper_action, self._parameters.gripper_scale)
        if self._parameters.controller == "jtc":
            topic = self._parameters.state_topic or f"{self._config.robot}_arm_controller/controller_state"
            self._hear(JointTrajectoryControllerState, topic, self._on_controller, qos_profile_sensor_data)
        self.reports.inactive("configured")
        if self._parameters.robot_description:
            self._preparation.begin(self._parameters.robot_description)
        else:
            begin = self._preparation.begin
            self._hear(String, "robot_description", lambda message: begin(message.data), LATCHED)

    def activate(self) -> None:
        """Take control, or refuse with a sentence."""
        trouble = self.refusal()
        if trouble:
            raise SafetyError(trouble)
        config, parameters = self._config, self._parameters
        safety_filter = self._preparation.filter
        core = LoopCore(safety_filter, SourceArbiter(config.sources), GripperGate(config.gripper), self._watch)
        names = (config.robot, self._config.joints.names)
        self._output = make_output(
            self._node, parameters.controller, parameters.command_topic, safety_filter.model, names
        )
        simulated = self._node.get_parameter("use_sim_time").value
        timing = LoopTiming(config.period_ns, round(parameters.lead_s * 1e9), self._now_ns, simulated)
        grip = self._gripper.send if self._gripper else lambda _: None
        reports = self.reports
        reports.begin(self._preparation.config_hash)
        ports = LoopPorts(self._output, grip, reports.on_step, self._on_failure, reports.is_recorded)
        self._loop = SafetyLoop(core, ports, timing, self._make_real_time)
        self._loop.start(self._state)
        self._node.get_logger().info(f"active: {config.robot}, {config.rate_hz:g} Hz, {parameters.controller}")

    def deactivate(self) -> None:
        """Stop commanding: the controller plays the stop that it has."""
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.stop()
            self._node.destroy_publisher(self._output.publisher)
        self.reports.inactive("deactivated")

    def cleanup(self) -> None:
        """Release what `configure` made."""
        if self._gripper is not None:
            self._gripper.destroy()
        while self._undo:
            self._undo.pop()()

    def refusal(self) -> str:
        """Return why the arm cannot be taken now, or an empty string."""
        if self._preparation.filter is None:
            return self._preparation.refusal
        state = self._state
        if state is None:
            names = self._config.joints.names
            return f"no joint_states with {names[0]} to {names[-1]} have arrived"
        age_s = (self._now_ns() - state.stamp_ns) * 1e-9
        if age_s > self._config.tracking.max_state_age_s:
            return f"the newest joint state is {age_s:.3f} s old"
        return self._controller_refusal()

    def _controller_refusal(self) -> str:
        topic = self._parameters.command_topic or f"{self._config.robot}_arm_controller/joint_trajectory"
        if self._parameters.controller != "jtc" and not self._parameters.command_topic:
            return ""
        if self._node.count_subscribers(topic) == 0:
            return f"no controller listens to {topic}"
        others = self._node.count_publishers(topic)
        return f"{others} other publisher(s) command the arm on {topic}" if others else ""

    def _hear(self, kind: type, topic: str, callback: Callable[[Any], None], qos: QoSProfile | int) -> None:
        subscription = self._node.create_subscription(kind, topic, callback, qos)
        self._undo.append(lambda: self._node.destroy_subscription(subscription))

    def _on_joints(self, message: JointState) -> None:
        try:
            state = state_from_message(message, self._config.joints.names)
        except RefusedError as error:
            self._node.get_logger().warning(str(error), throttle_duration_sec=10.0)
            return
        if state is None or (self._state is not None and state.stamp_ns < self._state.stamp_ns):
            return
        self._state = state
        if self._loop is not None:
            self._loop.offer_state(state)

    def _on_controller(self, message: JointTrajectoryControllerState) -> None:
        report = report_from_message(message, self._config.joints.names)
        if report is None:
            return
        if self._loop is not None:
            self._loop.offer_report(report)
        else:
            self._watch.latest = report

    def _on_reference(self, message: ActionChunk) -> None:
        loop = self._loop
        if loop is None:
            return
        config = self._config
        try:
            reference = reference_from_message(message, config.joints.names, f"{config.robot}_link0")
        except RefusedError as error:
            loop.refuse(str(error))
            return
        self.reports.on_reference(reference, message)
        loop.offer_reference(reference)

    def _make_real_time(self) -> None:
        parameters = self._parameters
        self.real_time = make_important(parameters.niceness) + make_real_time(
            parameters.priority, parameters.processor, freeze_memory=parameters.freeze_memory
        )
        for sentence in self.real_time:
            self._node.get_logger().info(sentence)

    def _on_failure(self, sentence: str) -> None:
        self._node.get_logger().error(f"the control loop ended: {sentence}")
        self.reports.inactive(f"the control loop ended: {sentence}")

    def _now_ns(self) -> int:
        return self._node.get_clock().now().nanoseconds
