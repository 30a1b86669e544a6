# SPDX-License-Identifier: Apache-2.0
"""The last observations, as far apart as a policy with a memory saw them in training. Reads no clock."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

from vla_ros.errors import ConfigError

__all__ = ["ObservationHistory"]

T = TypeVar("T")


class ObservationHistory(Generic[T]):
    """Gives ``steps`` observations for each new one, the oldest first.

    Requests come when a client wants actions, not every ``period_s``. For each instant that the policy wants to see,
    the observation nearest to it is taken; where nothing is near, that is the newest, as at the beginning of a run.
    """

    def __init__(self, steps: int, period_s: float) -> None:
        """Begin empty.

        Raises:
            ConfigError: several steps, but no time between them.
        """
        if steps > 1 and not period_s > 0.0:
            raise ConfigError(f"the policy looks at {steps} observations: say how far apart they were in its data")
        self._steps, self._period_s = steps, period_s
        self._seen: deque[tuple[float, T]] = deque()

    def add(self, now_s: float, observation: T) -> tuple[T, ...]:
        """Return the observations that the policy sees now, the newest last."""
        self._seen.append((now_s, observation))
        while now_s - self._seen[0][0] > self._steps * self._period_s:
            self._seen.popleft()
        return tuple(self._nearest(now_s - step * self._period_s) for step in range(self._steps - 1, -1, -1))

    def clear(self) -> None:
        """Forget everything: a new run begins."""
        self._seen.clear()

    def _nearest(self, at_s: float) -> T:
        return min(reversed(self._seen), key=lambda seen: abs(seen[0] - at_s))[1]
