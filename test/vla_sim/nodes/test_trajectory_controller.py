# SPDX-License-Identifier: Apache-2.0
"""Conformance of a trajectory controller, by its ROS interface alone: what it accepts, refuses, and how it moves.

Nothing here knows of the simulation. ``CONTROLLER=NAME`` holds the same tests against one that runs already, simulated
or real: ``docs/simulation.md`` says how, with which parameters. Motions stay within 0.1 rad of where the arm is.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from action_msgs.msg import GoalStatus
from builtin_interfaces.msg import Duration, Time
from control_msgs.action import FollowJointTrajectory
from control_msgs.msg import JointTolerance
from scipy.interpolate import BPoly
from test.vla_sim.nodes.controller_bench import IS_OTHER, Bench
from trajectory_msgs.msg import JointTrajectory

pytestmark = [pytest.mark.graph, pytest.mark.timeout(300)]
AHEAD_NS = 100_000_000
CLOSE_RAD = 1e-3  # of the reference to the spline
TRACKING_RAD = float(os.environ.get("TRACKING_RAD", "1e-3"))  # of the measured motion; a real arm lags by more
RESULT = FollowJointTrajectory.Result
STILL = np.zeros(7)


@pytest.fixture(scope="module")
def bench():
    bench = Bench.open()
    try:
        yield bench
    finally:
        bench.graph.close()


def bump(reach):
    """Return rows (3, J) of a smooth motion to and fro: positions from the start, velocities, accelerations."""
    reach = reach * np.ones(7)
    return np.array([STILL, reach, STILL]), np.array([STILL] * 3), np.array([STILL, -40.0 * reach, STILL])


# Fields given, rows of each, times [s]. What is not given makes the motion jump in that derivative at its ends: slow
# enough that the arm's own limits bear it.
MOTIONS = {
    "quintic: positions, velocities and accelerations": (bump(0.05), [0.0, 0.6, 1.2]),
    "cubic: positions and velocities": (([STILL, STILL + 0.02], [STILL] * 2), [0.0, 2.0]),
    "linear: positions alone": (([STILL, STILL + 0.0035],), [0.0, 1.0]),
}


@pytest.mark.parametrize("case", MOTIONS)
def test_motion_at_an_absolute_stamp_is_within_a_milliradian_of_the_spline(bench, case):
    bench.rest()
    rows, times_s = MOTIONS[case]
    positions, *others = [np.array(row, dtype=float) for row in rows]
    positions = positions + bench.reference()
    begin_ns = bench.now_ns + AHEAD_NS
    names = ("velocities", "accelerations")[: len(others)]
    bench.commands.publish(bench.message(positions, times_s, begin_ns, **dict(zip(names, others, strict=True))))
    bench.wait(times_s[-1] + 0.4)
    seconds, wanted, measured = bench.line(begin_ns, begin_ns + round(times_s[-1] * 1e9))
    derivatives = [np.stack(row) for row in zip(positions, *others, strict=True)]
    expected = BPoly.from_derivatives(times_s, derivatives)(seconds)
    assert len(wanted) > 25 * times_s[-1]
    assert np.ptp(wanted[:, 0]) > 0.8 * np.ptp(positions[:, 0])
    assert np.abs(wanted - expected).max() < CLOSE_RAD
    assert np.abs(measured - expected).max() < TRACKING_RAD


def test_stamp_zero_starts_now(bench):
    bench.rest()
    start, before_ns = bench.reference(), bench.now_ns
    bench.commands.publish(bench.smooth(0.03, 1.0))
    bench.graph.until(lambda: np.abs(bench.reference() - start - 0.03).max() < 1e-5, "the goal")
    assert 0.95e9 < bench.now_ns - before_ns < 1.6e9


def test_stamp_in_the_past_puts_the_motion_where_it_belongs_on_the_time_axis(bench):
    bench.rest()
    start, begin_ns = bench.reference(), bench.now_ns - 100_000_000
    goal = bench.message([start + 0.03], [1.0], begin_ns, velocities=[STILL], accelerations=[STILL])
    bench.commands.publish(goal)
    bench.wait(1.4)
    seconds, wanted, _ = bench.line(begin_ns, bench.now_ns)
    there_s = seconds[np.abs(wanted - start - 0.03).max(axis=1) < 1e-6][0]
    assert 0.95 < there_s < 1.05


def test_new_trajectory_replaces_the_old_one_and_the_reference_stays_smooth(bench):
    bench.rest()
    start, begin_ns = bench.reference(), bench.now_ns + AHEAD_NS
    still = [STILL] * 2
    bench.commands.publish(
        bench.message([start, start + 0.08], [0.0, 1.5], begin_ns, velocities=still, accelerations=still)
    )
    bench.wait(0.7)
    middle = bench.reference()
    bench.commands.publish(bench.message([start], [1.2], velocities=still[:1], accelerations=still[:1]))
    bench.wait(1.6)
    bench.rest()
    seconds, line, _ = bench.line(begin_ns, bench.now_ns)
    assert np.abs(bench.reference() - start).max() < 1e-5
    assert np.abs(middle - start).max() > 0.01
    assert line[:, 0].max() - start[0] < 0.08
    assert (np.abs(np.diff(line, axis=0)) / np.diff(seconds)[:, None]).max() < 0.3


def test_joints_may_come_in_any_order(bench):
    bench.rest()
    start, change = bench.reference(), np.linspace(0.01, 0.04, 7)
    goal = bench.smooth(change, 1.0)
    order = [3, 0, 6, 1, 5, 2, 4]
    goal.joint_names = [goal.joint_names[index] for index in order]
    goal.points[0].positions = [goal.points[0].positions[index] for index in order]
    bench.commands.publish(goal)
    bench.wait(1.3)
    assert np.abs(bench.reference() - start - change).max() < 1e-5


REFUSED = {
    "no points": lambda bench, good: JointTrajectory(joint_names=good.joint_names),
    "ends in the past": lambda bench, good: _changed(good, stamp_ns=bench.now_ns - 5_000_000_000),
    "does not end at rest": lambda bench, good: _changed(good, velocities=[0.1] * 7),
    "misses a joint": lambda bench, good: _without_last_joint(good),
    "unknown joint": lambda bench, good: _renamed(good, "elbow"),
    "too few positions": lambda bench, good: _changed(good, positions=[0.0] * 6),
    "time goes back": lambda bench, good: _backwards(good),
}


STRICTER = {  # than the documentation of the real one
    "joint named twice": lambda bench, good: _renamed(good, good.joint_names[0]),
    "not a number": lambda bench, good: _changed(good, positions=[float("nan")] * 7),
}
if not IS_OTHER:
    REFUSED |= STRICTER


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


def almost_good(bench):
    """Return a trajectory that is accepted as it is."""
    start, still = bench.reference(), [STILL] * 2
    return bench.message([start + 0.01, start + 0.02], [0.5, 1.0], velocities=still, accelerations=still)


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_trajectory_is_refused_whole_and_nothing_moves(bench, case):
    bench.rest()
    start = bench.reference()
    bench.commands.publish(REFUSED[case](bench, almost_good(bench)))
    bench.wait(0.5)
    assert np.abs(bench.reference() - start).max() < 1e-6


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_trajectory_is_refused_as_a_goal_too(bench, case):
    assert not bench.follow(REFUSED[case](bench, almost_good(bench))).accepted


def test_refused_trajectories_are_those_of_the_documentation():
    text = " ".join(Path("docs/simulation.md").read_text(encoding="utf-8").split())
    assert not [case for case in REFUSED if f"*{case}*" not in text]


def test_good_trajectory_of_the_refusal_table_is_accepted(bench):
    bench.rest()
    start = bench.reference()
    bench.commands.publish(almost_good(bench))
    bench.wait(1.3)
    assert np.abs(bench.reference() - start - 0.02).max() < 1e-5


def test_action_succeeds_at_its_goal(bench):
    bench.rest()
    start = bench.reference()
    answer = bench.result(bench.follow(bench.smooth(0.03, 0.8)))
    assert answer.status == GoalStatus.STATUS_SUCCEEDED
    assert answer.result.error_code == RESULT.SUCCESSFUL
    assert np.abs(bench.reference() - start - 0.03).max() < 1e-5


def tolerances(bench, position):
    return [JointTolerance(name=name, position=position) for name in bench.states[-1].joint_names]


def test_action_is_aborted_when_its_path_tolerance_is_broken(bench):
    bench.rest()
    goal = bench.smooth(0.01, 3.0)
    answer = bench.result(bench.follow(goal, path_tolerance=tolerances(bench, 1e-9)))
    assert answer.status == GoalStatus.STATUS_ABORTED
    assert answer.result.error_code == RESULT.PATH_TOLERANCE_VIOLATED


def test_action_is_aborted_when_its_goal_is_not_met_in_time(bench):
    bench.rest()
    begin_ns = bench.now_ns
    limits = {
        "goal_tolerance": tolerances(bench, 1e-12),
        "goal_time_tolerance": Duration(sec=0, nanosec=300_000_000),
    }
    answer = bench.result(bench.follow(bench.smooth(0.01, 1.0), **limits))
    assert answer.status == GoalStatus.STATUS_ABORTED
    assert answer.result.error_code == RESULT.GOAL_TOLERANCE_VIOLATED
    assert bench.now_ns - begin_ns > 1_250_000_000


def test_action_is_aborted_when_another_trajectory_takes_over(bench):
    bench.rest()
    handle = bench.follow(bench.smooth(0.03, 2.0))
    bench.wait(0.3)
    bench.commands.publish(bench.smooth(0.0, 1.0))
    assert bench.result(handle).status == GoalStatus.STATUS_ABORTED


def test_cancelled_action_leaves_the_arm_at_rest_where_it_was(bench):
    bench.rest()
    start = bench.reference()
    handle = bench.follow(bench.smooth(0.003, 2.0))  # so slow that stopping at once is within the arm's limits
    bench.wait(1.0)
    future = handle.cancel_goal_async()
    bench.graph.until(future.done, "an answer to the cancellation")
    assert bench.result(handle).status == GoalStatus.STATUS_CANCELED
    bench.rest()
    moved = bench.reference() - start
    assert 0.0003 < moved.min() <= moved.max() < 0.0028
    stopped = bench.reference()
    bench.wait(0.5)
    assert np.abs(bench.reference() - stopped).max() < 1e-6
