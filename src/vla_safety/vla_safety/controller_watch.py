# SPDX-License-Identifier: Apache-2.0
"""Whether the controller follows what it was sent, judged by the reference that it reports. No motion, no clock.

It finds what measured positions show too late or not at all: a refused trajectory, a reflex, another publisher, and an
arm that was recovered by somebody else and rests a little off the last command: motion has to begin from there.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum

import numpy as np

from vla_safety.kernels.arrays import Floats

KEPT_STEPS = 256  # a second at 250 Hz: older reports are not judged
DEVIATION_RAD = 5e-3  # a lost message shifts the reference by less
REPORTS = 3  # that deviate one after the other before it counts
SAME_RAD = 1e-7  # closer is the same place
REST_RAD_S = 1e-6


class Agreement(Enum):
    """What a report of the controller means."""

    FOLLOWS = "follows"  # it does what it was sent
    RESTS_ELSEWHERE = "rests_elsewhere"  # both rest, not quite at the same place: begin from its place
    DEVIATES = "deviates"  # it does something else


@dataclass(frozen=True, slots=True)
class ControllerReport:
    """What a controller says that it wants of the joints."""

    stamp_ns: int
    position: Floats  # (J,) [rad]
    velocity: Floats  # (J,) [rad/s]

    @property
    def rests(self) -> bool:
        """Whether the controller's reference stands still."""
        return bool(np.abs(self.velocity).max() < REST_RAD_S)


class ControllerWatch:
    """Remembers what was commanded when, and compares."""

    def __init__(self) -> None:
        self._commands: deque[tuple[int, Floats]] = deque(maxlen=KEPT_STEPS)
        self._deviating = 0
        self.latest: ControllerReport | None = None
        self.is_settled = True  # where both rest is agreed; before, nothing may be sent

    @property
    def is_in_doubt(self) -> bool:
        """Return whether the newest report deviates: until the next one agrees, nothing new may be sent.

        The controller has a stop to play. An arm that stopped by itself may be recovered before it counts.
        """
        return self._deviating > 0

    def forget(self) -> None:
        """What was commanded before is void.

        A controller that reports has to say anew where it rests: its newest report may be older than a recovery, which
        moves its reference to where the arm is.
        """
        self._commands.clear()
        self._deviating = 0
        self.is_settled = self.latest is None

    def record(self, stamp_ns: int, command: Floats) -> None:
        """Keep the command ``(3, J)`` of ``stamp_ns``."""
        self._commands.append((stamp_ns, command))

    def judge(self, report: ControllerReport) -> tuple[Agreement, str]:
        """Return what ``report`` means, and a sentence if it deviates."""
        self.latest = report
        command = self._command_at(report.stamp_ns)
        if command is None:
            return Agreement.FOLLOWS, ""
        away = np.abs(report.position - command[0])
        worst = int(np.argmax(away))
        newest = self._commands[-1][1]
        rests = report.rests and np.abs(command[1:]).max() < REST_RAD_S and np.abs(newest[1:]).max() < REST_RAD_S
        if not self.is_settled:
            self.is_settled = bool(rests and away[worst] <= SAME_RAD)
            return (Agreement.RESTS_ELSEWHERE if rests and not self.is_settled else Agreement.FOLLOWS), ""
        if away[worst] > DEVIATION_RAD:
            self._deviating += 1
            if self._deviating < REPORTS:
                return Agreement.FOLLOWS, ""
            sentence = f"joint {worst + 1} of the controller's reference is {away[worst]:.3f} rad off what was sent"
            return Agreement.DEVIATES, sentence
        self._deviating = 0
        return (Agreement.RESTS_ELSEWHERE if rests and away[worst] > SAME_RAD else Agreement.FOLLOWS), ""

    def _command_at(self, stamp_ns: int) -> Floats | None:
        """Return the command at a time between two records, None outside of them.

        Linear in position: at 10 rad/s² and 10 ms off by 1e-4 rad.
        """
        after = None
        for stamp, command in reversed(self._commands):
            if stamp <= stamp_ns:
                if after is None:
                    return command if np.abs(command[1:]).max() < REST_RAD_S else None
                share = (stamp_ns - stamp) / (after[0] - stamp)
                return command + share * (after[1] - command)
            after = (stamp, command)
        return None
