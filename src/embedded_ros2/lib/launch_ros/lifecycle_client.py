# SPDX-License-Identifier: Apache-2.0
"""Requests to lifecycle nodes from the loop of a launch, which they never block."""

from __future__ import annotations

import asyncio
from typing import Any

from launch import logging
from launch.launch_context import LaunchContext
from launch_ros.ros_adapters import get_ros_node

POLL_S = 0.05  # how often it is asked whether the service is there


class LifecycleClient:
    """Changes the state of one lifecycle node, given by its full name."""

    def __init__(self, context: LaunchContext, node_name: str) -> None:
        from lifecycle_msgs.srv import ChangeState

        self._name = node_name
        self._request_type: Any = ChangeState.Request
        self._context = context
        self._client = get_ros_node(context).create_client(ChangeState, f"{node_name}/change_state")
        self._logger = logging.get_logger(node_name.strip("/").replace("/", "."))

    async def change_state(self, transition_id: int) -> bool:
        """Ask for a transition once the node is there; return whether it was done."""
        while not self._client.service_is_ready():
            if self._context.is_shutdown:
                return False
            await asyncio.sleep(POLL_S)
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()

        def finish(future: Any) -> None:
            loop.call_soon_threadsafe(lambda: None if done.done() else done.set_result(future.result()))

        request = self._request_type()
        request.transition.id = transition_id
        self._client.call_async(request).add_done_callback(finish)
        response = await done
        if not response.success:
            self._logger.error(f"transition {transition_id} of node '{self._name}' failed")
        return bool(response.success)
