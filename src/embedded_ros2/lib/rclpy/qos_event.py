# SPDX-License-Identifier: Apache-2.0
"""The name of ``event_handler`` before Iron."""

from rclpy.event_handler import (
    PublisherEventCallbacks,
    QoSPublisherEventType,
    QoSSubscriptionEventType,
    SubscriptionEventCallbacks,
    UnsupportedEventTypeError,
)

__all__ = [
    "PublisherEventCallbacks",
    "QoSPublisherEventType",
    "QoSSubscriptionEventType",
    "SubscriptionEventCallbacks",
    "UnsupportedEventTypeError",
]
