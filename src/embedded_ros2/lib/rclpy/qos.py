# SPDX-License-Identifier: Apache-2.0
"""Quality of service: profiles, presets and the rules by which a publisher and a subscription match."""

from __future__ import annotations

from enum import Enum
from typing import Any

from rclpy._qos_policies import (
    DurabilityPolicy,
    HistoryPolicy,
    LivelinessPolicy,
    QoSCompatibility,
    QoSDurabilityPolicy,
    QoSHistoryPolicy,
    QoSLivelinessPolicy,
    QoSPolicyEnum,
    QoSPolicyKind,
    QoSReliabilityPolicy,
    ReliabilityPolicy,
)
from rclpy.duration import Duration

__all__ = [
    "DurabilityPolicy",
    "HistoryPolicy",
    "InvalidQoSProfileException",
    "LivelinessPolicy",
    "QoSCompatibility",
    "QoSDurabilityPolicy",
    "QoSHistoryPolicy",
    "QoSLivelinessPolicy",
    "QoSPolicyEnum",
    "QoSPolicyKind",
    "QoSPresetProfiles",
    "QoSProfile",
    "QoSReliabilityPolicy",
    "ReliabilityPolicy",
    "qos_check_compatible",
    "qos_policy_name_from_kind",
]


class InvalidQoSProfileException(Exception):
    """A profile cannot be built from these arguments."""

    def __init__(self, *args: Any):
        super().__init__("Invalid QoSProfile", *args)


_TYPES = {
    "history": HistoryPolicy,
    "depth": int,
    "reliability": ReliabilityPolicy,
    "durability": DurabilityPolicy,
    "lifespan": Duration,
    "deadline": Duration,
    "liveliness": LivelinessPolicy,
    "liveliness_lease_duration": Duration,
    "avoid_ros_namespace_conventions": bool,
}


class QoSProfile:
    """The policies of a publisher, subscription, service or client. A duration of zero means "not set".

    Raises:
        InvalidQoSProfileException: Neither ``history`` nor ``depth`` is given, or KEEP_LAST comes without a depth.
        ValueError: The depth is negative.
        TypeError: An argument is unknown or has the wrong type.
    """

    __slots__ = tuple(f"_{name}" for name in _TYPES)

    def __init__(self, **kwargs: Any):
        unknown = kwargs.keys() - _TYPES
        if unknown:
            raise TypeError(f"unknown QoS arguments {sorted(unknown)}; known are {sorted(_TYPES)}")
        if "history" not in kwargs:
            if "depth" not in kwargs:
                raise InvalidQoSProfileException("History and/or depth settings are required.")
            kwargs["history"] = HistoryPolicy.KEEP_LAST
        if kwargs["history"] == HistoryPolicy.KEEP_LAST and "depth" not in kwargs:
            raise InvalidQoSProfileException("History set to KEEP_LAST without a depth setting.")
        for name in _TYPES:
            setattr(self, name, kwargs.get(name, _DEFAULTS[name]))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, QoSProfile):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in _TYPES)

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name in _TYPES))

    def __repr__(self) -> str:
        values = (f"{name}={_shown(getattr(self, name))}" for name in _TYPES)
        return f"{type(self).__name__}({', '.join(values)})"

    def __copy__(self) -> QoSProfile:
        return QoSProfile(**{name: getattr(self, name) for name in _TYPES})

    def __deepcopy__(self, memo: dict) -> QoSProfile:
        return self.__copy__()

    def __reduce__(self) -> tuple:
        return _rebuild, ({name: getattr(self, name) for name in _TYPES},)


def _rebuild(values: dict[str, Any]) -> QoSProfile:
    return QoSProfile(**values)


def _shown(value: Any) -> Any:
    return value.name if isinstance(value, Enum) else value


def _policy_property(name: str) -> property:
    slot = f"_{name}"
    kind = _TYPES[name]

    def read(self: QoSProfile) -> Any:
        return getattr(self, slot)

    def write(self: QoSProfile, value: Any) -> None:
        if issubclass(kind, Enum):
            value = kind(value)
        elif not isinstance(value, kind):
            raise TypeError(f"QoS {name} must be of type {kind.__name__}, got {value!r}")
        if kind is int and value < 0:
            raise ValueError(f"QoS {name} must not be negative, got {value}")
        setattr(self, slot, value)

    return property(read, write, doc=f"The policy ``{name}``.")


_DEFAULTS = {
    "history": HistoryPolicy.KEEP_LAST,
    "depth": 10,
    "reliability": ReliabilityPolicy.RELIABLE,
    "durability": DurabilityPolicy.VOLATILE,
    "lifespan": Duration(),
    "deadline": Duration(),
    "liveliness": LivelinessPolicy.SYSTEM_DEFAULT,
    "liveliness_lease_duration": Duration(),
    "avoid_ros_namespace_conventions": False,
}
for _name in _TYPES:
    setattr(QoSProfile, _name, _policy_property(_name))


qos_profile_unknown = QoSProfile(
    history=HistoryPolicy.UNKNOWN,
    depth=0,
    reliability=ReliabilityPolicy.UNKNOWN,
    durability=DurabilityPolicy.UNKNOWN,
    liveliness=LivelinessPolicy.UNKNOWN,
)
qos_profile_default = QoSProfile(depth=10)
qos_profile_system_default = QoSProfile(
    history=HistoryPolicy.SYSTEM_DEFAULT,
    depth=0,
    reliability=ReliabilityPolicy.SYSTEM_DEFAULT,
    durability=DurabilityPolicy.SYSTEM_DEFAULT,
)
qos_profile_sensor_data = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
qos_profile_services_default = QoSProfile(depth=10)
qos_profile_parameters = QoSProfile(depth=1000)
qos_profile_parameter_events = QoSProfile(depth=1000)
qos_profile_action_status_default = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
qos_profile_rosout_default = QoSProfile(
    depth=1000, durability=DurabilityPolicy.TRANSIENT_LOCAL, lifespan=Duration(seconds=10)
)
qos_profile_best_available = QoSProfile(
    depth=10,
    reliability=ReliabilityPolicy.BEST_AVAILABLE,
    durability=DurabilityPolicy.BEST_AVAILABLE,
    liveliness=LivelinessPolicy.BEST_AVAILABLE,
)


class QoSPresetProfiles(Enum):
    """The profiles that have a name on command lines."""

    UNKNOWN = qos_profile_unknown
    DEFAULT = qos_profile_default
    SYSTEM_DEFAULT = qos_profile_system_default
    SENSOR_DATA = qos_profile_sensor_data
    SERVICES_DEFAULT = qos_profile_services_default
    PARAMETERS = qos_profile_parameters
    PARAMETER_EVENTS = qos_profile_parameter_events
    ACTION_STATUS_DEFAULT = qos_profile_action_status_default
    BEST_AVAILABLE = qos_profile_best_available
    ROSOUT_DEFAULT = qos_profile_rosout_default

    @classmethod
    def short_keys(cls) -> list[str]:
        """Return the short names of the presets."""
        return [name.lower() for name in cls.__members__ if name != "UNKNOWN"]

    @classmethod
    def get_from_short_key(cls, name: str) -> QoSProfile:
        """Return the profile behind a short name.

        Raises:
            KeyError: There is no such preset.
        """
        return cls[name.upper()].value


def qos_policy_name_from_kind(policy_kind: QoSPolicyKind | int) -> str:
    """Return the name that log lines use for a policy."""
    names = {QoSPolicyKind.LIVELINESS_LEASE_DURATION: "LIVELINESS_LEASE_DURATION", QoSPolicyKind.INVALID: "INVALID"}
    kind = QoSPolicyKind(policy_kind)
    return names.get(kind, kind.name)


def qos_check_compatible(publisher_qos: QoSProfile, subscription_qos: QoSProfile) -> tuple[QoSCompatibility, str]:
    """Say whether a publisher and a subscription with these profiles would match, and if not, why."""
    checks = (
        _check_reliability,
        _check_durability,
        _check_deadline,
        _check_liveliness,
        _check_lease,
    )
    results = [result for check in checks for result in check(publisher_qos, subscription_qos)]
    worst = max((level for level, _ in results), default=QoSCompatibility.OK)
    return worst, "".join(f"{level.name}: {reason};" for level, reason in results if level == worst)


_Findings = list[tuple[QoSCompatibility, str]]


def _check_reliability(publisher: QoSProfile, subscription: QoSProfile) -> _Findings:
    return _check_strength(
        publisher.reliability,
        subscription.reliability,
        (ReliabilityPolicy.BEST_EFFORT, ReliabilityPolicy.RELIABLE),
        ("Best effort", "reliable"),
    )


def _check_durability(publisher: QoSProfile, subscription: QoSProfile) -> _Findings:
    return _check_strength(
        publisher.durability,
        subscription.durability,
        (DurabilityPolicy.VOLATILE, DurabilityPolicy.TRANSIENT_LOCAL),
        ("Volatile", "transient local"),
    )


def _check_liveliness(publisher: QoSProfile, subscription: QoSProfile) -> _Findings:
    return _check_strength(
        publisher.liveliness,
        subscription.liveliness,
        (LivelinessPolicy.AUTOMATIC, LivelinessPolicy.MANUAL_BY_TOPIC),
        ("Publisher's liveliness is automatic", "manual by topic"),
    )


def _check_strength(offered: Any, requested: Any, order: tuple[Any, Any], words: tuple[str, str]) -> _Findings:
    weak, strong = order
    if (offered, requested) == order:
        return [(QoSCompatibility.ERROR, f"{words[0]} publisher and {words[1]} subscription")]
    undetermined = ("SYSTEM_DEFAULT", "UNKNOWN")
    doubtful = (offered.name in undetermined and requested == strong) or (
        requested.name in undetermined and offered == weak
    )
    if doubtful or (offered.name == requested.name == "UNKNOWN"):
        return [
            (QoSCompatibility.WARNING, f"{type(offered).__name__} {offered.name} and {requested.name} may not match")
        ]
    return []


def _check_deadline(publisher: QoSProfile, subscription: QoSProfile) -> _Findings:
    return _check_period(publisher.deadline, subscription.deadline, "deadline")


def _check_lease(publisher: QoSProfile, subscription: QoSProfile) -> _Findings:
    return _check_period(publisher.liveliness_lease_duration, subscription.liveliness_lease_duration, "lease duration")


def _check_period(offered: Duration, requested: Duration, what: str) -> _Findings:
    if not requested.nanoseconds:
        return []
    if not offered.nanoseconds:
        return [(QoSCompatibility.ERROR, f"Subscription has a {what}, but publisher does not")]
    if offered > requested:
        return [(QoSCompatibility.ERROR, f"Publisher's {what} is greater than the subscription's")]
    return []
