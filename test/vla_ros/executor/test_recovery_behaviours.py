# SPDX-License-Identifier: Apache-2.0
"""The leaves of a recovery, each by itself on a clock turned by hand: rest, faults, the way back, home."""

import numpy as np
import pytest
from py_trees.common import Status

from vla_ros.tasks import ErrorCode

RUNNING, SUCCESS, FAILURE = Status.RUNNING, Status.SUCCESS, Status.FAILURE
MOVING = np.full(7, 0.5)


# come_to_rest, clear_faults


def test_come_to_rest_waits_for_rest(bench):
    bench.show(velocity=MOVING)
    node = bench.make("come_to_rest")
    assert bench.run(node, 2.0) is RUNNING
    bench.show(velocity=np.zeros(7))
    assert bench.tick(node) is SUCCESS
    assert not bench.calls.made


def test_come_to_rest_latches_the_stop_of_an_arm_that_moves_on(bench):
    bench.show(velocity=MOVING)
    node = bench.make("come_to_rest")
    assert bench.run(node, 5.0) is FAILURE
    assert bench.calls.names() == ["hold"]
    assert bench.error[0] is ErrorCode.ROBOT_FAULT


def test_come_to_rest_does_not_take_old_joint_states_for_rest(bench):
    bench.silent.add("joints_ns")
    bench.advance(2.0)
    node = bench.make("come_to_rest")
    assert bench.run(node, 5.0) is FAILURE
    assert bench.calls.names() == ["hold"]


def test_clear_faults_does_nothing_where_there_is_none(bench):
    assert bench.tick(bench.make("clear_faults")) is SUCCESS
    assert not bench.calls.made


def test_clear_faults_recovers_the_robot_before_it_releases_the_stop(bench):
    bench.show(latched=True, latch_reason="reflex", reflex=True)
    node = bench.make("clear_faults")
    assert bench.tick(node) is RUNNING
    assert bench.calls.names() == ["recover"]
    bench.answered("recover")
    bench.show(reflex=False)
    bench.run(node, 0.2)
    assert bench.calls.names() == ["recover", "reset"]
    bench.answered("reset")
    bench.show(latched=False, latch_reason="")
    assert bench.tick(node) is RUNNING, "a fault may come back at once"
    assert bench.run(node, 1.0) is SUCCESS


def test_clear_faults_recovers_once_more_an_arm_that_reflexes_behind_its_recovery(bench):
    bench.show(reflex=True)
    node = bench.make("clear_faults")
    bench.tick(node)
    bench.answered("recover")
    bench.run(node, 0.3)
    assert bench.calls.names() == ["recover"], "the report of a reflex may be an old one"
    bench.run(node, 0.4)
    assert bench.calls.names() == ["recover", "recover"]
    bench.answered("recover")
    bench.show(reflex=False)
    assert bench.run(node, 1.0) is SUCCESS


def test_clear_faults_never_touches_a_persons_stop(bench):
    bench.show(latched=True, latch_reason="operator")
    assert bench.tick(bench.make("clear_faults")) is FAILURE
    assert bench.error[0] is ErrorCode.STOPPED
    assert not bench.calls.made


def test_clear_faults_gives_up_on_a_fault_that_stays(bench):
    bench.show(reflex=True)
    node = bench.make("clear_faults")
    bench.tick(node)
    bench.answered("recover", code=ErrorCode.ROBOT_FAULT, message="still locked")
    assert bench.tick(node) is FAILURE
    assert bench.error == (ErrorCode.ROBOT_FAULT, "the fault could not be cleared: still locked")


# retreat, open_hand, go_home


def test_retreat_follows_the_travelled_path_back(bench):
    bench.context.robot.path.clear()
    for index in range(20):
        bench.show(position=np.full(7, 0.02 * index))
    node = bench.make("retreat")
    assert bench.tick(node) is RUNNING
    (chunk,) = bench.calls.arguments("follow")
    assert chunk.provenance.source == "recovery"
    assert bench.run(node, 1.0) is RUNNING
    (later,) = bench.calls.arguments("follow")
    assert later.rows[-1].max() < chunk.rows[0].max(), "it goes back"
    bench.show(position=np.zeros(7))
    assert bench.run(node, 6.0) is SUCCESS


def test_open_hand_stays_where_it_is_and_waits_for_the_fingers(bench):
    bench.show(width_m=0.0)
    node = bench.make("open_hand")
    assert bench.run(node, 0.5) is RUNNING
    (chunk,) = bench.calls.arguments("follow")
    np.testing.assert_allclose(chunk.rows, np.tile(bench.signals.position, (len(chunk.rows), 1)))
    assert set(chunk.gripper_m) == {0.08}
    bench.show(width_m=0.08)
    assert bench.tick(node) is SUCCESS


def test_open_hand_without_a_measured_width_ends_by_time(bench):
    bench.show(width_m=float("nan"))
    node = bench.make("open_hand")
    assert bench.run(node, 0.9) is RUNNING
    assert bench.run(node, 0.3) is SUCCESS


def test_go_home_goes_beside_home_on_a_further_attempt(bench):
    goals = []
    for attempt in (1, 2, 3):
        bench.context.task.attempt = attempt
        bench.show(position=np.full(7, 0.3))
        node = bench.make("go_home")
        bench.tick(node)
        goals.append(node._motion.goal)
    home = np.asarray(bench.context.config.recovery.home_rad)
    np.testing.assert_allclose(goals[0], home)
    assert 0.0 < np.abs(goals[1] - home).max() <= bench.context.config.recovery.perturbation_rad
    assert not np.allclose(goals[1], goals[2])


@pytest.mark.parametrize("kind", ["retreat", "open_hand", "go_home"])
@pytest.mark.parametrize("fault", [{"latched": True, "latch_reason": "tracking_error"}, {"reflex": True}])
def test_motions_of_a_recovery_end_with_a_fault(bench, kind, fault):
    bench.show(width_m=0.0, position=np.full(7, 0.3))
    node = bench.make(kind)
    bench.tick(node)
    sent = len(bench.calls.made)
    bench.show(**fault)
    assert bench.tick(node) is FAILURE
    assert bench.error[0] is ErrorCode.ROBOT_FAULT
    assert len(bench.calls.made) == sent, "nothing more is sent"


def test_go_home_gives_up_where_the_arm_does_not_follow(bench):
    bench.show(position=np.full(7, 0.3))
    node = bench.make("go_home")
    assert bench.run(node, 60.0) is FAILURE
    assert "did not get there" in bench.error[1]
