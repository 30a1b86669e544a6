# SPDX-License-Identifier: Apache-2.0
"""The serving side of the interop test: a program for any rclpy that offers what ``probe`` asks for."""

import contextlib
import time

from example_interfaces.action import Fibonacci
from example_interfaces.srv import AddTwoInts
from geometry_msgs.msg import TransformStamped
from rcl_interfaces.msg import FloatingPointRange, ParameterDescriptor
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import String

import rclpy
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import ExternalShutdownException, MultiThreadedExecutor
from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, qos_profile_sensor_data
from tf2_ros import StaticTransformBroadcaster

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
UNIT = ParameterDescriptor(floating_point_range=[FloatingPointRange(from_value=0.0, to_value=1.0)])


class Peer(Node):
    """Publishes, answers, executes and holds parameters."""

    def __init__(self):
        super().__init__("peer", namespace="/interop")
        group = ReentrantCallbackGroup()
        self.create_publisher(String, "latched", LATCHED).publish(String(data="kept"))
        self._joints = self.create_publisher(JointState, "joints", qos_profile_sensor_data)
        self._image = self.create_publisher(Image, "image", 1)
        self._clock_publisher = self.create_publisher(Clock, "/clock", 1)
        self._echo = self.create_publisher(String, "echo", QoSProfile(history=HistoryPolicy.KEEP_ALL))
        self.create_subscription(String, "say", self._on_say, 10)
        self.create_service(AddTwoInts, "add", self._on_add, callback_group=group)
        self.action = ActionServer(
            self,
            Fibonacci,
            "count",
            self._execute,
            callback_group=group,
            goal_callback=lambda goal: GoalResponse.REJECT if goal.order < 0 else GoalResponse.ACCEPT,
            cancel_callback=lambda _goal: CancelResponse.ACCEPT,
        )
        self.declare_parameter("gain", 0.5, UNIT)
        self.declare_parameter("arm.joints", ["a", "b"])
        self.declare_parameter("fixed", 1, ParameterDescriptor(read_only=True))
        transform = TransformStamped(child_frame_id="tool")
        transform.header.frame_id = "base"
        transform.transform.translation.x = 0.25
        self._transforms = StaticTransformBroadcaster(self)
        self._transforms.sendTransform(transform)
        self.create_timer(0.05, self._tick, callback_group=group)

    def _tick(self):
        state = JointState(name=["a", "b"], position=[0.5, -1e-9])
        state.header.frame_id = "base"
        self._joints.publish(state)
        self._image.publish(Image(height=480, width=640, step=1920, encoding="rgb8", data=bytes(range(256)) * 3600))
        clock = Clock()
        clock.clock.sec = 1234
        self._clock_publisher.publish(clock)

    def _on_say(self, message):
        self.get_logger().warning(f"heard {message.data}")
        self._echo.publish(message)

    def _on_add(self, request, response):
        response.sum = request.a + request.b
        return response

    def _execute(self, goal):
        sequence = [0, 1]
        while len(sequence) <= goal.request.order:
            if goal.is_cancel_requested:
                goal.canceled()
                return Fibonacci.Result(sequence=sequence)
            sequence.append(sequence[-1] + sequence[-2])
            goal.publish_feedback(Fibonacci.Feedback(sequence=sequence))
            time.sleep(0.05)
        goal.succeed()
        return Fibonacci.Result(sequence=sequence)


class Managed(LifecycleNode):
    """A node with a life cycle and a parameter that fails to configure."""

    def on_configure(self, _state):
        return TransitionCallbackReturn.SUCCESS


def main():
    """Serve until a signal."""
    rclpy.init()
    executor = MultiThreadedExecutor(num_threads=4)
    nodes = [Peer(), Managed("managed", namespace="/interop")]
    for node in nodes:
        executor.add_node(node)
    print("ready", flush=True)  # noqa: T201 (read by the test)
    with contextlib.suppress(KeyboardInterrupt, ExternalShutdownException):
        executor.spin()


main()
