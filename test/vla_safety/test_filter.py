# SPDX-License-Identifier: Apache-2.0
"""The filter as a whole: what passes, what slows, what stops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.safety_support.loop import HOME, PERIOD_NS, Loop, joint_reference
from vla_safety import Grade, Limit, SafetyConfig
from vla_safety.filter import _grade
from vla_safety.follower import Advance, distance_to
from vla_safety.kernels.kinematics import forward
from vla_safety.kernels.path import path_state


def smooth_rows(count: int = 40, size: float = 0.3) -> np.ndarray:
    """Rest, a smooth excursion, rest."""
    phase = np.linspace(0.0, 1.0, count)[:, None]
    blend = phase**3 * (10.0 - 15.0 * phase + 6.0 * phase**2)
    return HOME + size * np.sin(np.pi * blend) * np.array([1.0, 0.3, 0.5, 0.4, 1.0, 0.5, 1.0])


def test_smooth_reference_passes_unchanged(config: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(config, urdf)
    rows = smooth_rows()
    outputs = loop.run(joint_reference(rows), 40 * PERIOD_NS // config.period_ns)
    moving = [output for output in outputs if output.report.grade is not Grade.HOLDING]
    assert {output.report.grade for output in moving[:-30]} == {Grade.UNCHANGED}
    assert {(output.report.active_limit, output.report.reason) for output in moving[:-30]} == {(Limit.NONE, "")}
    assert np.allclose(loop.filter.held.states[-1, 0], rows[-1], atol=1e-9)


def test_every_output_ends_at_rest_and_starts_at_the_command(config: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(config, urdf)
    last = HOME
    for output in loop.run(joint_reference(smooth_rows(size=0.6)), 200):
        trajectory = output.trajectory
        assert np.array_equal(trajectory.velocities[-1], np.zeros(7))
        assert np.array_equal(trajectory.accelerations[-1], np.zeros(7))
        assert np.all(np.diff(trajectory.times_ns) > 0)
        assert np.allclose(trajectory.positions[0], last, atol=1e-12)
        last = trajectory.positions[1] if output.report.grade is not Grade.HOLDING else trajectory.positions[0]


def test_too_fast_reference_is_slowed_on_its_path(panda: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(panda, urdf)
    rows = smooth_rows(count=14, size=0.8)
    outputs = loop.run(joint_reference(rows), 700)
    assert Grade.SLOWED in {output.report.grade for output in outputs}
    dense = loop.filter._following.current.sampled.path
    times = np.linspace(0.0, dense.time[-1], 4000)
    for output in outputs[::10]:
        nearest = min(distance_to(dense, time, output.trajectory.positions[0]) for time in times)
        assert nearest < 2e-3
    assert np.allclose(loop.filter.held.states[-1, 0], rows[-1], atol=1e-6)


def tool_points(loop: Loop, positions: np.ndarray) -> np.ndarray:
    rotation, origin, points = np.empty((8, 3, 3)), np.empty((8, 3)), np.empty((len(positions), 3))
    for k, position in enumerate(np.ascontiguousarray(positions)):
        forward(loop.filter.model.chain, position, rotation, origin)
        points[k] = origin[-1]
    return points


def test_slowing_keeps_the_tool_within_a_millimetre_of_its_path(config: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(config, urdf)
    outputs = loop.run(joint_reference(smooth_rows(count=14, size=0.8)), 500)
    slowed = [output.trajectory.positions[0] for output in outputs if output.report.grade is Grade.SLOWED]
    assert len(slowed) > 50
    path, state, rows = loop.filter._following.current.sampled.path, np.empty((4, 7)), []
    for time in np.linspace(0.0, path.time[-1], 4000):  # at most 0.5 mm apart
        path_state(path, float(time), state)
        rows.append(state[0].copy())
    line = tool_points(loop, np.array(rows))
    away = [np.linalg.norm(line - point, axis=1).min() for point in tool_points(loop, np.array(slowed))]
    assert max(away) < 1e-3


@pytest.mark.parametrize(("speed", "ahead_s"), [(0.5, 0.05), (1.5, 0.05), (1.5, 0.2)])
def test_new_reference_that_rests_is_met_without_a_detour(
    config: SafetyConfig, urdf: str, speed: float, ahead_s: float
) -> None:
    loop, times = Loop.at(config, urdf), 0.05 * np.arange(40)
    direction = np.array([1.0, 0.3, 0.0, 0.2, 0.0, 0.0, 1.0])
    run_up = speed * np.where(times < 0.5, times * times, times - 0.25)
    loop.run(joint_reference(HOME + run_up[:, None] * direction, chunk_id=1), 150)
    start, velocity, _ = loop.filter.held.command(loop.now_ns)
    target = start + ahead_s * velocity
    rest = joint_reference(np.tile(target, (20, 1)), stamp_ns=loop.now_ns, chunk_id=2)
    positions = np.array([output.trajectory.positions[0] for output in loop.run(rest, 250)])
    # At half of the limits all joints together need so long to stop, and go half as far as without braking.
    stop_s = np.max(np.abs(velocity) / (0.5 * loop.filter.model.bounds.acceleration))
    farthest = np.maximum(ahead_s, 0.5 * stop_s) * np.abs(velocity) + 5e-3
    assert np.all(np.abs(positions - start).max(axis=0) <= farthest)
    assert np.abs(positions[-1] - target).max() < 1e-3


@pytest.mark.parametrize(
    ("target", "limit"),
    [
        (HOME + np.array([0, 1.6, 0, 0.6, 0, 0, 0]), Limit.WORLD_COLLISION),
        (HOME + np.array([0, 0, 0, 0, 0, 0, 3.0]), Limit.JOINT_POSITION),
    ],
)
def test_reference_into_an_obstacle_stops_before_it(
    panda: SafetyConfig, urdf: str, target: np.ndarray, limit: Limit
) -> None:
    loop = Loop.at(panda, urdf)
    outputs = loop.run(joint_reference(np.linspace(HOME, target, 60)), 1500)
    assert limit in {output.report.active_limit for output in outputs}
    assert outputs[-1].report.grade in (Grade.HOLDING, Grade.SLOWED)
    assert np.abs(outputs[-1].trajectory.velocities).max() < 1e-2


def test_without_reference_the_arm_comes_to_rest(panda: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(panda, urdf)
    loop.run(joint_reference(smooth_rows()), 150)
    outputs = loop.run(None, 200)
    assert outputs[0].report.grade is Grade.BRAKING
    assert outputs[-1].report.grade is Grade.HOLDING


def test_latched_filter_stops_and_stays(panda: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(panda, urdf)
    reference = joint_reference(smooth_rows())
    loop.run(reference, 150)
    loop.filter.latch.set("operator")
    outputs = loop.run(reference, 200)
    assert {output.report.grade for output in outputs} == {Grade.ESTOPPED}
    assert np.array_equal(outputs[-1].trajectory.positions[0], outputs[-1].trajectory.positions[-1])


def test_arm_that_is_stopped_follows_nothing(panda: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(panda, urdf)
    loop.run(joint_reference(smooth_rows(), epoch=3, chunk_id=5), 150)
    for output in loop.run(None, 20):
        report = output.report
        assert (report.scale, report.source, report.chunk_id, report.epoch) == (0.0, "", -1, -1)
    loop.filter.latch.set("operator")
    report = loop.run(None, 1)[0].report
    assert (report.scale, report.source, report.chunk_id, report.epoch) == (0.0, "", -1, -1)


@pytest.mark.parametrize(("braked_for", "shorter"), [(8, True), (25, False)])
def test_latch_never_makes_a_stop_longer(panda: SafetyConfig, urdf: str, braked_for: int, shorter: bool) -> None:
    """With little jerk, the end of a stop on the path is over sooner than a stop that leaves it there."""
    gentle = replace(panda, joints=replace(panda.joints, jerk_share=0.1))
    loop = Loop.at(gentle, urdf)
    loop.run(joint_reference(smooth_rows(size=0.6)), 150)
    loop.run(None, braked_for)
    before = loop.filter.held.end_ns
    loop.filter.latch.set("operator")
    loop.run(None, 1)
    assert loop.filter.held.end_ns <= before
    assert (loop.filter.held.end_ns < before) is shorter


def test_reference_that_was_followed_to_its_end_says_so(panda: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(panda, urdf)
    outputs = loop.run(joint_reference(smooth_rows()), 520)  # 40 rows last 1.95 s, that is 488 steps
    ended = [output.report.reason == "end_of_reference" for output in outputs]
    assert 480 < ended.index(True) < 500
    assert all(ended[500:])
    assert outputs[-1].report.grade is Grade.HOLDING


def test_slowed_arm_that_gets_its_reference_again_goes_on_where_it_is(panda: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(panda, urdf)
    rows = smooth_rows(count=14, size=0.8)
    before = loop.run(joint_reference(rows, chunk_id=1), 110)[-1].report
    assert (before.grade, before.lag_ns > 20_000_000) == (Grade.SLOWED, True)
    after = [output.report for output in loop.run(joint_reference(rows, chunk_id=2), 20)]
    assert {report.chunk_id for report in after} == {2}
    assert abs(after[0].lag_ns - before.lag_ns) < panda.period_ns
    assert after[-1].grade is Grade.SLOWED


def test_step_that_ends_where_the_reference_is_met_is_on_it(panda: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(panda, urdf)
    loop.run(joint_reference(smooth_rows()), 100)
    followed = loop.filter._following.current
    for behind, grade in ((0.0, Grade.SLOWED), (1e-6, Grade.PROJECTED)):
        scalar = np.array([followed.meets_at - behind, 1.0, 0.0])
        result = Advance(loop.filter.held, scalar, 0, 0)
        assert _grade(followed, result, loop.now_ns + 20 * panda.period_ns)[0] is grade


def test_arm_at_rest_holds_from_the_first_step_at_every_rate(panda: SafetyConfig, urdf: str) -> None:
    for rate_hz in (10.0, 250.0, 1000.0):
        loop = Loop.at(replace(panda, rate_hz=rate_hz), urdf)
        assert {output.report.grade for output in loop.run(None, 3)} == {Grade.HOLDING}
