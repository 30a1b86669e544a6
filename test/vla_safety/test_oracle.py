# SPDX-License-Identifier: Apache-2.0
"""The oracle finds nothing against adversaries, and every violation that is planted: a checker must be able to fail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.safety_support.adversary import Adversary
from benchmarks.safety_support.campaign import run_block, wild_config
from benchmarks.safety_support.loop import HOME, Loop
from benchmarks.safety_support.oracle import Oracle, quintic_samples
from vla_safety import SafetyConfig
from vla_safety.config import Cone


@pytest.mark.parametrize("robot", ["panda", "fr3"])
@pytest.mark.parametrize("tool", [False, True])
@pytest.mark.parametrize("rate_hz", [100, 250, 1000])
def test_adversaries_cause_no_violation(urdf: str, robot: str, tool: bool, rate_hz: int) -> None:
    tally = run_block(wild_config(robot, rate_hz), urdf, 1234, 300, tool=tool)
    assert tally.violations == {}
    assert tally.steps == 300


@pytest.mark.parametrize("robot", ["panda", "fr3"])
def test_latched_stops_from_full_motion_cause_no_violation(urdf: str, robot: str) -> None:
    config, stopped_early = wild_config(robot, 250), 0
    for seed in range(12):
        loop, oracle, adversary = Loop.at(config, urdf), Oracle.make(config, urdf), Adversary(config, seed, False)
        oracle.start(HOME)
        for k in range(80):
            if k % 20 == 0:
                reference = adversary.reference(loop.now_ns, loop.state().q, np.zeros(3))
            if k == 60:
                planned = loop.filter.held.end_ns
                loop.filter.latch.set("operator")
            sent = loop.run(reference, 1)[-1].trajectory
            oracle.check(quintic_samples(sent, np.arange(loop.now_ns - 3_000_000, loop.now_ns + 1, 1_000_000)))
        stopped_early += loop.filter.held.end_ns < planned
        left = np.arange(loop.now_ns + 1_000_000, loop.now_ns + 10**9, 1_000_000)
        oracle.check(quintic_samples(sent, left))
        assert oracle.violations == {}
    assert stopped_early > 0


def line(direction: np.ndarray, speed: float, start: np.ndarray = HOME, count: int = 5) -> np.ndarray:
    return start + np.arange(1, count + 1)[:, None] * 1e-3 * speed * direction


UNIT = np.eye(7)
SIDEWAYS = np.array([1.57, 1.2, 0.0, -0.8, 0.0, 2.0, 0.78])
IN_TABLE = np.array([0.0, 1.5, 0.0, -1.5, 0.0, 2.9, 0.78])


@pytest.mark.parametrize(
    ("samples", "start", "name"),
    [
        (np.tile(HOME + 2.3 * UNIT[6], (5, 1)), HOME + 2.3 * UNIT[6], "position"),
        (line(UNIT[0], 2.1), HOME, "velocity"),
        (HOME + np.array([0, 1, 3, 6, 10])[:, None] * 1.5e-5 * UNIT[0], HOME, "acceleration"),
        (HOME + np.array([0, 1, 4, 10, 20])[:, None] * 7e-9 * 1000 * UNIT[0], HOME, "jerk"),
        (line(np.ones(7), 2.0), HOME, "tool_speed"),
        (line(np.array([0, 0, 0, 0, 0, 0, 1.0]), 2.4), HOME, "tool_angular_speed"),
        (np.tile(SIDEWAYS, (5, 1)), SIDEWAYS, "workspace"),
        (np.tile(IN_TABLE, (5, 1)), IN_TABLE, "distance"),
        (np.full((5, 7), np.nan), HOME, "position"),
    ],
)
def test_planted_violations_are_found_by_name(
    panda: SafetyConfig, urdf: str, samples: np.ndarray, start: np.ndarray, name: str
) -> None:
    oracle = Oracle.make(panda, urdf)
    oracle.start(start)
    oracle.check(samples)
    assert any(found.startswith(name) for found in oracle.violations)


def test_planted_envelope_torque_and_orientation_violations_are_found(urdf: str) -> None:
    config = wild_config("fr3", 250)
    cone = Cone((0.0, 0.0, 1.0), (0.0, 0.0, -1.0), 0.1)
    config = replace(config, tool=replace(config.tool, cone=cone), joints=replace(config.joints, torque_share=0.2))
    oracle = Oracle.make(config, urdf)
    start = HOME + (config.joints.upper_rad[4] - 0.03) * UNIT[4]
    oracle.start(start)
    oracle.check(line(UNIT[4], 2.0, start))
    assert {"envelope", "torque", "orientation"} <= set(oracle.violations)


def test_motion_within_limits_is_not_a_violation(panda: SafetyConfig, urdf: str) -> None:
    oracle = Oracle.make(panda, urdf)
    oracle.start(HOME)
    time = np.arange(1, 400)[:, None] * 1e-3
    oracle.check(HOME + 0.05 * (time**3 * (10 - 15 * time + 6 * time**2)) * np.ones(7))
    assert oracle.violations == {}
