# SPDX-License-Identifier: Apache-2.0
"""Forward commands are executed as they are: small ones exactly, a kick is the reflex that it is on the real arm."""

import numpy as np
import pytest
from franka_msgs.action import ErrorRecovery
from franka_msgs.msg import FrankaRobotState
from std_msgs.msg import Float64MultiArray
from std_srvs.srv import Trigger
from test.vla_sim.nodes.graph import Graph, seconds

from rclpy.action import ActionClient

pytestmark = [pytest.mark.graph, pytest.mark.timeout(300)]
STEP_S = 0.05
STATE = "franka_robot_state_broadcaster/robot_state"
# Within the FR3's 5000 rad/s^3 at 1 kHz: what may change from one millisecond to the next.
GENTLE_RAD, GENTLE_RAD_S = 2e-6, 4e-3


class Arm:
    """A simulated arm that a forward controller claims, in lock step."""

    def __init__(self, controller):
        self.graph = graph = Graph(
            "lockstep:=true", f"step_s:={STEP_S}", f"controller:=forward_{controller}", "cameras:=false"
        )
        self.states = graph.listen(STATE, FrankaRobotState)
        topic = f"forward_{controller}_controller/commands"
        self.commands = graph.node.create_publisher(Float64MultiArray, topic, 1)
        graph.until(lambda: self.commands.get_subscription_count() > 0, "the controller")
        graph.until(lambda: graph.node.count_publishers(STATE) > 0, "the robot's state")
        self.recovery = ActionClient(graph.node, ErrorRecovery, "action_server/error_recovery")
        graph.until(self.recovery.server_is_ready, "error recovery")
        self.step(2)

    def step(self, count=1):
        for _ in range(count):
            answer = self.graph.call(Trigger, "sim/step")
        now_s = int(answer.message.split("=")[1]) * 1e-9
        self.graph.until(lambda: self.states and seconds(self.states[-1].header.stamp) > now_s - 0.02, "the state")

    def command(self, values, effect):
        """Send a command, and let time pass until it is seen to have an effect."""
        self.commands.publish(Float64MultiArray(data=np.asarray(values, dtype=float).tolist()))
        for _ in range(40):
            self.step()
            if effect(self.states[-1]):
                return
        raise AssertionError("the command had no effect")

    def recover(self):
        future = self.recovery.send_goal_async(ErrorRecovery.Goal())
        self.graph.until(future.done, "an answer of error recovery")
        future = future.result().get_result_async()
        self.graph.until(future.done, "recovery")
        self.step(2)
        assert self.states[-1].robot_mode == FrankaRobotState.ROBOT_MODE_MOVE

    @property
    def desired(self):
        return np.array(self.states[-1].desired_joint_state.position)


@pytest.fixture(scope="module", params=["position", "velocity"])
def arm(request):
    arm = Arm(request.param)
    arm.kind = request.param
    try:
        yield arm
    finally:
        arm.graph.close()


def is_reflex(state):
    return state.robot_mode == FrankaRobotState.ROBOT_MODE_REFLEX


def test_small_command_is_followed_exactly(arm):
    start = arm.desired
    if arm.kind == "position":
        arm.command(start + GENTLE_RAD, lambda _: not np.array_equal(arm.desired, start))
        np.testing.assert_allclose(arm.desired, start + GENTLE_RAD, atol=1e-12)
        assert not is_reflex(arm.states[-1])
        return
    arm.command([GENTLE_RAD_S] * 7, lambda _: not np.array_equal(arm.desired, start))
    before, then_s = arm.desired, seconds(arm.states[-1].header.stamp)
    arm.step(4)
    elapsed_s = seconds(arm.states[-1].header.stamp) - then_s
    np.testing.assert_allclose(arm.desired - before, GENTLE_RAD_S * elapsed_s, rtol=1e-6)
    arm.command([0.0] * 7, lambda state: not np.any(state.desired_joint_state.velocity))
    assert not is_reflex(arm.states[-1])


def test_kick_is_a_reflex_and_commands_are_refused_until_recovery(arm):
    kick = arm.desired + 0.02 if arm.kind == "position" else [0.3] * 7
    arm.command(kick, is_reflex)
    errors = arm.states[-1].current_errors
    names = ("velocity_limits_violation", "velocity_discontinuity", "acceleration_discontinuity")
    assert any(getattr(errors, f"joint_motion_generator_{name}") for name in names)
    stopped = arm.desired
    arm.commands.publish(Float64MultiArray(data=[0.0] * 7))
    arm.step(5)
    np.testing.assert_array_equal(arm.desired, stopped)
    arm.recover()
    test_small_command_is_followed_exactly(arm)


@pytest.mark.parametrize("values", [[0.0] * 6, [float("nan")] * 7, []])
def test_command_that_cannot_be_right_changes_nothing(arm, values):
    start = arm.desired
    arm.commands.publish(Float64MultiArray(data=values))
    arm.step(5)
    np.testing.assert_array_equal(arm.desired, start)
    assert not is_reflex(arm.states[-1])
