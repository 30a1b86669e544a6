# SPDX-License-Identifier: Apache-2.0
"""Disagreement of chunks is a distance in steps; its alarm keeps the rate of false alarms it was calibrated for."""

import numpy as np
import pytest

from vla_ros.errors import ConfigError
from vla_ros.policy.schedule.disagreement import Alarm, calibrate_threshold, disagreement

RAMP = np.arange(10.0)


def test_disagreement_is_the_rms_gap_over_shared_times_in_steps(make):
    first, second = make.chunk(0.02 * RAMP), make.chunk(0.02 * (RAMP + 4) + 0.05, at=4)
    assert disagreement(first, second) == pytest.approx(0.05 / 0.02)
    assert disagreement(first, make.chunk(0.02 * (RAMP + 4), at=4)) == pytest.approx(0.0, abs=1e-9)


def test_chunks_at_rest_that_agree_do_not_disagree(make):
    assert disagreement(make.chunk(np.zeros(10)), make.chunk(np.full(10, 1e-4), at=2)) == pytest.approx(0.1)


def test_chunks_without_shared_times_or_layout_say_nothing(make):
    assert disagreement(make.chunk(RAMP), make.chunk(RAMP, at=9)) == -1.0
    assert disagreement(make.chunk(RAMP), make.chunk(np.zeros((10, 2)), at=1)) == -1.0


def test_threshold_keeps_the_rate_of_false_alarms():
    rng = np.random.default_rng(5)
    rates = []
    for _ in range(200):
        threshold = calibrate_threshold(rng.gamma(2.0, 1.0, (39, 20)).tolist(), 0.1)
        rates.append(np.mean(rng.gamma(2.0, 1.0, (200, 20)).max(axis=1) > threshold))
    assert np.mean(rates) <= 0.1 + 0.01
    assert np.mean(rates) >= 0.1 - 0.03, "a threshold that never raises would be useless"


def test_threshold_is_the_conformal_order_statistic():
    runs = [[float(value), 0.0, -1.0] for value in range(1, 20)]
    assert calibrate_threshold(runs, 0.05) == 19.0
    assert calibrate_threshold(runs, 0.25) == 15.0
    with pytest.raises(ConfigError, match="18 successful runs are too few"):
        calibrate_threshold(runs[:18], 0.05)
    with pytest.raises(ConfigError, match=r"must lie in 0\.\.1"):
        calibrate_threshold(runs, 1.0)


def test_alarm_needs_patience_and_falls_at_once():
    alarm = Alarm(threshold=1.0, patience=2)
    raised = []
    for value in (2.0, 0.5, 2.0, -1.0, 2.0, 3.0, 0.1):
        alarm = alarm.add(value)
        raised.append(alarm.raised)
    assert raised == [False, False, False, False, True, True, False]
    assert not Alarm().add(1e9).add(1e9).raised, "without a calibration there is no alarm"
