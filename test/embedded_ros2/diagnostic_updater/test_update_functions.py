# SPDX-License-Identifier: Apache-2.0
"""Rates and ages as diagnostics, on a clock that the test moves."""

from types import SimpleNamespace

import pytest
from diagnostic_msgs.msg import DiagnosticStatus

from diagnostic_updater import (
    CompositeDiagnosticTask,
    DiagnosticStatusWrapper,
    FrequencyStatus,
    FrequencyStatusParam,
    FunctionDiagnosticTask,
    TimeStampStatus,
    TimeStampStatusParam,
)


class FakeClock:
    def __init__(self):
        self.now_ns = 1_000_000_000

    def now(self):
        return SimpleNamespace(nanoseconds=self.now_ns)


@pytest.mark.parametrize(
    ("ticks", "level", "message"),
    [
        (0, DiagnosticStatus.ERROR, "No events recorded."),
        (5, DiagnosticStatus.WARN, "Frequency too low."),
        (10, DiagnosticStatus.OK, "Desired frequency met"),
        (20, DiagnosticStatus.WARN, "Frequency too high."),
    ],
)
def test_rate_is_compared_with_its_bounds(ticks, level, message):
    clock = FakeClock()
    task = FrequencyStatus(FrequencyStatusParam({"min": 10.0, "max": 12.0}), clock=clock)
    for _ in range(ticks):
        task.tick()
    clock.now_ns += 1_000_000_000
    status = task.run(DiagnosticStatusWrapper())
    assert (status.level, status.message) == (level, message)
    assert {item.key: item.value for item in status.values}["Actual frequency (Hz)"] == f"{ticks:f}"


def test_rate_is_that_of_the_window():
    clock = FakeClock()
    task = FrequencyStatus(FrequencyStatusParam({"min": 10.0, "max": 10.0}, window_size=2), clock=clock)
    for ticks in (1000, 10, 10, 10):
        for _ in range(ticks):
            task.tick()
        clock.now_ns += 1_000_000_000
        status = task.run(DiagnosticStatusWrapper())
    assert status.message == "Desired frequency met"


@pytest.mark.parametrize(
    ("age_s", "level", "words"),
    [
        (0.1, DiagnosticStatus.OK, "reasonable"),
        (9.0, DiagnosticStatus.ERROR, "too far in past"),
        (-3.0, DiagnosticStatus.ERROR, "too far in future"),
    ],
)
def test_age_is_compared_with_its_bounds(age_s, level, words):
    clock = FakeClock()
    clock.now_ns = 100_000_000_000
    task = TimeStampStatus(TimeStampStatusParam(-1.0, 5.0), clock=clock)
    task.tick(100.0 - age_s)
    status = task.run(DiagnosticStatusWrapper())
    assert status.level == level
    assert words in status.message
    assert task.run(DiagnosticStatusWrapper()).message == "No data since last update."


def test_worse_status_wins_in_a_composite_task():
    task = CompositeDiagnosticTask("all")

    def summarise(level, message):
        def fill(status):
            status.summary(level, message)
            return status

        return FunctionDiagnosticTask(message, fill)

    for level, message in (
        (DiagnosticStatus.OK, "fine"),
        (DiagnosticStatus.WARN, "warm"),
        (DiagnosticStatus.ERROR, "hot"),
    ):
        task.addTask(summarise(level, message))
    start = DiagnosticStatusWrapper()
    start.summary(DiagnosticStatus.OK, "")
    status = task.run(start)
    assert (status.level, status.message) == (DiagnosticStatus.ERROR, "warm; hot")
