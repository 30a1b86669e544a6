# SPDX-License-Identifier: Apache-2.0
"""Service servers."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from embedded_ros2.dds.service import ServiceServer
from rclpy._decode_errors import DecodeErrors
from rclpy._executable import Executable, Work
from rclpy.callback_groups import CallbackGroup
from rclpy.qos import QoSProfile
from rclpy.type_support import message_support


class Service(Executable):
    """Answers requests with what ``callback(request, response)`` returns. Made by ``Node.create_service``."""

    def __init__(
        self,
        server: ServiceServer,
        srv_type: Any,
        srv_name: str,
        callback: Callable[[Any, Any], Any],
        callback_group: CallbackGroup | None,
        *,
        qos_profile: QoSProfile,
        logger: Any,
    ):
        super().__init__(callback_group)
        self._server = server
        self._decode = message_support(srv_type.Request).deserialize
        self._encode = message_support(srv_type.Response).serialize
        self.srv_type = srv_type
        self.srv_name = srv_name
        self.callback = callback
        self.qos_profile = qos_profile
        self.decode_errors = DecodeErrors(logger, f"request to '{srv_name}'")
        self._on_destroy: Callable[[Service], None] | None = None
        self._destroyed = False

    @property
    def service_name(self) -> str:
        """The fully qualified service name."""
        return self.srv_name

    @property
    def handle(self) -> ServiceServer:
        """The server of the transport."""
        return self._server

    def wait_handles(self) -> tuple[int, ...]:
        return (self._server.reader.condition,)

    def take_work(self) -> Work | None:
        while not self._destroyed:
            try:
                taken = self._server.take_request(self._decode)
            except Exception as error:
                self.decode_errors.add(error)
                continue
            if taken is None:
                return None
            request, identity, _ = taken
            return lambda: self._answer(request, identity)
        return None

    def _answer(self, request: Any, identity: Any) -> Any:
        response = self.callback(request, self.srv_type.Response())
        if inspect.isawaitable(response):
            return self._answer_later(response, identity)
        self.send_response(response, identity)
        return None

    async def _answer_later(self, response: Any, identity: Any) -> None:
        self.send_response(await response, identity)

    def send_response(self, response: Any, header: Any) -> None:
        """Send the response to the request with this header.

        Raises:
            TypeError: It is not of the service's response type.
        """
        if not isinstance(response, self.srv_type.Response):
            raise TypeError(f"the callback of '{self.srv_name}' must return {self.srv_type.Response}, got {response!r}")
        if not self._destroyed:
            self._server.send_reply(lambda head: self._encode(response, head), header)

    def destroy(self) -> None:
        """Stop serving. A second call does nothing."""
        if not self._destroyed:
            self._destroyed = True
            if self._on_destroy is not None:
                self._on_destroy(self)
            self._server.close()

    def __enter__(self) -> Service:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.destroy()
