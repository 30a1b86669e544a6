# SPDX-License-Identifier: Apache-2.0
"""Subscriptions."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple

from embedded_ros2.dds import Reader, SampleOrigin
from rclpy._decode_errors import DecodeErrors
from rclpy._executable import Executable, Work
from rclpy.callback_groups import CallbackGroup
from rclpy.event_handler import EndpointEvents, EventHandler
from rclpy.qos import QoSProfile
from rclpy.type_support import message_support

MessageInfo = dict[str, Any]


class _Called(NamedTuple):
    """What a subscription calls, and with what."""

    callback: Callable[..., Any]
    type: Subscription.CallbackType


class Subscription(Executable):
    """Calls ``callback(message)`` or ``callback(message, info)``. Made by ``Node.create_subscription``."""

    class CallbackType(Enum):
        """What the callback takes."""

        MessageOnly = 0
        WithMessageInfo = 1

    def __init__(
        self,
        reader: Reader,
        msg_type: Any,
        topic: str,
        callback: Callable[..., Any],
        callback_group: CallbackGroup | None,
        *,
        qos_profile: QoSProfile,
        raw: bool,
        logger: Any,
    ):
        super().__init__(callback_group)
        self._reader = reader
        self._decode = bytes if raw else message_support(msg_type).deserialize
        self.msg_type = msg_type
        self.topic = topic
        self.qos_profile = qos_profile
        self.raw = raw
        self.decode_errors = DecodeErrors(logger, f"message on '{topic}'")
        self.events: EndpointEvents | None = None
        self._on_destroy: Callable[[Subscription], None] | None = None
        self._destroyed = False
        self.callback = callback

    @property
    def callback(self) -> Callable[..., Any]:
        """What is called with each message."""
        return self._called.callback

    @callback.setter
    def callback(self, callback: Callable[..., Any]) -> None:
        self._called = _Called(callback, _callback_type(callback))

    def wait_handles(self) -> tuple[int, ...]:
        return (self._reader.condition,)

    def take_work(self) -> Work | None:
        while not self._destroyed:
            try:
                taken = self._reader.take(self._decode)
            except Exception as error:
                self.decode_errors.add(error)
                continue
            return None if taken is None else self._bound(*taken)
        return None

    def _bound(self, message: Any, origin: SampleOrigin) -> Work:
        callback = self._called.callback
        if self._called.type is Subscription.CallbackType.MessageOnly:
            return lambda: callback(message)
        info = _message_info(origin)
        return lambda: callback(message, info)

    def take(self) -> tuple[Any, MessageInfo] | None:
        """Take the oldest message with its info, None when there is none.

        Raises:
            CorruptMessage: The oldest message cannot be decoded; it is dropped.
        """
        taken = self._reader.take(self._decode)
        return None if taken is None else (taken[0], _message_info(taken[1]))

    def get_publisher_count(self) -> int:
        """Return the number of matched publishers."""
        return self._reader.matched_count()

    @property
    def topic_name(self) -> str:
        """The fully qualified topic."""
        return self.topic

    @property
    def handle(self) -> Reader:
        """The reader of the transport."""
        return self._reader

    @property
    def event_handlers(self) -> list[EventHandler]:
        """The events that are watched."""
        return [] if self.events is None else self.events.handlers

    def destroy(self) -> None:
        """Leave the topic. A second call does nothing."""
        if not self._destroyed:
            self._destroyed = True
            if self._on_destroy is not None:
                self._on_destroy(self)
            self._reader.close()

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.destroy()


def _message_info(origin: SampleOrigin) -> MessageInfo:
    return {
        "source_timestamp": origin.source_timestamp_ns,
        "received_timestamp": time.time_ns(),
        # Cyclone gives out neither of them
        "publication_sequence_number": None,
        "reception_sequence_number": None,
    }


def _callback_type(callback: Callable[..., Any]) -> Subscription.CallbackType:
    """Return what the callback takes.

    Raises:
        RuntimeError: It takes neither one nor two arguments.
    """
    try:
        signature = inspect.signature(callback)
    except (TypeError, ValueError):  # builtins tell nothing
        return Subscription.CallbackType.MessageOnly
    for count, kind in ((1, Subscription.CallbackType.MessageOnly), (2, Subscription.CallbackType.WithMessageInfo)):
        try:
            signature.bind(*[None] * count)
        except TypeError:
            continue
        return kind
    raise RuntimeError(
        "Subscription.__init__(): callback should be either be callable with one argument (to get only "
        "the message) or two (to get message and message info)"
    )
