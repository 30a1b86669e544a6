# SPDX-License-Identifier: Apache-2.0
"""A message that arrives before its motion begins does not change what the controller does until then."""

import numpy as np
import pytest
from scipy.interpolate import BPoly

from vla_safety.splice import spliced
from vla_safety.types import SafeTrajectory

MS = 1_000_000


def trajectory(stamp_ns, times_ms, seed):
    rows = np.random.default_rng(seed).normal(size=(3, len(times_ms), 7))
    return SafeTrajectory(stamp_ns, np.array(times_ms) * MS, *rows)


def position(made, time_ns):
    rows = [list(row) for row in zip(made.positions, made.velocities, made.accelerations, strict=True)]
    return BPoly.from_derivatives(made.times_ns * 1e-9, rows)((time_ns - made.stamp_ns) * 1e-9)


def test_first_message_is_the_motion_itself():
    new = trajectory(100 * MS, [0, 4, 50], 0)
    assert spliced(None, new, 90 * MS) is new


@pytest.mark.parametrize("since_ms", [80, 81, 83, 90, 99])
def test_old_motion_is_kept_point_by_point_until_the_new_one(since_ms):
    old, new = trajectory(80 * MS, [0, 4, 8, 12, 60], 1), trajectory(92 * MS, [0, 4, 70], 2)
    made = spliced(old, new, since_ms * MS)
    stamps = made.stamp_ns + made.times_ns
    assert stamps[0] <= max(since_ms, 80) * MS
    assert np.all(np.diff(stamps) > 0)
    for time_ns in range(max(since_ms, 80) * MS, 88 * MS, MS // 2):
        assert np.allclose(position(made, time_ns), position(old, time_ns), atol=1e-12)
    assert np.array_equal(made.positions[-3:], new.positions)
    assert stamps[-1] == new.end_ns


def test_motion_that_begins_after_the_old_one_ended_begins_with_its_last_point():
    old, new = trajectory(0, [0, 4, 10], 3), trajectory(50 * MS, [0, 4], 4)
    made = spliced(old, new, 40 * MS)
    assert np.array_equal(made.positions[0], old.positions[-1])
    assert made.stamp_ns == 10 * MS
