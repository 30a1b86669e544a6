# SPDX-License-Identifier: Apache-2.0
"""The safety node before a simulated arm: it follows, stops when told, and leaves a stop behind whatever dies."""

import itertools

import numpy as np
import pytest
from std_srvs.srv import SetBool, Trigger
from test.vla_safety.nodes.graph import Graph, wave
from vla_msgs.msg import ActionChunk, SafetyState
from vla_msgs.srv import InjectFault

pytestmark = [pytest.mark.graph, pytest.mark.timeout(300)]
FOLLOWING = (SafetyState.UNCHANGED, SafetyState.SLOWED, SafetyState.PROJECTED)


@pytest.fixture(scope="module")
def live():
    graph = Graph()
    try:
        graph.start_simulation()
        graph.start_safety()
        yield graph
    finally:
        graph.close()


@pytest.fixture(autouse=True)
def rested(live):
    """Every test begins and ends at rest, without a reflex."""
    live.until(live.is_at_rest, "rest before the test")
    yield
    live.until(live.is_at_rest, "rest after the test")
    assert not any(truth.reflex for truth in live.truths)


def test_arm_follows_joint_reference_on_its_path(live):
    start, names = live.position(), live.joints[-1].name[:7]
    shape = 0.5 * (1.0 - np.cos(2.0 * np.pi * np.linspace(0.0, 1.0, 17)))  # to and fro, over before the lease is
    rows = start + 0.1 * shape[:, None] * np.array([1.0, 0.3, 0.0, 0.5, 0.0, 0.5, 1.0])
    heard, told = len(live.joints), len(live.states)
    live.publish(ActionChunk.JOINT_POSITION, names, rows)
    live.wait(1.5)
    followed = [state for state in live.states[told:] if state.grade in (SafetyState.UNCHANGED, SafetyState.SLOWED)]
    assert len(followed) > 10
    # On the path at whatever time: on a loaded machine the chunk may have come late.
    fine = np.concatenate([np.linspace(*pair, 200) for pair in itertools.pairwise(rows)])
    for state in followed:
        assert np.abs(fine - np.array(state.commanded_position)).max(axis=1).min() < 3e-3
        assert state.tracking_error < 5e-3
    reached = max(joint.position[0] for joint in live.joints[heard:]) - start[0]
    assert abs(reached - 0.1) < 2e-3


def test_arm_follows_tool_reference(live):
    live.wait(0.5)
    pose = live.poses[-1].pose
    start = np.array([pose.position.x, pose.position.y, pose.position.z])
    turn = [pose.orientation.x, pose.orientation.y, pose.orientation.z, pose.orientation.w]
    lift = 0.025 * (1.0 - np.cos(np.pi * np.linspace(0.0, 1.0, 16)))  # over before the lease is
    rows = [[start[0], start[1], start[2] + height, *turn] for height in lift]
    live.publish(ActionChunk.TOOL_POSE, ["x", "y", "z", "qx", "qy", "qz", "qw"], rows)
    live.wait(2.5)
    live.until(live.is_at_rest, "the end of the lift")
    end = live.poses[-1].pose.position
    assert np.abs(np.array([end.x, end.y, end.z]) - start - [0.0, 0.0, 0.05]).max() < 2e-3


def test_wrong_references_are_refused_by_name_and_do_not_move(live):
    names, here = list(live.joints[-1].name[:7]), live.position()
    cases = {
        "names": {"names": [f"panda_joint{index}" for index in range(1, 8)]},
        "decode": {"decode_ok": False},
        "starts_away": {"rows": [here + 0.8] * 20},
        "non_finite": {"rows": [np.full(7, np.nan)] * 20},
        "late": {"stamp_ns": live.now_ns - 5_000_000_000},
        "unknown_source": {"source": "stranger"},
        "action_space": {"kind": 99},
    }
    for reason, case in cases.items():
        fields = {"names": names, "rows": [here] * 20, "kind": ActionChunk.JOINT_POSITION, **case}
        kind, columns, rows = fields.pop("kind"), fields.pop("names"), fields.pop("rows")
        live.publish(kind, columns, rows, **fields)
        live.until(lambda reason=reason: live.states[-1].refused.startswith(reason), f"refused: {reason}")
        assert np.abs(live.position() - here).max() < 1e-3


def test_estop_halts_latches_and_is_cleared_by_reset(live):
    live.stream(wave(live.position()), 1.0)
    assert live.states[-1].grade in FOLLOWING
    assert live.call(live.estop, SetBool.Request(data=True)).success
    live.until(lambda: live.states[-1].grade == SafetyState.ESTOPPED, "the latch")
    live.wait(0.4)
    assert live.is_at_rest()
    stopped, epoch = live.position(), live.states[-1].epoch
    live.stream(lambda _: stopped + 0.05, 0.5)
    assert live.states[-1].estop_latched
    assert np.abs(live.position() - stopped).max() < 1e-3
    assert live.call(live.reset, Trigger.Request()).success
    live.until(lambda: live.states[-1].grade == SafetyState.HOLDING, "the end of the latch")
    assert live.states[-1].epoch > epoch
    before = live.position()
    live.stream(wave(before), 1.0)
    assert np.abs(live.position() - before).max() > 0.01


def test_death_of_the_source_leaves_the_arm_at_rest_where_its_reference_ended(live):
    path = wave(live.position())
    live.stream(path, 0.8)
    live.wait(2.0)
    assert live.is_at_rest()
    assert live.states[-1].grade == SafetyState.HOLDING
    assert np.abs(live.position() - np.array(live.states[-1].stop_position)).max() < 2e-3


def test_reflex_of_the_arm_is_latched_and_motion_after_recovery_does_not_jump(live):
    live.stream(wave(live.position()), 0.9)
    assert live.call(live.fault, InjectFault.Request(fault="reflex")).success
    live.stream(wave(live.position()), 0.5)
    assert live.states[-1].estop_latched
    assert live.states[-1].reason.startswith(("controller:", "tracking_error:"))
    assert live.truths[-1].reflex
    assert live.call(live.recovery, Trigger.Request()).success
    live.wait(0.3)
    assert live.states[-1].estop_latched
    assert live.call(live.reset, Trigger.Request()).success
    live.truths.clear()
    before = live.position()
    live.stream(wave(before), 1.0)
    assert np.abs(live.position() - before).max() > 0.01


def test_arm_that_is_recovered_before_its_reflex_counts_does_not_jump(live):
    live.stream(wave(live.position(), amplitude=0.3), 0.9)
    assert np.abs(live.joints[-1].velocity[:7]).max() > 0.2
    assert live.call(live.fault, InjectFault.Request(fault="reflex")).success
    live.wait(0.06)
    assert live.call(live.recovery, Trigger.Request()).success
    live.until(lambda: live.states[-1].estop_latched, "the latch")
    live.until(lambda: live.call(live.reset, Trigger.Request()).success, "the reset")
    live.wait(0.2)
    assert not live.truths[-1].reflex
    before = live.position()
    live.stream(wave(before), 1.0)
    assert np.abs(live.position() - before).max() > 0.01


def test_killed_safety_node_leaves_the_arm_at_rest_where_its_held_stop_ends(live):
    live.stream(wave(live.position()), 0.9)
    assert np.abs(live.joints[-1].velocity[:7]).max() > 0.05
    live.kill("safety")
    # The newest state tells of a step at most 20 ms before the last one that was sent.
    last, at_kill = live.states[-1], live.position()
    live.wait(last.stop_duration_s + 0.5)
    assert live.is_at_rest()
    distance = np.abs(np.array(last.stop_position) - np.array(last.position)).max()
    assert np.abs(live.position() - at_kill).max() < distance + 0.05
    live.truths.clear()
    live.wait(0.2)
    assert live.truths
    assert not live.truths[-1].reflex
    live.start_safety()
