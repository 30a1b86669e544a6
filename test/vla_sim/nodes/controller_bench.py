# SPDX-License-Identifier: Apache-2.0
"""A running trajectory controller as its users see it: topics, action, and the time of its own stamps."""

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from builtin_interfaces.msg import Duration, Time
from control_msgs.action import FollowJointTrajectory
from control_msgs.msg import JointTrajectoryControllerState
from test.vla_sim.nodes.graph import Graph
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from rclpy.action import ActionClient

SIMULATED = "fr3_arm_controller"
CONTROLLER = os.environ.get("CONTROLLER", SIMULATED)
IS_OTHER = "CONTROLLER" in os.environ  # one that runs already
SPEED = 0.25  # of simulated time: a loaded machine is then not the subject


@dataclass
class Bench:
    """A controller and what it says."""

    graph: Graph
    states: list[Any]
    commands: Any
    action: ActionClient

    @classmethod
    def open(cls):
        """Wait for the controller called ``CONTROLLER``; without that name start a simulated one."""
        graph = Graph(f"speed:={SPEED}", "cameras:=false", simulated=not IS_OTHER)
        states = graph.listen(f"{CONTROLLER}/controller_state", JointTrajectoryControllerState)
        commands = graph.node.create_publisher(JointTrajectory, f"{CONTROLLER}/joint_trajectory", 1)
        action = ActionClient(graph.node, FollowJointTrajectory, f"{CONTROLLER}/follow_joint_trajectory")
        try:
            graph.until(lambda: states and commands.get_subscription_count() > 0, f"the controller {CONTROLLER}")
            graph.until(action.server_is_ready, f"the action of {CONTROLLER}")
        except BaseException:
            graph.close()
            raise
        return cls(graph, states, commands, action)

    @property
    def now_ns(self):
        return stamp(self.states[-1].header.stamp)

    def reference(self):
        return np.array(self.states[-1].reference.positions)

    def wait(self, duration_s):
        end_ns = self.now_ns + round(duration_s * 1e9)
        self.graph.until(lambda: self.now_ns >= end_ns, f"{duration_s} s")

    def rest(self):
        self.wait(0.1)
        self.graph.until(lambda: np.abs(self.states[-1].reference.velocities).max() < 1e-6, "rest")

    def line(self, since_ns, until_ns):
        """Return times [s] since ``since_ns``, references and measured positions between two times."""
        chosen = [state for state in self.states if since_ns <= stamp(state.header.stamp) <= until_ns]
        seconds = np.array([(stamp(state.header.stamp) - since_ns) * 1e-9 for state in chosen])
        wanted = np.array([state.reference.positions for state in chosen])
        return seconds, wanted, np.array([state.feedback.positions for state in chosen])

    def message(self, positions, times_s, stamp_ns=0, **rows):
        """Return a trajectory through ``positions (T, J)``; ``velocities`` and ``accelerations`` where given."""
        points = []
        for index, (position, time_s) in enumerate(zip(positions, times_s, strict=True)):
            point = JointTrajectoryPoint(positions=np.asarray(position, dtype=float).tolist())
            for name, values in rows.items():
                setattr(point, name, np.asarray(values[index], dtype=float).tolist())
            point.time_from_start = Duration(sec=int(time_s), nanosec=round((time_s % 1.0) * 1e9))
            points.append(point)
        made = JointTrajectory(joint_names=list(self.states[-1].joint_names), points=points)
        made.header.stamp = Time(sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9)
        return made

    def smooth(self, change, duration_s):
        """Return a trajectory to where the reference is, plus ``change``."""
        still = [np.zeros(7)]
        return self.message([self.reference() + change], [duration_s], velocities=still, accelerations=still)

    def follow(self, trajectory, **fields):
        """Send a goal; return its handle."""
        future = self.action.send_goal_async(FollowJointTrajectory.Goal(trajectory=trajectory, **fields))
        self.graph.until(future.done, "an answer to the goal")
        return future.result()

    def result(self, handle):
        """Wait for the end of a goal; return its answer."""
        future = handle.get_result_async()
        self.graph.until(future.done, "the goal's result")
        return future.result()


def stamp(time):
    return time.sec * 10**9 + time.nanosec
