# SPDX-License-Identifier: Apache-2.0
"""The enumerations of quality of service; their numbers are those of the ROS middleware interface."""

from __future__ import annotations

from enum import IntEnum


class QoSPolicyKind(IntEnum):
    """Which policy an event or an incompatibility is about."""

    INVALID = 1 << 0
    DURABILITY = 1 << 1
    DEADLINE = 1 << 2
    LIVELINESS = 1 << 3
    RELIABILITY = 1 << 4
    HISTORY = 1 << 5
    LIFESPAN = 1 << 6
    DEPTH = 1 << 7
    LIVELINESS_LEASE_DURATION = 1 << 8
    AVOID_ROS_NAMESPACE_CONVENTIONS = 1 << 9


class QoSPolicyEnum(IntEnum):
    """Base of the policies: each value also has a short lower-case name for command lines."""

    @classmethod
    def short_keys(cls) -> list[str]:
        """Return the short names of the values."""
        return [value.short_key for value in cls if value.name != "UNKNOWN"]

    @classmethod
    def get_from_short_key(cls, name: str) -> int:
        """Return the number behind a short name.

        Raises:
            KeyError: There is no such value.
        """
        return cls[name.upper()].value

    @property
    def short_key(self) -> str:
        """The short name of the value."""
        return self.name.lower()


class HistoryPolicy(QoSPolicyEnum):
    """How many samples are kept."""

    SYSTEM_DEFAULT = 0
    KEEP_LAST = 1
    KEEP_ALL = 2
    UNKNOWN = 3


class ReliabilityPolicy(QoSPolicyEnum):
    """Whether lost samples are sent again."""

    SYSTEM_DEFAULT = 0
    RELIABLE = 1
    BEST_EFFORT = 2
    UNKNOWN = 3
    BEST_AVAILABLE = 4


class DurabilityPolicy(QoSPolicyEnum):
    """Whether late subscriptions get old samples."""

    SYSTEM_DEFAULT = 0
    TRANSIENT_LOCAL = 1
    VOLATILE = 2
    UNKNOWN = 3
    BEST_AVAILABLE = 4


class LivelinessPolicy(QoSPolicyEnum):
    """Who vouches for a publisher being alive."""

    SYSTEM_DEFAULT = 0
    AUTOMATIC = 1
    MANUAL_BY_TOPIC = 3
    UNKNOWN = 4
    BEST_AVAILABLE = 5


class QoSCompatibility(IntEnum):
    """Whether a publisher and a subscription understand each other."""

    OK = 0
    WARNING = 1  # depends on what the other side resolves to
    ERROR = 2


# Names of earlier distributions
QoSHistoryPolicy = HistoryPolicy
QoSReliabilityPolicy = ReliabilityPolicy
QoSDurabilityPolicy = DurabilityPolicy
QoSLivelinessPolicy = LivelinessPolicy
