# SPDX-License-Identifier: Apache-2.0
"""Latents on their way from the planner to the policy: sent while a subtask runs, and read back as they were made."""

import time

import numpy as np
import pytest
from sensor_msgs.msg import Image
from vla_msgs.msg import Latent, Observation, TaskState

import rclpy
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.executors import SingleThreadedExecutor
from rclpy.lifecycle import LifecycleNode
from vla_ros.nodes.latents import Latents
from vla_ros.nodes.policy_messages import latent_from_message
from vla_ros.nodes.qos import interface_qos
from vla_ros.planner.latents import LatentSpace


class Source:
    """A back end whose latents tell what they were made from."""

    latent_space = LatentSpace("test_space", rate_hz=50.0, time_to_live_s=1.5)

    def __init__(self):
        self.asked = []

    def latent(self, instruction, images):
        self.asked.append((instruction, sorted(images)))
        return np.array([1.0, -2.5, 3.0], np.float32)


@pytest.fixture
def graph():
    rclpy.init(args=["test"])
    node, other = LifecycleNode("planner"), rclpy.create_node("policy")
    observation = Observation(image_keys=["image.scene"], images=[Image(height=2, width=2, encoding="rgb8", step=6)])
    observation.images[0].data = bytes(12)
    observation.header.stamp.sec, observation.header.stamp.nanosec = 7, 5
    source, executor = Source(), SingleThreadedExecutor()
    latents = Latents(node, source, lambda: observation, MutuallyExclusiveCallbackGroup())
    got = []
    other.create_subscription(Latent, "vla/latent", got.append, interface_qos("latent"))
    states = other.create_publisher(TaskState, "vla/task_state", interface_qos("task_state"))
    executor.add_node(node)
    executor.add_node(other)

    def spin(until):
        end = time.monotonic() + 60.0  # a limit for a hung test, not a wait
        while not until():
            assert time.monotonic() < end, "never happened"
            executor.spin_once(timeout_sec=0.05)

    yield source, states, got, spin
    latents.destroy()
    executor.shutdown()
    node.destroy_node()
    other.destroy_node()
    rclpy.shutdown()


def test_latent_of_the_subtask_that_runs_reaches_the_policy_as_it_was_made(graph):
    source, states, got, spin = graph
    states.publish(TaskState(state=TaskState.RUNNING, subtask_text="pick up the red cube"))
    spin(lambda: got)
    latent = latent_from_message(got[0])
    assert source.asked[0] == ("pick up the red cube", ["image.scene"])
    assert (latent.latent_id, latent.stamp_ns, latent.time_to_live_ns) == ("test_space", 7_000_000_005, 1_500_000_000)
    np.testing.assert_array_equal(latent.values, np.array([1.0, -2.5, 3.0], np.float32))
    assert latent.expired(9_000_000_000)
    assert not latent.expired(8_000_000_000)


def test_without_a_subtask_no_latent_is_made(graph):
    source, states, _, spin = graph
    states.publish(TaskState(state=TaskState.RUNNING, subtask_text="go home"))
    spin(lambda: source.asked)
    states.publish(TaskState(state=TaskState.SUCCEEDED, subtask_text="go home"))
    asked = []

    def settled():
        asked.append(len(source.asked))
        return len(asked) > 30 and len(set(asked[-30:])) == 1

    spin(settled)
