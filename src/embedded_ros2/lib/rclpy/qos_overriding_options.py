# SPDX-License-Identifier: Apache-2.0
"""Quality of service that users may override by parameters ``qos_overrides.<topic>.<role>[_<id>].<policy>``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from rclpy.duration import Duration
from rclpy.qos import QoSPolicyEnum, QoSPolicyKind, QoSProfile

_DEFAULT_KINDS = (QoSPolicyKind.HISTORY, QoSPolicyKind.DEPTH, QoSPolicyKind.RELIABILITY)


class InvalidQosOverridesError(Exception):
    """The callback refused the overridden profile."""


class QoSOverridingOptions:
    """Which policies may be overridden.

    Args:
        callback: Judges the resulting profile; returns a result with ``successful`` and ``reason``.
        entity_id: Tells several endpoints of one node and topic apart.
    """

    def __init__(
        self,
        policy_kinds: Iterable[QoSPolicyKind],
        *,
        callback: Callable[[QoSProfile], Any] | None = None,
        entity_id: str | None = None,
    ):
        self.policy_kinds = tuple(policy_kinds)
        self.callback = callback
        self.entity_id = entity_id

    @classmethod
    def with_default_policies(
        cls, *, callback: Callable[[QoSProfile], Any] | None = None, entity_id: str | None = None
    ) -> QoSOverridingOptions:
        """Return options for history, depth and reliability."""
        return cls(_DEFAULT_KINDS, callback=callback, entity_id=entity_id)


def override_qos(node: Any, profile: QoSProfile, topic: str, role: str, options: QoSOverridingOptions) -> QoSProfile:
    """Return the profile with the overrides of the node's parameters, which are declared read-only.

    Raises:
        InvalidQosOverridesError: The callback refused the result.
    """
    from rcl_interfaces.msg import ParameterDescriptor

    suffix = f"_{options.entity_id}" if options.entity_id else ""
    overridden = profile.__copy__()
    for kind in options.policy_kinds:
        policy = kind.name.lower()
        name = f"qos_overrides.{topic}.{role}{suffix}.{policy}"
        current = getattr(overridden, policy)
        if not node.has_parameter(name):
            node.declare_parameter(name, _to_parameter(current), ParameterDescriptor(read_only=True))
        setattr(overridden, policy, _from_parameter(current, node.get_parameter(name).value))
    if options.callback is not None:
        result = options.callback(overridden)
        if not result.successful:
            raise InvalidQosOverridesError(f"QoS overrides of the {role} of '{topic}' are refused: {result.reason}")
    return overridden


def _to_parameter(value: Any) -> Any:
    if isinstance(value, QoSPolicyEnum):
        return value.short_key
    return value.nanoseconds if isinstance(value, Duration) else value


def _from_parameter(current: Any, value: Any) -> Any:
    if isinstance(current, QoSPolicyEnum):
        return type(current)[value.upper()]
    return Duration(nanoseconds=value) if isinstance(current, Duration) else value
