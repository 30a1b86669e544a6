# SPDX-License-Identifier: Apache-2.0
"""The trajectory controller's ROS side: topic, action, state. What is accepted is decided by the core."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from control_msgs.action import FollowJointTrajectory
from control_msgs.msg import JointTrajectoryControllerState
from control_msgs.srv import QueryTrajectoryState
from std_msgs.msg import Float64MultiArray
from trajectory_msgs.msg import JointTrajectory

from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from vla_sim.controllers.joint_trajectory_controller import Acceptance
from vla_sim.controllers.reflex import Reflex
from vla_sim.controllers.trajectory import Float64, JointSamples
from vla_sim.faults import Fault, Faults
from vla_sim.limits import joint_names
from vla_sim.nodes.conversions import header, nanoseconds, point_message, trajectory_from_message
from vla_sim.nodes.loop import Moment, SimulationLoop
from vla_sim.nodes.tolerances import Tolerances

__all__ = ["ForwardInterface", "TrajectoryInterface"]

STATE_HZ = 50.0  # joint_trajectory_controller's state_publish_rate
POLL_S = 0.005  # how often an action looks at the simulation
RESULT = FollowJointTrajectory.Result
CODES = {
    Acceptance.MISSING_JOINT: RESULT.INVALID_JOINTS,
    Acceptance.UNKNOWN_JOINT: RESULT.INVALID_JOINTS,
    Acceptance.ENDS_IN_PAST: RESULT.OLD_HEADER_TIMESTAMP,
}


class TrajectoryInterface:
    """Topics, action and service of ``<arm>_controller``, as of a ``joint_trajectory_controller``."""

    def __init__(self, node: Node, loop: SimulationLoop, arm_id: str, faults: Faults) -> None:
        self._node, self._loop, self._faults = node, loop, faults
        self._joints = joint_names(arm_id)
        self.accepted = 0  # commands that replaced the motion
        self.refused: dict[str, int] = {}  # by reason
        self.oldest_ns = 0  # largest age of a command's first point when it was accepted
        self._reflex = Reflex.NONE  # the latest that was logged
        self._goal: Any = None  # of the action, while it is followed
        name = f"{arm_id}_arm_controller"
        node.create_subscription(JointTrajectory, f"{name}/joint_trajectory", self._on_command, 1)
        self._state = node.create_publisher(JointTrajectoryControllerState, f"{name}/controller_state", 10)
        loop.observe(STATE_HZ, self._on_state)
        node.create_service(QueryTrajectoryState, f"{name}/query_state", self._on_query)
        self._server = ActionServer(
            node,
            FollowJointTrajectory,
            f"{name}/follow_joint_trajectory",
            self._execute,
            goal_callback=self._on_goal,
            cancel_callback=lambda _: CancelResponse.ACCEPT,
            callback_group=ReentrantCallbackGroup(),
        )

    def _on_command(self, message: JointTrajectory) -> None:
        self._loop.post(lambda moment: self._take(moment, message, None))

    def _take(self, moment: Moment, message: JointTrajectory, goal: Any) -> Acceptance | None:
        """Give the arm a trajectory; None where commands are cut. In the loop's thread."""
        if self._faults.holds(Fault.CUT_COMMANDS, moment.time_ns):
            return None
        trajectory = trajectory_from_message(message, moment.stamp_ns - moment.time_ns)
        verdict = moment.simulation.accept(trajectory)
        if verdict is Acceptance.ACCEPTED:
            self.accepted += 1
            self._goal = goal
            if trajectory.stamp_ns:
                self.oldest_ns = max(self.oldest_ns, moment.time_ns - trajectory.stamp_ns)
        else:
            if verdict.value not in self.refused:
                self._node.get_logger().warning(f"refused a trajectory: {verdict.value}")
            self.refused[verdict.value] = self.refused.get(verdict.value, 0) + 1
        return verdict

    def _on_state(self, moment: Moment) -> None:
        state = moment.simulation.state()
        if state.reflex is not self._reflex:
            self._reflex = state.reflex
            self._node.get_logger().warning(f"reflex: {state.reflex.value}")
        measured = JointSamples(state.position, state.velocity, np.zeros_like(state.position))
        wanted = state.commanded
        error = JointSamples(
            wanted.positions - measured.positions, wanted.velocities - measured.velocities, wanted.accelerations
        )
        self._state.publish(
            JointTrajectoryControllerState(
                header=header(moment.stamp_ns),
                joint_names=list(self._joints),
                reference=point_message(wanted),
                feedback=point_message(measured),
                error=point_message(error),
                output=point_message(wanted),
                speed_scaling_factor=1.0,
            )
        )

    def _on_query(self, request: Any, response: Any) -> Any:
        """Say where the present trajectory is at a time."""
        stamp_ns = nanoseconds(request.time)
        samples = self._loop.call(
            lambda moment: moment.simulation.arm.planned(stamp_ns - moment.stamp_ns + moment.time_ns)
        )
        response.success, response.name = True, list(self._joints)
        response.position, response.velocity = samples.positions.tolist(), samples.velocities.tolist()
        response.acceleration = samples.accelerations.tolist()
        return response

    def _on_goal(self, goal: Any) -> GoalResponse:
        verdict = self._loop.call(
            lambda moment: moment.simulation.arm.check(
                trajectory_from_message(goal.trajectory, moment.stamp_ns - moment.time_ns), moment.time_ns
            )
        )
        if verdict is not Acceptance.ACCEPTED:
            self._node.get_logger().warning(f"refused a goal: {verdict.value}")
        return GoalResponse.ACCEPT if verdict is Acceptance.ACCEPTED else GoalResponse.REJECT

    def _execute(self, handle: Any) -> Any:
        """Follow a goal to its end, in a thread of the executor."""
        goal = handle.request
        tolerances = Tolerances.from_goal(goal, self._joints)
        verdict = self._loop.call(lambda moment: self._take(moment, goal.trajectory, handle))
        if verdict is not Acceptance.ACCEPTED:
            handle.abort()
            reason = "commands are cut" if verdict is None else verdict.value
            return RESULT(error_code=CODES.get(verdict, RESULT.INVALID_GOAL), error_string=reason)
        end_ns = self._loop.call(lambda moment: moment.simulation.arm.end_ns - moment.time_ns + moment.stamp_ns)
        while True:
            outcome = self._loop.call(lambda moment: self._judge(moment, handle, tolerances, end_ns))
            if outcome is not None:
                return outcome
            time.sleep(POLL_S)

    def _judge(self, moment: Moment, handle: Any, tolerances: Tolerances, end_ns: int) -> Any:
        """Return the result if the goal is over. In the loop's thread."""
        if handle.is_cancel_requested:
            if self._goal is handle:
                moment.simulation.arm.hold(moment.time_ns)
            handle.canceled()
            return RESULT(error_code=RESULT.SUCCESSFUL, error_string="canceled")
        if self._goal is not handle:
            handle.abort()
            return RESULT(error_code=RESULT.INVALID_GOAL, error_string="another trajectory took over")
        state = moment.simulation.state()
        if state.reflex.value != "none":
            handle.abort()
            return RESULT(error_code=RESULT.PATH_TOLERANCE_VIOLATED, error_string=state.reflex.value)
        error = state.commanded.positions - state.position
        broken = tolerances.broken(error, state.velocity, moment.stamp_ns - end_ns)
        if broken is None:
            return None
        code, sentence = broken
        if code == RESULT.SUCCESSFUL:
            handle.succeed()
        else:
            moment.simulation.arm.hold(moment.time_ns)
            handle.abort()
        return RESULT(error_code=code, error_string=sentence)


class ForwardInterface:
    """``forward_position_controller/commands`` or ``forward_velocity_controller/commands``, kicks included."""

    def __init__(self, node: Node, loop: SimulationLoop, controller: str, faults: Faults) -> None:
        self._loop, self._faults = loop, faults
        self.accepted = 0
        self.refused: dict[str, int] = {}
        node.create_subscription(Float64MultiArray, f"{controller}_controller/commands", self._on_command, 1)

    def _on_command(self, message: Float64MultiArray) -> None:
        values = np.array(message.data, dtype=np.float64)
        self._loop.post(lambda moment: self._take(moment, values))

    def _take(self, moment: Moment, values: Float64) -> None:
        if self._faults.holds(Fault.CUT_COMMANDS, moment.time_ns):
            return
        if moment.simulation.arm.forward(values, moment.time_ns):
            self.accepted += 1
        else:
            self.refused["not_taken"] = self.refused.get("not_taken", 0) + 1
