# SPDX-License-Identifier: Apache-2.0
"""The invariant: what was sent at any tick is verified, ends at rest, and is executed when nothing follows."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.safety_support.adversary import Adversary
from benchmarks.safety_support.campaign import wild_config
from benchmarks.safety_support.loop import HOME, PERIOD_NS, Loop, joint_reference
from benchmarks.safety_support.oracle import Oracle, quintic_samples
from vla_safety import SafetyConfig
from vla_safety.kernels.verify import CLEAR, verify


@pytest.mark.parametrize("tool", [False, True])
def test_what_is_held_passes_the_certificate_at_every_tick(urdf: str, tool: bool) -> None:
    loop = Loop.at(wild_config("fr3", 250), urdf)
    adversary = Adversary(loop.filter.config, 5, tool)
    model = loop.filter.model
    for _ in range(40):
        reference = adversary.reference(loop.now_ns, loop.state().q, np.array([0.4, 0.0, 0.4]))
        for _ in range(10):
            loop.run(reference, 1)
            knots = loop.filter.held.knots()
            assert verify(model.chain, model.bounds, model.world, knots, len(knots.time)) == CLEAR
            assert not knots.velocity[-1].any()


def test_cut_at_any_tick_what_was_sent_is_what_is_executed(panda: SafetyConfig, urdf: str) -> None:
    rows = HOME + 0.4 * np.sin(np.linspace(0, 6, 30))[:, None] * np.array([1, 0.3, 0.5, 0.4, 1, 0.5, 1])
    loop = Loop.at(panda, urdf)
    for _ in range(0, 300, 7):
        sent = loop.run(joint_reference(rows), 7)[-1].trajectory
        held = loop.filter.held
        times = np.arange(sent.stamp_ns, sent.end_ns + 5_000_000, 1_000_000)
        expected = np.array([held.command(int(time))[0] for time in times])
        assert np.allclose(quintic_samples(sent, times), expected, atol=1e-9)
        assert np.array_equal(held.command(held.end_ns + 10**9)[0], sent.positions[-1])


def test_discarded_steps_leave_what_was_held(panda: SafetyConfig, urdf: str) -> None:
    """A step that was computed too late is not sent; the robot goes on with what it has, and so does the filter."""
    config = wild_config("panda", 250)
    loop, oracle = Loop.at(config, urdf), Oracle.make(config, urdf)
    oracle.start(HOME)
    rows = HOME + 0.4 * np.sin(np.linspace(0, 6, 30))[:, None] * np.array([1, 0.3, 0.5, 0.4, 1, 0.5, 1])
    loop.filter.discard()
    played = loop.filter.held.trajectory(0, None)
    for k in range(300):
        sent = loop.run(joint_reference(rows), 1)[-1].trajectory
        if k % 3 == 0:
            loop.filter.discard()
        else:
            played = sent
        times = np.arange(loop.now_ns - 3_000_000, loop.now_ns + 1, 1_000_000)
        oracle.check(quintic_samples(played, times))
        assert np.allclose(loop.filter.held.command(loop.now_ns)[0], quintic_samples(played, times)[-1], atol=1e-9)
    assert oracle.violations == {}


def test_first_step_that_is_discarded_is_made_again_from_rest(panda: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(panda, urdf)
    reference = joint_reference(HOME + 0.1 * np.linspace(0, 1, 30)[:, None] ** 2)
    loop.run(reference, 1)
    loop.filter.discard()
    assert np.array_equal(loop.filter.held.command(loop.now_ns)[0], HOME)
    loop.run(reference, 100)
    assert np.abs(loop.filter.held.command(loop.now_ns)[1]).max() > 0.01


def test_held_stop_is_the_rest_of_itself(panda: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(panda, urdf)
    loop.run(joint_reference(HOME + 0.3 * np.linspace(0, 1, 30)[:, None] ** 2), 200)
    held = loop.filter.held
    later = held.stamp_ns + 17_000_000
    rest = held.trajectory(later, 0.04)
    assert rest.gripper_width_m == 0.04
    times = np.arange(later, held.end_ns, 1_000_000)
    assert np.allclose(quintic_samples(rest, times), [held.command(int(time))[0] for time in times], atol=1e-6)


def test_latched_stop_is_shorter_than_the_one_on_the_path(panda: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(panda, urdf)
    reference = joint_reference(HOME + 0.8 * np.sin(np.linspace(0, 3, 30))[:, None] * np.array([1, 0, 1, 0, 1, 0, 1]))
    loop.run(reference, 120)
    planned = loop.filter.held.end_ns
    loop.filter.latch.set("operator")
    loop.run(reference, 1)
    assert loop.filter.held.end_ns <= planned


def test_repeated_chunks_keep_a_slowed_arm_on_its_path(panda: SafetyConfig, urdf: str) -> None:
    phase = np.linspace(0, 1, 16)[:, None]
    size = np.array([0.8, 0.2, 0.4, 0.3, 0.8, 0.4, 0.8])
    rows = HOME + 0.5 * size * (1 - np.cos(2 * np.pi * phase))
    alone, merged = Loop.at(panda, urdf), Loop.at(panda, urdf)
    alone.run(joint_reference(rows), 800)
    for k in range(80):
        merged.run(joint_reference(rows, chunk_id=k, stamp_ns=0), 10)
    path = np.array([output.trajectory.positions[0] for output in alone.outputs])
    walked = np.array([output.trajectory.positions[0] for output in merged.outputs])
    gaps = [np.abs(path - position).max(axis=1).min() for position in walked[::20]]
    assert max(gaps) < 0.02
    assert merged.now_ns > 16 * PERIOD_NS
