# SPDX-License-Identifier: Apache-2.0
"""The monitors stop the arm at the documented limits, not before: also where velocity depends on position."""

import numpy as np
import pytest

from vla_sim.controllers.reflex import CommandMonitor, ContactMonitor, Reflex
from vla_sim.limits import FR3, PANDA

DT_S = 0.001


def documented_fr3_velocity(q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower velocity of the FCI documentation, written out joint by joint."""
    rows = (
        (2.62, 0.30, 12.0, 2.75010, 2.750100),
        (2.62, 0.20, 5.17, 1.79180, 1.791800),
        (2.62, 0.20, 7.00, 2.90650, 2.906500),
        (2.62, 0.30, 8.00, -0.1458, 3.048100),
        (5.26, 0.35, 34.0, 2.81010, 2.810100),
        (4.18, 0.35, 11.0, 4.52050, -0.540920),
        (5.26, 0.35, 34.0, 3.01960, 3.019600),
    )
    pairs = list(zip(rows, q, strict=True))
    upper = [min(cap, max(0.0, -b + max(0.0, a * (high - x)) ** 0.5)) for (cap, b, a, high, _), x in pairs]
    lower = [max(-cap, min(0.0, b - max(0.0, a * (low + x)) ** 0.5)) for (cap, b, a, _, low), x in pairs]
    return np.array(upper), np.array(lower)


@pytest.mark.parametrize("seed", range(20))
def test_velocity_bounds_of_the_fr3_are_the_documented_ones(seed: int) -> None:
    q = np.random.default_rng(seed).uniform(FR3.position_low - 0.02, FR3.position_high + 0.02)
    low, high = FR3.velocity_bounds(q)
    upper, lower = documented_fr3_velocity(q)
    np.testing.assert_allclose(high, upper, atol=1e-12)
    np.testing.assert_allclose(low, lower, atol=1e-12)


def test_velocity_bounds_of_the_panda_are_flat() -> None:
    low, high = PANDA.velocity_bounds(PANDA.position_high - 0.001)
    np.testing.assert_array_equal(high, PANDA.velocity)
    np.testing.assert_array_equal(low, -PANDA.velocity)


@pytest.mark.parametrize("joint", range(7))
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
@pytest.mark.parametrize("towards", [1.0, -1.0])
def test_fr3_is_stopped_just_above_the_velocity_of_its_position(joint: int, share: float, towards: float) -> None:
    q = FR3.position_low + share * (FR3.position_high - FR3.position_low)
    upper, lower = documented_fr3_velocity(q)
    bound = upper[joint] if towards > 0.0 else lower[joint]
    for factor, expected in ((0.995, False), (1.005, True)):
        monitor = CommandMonitor(FR3, q, DT_S)  # at rest: a jump in velocity is a reflex of its own
        _, reflex = monitor.check(q[None] + factor * bound * DT_S * np.eye(7)[joint])
        assert (reflex is Reflex.VELOCITY) == expected
        assert reflex is not Reflex.NONE


@pytest.mark.parametrize("end", ["position_low", "position_high"])
def test_resting_at_the_end_of_every_joint_is_no_reflex(end: str) -> None:
    position = getattr(FR3, end)
    monitor = CommandMonitor(FR3, position, DT_S)
    assert monitor.check(np.repeat(position[None], 50, axis=0)) == (50, Reflex.NONE)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (1e-7, Reflex.NONE),
        (4e-6, Reflex.NONE),
        (6e-6, Reflex.JERK),
        (2e-5, Reflex.ACCELERATION),
        (4e-3, Reflex.VELOCITY),
    ],
)
def test_lowest_violated_derivative_is_named(step: float, expected: Reflex) -> None:
    start = (FR3.position_low + FR3.position_high) / 2
    monitor = CommandMonitor(FR3, start, DT_S)
    line = start + step * np.eye(7)[0][None]
    assert monitor.check(line)[1] is expected


def test_torque_spike_is_no_collision_and_a_lasting_one_is() -> None:
    spike = FR3.external_torque * 2.0
    monitor = ContactMonitor(FR3, DT_S)
    assert not monitor.collides(spike)
    assert not monitor.collides(spike * 0.0)
    monitor.reset()
    assert any(monitor.collides(spike) for _ in range(10))
