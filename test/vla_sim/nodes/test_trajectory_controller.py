# SPDX-License-Identifier: Apache-2.0
"""Conformance of a trajectory controller, by its ROS interface alone: what it accepts, refuses, and how it moves.

Nothing here knows of the simulation: with ``CONTROLLER`` set to the name of a running one (and its joints in the joint
states of its graph) the same table is held against a real ``joint_trajectory_controller`` with franka_ros2's settings
and ``interpolate_from_desired_state``. The motions are within 0.1 rad of where the arm is.
"""

import os
from dataclasses import dataclass, field

import numpy as np
import pytest
from action_msgs.msg import GoalStatus
from builtin_interfaces.msg import Duration, Time
from control_msgs.action import FollowJointTrajectory
from control_msgs.msg import JointTolerance, JointTrajectoryControllerState
from rosgraph_msgs.msg import Clock
from scipy.interpolate import BPoly
from test.vla_sim.nodes.graph import Graph
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from rclpy.action import ActionClient

pytestmark = [pytest.mark.graph, pytest.mark.timeout(300)]
CONTROLLER = os.environ.get("CONTROLLER", "fr3_arm_controller")
SPEED = 0.25  # of simulated time: a loaded machine is then not the subject
AHEAD_NS = 100_000_000
CLOSE_RAD = 1e-3
RESULT = FollowJointTrajectory.Result


@dataclass
class Bench:
    """A controller and what it says."""

    graph: Graph
    states: list = field(default_factory=list)
    now_ns: int = 0

    def reference(self):
        return np.array(self.states[-1].reference.positions)

    def wait(self, duration_s):
        end_ns = self.now_ns + round(duration_s * 1e9)
        self.graph.until(lambda: self.now_ns >= end_ns, f"{duration_s} s")

    def rest(self):
        self.wait(0.05)
        self.graph.until(lambda: np.abs(self.states[-1].reference.velocities).max() < 1e-6, "rest")

    def line(self, since_ns, until_ns):
        """Return times [s] since ``since_ns`` and references between two times."""
        rows = [(stamp(state.header.stamp), state.reference.positions) for state in self.states]
        rows = [row for row in rows if since_ns <= row[0] <= until_ns]
        return np.array([(row[0] - since_ns) * 1e-9 for row in rows]), np.array([row[1] for row in rows])


def stamp(time):
    return time.sec * 10**9 + time.nanosec


@pytest.fixture(scope="module")
def bench():
    graph = Graph(f"speed:={SPEED}", "cameras:=false")
    made = Bench(graph)
    try:
        made.states = graph.listen(f"{CONTROLLER}/controller_state", JointTrajectoryControllerState)
        graph.node.create_subscription(
            Clock, "/clock", lambda message: setattr(made, "now_ns", stamp(message.clock)), 1
        )
        made.commands = graph.node.create_publisher(JointTrajectory, f"{CONTROLLER}/joint_trajectory", 1)
        made.action = ActionClient(graph.node, FollowJointTrajectory, f"{CONTROLLER}/follow_joint_trajectory")
        graph.until(lambda: made.states and made.commands.get_subscription_count() > 0, "the controller")
        graph.until(made.action.server_is_ready, "the controller's action")
        yield made
    finally:
        graph.close()


def message(bench, positions, times_s, stamp_ns=0, **rows):
    """Return a trajectory through ``positions (T, J)``; ``velocities`` and ``accelerations`` where given."""
    points = []
    for index, (position, time_s) in enumerate(zip(positions, times_s, strict=True)):
        point = JointTrajectoryPoint(positions=np.asarray(position, dtype=float).tolist())
        for name, values in rows.items():
            setattr(point, name, np.asarray(values[index], dtype=float).tolist())
        point.time_from_start = Duration(sec=int(time_s), nanosec=round((time_s % 1.0) * 1e9))
        points.append(point)
    made = JointTrajectory(joint_names=list(bench.states[-1].joint_names), points=points)
    made.header.stamp = Time(sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9)
    return made


def bump(start):
    """Return three points of a smooth motion to and fro with all derivatives: rows (3, J) of each."""
    reach, still = 0.05 * np.ones(7), np.zeros(7)
    return [start, start + reach, start], [still, still, still], [still, -2.0 * reach, still]


def test_quintic_motion_at_an_absolute_stamp_is_within_a_milliradian_of_the_spline(bench):
    bench.rest()
    start, begin_ns = bench.reference(), bench.now_ns + AHEAD_NS
    positions, velocities, accelerations = bump(start)
    times_s = [0.0, 0.6, 1.2]
    rows = {"velocities": velocities, "accelerations": accelerations}
    bench.commands.publish(message(bench, positions, times_s, begin_ns, **rows))
    bench.wait(1.6)
    seconds, line = bench.line(begin_ns, begin_ns + 1_200_000_000)
    derivatives = [np.stack(row) for row in zip(positions, velocities, accelerations, strict=True)]
    expected = BPoly.from_derivatives(times_s, derivatives)(seconds)
    assert len(line) > 30
    assert np.ptp(line[:, 0]) > 0.04
    assert np.abs(line - expected).max() < CLOSE_RAD


def test_cubic_motion_is_within_a_milliradian_of_the_spline(bench):
    bench.rest()
    start, begin_ns = bench.reference(), bench.now_ns + AHEAD_NS
    # A cubic jumps in acceleration at its ends: slow enough that the arm's jerk limit (5 rad/s² in 1 ms) bears it.
    positions, velocities, times_s = [start, start + 0.02], [np.zeros(7), np.zeros(7)], [0.0, 2.0]
    bench.commands.publish(message(bench, positions, times_s, begin_ns, velocities=velocities))
    bench.wait(2.4)
    seconds, line = bench.line(begin_ns, begin_ns + 2_000_000_000)
    derivatives = [np.stack(row) for row in zip(positions, velocities, strict=True)]
    assert np.abs(line - BPoly.from_derivatives(times_s, derivatives)(seconds)).max() < CLOSE_RAD
    assert line[-1, 0] - start[0] > 0.019


def test_stamp_zero_starts_now(bench):
    bench.rest()
    start, before_ns = bench.reference(), bench.now_ns
    still = [np.zeros(7)]
    bench.commands.publish(message(bench, [start + 0.03], [1.0], velocities=still, accelerations=still))
    bench.graph.until(lambda: np.abs(bench.reference() - start - 0.03).max() < 1e-5, "the goal")
    assert 0.95e9 < stamp(bench.states[-1].header.stamp) - before_ns < 1.6e9


def test_new_trajectory_replaces_the_old_one_and_the_reference_stays_smooth(bench):
    bench.rest()
    start, begin_ns = bench.reference(), bench.now_ns + AHEAD_NS
    still = [np.zeros(7)] * 2
    bench.commands.publish(
        message(bench, [start, start + 0.08], [0.0, 1.5], begin_ns, velocities=still, accelerations=still)
    )
    bench.wait(0.7)
    middle = bench.reference()
    bench.commands.publish(message(bench, [start], [1.2], velocities=still[:1], accelerations=still[:1]))
    bench.wait(1.6)
    bench.rest()
    seconds, line = bench.line(begin_ns, bench.now_ns)
    assert np.abs(bench.reference() - start).max() < 1e-5
    assert np.abs(middle - start).max() > 0.01
    assert line[:, 0].max() - start[0] < 0.08
    assert (np.abs(np.diff(line, axis=0)) / np.diff(seconds)[:, None]).max() < 0.3


REFUSED = {
    "no points": lambda bench, good: JointTrajectory(joint_names=good.joint_names),
    "ends in the past": lambda bench, good: _changed(good, stamp_ns=bench.now_ns - 5_000_000_000),
    "does not end at rest": lambda bench, good: _changed(good, velocities=[0.1] * 7),
    "misses a joint": lambda bench, good: _without_last_joint(good),
    "unknown joint": lambda bench, good: _renamed(good, "elbow"),
    "joint named twice": lambda bench, good: _renamed(good, good.joint_names[0]),
    "too few positions": lambda bench, good: _changed(good, positions=[0.0] * 6),
    "time goes back": lambda bench, good: _backwards(good),
}


def _changed(good, stamp_ns=None, **last):
    if stamp_ns is not None:
        good.header.stamp = Time(sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9)
    for name, values in last.items():
        setattr(good.points[-1], name, values)
    return good


def _without_last_joint(good):
    good.joint_names = good.joint_names[:-1]
    for point in good.points:
        point.positions, point.velocities = point.positions[:-1], point.velocities[:-1]
    return good


def _renamed(good, name):
    good.joint_names = [*good.joint_names[:-1], name]
    return good


def _backwards(good):
    good.points = good.points[::-1]
    return good


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_trajectory_is_refused_whole_and_nothing_moves(bench, case):
    bench.rest()
    start = bench.reference()
    good = message(bench, [start + 0.01, start + 0.02], [0.3, 0.6], velocities=[np.zeros(7)] * 2)
    bench.commands.publish(REFUSED[case](bench, good))
    bench.wait(0.5)
    assert np.abs(bench.reference() - start).max() < 1e-6


def test_good_trajectory_of_the_refusal_table_is_accepted(bench):
    bench.rest()
    start = bench.reference()
    still = [np.zeros(7)] * 2
    bench.commands.publish(
        message(bench, [start + 0.01, start + 0.02], [0.5, 1.0], velocities=still, accelerations=still)
    )
    bench.wait(1.3)
    assert np.abs(bench.reference() - start - 0.02).max() < 1e-5


def follow(bench, trajectory, **fields):
    """Send a goal; return its handle."""
    goal = FollowJointTrajectory.Goal(trajectory=trajectory, **fields)
    future = bench.action.send_goal_async(goal)
    bench.graph.until(future.done, "an answer to the goal")
    return future.result()


def result(bench, handle):
    future = handle.get_result_async()
    bench.graph.until(future.done, "the goal's result")
    return future.result()


def smooth(bench, change, duration_s):
    still = [np.zeros(7)]
    return message(bench, [bench.reference() + change], [duration_s], velocities=still, accelerations=still)


def test_action_succeeds_at_its_goal(bench):
    bench.rest()
    start = bench.reference()
    answer = result(bench, follow(bench, smooth(bench, 0.03, 0.8)))
    assert answer.status == GoalStatus.STATUS_SUCCEEDED
    assert answer.result.error_code == RESULT.SUCCESSFUL
    assert np.abs(bench.reference() - start - 0.03).max() < 1e-5


def test_action_refuses_a_goal_that_misses_a_joint(bench):
    assert not follow(bench, _without_last_joint(smooth(bench, 0.01, 0.5))).accepted


def test_action_is_aborted_when_its_path_tolerance_is_broken(bench):
    bench.rest()
    tight = [JointTolerance(name=name, position=1e-9) for name in bench.states[-1].joint_names]
    answer = result(bench, follow(bench, smooth(bench, 0.01, 3.0), path_tolerance=tight))
    assert answer.status == GoalStatus.STATUS_ABORTED
    assert answer.result.error_code == RESULT.PATH_TOLERANCE_VIOLATED


def test_action_is_aborted_when_another_trajectory_takes_over(bench):
    bench.rest()
    handle = follow(bench, smooth(bench, 0.03, 2.0))
    bench.wait(0.3)
    bench.commands.publish(smooth(bench, 0.0, 1.0))
    assert result(bench, handle).status == GoalStatus.STATUS_ABORTED
