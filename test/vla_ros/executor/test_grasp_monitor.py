# SPDX-License-Identifier: Apache-2.0
"""Fingers tell a grasp, a miss, a drop and a release apart, by widths alone."""

import math

import pytest

from vla_ros.executor.config import SignalConfig
from vla_ros.executor.signals import Grasp, GraspMonitor

PERIOD_NS = 33_000_000


def play(*parts):
    """Feed (measured, commanded, seconds) one after the other and return what the monitor says at the end."""
    monitor, now_ns = GraspMonitor(SignalConfig()), 0
    for width_m, commanded_m, seconds in parts:
        for _ in range(max(1, round(seconds * 1e9 / PERIOD_NS))):
            now_ns += PERIOD_NS
            monitor.update(now_ns, width_m, commanded_m)
    return monitor.grasp


OPEN, CLOSING, HELD = (0.08, 0.08, 0.5), (0.06, 0.0, 0.05), (0.042, 0.0, 0.6)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((OPEN,), Grasp.NEVER),
        ((OPEN, CLOSING), Grasp.NEVER),
        ((OPEN, CLOSING, HELD), Grasp.HOLDING),
        ((OPEN, (0.0, 0.0, 0.5)), Grasp.MISSED),
        ((OPEN, HELD, (0.0, 0.0, 0.5)), Grasp.DROPPED),
        ((OPEN, HELD, OPEN), Grasp.RELEASED),
        ((OPEN, HELD, (0.08, 0.0, 0.5)), Grasp.DROPPED),
        ((OPEN, HELD, (0.08, 0.0, 0.1), OPEN), Grasp.DROPPED),
        ((OPEN, HELD, (0.08, 0.0, 0.1), OPEN, HELD, OPEN), Grasp.RELEASED),
        ((OPEN, HELD, (0.042, 0.08, 0.1), (0.06, 0.08, 0.1), OPEN), Grasp.RELEASED),
        ((OPEN, HELD, (0.042, 0.08, 0.5)), Grasp.HOLDING),
        ((OPEN, (0.0, 0.0, 0.5), OPEN, HELD), Grasp.HOLDING),
        ((OPEN, HELD, OPEN, (0.0, 0.0, 0.5)), Grasp.RELEASED),
        ((OPEN, HELD, OPEN, HELD), Grasp.HOLDING),
        ((OPEN, HELD, (0.0, 0.0, 0.5), HELD, OPEN), Grasp.RELEASED),
        ((OPEN, (0.03, 0.0, 0.1)), Grasp.NEVER),
    ],
)
def test_widths_over_time_have_one_meaning(parts, expected):
    assert play(*parts) is expected


def test_command_to_open_alone_is_no_release_before_the_fingers_move():
    assert play(OPEN, HELD, (0.042, 0.08, 1.0)) is Grasp.HOLDING


def test_noise_of_the_encoder_does_not_break_a_grasp():
    parts = [(0.042 + 0.0003 * math.sin(index), 0.0, 0.033) for index in range(60)]
    assert play(OPEN, *parts) is Grasp.HOLDING


def test_missing_widths_are_no_news():
    assert play(OPEN, HELD, (float("nan"), 0.0, 1.0), (0.0, float("nan"), 1.0)) is Grasp.HOLDING
