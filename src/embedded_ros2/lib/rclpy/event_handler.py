# SPDX-License-Identifier: Apache-2.0
"""Callbacks for changes of a publisher's or subscription's quality of service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from embedded_ros2.dds import status as dds_status
from embedded_ros2.dds.status import Status
from rclpy._executable import Executable, Work
from rclpy.callback_groups import CallbackGroup
from rclpy.qos import QoSPolicyKind, qos_policy_name_from_kind

# Policy ids of the DDS specification
_POLICY_KINDS = {
    2: QoSPolicyKind.DURABILITY,
    4: QoSPolicyKind.DEADLINE,
    8: QoSPolicyKind.LIVELINESS,
    11: QoSPolicyKind.RELIABILITY,
    13: QoSPolicyKind.HISTORY,
    21: QoSPolicyKind.LIFESPAN,
}


class UnsupportedEventTypeError(Exception):
    """The middleware has no such event."""


class QoSPublisherEventType(IntEnum):
    """Events of a publisher."""

    RCL_PUBLISHER_OFFERED_DEADLINE_MISSED = 0
    RCL_PUBLISHER_LIVELINESS_LOST = 1
    RCL_PUBLISHER_OFFERED_INCOMPATIBLE_QOS = 2
    RCL_PUBLISHER_INCOMPATIBLE_TYPE = 3
    RCL_PUBLISHER_MATCHED = 4


class QoSSubscriptionEventType(IntEnum):
    """Events of a subscription."""

    RCL_SUBSCRIPTION_REQUESTED_DEADLINE_MISSED = 0
    RCL_SUBSCRIPTION_LIVELINESS_CHANGED = 1
    RCL_SUBSCRIPTION_REQUESTED_INCOMPATIBLE_QOS = 2
    RCL_SUBSCRIPTION_MESSAGE_LOST = 3
    RCL_SUBSCRIPTION_INCOMPATIBLE_TYPE = 4
    RCL_SUBSCRIPTION_MATCHED = 5


@dataclass(frozen=True, slots=True)
class _Counted:
    """A count and its change since the last event."""

    total_count: int = 0
    total_count_change: int = 0


class QoSDeadlineRequestedInfo(_Counted):
    """Samples that came too late."""


class QoSDeadlineOfferedInfo(_Counted):
    """Samples that were written too late."""


class QoSLivelinessLostInfo(_Counted):
    """Times that this publisher did not assert its liveliness."""


class QoSMessageLostInfo(_Counted):
    """Samples that were lost."""


@dataclass(frozen=True, slots=True)
class QoSLivelinessChangedInfo:
    """Publishers that are alive and that are not."""

    alive_count: int = 0
    not_alive_count: int = 0
    alive_count_change: int = 0
    not_alive_count_change: int = 0


@dataclass(frozen=True, slots=True)
class QoSRequestedIncompatibleQoSInfo:
    """Publishers that offer less than is requested."""

    total_count: int = 0
    total_count_change: int = 0
    last_policy_kind: QoSPolicyKind = QoSPolicyKind.INVALID


class QoSOfferedIncompatibleQoSInfo(QoSRequestedIncompatibleQoSInfo):
    """Subscriptions that request more than is offered."""


@dataclass(frozen=True, slots=True)
class MatchedInfo:
    """Matched counterparts."""

    total_count: int = 0
    total_count_change: int = 0
    current_count: int = 0
    current_count_change: int = 0


QoSSubscriptionMatchedInfo = QoSPublisherMatchedInfo = MatchedInfo

_P, _S = QoSPublisherEventType, QoSSubscriptionEventType
_STATUSES: dict[IntEnum, tuple[Status, type]] = {
    _P.RCL_PUBLISHER_OFFERED_DEADLINE_MISSED: (Status.OFFERED_DEADLINE_MISSED, QoSDeadlineOfferedInfo),
    _P.RCL_PUBLISHER_LIVELINESS_LOST: (Status.LIVELINESS_LOST, QoSLivelinessLostInfo),
    _P.RCL_PUBLISHER_OFFERED_INCOMPATIBLE_QOS: (Status.OFFERED_INCOMPATIBLE_QOS, QoSOfferedIncompatibleQoSInfo),
    _P.RCL_PUBLISHER_MATCHED: (Status.PUBLICATION_MATCHED, MatchedInfo),
}
_SUBSCRIPTION_STATUSES: dict[IntEnum, tuple[Status, type]] = {
    _S.RCL_SUBSCRIPTION_REQUESTED_DEADLINE_MISSED: (Status.REQUESTED_DEADLINE_MISSED, QoSDeadlineRequestedInfo),
    _S.RCL_SUBSCRIPTION_LIVELINESS_CHANGED: (Status.LIVELINESS_CHANGED, QoSLivelinessChangedInfo),
    _S.RCL_SUBSCRIPTION_REQUESTED_INCOMPATIBLE_QOS: (
        Status.REQUESTED_INCOMPATIBLE_QOS,
        QoSRequestedIncompatibleQoSInfo,
    ),
    _S.RCL_SUBSCRIPTION_MESSAGE_LOST: (Status.SAMPLE_LOST, QoSMessageLostInfo),
    _S.RCL_SUBSCRIPTION_MATCHED: (Status.SUBSCRIPTION_MATCHED, MatchedInfo),
}


class EventHandler:
    """One event of one endpoint and its callback.

    Raises:
        UnsupportedEventTypeError: The middleware has no such event.
    """

    def __init__(self, callback: Callable[[Any], Any], event_type: IntEnum):
        table = _STATUSES if isinstance(event_type, QoSPublisherEventType) else _SUBSCRIPTION_STATUSES
        if event_type not in table:
            raise UnsupportedEventTypeError(f"rmw_cyclonedds_cpp has no event {event_type.name}")
        self.callback = callback
        self.event_type = event_type
        self.status, self._info = table[event_type]

    def take(self, endpoint: int) -> Any | None:
        """Return what changed since the last call, None if nothing did."""
        fields = dds_status.take(endpoint, self.status)
        if fields is None:
            return None
        if "last_policy_id" in fields:
            fields["last_policy_kind"] = _POLICY_KINDS.get(fields["last_policy_id"], QoSPolicyKind.INVALID)
        known = self._info.__dataclass_fields__
        return self._info(**{name: value for name, value in fields.items() if name in known})


class EndpointEvents(Executable):
    """All watched events of one reader or writer."""

    def __init__(self, endpoint: int, handlers: Sequence[EventHandler], callback_group: CallbackGroup | None):
        super().__init__(callback_group)
        self._endpoint = endpoint
        self.handlers = list(handlers)
        statuses = Status(0)
        for handler in handlers:
            statuses |= handler.status
        dds_status.watch(endpoint, statuses)

    def wait_handles(self) -> tuple[int, ...]:
        return (self._endpoint,)

    def take_work(self) -> Work | None:
        for handler in self.handlers:
            info = handler.take(self._endpoint)
            if info is not None:
                return lambda callback=handler.callback, info=info: callback(info)
        return None


def _incompatible_handler(logger: Any, sentence: str, topic_name: str) -> Callable[[Any], None]:
    def warn(event: Any) -> None:
        policy = qos_policy_name_from_kind(event.last_policy_kind)
        logger.warning(f"{sentence.format(topic_name)} Last incompatible policy: {policy}")

    return warn


def _handlers(callbacks: dict[IntEnum, Callable | None]) -> list[EventHandler]:
    return [EventHandler(callback, kind) for kind, callback in callbacks.items() if callback is not None]


@dataclass
class PublisherEventCallbacks:
    """What to call when; by default an incompatible subscription is logged."""

    incompatible_qos: Callable[[QoSOfferedIncompatibleQoSInfo], None] | None = field(default=None, kw_only=True)
    liveliness: Callable[[QoSLivelinessLostInfo], None] | None = field(default=None, kw_only=True)
    deadline: Callable[[QoSDeadlineOfferedInfo], None] | None = field(default=None, kw_only=True)
    incompatible_type: Callable[[Any], None] | None = field(default=None, kw_only=True)
    matched: Callable[[MatchedInfo], None] | None = field(default=None, kw_only=True)
    use_default_callbacks: bool = field(default=True, kw_only=True)

    def handlers(self, logger: Any, topic_name: str) -> list[EventHandler]:
        """Return the event handlers of a publisher."""
        incompatible = self.incompatible_qos
        if incompatible is None and self.use_default_callbacks:
            incompatible = _incompatible_handler(
                logger,
                "New subscription discovered on topic '{}', requesting incompatible QoS. "
                "No messages will be sent to it.",
                topic_name,
            )
        return _handlers(
            {
                _P.RCL_PUBLISHER_OFFERED_DEADLINE_MISSED: self.deadline,
                _P.RCL_PUBLISHER_LIVELINESS_LOST: self.liveliness,
                _P.RCL_PUBLISHER_OFFERED_INCOMPATIBLE_QOS: incompatible,
                _P.RCL_PUBLISHER_INCOMPATIBLE_TYPE: self.incompatible_type,
                _P.RCL_PUBLISHER_MATCHED: self.matched,
            }
        )


@dataclass
class SubscriptionEventCallbacks:
    """What to call when; by default an incompatible publisher is logged."""

    incompatible_qos: Callable[[QoSRequestedIncompatibleQoSInfo], None] | None = field(default=None, kw_only=True)
    liveliness: Callable[[QoSLivelinessChangedInfo], None] | None = field(default=None, kw_only=True)
    deadline: Callable[[QoSDeadlineRequestedInfo], None] | None = field(default=None, kw_only=True)
    message_lost: Callable[[QoSMessageLostInfo], None] | None = field(default=None, kw_only=True)
    incompatible_type: Callable[[Any], None] | None = field(default=None, kw_only=True)
    matched: Callable[[MatchedInfo], None] | None = field(default=None, kw_only=True)
    use_default_callbacks: bool = field(default=True, kw_only=True)

    def handlers(self, logger: Any, topic_name: str) -> list[EventHandler]:
        """Return the event handlers of a subscription."""
        incompatible = self.incompatible_qos
        if incompatible is None and self.use_default_callbacks:
            incompatible = _incompatible_handler(
                logger,
                "New publisher discovered on topic '{}', offering incompatible QoS. "
                "No messages will be received from it.",
                topic_name,
            )
        return _handlers(
            {
                _S.RCL_SUBSCRIPTION_REQUESTED_DEADLINE_MISSED: self.deadline,
                _S.RCL_SUBSCRIPTION_LIVELINESS_CHANGED: self.liveliness,
                _S.RCL_SUBSCRIPTION_REQUESTED_INCOMPATIBLE_QOS: incompatible,
                _S.RCL_SUBSCRIPTION_MESSAGE_LOST: self.message_lost,
                _S.RCL_SUBSCRIPTION_INCOMPATIBLE_TYPE: self.incompatible_type,
                _S.RCL_SUBSCRIPTION_MATCHED: self.matched,
            }
        )
