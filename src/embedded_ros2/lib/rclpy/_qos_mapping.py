# SPDX-License-Identifier: Apache-2.0
"""QoS profiles to and from what the transport takes. The rules of matching are in ``qos``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from embedded_ros2.dds import qos as dds
from rclpy.duration import Duration, Infinite
from rclpy.qos import DurabilityPolicy, HistoryPolicy, LivelinessPolicy, QoSProfile, ReliabilityPolicy

# Cyclone refuses a depth of zero; SYSTEM_DEFAULT history keeps one sample.
_MIN_DEPTH = 1
_RELIABILITY = {ReliabilityPolicy.BEST_EFFORT: dds.BEST_EFFORT}
_DURABILITY = {DurabilityPolicy.TRANSIENT_LOCAL: dds.TRANSIENT_LOCAL}
_LIVELINESS = {LivelinessPolicy.MANUAL_BY_TOPIC: dds.MANUAL_BY_TOPIC}


def to_endpoint(profile: QoSProfile, user_data: str = "", *, writer: bool) -> dds.EndpointQos:
    """Return the transport's QoS; system defaults become Cyclone's (reliable writers, best effort readers)."""
    if profile.reliability == ReliabilityPolicy.SYSTEM_DEFAULT:
        reliability = dds.RELIABLE if writer else dds.BEST_EFFORT
    else:
        reliability = _RELIABILITY.get(profile.reliability, dds.RELIABLE)
    return dds.EndpointQos(
        reliability=reliability,
        durability=_DURABILITY.get(profile.durability, dds.VOLATILE),
        history=dds.KEEP_ALL if profile.history == HistoryPolicy.KEEP_ALL else dds.KEEP_LAST,
        depth=max(profile.depth, _MIN_DEPTH),
        deadline_ns=_period_ns(profile.deadline),
        lifespan_ns=_period_ns(profile.lifespan),
        liveliness=_LIVELINESS.get(profile.liveliness, dds.AUTOMATIC),
        liveliness_lease_ns=_period_ns(profile.liveliness_lease_duration),
        user_data=user_data.encode(),
    )


def from_endpoint(qos: dds.EndpointQos) -> QoSProfile:
    """Return the profile that the transport reports for an endpoint."""
    manual = qos.liveliness == dds.MANUAL_BY_TOPIC
    return QoSProfile(
        history=HistoryPolicy.KEEP_ALL if qos.history == dds.KEEP_ALL else HistoryPolicy.KEEP_LAST,
        depth=max(qos.depth, 0),
        reliability=ReliabilityPolicy.RELIABLE if qos.reliability == dds.RELIABLE else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.VOLATILE if qos.durability == dds.VOLATILE else DurabilityPolicy.TRANSIENT_LOCAL,
        lifespan=Duration(nanoseconds=qos.lifespan_ns),
        deadline=Duration(nanoseconds=qos.deadline_ns),
        liveliness=LivelinessPolicy.MANUAL_BY_TOPIC if manual else LivelinessPolicy.AUTOMATIC,
        liveliness_lease_duration=Duration(nanoseconds=qos.liveliness_lease_ns),
    )


def resolve_best_available(profile: QoSProfile, offered: Sequence[dds.EndpointQos], *, writer: bool) -> QoSProfile:
    """Return the profile with BEST_AVAILABLE policies replaced: the strongest that all of ``offered`` match."""
    if not _wants_best_available(profile):
        return profile
    resolved = profile.__copy__()
    if resolved.reliability == ReliabilityPolicy.BEST_AVAILABLE:
        strong = writer or _all(offer.reliability == dds.RELIABLE for offer in offered)
        resolved.reliability = ReliabilityPolicy.RELIABLE if strong else ReliabilityPolicy.BEST_EFFORT
    if resolved.durability == DurabilityPolicy.BEST_AVAILABLE:
        strong = writer or _all(offer.durability != dds.VOLATILE for offer in offered)
        resolved.durability = DurabilityPolicy.TRANSIENT_LOCAL if strong else DurabilityPolicy.VOLATILE
    if resolved.liveliness == LivelinessPolicy.BEST_AVAILABLE:
        strong = writer or _all(offer.liveliness == dds.MANUAL_BY_TOPIC for offer in offered)
        resolved.liveliness = LivelinessPolicy.MANUAL_BY_TOPIC if strong else LivelinessPolicy.AUTOMATIC
    return resolved


def _wants_best_available(profile: QoSProfile) -> bool:
    return "BEST_AVAILABLE" in (profile.reliability.name, profile.durability.name, profile.liveliness.name)


def _all(conditions: Iterable[bool]) -> bool:
    return all(conditions)


def _period_ns(duration: Duration) -> int:
    """Return the period [ns]; zero means "not set", which is without end."""
    return duration.nanoseconds or Infinite.nanoseconds
