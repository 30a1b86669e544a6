# SPDX-License-Identifier: Apache-2.0
"""Publishes the planner's latents while a subtask runs. Wiring only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from vla_msgs.msg import Latent, TaskState

from rclpy.lifecycle import LifecycleNode
from vla_ros.executor import Phase
from vla_ros.interfaces import interface
from vla_ros.nodes.conversions import duration_to_message, observation_from_message
from vla_ros.nodes.qos import interface_qos
from vla_ros.planner.latents import LatentSource

__all__ = ["Latents"]


class Latents:
    """One latent per period for the subtask that runs, made from the newest observation."""

    def __init__(self, node: LifecycleNode, source: LatentSource, newest: Callable[[], Any], group: Any) -> None:
        """Begin; ``newest`` returns the newest fresh observation message or None; ``group`` is that of the model."""
        self._node, self._source, self._newest = node, source, newest
        self._subtask = ""
        row, state = interface("latent"), interface("task_state")
        self._publisher = node.create_publisher(Latent, row.name, interface_qos(row.key))
        self._states = node.create_subscription(TaskState, state.name, self._on_state, interface_qos(state.key))
        period_s = 1.0 / source.latent_space.rate_hz
        self._timer = node.create_timer(period_s, self._on_timer, callback_group=group)

    def destroy(self) -> None:
        """End in reverse order."""
        self._node.destroy_timer(self._timer)
        self._node.destroy_subscription(self._states)
        self._node.destroy_publisher(self._publisher)

    def _on_state(self, message: TaskState) -> None:
        self._subtask = message.subtask_text if message.state == int(Phase.RUNNING) else ""

    def _on_timer(self) -> None:
        message = self._newest()
        if message is not None and self._subtask:
            images: Mapping[str, Any] = observation_from_message(message).images
            vector = self._source.latent(self._subtask, images)
            self._publisher.publish(self._latent(message.header, vector))

    def _latent(self, header: Any, vector: Any) -> Latent:
        space = self._source.latent_space
        return Latent(
            header=header,
            latent_id=space.latent_id,
            time_to_live=duration_to_message(round(space.time_to_live_s * 1e9)),
            shape=[int(size) for size in vector.shape],
            data=np.asarray(vector, np.float32).ravel().tolist(),
        )
