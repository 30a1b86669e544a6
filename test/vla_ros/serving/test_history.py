# SPDX-License-Identifier: Apache-2.0
"""Which past observations a policy with a memory is shown."""

import pytest

from vla_ros.errors import ConfigError
from vla_ros.serving.history import ObservationHistory


def shown(history, *times_s):
    return [history.add(at_s, at_s) for at_s in times_s][-1]


def test_first_observation_is_repeated():
    assert shown(ObservationHistory(3, 0.1), 5.0) == (5.0, 5.0, 5.0)


def test_observations_of_the_data_s_period_are_taken_one_after_the_other():
    assert shown(ObservationHistory(2, 0.1), 0.0, 0.1, 0.2) == (0.1, 0.2)


def test_observations_that_come_faster_are_skipped():
    assert shown(ObservationHistory(2, 0.1), *(i * 0.025 for i in range(9))) == (0.1, 0.2)


def test_observation_from_long_ago_is_not_taken_for_the_last_one():
    assert shown(ObservationHistory(2, 0.1), 0.0, 0.8) == (0.8, 0.8)


def test_nothing_of_a_run_that_is_over_is_shown():
    history = ObservationHistory(2, 0.1)
    history.add(0.0, "old")
    history.clear()
    assert history.add(0.1, "new") == ("new", "new")


def test_memory_of_one_step_needs_no_period():
    assert shown(ObservationHistory(1, 0.0), 0.0, 0.0, 1.0) == (1.0,)


def test_memory_without_a_period_is_refused():
    with pytest.raises(ConfigError, match="how far apart"):
        ObservationHistory(2, 0.0)


def test_old_observations_are_dropped():
    history = ObservationHistory(2, 0.1)
    shown(history, *(i * 0.01 for i in range(1000)))
    assert len(history._seen) < 25
