# SPDX-License-Identifier: Apache-2.0
"""Service clients."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from embedded_ros2.dds.service import ServiceClient
from rclpy._decode_errors import DecodeErrors
from rclpy._executable import Executable, Work
from rclpy.callback_groups import CallbackGroup
from rclpy.context import Context
from rclpy.qos import QoSProfile
from rclpy.task import Future
from rclpy.type_support import message_support

# Discovery takes 20 to 100 ms; a poll costs some microseconds.
_POLL_S = 0.01


class _PendingRequests:
    """Futures of requests without a reply, by their number; used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._futures: dict[int, Future] = {}

    def add(self, number: int, future: Future) -> None:
        """Remember a request."""
        with self._lock:
            self._futures[number] = future

    def get(self, number: int) -> Future | None:
        """Return the future of a request, None where there is none."""
        return self._futures.get(number)

    def numbers_of(self, future: Future) -> list[int]:
        """Return under which numbers a future is remembered."""
        with self._lock:
            return [number for number, pending in self._futures.items() if pending is future]

    def forget(self, number: int) -> None:
        """Forget a request, if it is there."""
        with self._lock:
            self._futures.pop(number, None)


class Client(Executable):
    """Calls a service. Made by ``Node.create_client``; requests may be sent from any thread."""

    def __init__(
        self,
        client: ServiceClient,
        srv_type: Any,
        srv_name: str,
        callback_group: CallbackGroup | None,
        *,
        context: Context,
        qos_profile: QoSProfile,
        logger: Any,
    ):
        super().__init__(callback_group)
        self._client = client
        self._encode = message_support(srv_type.Request).serialize
        self._decode = message_support(srv_type.Response).deserialize
        self.context = context
        self.srv_type = srv_type
        self.srv_name = srv_name
        self.qos_profile = qos_profile
        self.decode_errors = DecodeErrors(logger, f"reply from '{srv_name}'")
        self._pending = _PendingRequests()
        self._executor_of_node: Callable[[], Any] = _no_executor  # runs the futures' callbacks
        self._on_destroy: Callable[[Client], None] | None = None
        self._destroyed = False

    @property
    def service_name(self) -> str:
        """The fully qualified service name."""
        return self.srv_name

    @property
    def handle(self) -> ServiceClient:
        """The client of the transport."""
        return self._client

    def call_async(self, request: Any) -> Future:
        """Send a request; the future's result is the response.

        Raises:
            TypeError: The request is not of the service's request type.
        """
        if not isinstance(request, self.srv_type.Request):
            raise TypeError(f"Expected {self.srv_type.Request}, got {type(request)}")
        number = self._client.new_number()
        future = Future(executor=self._executor_of_node())
        self._pending.add(number, future)
        # A cancelled request must not be remembered for ever.
        future._add_waiter(partial(self._pending.forget, number))
        self._client.send_request(lambda head: self._encode(request, head), number)
        return future

    def call(self, request: Any, timeout_sec: float | None = None) -> Any:
        """Send a request and block for the response; some other thread must spin the node.

        Returns:
            The response; None after the timeout.
        """
        done = threading.Event()
        future = self.call_async(request)
        future._add_waiter(done.set)
        done.wait(timeout_sec)
        if not future.done():
            future.cancel()
            return None
        return future.result()

    def remove_pending_request(self, future: Future) -> None:
        """Forget a request; its future will not be done."""
        for number in self._pending.numbers_of(future):
            self._pending.forget(number)

    def get_pending_request(self, sequence_number: int) -> Future:
        """Return the future of a request.

        Raises:
            KeyError: There is no such request.
        """
        future = self._pending.get(sequence_number)
        if future is None:
            raise KeyError(sequence_number)
        return future

    def service_is_ready(self) -> bool:
        """Whether a server is matched."""
        return not self._destroyed and self._client.is_server_available()

    def wait_for_service(self, timeout_sec: float | None = None) -> bool:
        """Block until a server is matched; False after the timeout or at shutdown."""
        deadline_s = None if timeout_sec is None or timeout_sec < 0 else time.monotonic() + timeout_sec
        while self.context.ok() and not self.service_is_ready():
            if deadline_s is not None and time.monotonic() >= deadline_s:
                return False
            time.sleep(_POLL_S)
        return self.context.ok()

    def wait_handles(self) -> tuple[int, ...]:
        return (self._client.reader.condition,)

    def take_work(self) -> Work | None:
        while not self._destroyed:
            try:
                taken = self._client.take_reply(self._decode)
            except Exception as error:
                self.decode_errors.add(error)
                continue
            if taken is None:
                return None
            response, number, _ = taken
            future = self._pending.get(number)
            if future is not None:
                return partial(_fulfil, future, response)
        return None

    def destroy(self) -> None:
        """Give up all requests. A second call does nothing."""
        if not self._destroyed:
            self._destroyed = True
            if self._on_destroy is not None:
                self._on_destroy(self)
            self._client.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.destroy()


def _no_executor() -> None:
    return None


def _fulfil(future: Future, response: Any) -> None:
    if future._pending():
        future.set_result(response)
