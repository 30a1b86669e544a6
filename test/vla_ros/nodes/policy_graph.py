# SPDX-License-Identifier: Apache-2.0
"""A graph around the policy node for tests: simulated time, a player of observations and truth, an action client.

Time moves only when a test says so, and a step ends when the node has seen it: a slow machine changes nothing.
"""

import threading
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from rosgraph_msgs.msg import Clock
from vla_msgs.action import RunPolicy
from vla_msgs.msg import ActionChunk, GroundTruth, ObjectState, PolicyState, SafetyState, Subtask
from vla_msgs.msg import Observation as ObservationMessage

import rclpy
from rclpy.action import ActionClient
from rclpy.executors import MultiThreadedExecutor
from vla_ros.contract import load_contract
from vla_ros.interfaces import QosKind
from vla_ros.nodes.conversions import observation_to_message, time_message
from vla_ros.nodes.policy_node import PolicyNode
from vla_ros.nodes.qos import interface_qos, qos_profile
from vla_ros.types import Observation

ROOT = Path(__file__).parents[3]
FRANKA = ROOT / "config" / "robots" / "franka.yaml"
SCRIPTED = ROOT / "config" / "policies" / "scripted.yaml"
START_NS = 1_000_000_000_000
PERIOD_NS = 33_333_333
HOME = np.array([0.0, -0.35694, 0.0, -2.63707, 0.0, 2.28013, 0.785398])
LIMIT_S = 60.0  # for a hung test, not a wait


class PolicyGraph:
    """The node under test in an executor of its own thread, and what tests do around it."""

    def __init__(self, program):
        self.program = program
        self.contract = load_contract(FRANKA)
        self.player = rclpy.create_node("player")
        self.executor = MultiThreadedExecutor(num_threads=5)
        for node in (program.node, self.player):
            self.executor.add_node(node)
        self.now_ns, self.sequence = START_NS, 0
        self.references, self.raw, self.states, self.feedback = [], [], [], []
        self.listener = self._listen(ActionChunk, "reference", self.references)
        self._listen(ActionChunk, "action_chunk", self.raw)
        self._listen(PolicyState, "policy_state", self.states)
        self.clock = self.player.create_publisher(Clock, "/clock", 1)
        self.observations = self._publisher(ObservationMessage, "observation")
        self.safety = self._publisher(SafetyState, "safety_state")
        self.truth = self.player.create_publisher(GroundTruth, "sim/ground_truth", qos_profile(QosKind.SENSOR))
        self.client = ActionClient(self.player, RunPolicy, "vla/run_policy")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def until(self, condition, what):
        end = time.monotonic() + LIMIT_S
        while not condition():
            assert time.monotonic() < end, f"never happened: {what}"
            time.sleep(0.001)

    def tick(self, to_ns):
        """Let simulated time be ``to_ns`` for the node."""
        self.now_ns = to_ns
        self.clock.publish(Clock(clock=time_message(to_ns)))
        clock = self.program.node.get_clock()
        self.until(lambda: clock.now().nanoseconds >= to_ns, "the simulated time")

    def observe(self, joints=HOME, rates=None, width=0.08, contract_hash=""):
        """Publish an observation of now."""
        rates = np.zeros(7) if rates is None else rates
        images = {key: np.zeros((224, 224, 3), np.uint8) for key in self.contract.image_keys}
        observation = Observation(
            stamp_ns=self.now_ns,
            images=images,
            image_stamps_ns=dict.fromkeys(images, self.now_ns),
            state_names=self.contract.state_names,
            state=np.concatenate([joints, rates, [width]]),
            sequence=self.sequence,
            contract_hash=contract_hash or self.contract.hash,
        )
        self.sequence += 1
        self.observations.publish(observation_to_message(observation, self.contract))

    def settle(self):
        """Wait until the node has seen the newest observation and no inference is running: a step of time is over."""
        session = self.program.component._driver.session
        seen = session._observations
        self.until(lambda: bool(seen) and seen[-1].stamp_ns == self.now_ns, "the observation in the node")
        self.until(lambda: session._job is None, "the end of an inference")

    def tell_truth(self, things):
        """Publish ground truth: rows of name, shape, half extents, position."""
        message = GroundTruth()
        message.header.stamp = time_message(self.now_ns)
        for name, shape, half, position in things:
            item = ObjectState(name=name, shape=shape, size=np.asarray(half, float))
            item.pose.position.x, item.pose.position.y, item.pose.position.z = (float(value) for value in position)
            item.pose.orientation.w = 1.0
            message.objects.append(item)
        self.truth.publish(message)

    def send(self, text, timeout_s=10.0, stop_when=()):
        """Send a goal and return its handle, or None where it is refused."""
        goal = RunPolicy.Goal(subtask=Subtask(text=text), timeout_s=timeout_s, stop_when=list(stop_when))
        future = self.client.send_goal_async(goal, lambda message: self.feedback.append(message.feedback))
        self.until(future.done, "the answer to a goal")
        return future.result() if future.result().accepted else None

    def result(self, handle, advance):
        """Call ``advance`` until the goal has a result, and return it."""
        future = handle.get_result_async()
        end = time.monotonic() + LIMIT_S
        while not future.done():
            assert time.monotonic() < end, "the goal never ended"
            advance()
        return future.result()

    def connected(self, *, truth):
        """Wait until everything that a test plays has a listener; ``truth``: somebody reads the ground truth."""
        publishers = (self.observations, self.safety, self.clock, *((self.truth,) if truth else ()))
        self.until(lambda: all(item.get_subscription_count() for item in publishers), "the subscriptions")
        self.until(self.client.server_is_ready, "the action server")
        node = self.program.node
        topics = ("vla/reference", "vla/action_chunk", "vla/policy_state")
        self.until(lambda: all(node.count_subscribers(topic) for topic in topics), "the listeners")

    def close(self):
        self._ended.set()
        self._thread.join(LIMIT_S)
        self.program.stop()
        self.client.destroy()
        self.executor.shutdown()
        self.player.destroy_node()
        self.program.node.destroy_node()

    def _spin(self):
        while not self._ended.is_set():
            self.executor.spin_once(timeout_sec=0.05)

    def _listen(self, message_type, key, received):
        qos = interface_qos(key) if key == "policy_state" else 50  # every message counts here
        return self.player.create_subscription(message_type, f"vla/{key}", received.append, qos)

    def _publisher(self, message_type, key):
        name = {"safety_state": "vla/safety/state"}.get(key, f"vla/{key}")
        return self.player.create_publisher(message_type, name, interface_qos(key))


@contextmanager
def policy_graph(*, truth=True, **parameters):
    values = {"contract": FRANKA, "policy": SCRIPTED, "use_sim_time": "true", **parameters}
    words = [word for key, value in values.items() for word in ("-p", f"{key}:={value}")]
    rclpy.init(args=["--ros-args", *words])
    graph = PolicyGraph(PolicyNode())
    try:
        graph.program.start()
        graph.connected(truth=truth)
        graph.tick(START_NS)
        yield graph
    finally:
        graph.close()
        rclpy.try_shutdown()
