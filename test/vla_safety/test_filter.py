# SPDX-License-Identifier: Apache-2.0
"""The filter as a whole: what passes, what slows, what stops."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.safety_support.loop import HOME, PERIOD_NS, Loop, joint_reference
from vla_safety import Grade, Limit, SafetyConfig
from vla_safety.follower import distance_to


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
