# SPDX-License-Identifier: Apache-2.0
"""Tasks that watch the rate of an event and the age of time stamps."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping

from diagnostic_msgs.msg import DiagnosticStatus

from diagnostic_updater.status_wrapper import DiagnosticStatusWrapper
from diagnostic_updater.tasks import DiagnosticTask
from rclpy.clock import Clock, ClockType
from rclpy.time import Time


class FrequencyStatusParam:
    """Bounds of a rate.

    Args:
        freq_bound: ``{"min": rate, "max": rate}`` [Hz]; the values may change while running.
        tolerance: Allowed deviation as a share of the bounds.
        window_size: Over how many updates the rate is counted.
    """

    def __init__(self, freq_bound: Mapping[str, float], tolerance: float = 0.1, window_size: int = 5) -> None:
        self.freq_bound = freq_bound
        self.tolerance = tolerance
        self.window_size = window_size


class FrequencyStatus(DiagnosticTask):
    """Watches how often :meth:`tick` is called.

    Args:
        params: Bounds of the rate.
        name: Name of the task.
        clock: Measures the time; steady when left out.
    """

    def __init__(self, params: FrequencyStatusParam, name: str = "FrequencyStatus", clock: Clock | None = None) -> None:
        super().__init__(name)
        self.params = params
        self._clock = clock or Clock(clock_type=ClockType.STEADY_TIME)
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Start counting anew."""
        with self._lock:
            self._count = 0
            now_ns = self._clock.now().nanoseconds
            self._marks: deque[tuple[int, int]] = deque([(now_ns, 0)], maxlen=self.params.window_size)

    def tick(self) -> None:
        """Count one event."""
        with self._lock:
            self._count += 1

    def run(self, stat: DiagnosticStatusWrapper) -> DiagnosticStatusWrapper:
        """Fill the status with the rate over the window."""
        with self._lock:
            now_ns = self._clock.now().nanoseconds
            start_ns, start_count = self._marks[0]
            events, window_s = self._count - start_count, (now_ns - start_ns) * 1e-9
            self._marks.append((now_ns, self._count))
        rate_hz = events / window_s if window_s > 0.0 else 0.0
        self._summarise(stat, events, rate_hz)
        stat.add("Events in window", str(events))
        stat.add("Events since startup", str(self._count))
        stat.add("Duration of window (s)", f"{window_s:f}")
        stat.add("Actual frequency (Hz)", f"{rate_hz:f}")
        low_hz, high_hz = self.params.freq_bound.get("min"), self.params.freq_bound.get("max")
        if low_hz is not None and low_hz == high_hz:
            stat.add("Target frequency (Hz)", f"{low_hz:f}")
        if low_hz:
            stat.add("Minimum acceptable frequency (Hz)", f"{low_hz * (1 - self.params.tolerance):f}")
        if high_hz is not None:
            stat.add("Maximum acceptable frequency (Hz)", f"{high_hz * (1 + self.params.tolerance):f}")
        return stat

    def _summarise(self, stat: DiagnosticStatusWrapper, events: int, rate_hz: float) -> None:
        low_hz, high_hz = self.params.freq_bound.get("min"), self.params.freq_bound.get("max")
        if events == 0:
            stat.summary(DiagnosticStatus.ERROR, "No events recorded.")
        elif low_hz is not None and rate_hz < low_hz * (1 - self.params.tolerance):
            stat.summary(DiagnosticStatus.WARN, "Frequency too low.")
        elif high_hz is not None and rate_hz > high_hz * (1 + self.params.tolerance):
            stat.summary(DiagnosticStatus.WARN, "Frequency too high.")
        else:
            stat.summary(DiagnosticStatus.OK, "Desired frequency met")


class TimeStampStatusParam:
    """Bounds of the age of time stamps.

    Args:
        min_acceptable: Least age [s]; negative allows stamps from the future.
        max_acceptable: Greatest age [s].
    """

    def __init__(self, min_acceptable: float = -1.0, max_acceptable: float = 5.0) -> None:
        self.min_acceptable = min_acceptable
        self.max_acceptable = max_acceptable


class TimeStampStatus(DiagnosticTask):
    """Watches the age of the stamps given to :meth:`tick`.

    Args:
        params: Bounds of the age.
        name: Name of the task.
        clock: The clock of the stamps.
    """

    def __init__(
        self, params: TimeStampStatusParam | None = None, name: str = "Timestamp Status", clock: Clock | None = None
    ) -> None:
        super().__init__(name)
        self.params = params or TimeStampStatusParam()
        self._clock = clock or Clock(clock_type=ClockType.ROS_TIME)
        self._lock = threading.Lock()
        self._ages_s: list[float] = []
        self._zero_seen = False
        self._counts = {"early": 0, "late": 0, "zero": 0}

    def tick(self, stamp: Time | float) -> None:
        """Take a stamp: a ``Time``, a time message, or seconds."""
        stamp_s = _seconds(stamp)
        with self._lock:
            if stamp_s == 0.0:
                self._zero_seen = True
                return
            self._ages_s.append(self._clock.now().nanoseconds * 1e-9 - stamp_s)

    def run(self, stat: DiagnosticStatusWrapper) -> DiagnosticStatusWrapper:
        """Fill the status with the ages since the last run."""
        with self._lock:
            ages_s, self._ages_s = self._ages_s, []
            zero_seen, self._zero_seen = self._zero_seen, False
        stat.summary(DiagnosticStatus.OK, "Timestamps are reasonable.")
        if not ages_s:
            stat.summary(DiagnosticStatus.WARN, "No data since last update.")
        elif min(ages_s) < self.params.min_acceptable:
            stat.summary(DiagnosticStatus.ERROR, "Timestamps too far in future seen.")
            self._counts["early"] += 1
        elif max(ages_s) > self.params.max_acceptable:
            stat.summary(DiagnosticStatus.ERROR, "Timestamps too far in past seen.")
            self._counts["late"] += 1
        if zero_seen:
            stat.mergeSummary(DiagnosticStatus.ERROR, "Zero timestamp seen.")
            self._counts["zero"] += 1
        if ages_s:
            stat.add("Earliest timestamp delay", f"{min(ages_s):f}")
            stat.add("Latest timestamp delay", f"{max(ages_s):f}")
        stat.add("Earliest acceptable timestamp delay", f"{self.params.min_acceptable:f}")
        stat.add("Latest acceptable timestamp delay", f"{self.params.max_acceptable:f}")
        stat.add("Late diagnostic update count", str(self._counts["late"]))
        stat.add("Early diagnostic update count", str(self._counts["early"]))
        stat.add("Zero seen diagnostic update count", str(self._counts["zero"]))
        return stat


def _seconds(stamp: object) -> float:
    if hasattr(stamp, "nanoseconds"):
        return stamp.nanoseconds * 1e-9
    if hasattr(stamp, "nanosec"):
        return stamp.sec + stamp.nanosec * 1e-9
    return float(stamp)
