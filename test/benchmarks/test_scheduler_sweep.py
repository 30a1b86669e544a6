# SPDX-License-Identifier: Apache-2.0
"""Seams of real-time chunking and blending stay small at any delay; the sweep's fake policy is what it says."""

import numpy as np
import pytest

from benchmarks.scheduler_support.gaussian_policy import GaussianPolicy, GaussianPolicyConfig, Motion
from benchmarks.scheduler_support.sweep import run
from vla_ros.policy.prediction import InferenceContext
from vla_ros.policy.specification import Conditioning

HALF_HORIZON_MS = 800


@pytest.mark.parametrize("name", ["rtc", "rtc_inpaint", "rtc_trained", "blend"])
@pytest.mark.parametrize("latency_ms", [0, 200, HALF_HORIZON_MS])
def test_seam_is_within_an_in_chunk_step_up_to_half_the_horizon(name, latency_ms):
    assert run(name, latency_ms, seed=1, duration_s=8.0).seam_position <= 1.0


def test_sweep_finds_the_seams_of_a_strategy_that_has_them():
    assert run("sync", 400, seed=1, duration_s=8.0).seam_position > 1.0
    assert run("replace", HALF_HORIZON_MS, seed=1, duration_s=8.0).seam_position > 1.0


def test_delay_costs_tracking():
    errors = [run("replace", latency_ms, seed=1, duration_s=8.0).tracking_rad for latency_ms in (0, HALF_HORIZON_MS)]
    assert errors[1] > errors[0]


def policy(conditioning):
    motion = Motion.draw(np.random.default_rng(0))
    return motion, GaussianPolicy(motion, GaussianPolicyConfig(), conditioning, seed=3)


def test_fake_policy_draws_around_the_motion_with_its_spread():
    motion, toy = policy(Conditioning.NONE)
    start = motion.at(np.zeros(1))[0]
    samples = np.stack([toy.infer(0, start, InferenceContext()).chunk.rows for _ in range(300)])
    times = 0.1 * np.arange(1, 17)
    np.testing.assert_allclose(samples.mean(axis=0), motion.at(times), atol=0.01)
    # Five Euler steps lose some of the spread; it must be there and grow from the observation on.
    spread = samples.std(axis=0).mean(axis=1)
    assert spread[0] < 0.4 * spread[8]
    assert 0.01 < spread[8] < 0.04


@pytest.mark.parametrize("kind", [Conditioning.GUIDED, Conditioning.INPAINT, Conditioning.TRAINED])
def test_conditioned_chunk_keeps_what_is_frozen(kind):
    motion, toy = policy(kind)
    prefix = motion.at(0.1 * np.arange(1, 17)) + 0.01
    context = InferenceContext(prefix=prefix, frozen_rows=4, soft_end_row=12)
    rows = toy.infer(0, motion.at(np.zeros(1))[0], context).chunk.rows
    _, free = policy(Conditioning.NONE)
    unconditioned = free.infer(0, motion.at(np.zeros(1))[0], InferenceContext()).chunk.rows
    assert np.abs(rows - prefix)[:4].max() < 0.5 * np.abs(unconditioned - prefix)[:4].max()


def test_streamed_rows_are_of_the_policys_distribution_and_follow_their_absolute_times():
    motion, toy = policy(Conditioning.STREAMING)
    errors, steps = [], []
    for index in range(40):
        seen = index * 400_000_000 + 30_000_000 * (index % 3)
        chunk = toy.infer(seen, motion.at(np.array([seen * 1e-9]))[0], InferenceContext()).chunk
        assert chunk.stamp_ns - 100_000_000 <= seen < chunk.stamp_ns + 100_000_000, "the next rows, not the first ones"
        assert chunk.stamp_ns % 200_000_000 == 100_000_000, "all on the grid of the stream"
        errors.append(chunk.rows - motion.at(chunk.times_ns * 1e-9))
        steps.append(np.abs(np.diff(chunk.rows, axis=0)).max())
    spread = np.stack(errors).std(axis=0).mean(axis=1)
    assert spread.max() < 0.05
    assert max(steps) < 0.15, "no row is left noisy"


def test_streaming_tracks_as_well_as_whole_chunks():
    assert run("streaming", 100, seed=1, duration_s=8.0).tracking_rad < 0.03
