# SPDX-License-Identifier: Apache-2.0
"""Message flows that are cached or matched by time."""

from message_filters.cache import Cache
from message_filters.simple_filter import SimpleFilter, Subscriber
from message_filters.synchronizers import ApproximateTimeSynchronizer, TimeSynchronizer

__all__ = ["ApproximateTimeSynchronizer", "Cache", "SimpleFilter", "Subscriber", "TimeSynchronizer"]
