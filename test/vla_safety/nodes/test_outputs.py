# SPDX-License-Identifier: Apache-2.0
"""What each stock controller is told: message, topic, time, and that only streams are told again at rest."""

import itertools
from types import SimpleNamespace

import numpy as np
import pinocchio
import pytest
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray
from trajectory_msgs.msg import JointTrajectory

from benchmarks.safety_support.loop import HOME, Loop, joint_reference
from vla_safety.arbiter import SourceArbiter
from vla_safety.controller_watch import ControllerWatch
from vla_safety.gripper import GripperGate
from vla_safety.nodes.control import Control, LoopCore, LoopPorts
from vla_safety.nodes.outputs import USUAL_TOPICS, make_output

KINDS = {
    "jtc": JointTrajectory,
    "forward_position": Float64MultiArray,
    "crisp_joint": JointState,
    "crisp_pose": PoseStamped,
}


class Node:
    """Keeps what is published."""

    def __init__(self):
        self.said, self.kind, self.topic = [], None, ""

    def create_publisher(self, kind, topic, _depth):
        self.kind, self.topic = kind, topic
        return SimpleNamespace(publish=self.said.append)


@pytest.fixture
def moving(panda, urdf):
    """Return a loop in motion and its newest motion."""
    loop = Loop.at(panda, urdf)
    output = loop.run(joint_reference(HOME + 0.3 * np.linspace(0, 1, 30)[:, None] ** 2), 100)[-1]
    assert np.abs(output.trajectory.velocities[0]).max() > 0.05
    return loop, output.trajectory


def told(loop, trajectory, controller, topic=""):
    node, joints = Node(), loop.filter.config.joints.names
    output = make_output(node, controller, topic, loop.filter.model, ("panda", joints))
    output.send(trajectory.stamp_ns, trajectory, loop.filter.held)
    [message] = node.said
    assert type(message) is node.kind is KINDS[controller]
    assert node.topic == (topic or USUAL_TOPICS[controller].format(robot="panda"))
    return message


@pytest.mark.parametrize("controller", KINDS)
def test_topic_is_the_usual_one_or_the_one_that_is_set(moving, controller):
    told(*moving, controller)
    told(*moving, controller, topic="elsewhere")


def test_trajectory_controller_is_told_the_motion_to_rest_with_absolute_stamps(moving):
    loop, trajectory = moving
    message = told(loop, trajectory, "jtc")
    assert message.header.stamp.sec * 10**9 + message.header.stamp.nanosec == trajectory.stamp_ns
    assert list(message.joint_names) == list(loop.filter.config.joints.names)
    assert len(message.points) == len(trajectory.times_ns)
    assert not any(message.points[-1].velocities)
    assert np.array_equal(message.points[3].accelerations, trajectory.accelerations[3])


def test_forward_controller_is_told_the_position_of_now(moving):
    assert np.array_equal(told(*moving, "forward_position").data, moving[1].positions[0])


def test_crisp_in_joint_space_is_told_names_position_and_velocity(moving):
    loop, trajectory = moving
    message = told(loop, trajectory, "crisp_joint")
    assert list(message.name) == list(loop.filter.config.joints.names)
    assert np.array_equal(message.position, trajectory.positions[0])
    assert np.array_equal(message.velocity, trajectory.velocities[0])


def test_crisp_in_space_is_told_the_pose_of_the_tool_in_the_base(moving, urdf):
    loop, trajectory = moving
    message = told(loop, trajectory, "crisp_pose")
    model = pinocchio.buildModelFromXML(urdf)
    data = model.createData()
    pinocchio.framesForwardKinematics(model, data, np.concatenate([trajectory.positions[0], np.zeros(2)]))
    wanted = data.oMf[model.getFrameId("panda_hand_tcp")]
    point, turn = message.pose.position, message.pose.orientation
    assert message.header.frame_id == "panda_link0"
    assert np.allclose([point.x, point.y, point.z], wanted.translation, atol=1e-9)
    rotation = pinocchio.Quaternion(turn.w, turn.x, turn.y, turn.z).toRotationMatrix()
    assert np.allclose(rotation, wanted.rotation, atol=1e-9)


@pytest.mark.parametrize("controller", KINDS)
def test_resting_arm_is_told_again_only_where_a_stream_is_wanted(panda, urdf, controller):
    loop, node = Loop.at(panda, urdf), Node()
    output = make_output(node, controller, "", loop.filter.model, ("panda", panda.joints.names))
    core = LoopCore(loop.filter, SourceArbiter(panda.sources), GripperGate(panda.gripper), ControllerWatch())
    control = Control(core, LoopPorts(output, lambda _: None, lambda _: None, pytest.fail))
    for tick in range(50):  # 0.2 s
        now_ns = tick * panda.period_ns
        control.state = loop.state()
        control.tick(itertools.repeat(now_ns).__next__, now_ns)
        loop.now_ns = now_ns
    assert len(node.said) == (0 if controller == "jtc" else 9)
