# SPDX-License-Identifier: Apache-2.0
"""The simulation node as a process, and a client that listens, commands and asks."""

import os
import signal
import subprocess
import sys
import time

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import QoSProfile, ReliabilityPolicy

SENSOR = QoSProfile(depth=100, reliability=ReliabilityPolicy.BEST_EFFORT)
DEADLINE_S = 90.0  # for a test that hangs; far beyond what anything here takes


class Graph:
    """A running simulation, or with ``simulated=False`` whatever runs already. Everything is spun by hand."""

    def __init__(self, *parameters, simulated=True):
        rclpy.init(args=[])
        self.node = rclpy.create_node("client")
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)
        self.heard = {}
        self.process = None
        if not simulated:
            return
        words = [word for parameter in parameters for word in ("-p", parameter)]
        command = [sys.executable, "-m", "vla_sim.nodes.sim_node", "--ros-args", *words]
        self.process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})

    def listen(self, topic, kind, qos=100, **options):
        """Collect what comes on a topic."""
        heard = self.heard.setdefault(topic, [])
        self.node.create_subscription(kind, topic, heard.append, qos, **options)
        return heard

    def until(self, condition, what):
        end = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < end, f"never happened: {what}"
            assert not self.process or self.process.poll() is None, "the simulation ended by itself"
            self.executor.spin_once(timeout_sec=0.02)

    def call(self, kind, name, request=None):
        """Call a service and return its response."""
        client = self.node.create_client(kind, name)
        self.until(client.service_is_ready, name)
        future = client.call_async(request or kind.Request())
        self.until(future.done, f"an answer of {name}")
        self.node.destroy_client(client)
        return future.result()

    def close(self):
        if self.process:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(DEADLINE_S)
        self.executor.shutdown()
        self.node.destroy_node()
        rclpy.try_shutdown()


def seconds(stamp):
    return stamp.sec + stamp.nanosec * 1e-9
