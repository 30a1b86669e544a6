# SPDX-License-Identifier: Apache-2.0
"""Simulation and safety node as processes, and a client that streams references. Time is the simulation's, slowed.

With a slow clock the timing of a loaded machine is not the subject: what counts is the order of things in simulated
time, which is the same as on a fast one.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from builtin_interfaces.msg import Duration, Time
from geometry_msgs.msg import PoseStamped
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import JointState
from std_srvs.srv import SetBool, Trigger
from vla_msgs.msg import ActionChunk, GroundTruth, SafetyState
from vla_msgs.srv import InjectFault

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data

ROOT = Path(__file__).parents[3]
DEADLINE_S = 90.0  # for a test that hangs; far beyond what anything here takes
SPEED = 0.2
PERIOD_NS = 50_000_000
ROWS = 20


class Graph:
    """Both nodes, what they say, and a hand that moves."""

    def __init__(self):
        self.processes = {}
        rclpy.init(args=[])
        self.node = rclpy.create_node("client")
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)
        self.states, self.joints, self.poses, self.truths = [], [], [], []
        self.now_ns = 0
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        subscribe = self.node.create_subscription
        subscribe(SafetyState, "vla/safety/state", self.states.append, latched)
        subscribe(JointState, "joint_states", self.joints.append, qos_profile_sensor_data)
        subscribe(GroundTruth, "sim/ground_truth", self.truths.append, 10)
        subscribe(PoseStamped, "franka_robot_state_broadcaster/current_pose", self.poses.append, 10)
        subscribe(Clock, "/clock", self._on_clock, 1)
        self._references = self.node.create_publisher(ActionChunk, "vla/reference", 1)
        self.estop = self.node.create_client(SetBool, "vla/safety/estop")
        self.reset = self.node.create_client(Trigger, "vla/safety/reset")
        self.recovery = self.node.create_client(Trigger, "sim/error_recovery")
        self.fault = self.node.create_client(InjectFault, "sim/inject_fault")
        self.chunk = 0

    def _on_clock(self, message):
        self.now_ns = message.clock.sec * 10**9 + message.clock.nanosec

    def start(self, name, module, *parameters):
        words = [word for parameter in parameters for word in ("-p", parameter)]
        command = [sys.executable, "-m", module, "--ros-args", *words]
        self.processes[name] = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})

    def start_simulation(self):
        self.start("sim", "vla_sim.nodes.sim_node", f"speed:={SPEED}", "cameras:=false")
        self.until(lambda: self.joints, "joint states")

    def start_safety(self, *parameters):
        config = ROOT / "config" / "safety" / "fr3.yaml"
        self.start(
            "safety",
            "vla_safety.nodes.safety_node",
            f"config:={config}",
            "use_sim_time:=true",
            "lead_s:=0.04",
            *parameters,
        )
        self.states.clear()
        self.until(lambda: self.states and self.states[-1].grade == SafetyState.HOLDING, "an active safety node")

    def kill(self, name, number=signal.SIGKILL):
        process = self.processes.pop(name)
        process.send_signal(number)
        process.wait(DEADLINE_S)
        return process.returncode

    def close(self):
        for name in reversed(list(self.processes)):
            self.kill(name, signal.SIGINT)
        self.executor.shutdown()
        self.node.destroy_node()
        rclpy.try_shutdown()

    def until(self, condition, what):
        end = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < end, f"never happened: {what}"
            for name, process in self.processes.items():
                assert process.poll() is None, f"{name} ended by itself with {process.returncode}"
            self.executor.spin_once(timeout_sec=0.02)

    def wait(self, duration_s):
        """Let simulated time pass."""
        end_ns = self.now_ns + round(duration_s * 1e9)
        self.until(lambda: self.now_ns >= end_ns, f"{duration_s} s of simulated time")

    def call(self, client, request):
        self.until(client.service_is_ready, client.srv_name)
        future = client.call_async(request)
        self.until(future.done, f"an answer of {client.srv_name}")
        return future.result()

    def position(self):
        return np.array(self.joints[-1].position[:7])

    def publish(self, kind, names, rows, **fields):
        """Send rows of which the first is due in 0.1 s."""
        self.chunk += 1
        stamp_ns = fields.pop("stamp_ns", self.now_ns + 100_000_000)
        message = ActionChunk(
            period=Duration(sec=0, nanosec=PERIOD_NS),
            action_space=kind,
            names=list(names),
            rows=len(rows),
            data=np.asarray(rows, dtype=float).ravel().tolist(),
            source="policy",
            chunk_id=self.chunk,
            epoch=self.states[-1].epoch,
            decode_ok=True,
        )
        message.header.stamp = Time(sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9)
        for name, value in fields.items():
            setattr(message, name, value)
        self._references.publish(message)
        return stamp_ns

    def stream(self, path, duration_s):
        """Stream ``path(seconds since now)`` as joint positions, a new chunk every 0.1 s of simulated time."""
        begin_ns = self.now_ns
        while self.now_ns < begin_ns + duration_s * 1e9:
            stamp_ns = self.now_ns + 100_000_000
            rows = [path((stamp_ns + row * PERIOD_NS - begin_ns) * 1e-9) for row in range(ROWS)]
            self.publish(ActionChunk.JOINT_POSITION, self.joints[-1].name[:7], rows, stamp_ns=stamp_ns)
            self.wait(0.1)
        return begin_ns

    def is_at_rest(self):
        return np.abs(self.joints[-1].velocity[:7]).max() < 1e-3


def wave(start, amplitude=0.15, rate_hz=0.5):
    """Return a smooth motion that begins at rest at ``start``."""

    def path(seconds):
        moved = amplitude * (1.0 - np.cos(2.0 * np.pi * rate_hz * max(seconds - 0.2, 0.0)))
        return start + moved * np.array([1.0, 0.3, 0.0, 0.5, 0.0, 0.5, 1.0])

    return path
