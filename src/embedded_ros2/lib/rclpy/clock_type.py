# SPDX-License-Identifier: Apache-2.0
"""The kinds of clock."""

from enum import IntEnum


class ClockType(IntEnum):
    """What a clock follows."""

    UNINITIALIZED = 0
    ROS_TIME = 1  # simulated time where it is active, else system time
    SYSTEM_TIME = 2  # wall clock, may jump
    STEADY_TIME = 3  # monotonic
