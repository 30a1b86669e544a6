# SPDX-License-Identifier: Apache-2.0
"""The services by which anyone stops the arm and lets it go on: ``vla/safety/estop`` and ``vla/safety/reset``."""

from __future__ import annotations

from collections.abc import Callable

from std_srvs.srv import SetBool, Trigger

from rclpy.node import Node
from vla_safety.errors import SafetyError
from vla_safety.nodes.loop import SafetyLoop

__all__ = ["StopServices"]


class StopServices:
    """Answers for the loop that runs at the time, if one does."""

    def __init__(self, node: Node, loop: Callable[[], SafetyLoop | None]) -> None:
        self._node, self._loop = node, loop
        self._services = (
            node.create_service(SetBool, "vla/safety/estop", self._on_estop),
            node.create_service(Trigger, "vla/safety/reset", self._on_reset),
        )

    def destroy(self) -> None:
        """Close them."""
        for service in self._services:
            self._node.destroy_service(service)

    def _on_estop(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        loop, response.success = self._loop(), True
        if loop is None:
            response.message = "not active: nothing is commanded"
        elif request.data:
            loop.latch("estop: asked for")
            response.message = "latched"
        else:
            response.message = "stays latched until vla/safety/reset"
        return response

    def _on_reset(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        loop = self._loop()
        refused = "not active" if loop is None else loop.failure or _reset(loop)
        response.success, response.message = not refused, refused or "cleared"
        return response


def _reset(loop: SafetyLoop) -> str:
    try:
        return loop.reset()
    except SafetyError as error:
        return str(error)
