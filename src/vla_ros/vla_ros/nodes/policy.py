# SPDX-License-Identifier: Apache-2.0
"""The policy as a component: its life cycle and its subscriptions. What happens with a run is in ``policy_driver``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from std_msgs.msg import String
from vla_msgs.msg import Latent as LatentMessage
from vla_msgs.msg import Observation as ObservationMessage
from vla_msgs.msg import SafetyState

from rclpy.lifecycle import LifecycleNode
from vla_ros.errors import VlaError
from vla_ros.interfaces import interface
from vla_ros.nodes.conversions import observation_from_message
from vla_ros.nodes.diagnostics import Diagnostics
from vla_ros.nodes.policy_driver import PolicyDriver
from vla_ros.nodes.policy_loading import LoadedPolicy, PolicyParameters, load
from vla_ros.nodes.policy_messages import health_of, latent_from_message
from vla_ros.nodes.qos import interface_qos

__all__ = ["PolicyComponent"]

_STARTS_AWAY = "starts_away"  # how safety's reason begins where a reference is too far from the arm
_TICK_S = 0.02  # the longest that a timeout or an overdue inference goes unnoticed where no observation arrives
_STATE_S = 0.2  # period of policy_state and of the feedback: the 5 Hz of the interface table


class PolicyComponent:
    """The policy of one robot."""

    def __init__(self, node: LifecycleNode, parameters: PolicyParameters) -> None:
        self._node = node
        self._parameters = parameters
        self._loaded: LoadedPolicy
        self._driver: PolicyDriver
        self._undo: list[Callable[[], Any]] = []

    def configure(self) -> None:
        """Load the policy."""
        self._loaded = load(self._node, self._parameters)
        self._driver = PolicyDriver(self._node, self._loaded)

    def activate(self) -> None:
        """Warm the model up, then listen."""
        node, driver = self._node, self._driver
        driver.start()
        self._undo.append(driver.stop)
        self._subscribe("observation", ObservationMessage, self._on_observation)
        self._subscribe("latent", LatentMessage, self._on_latent)
        self._subscribe("language_motion", String, self._on_language_motion)
        self._subscribe("safety_state", SafetyState, self._on_safety_state)
        diagnostics = Diagnostics(node, lambda: health_of(driver.status()))
        self._undo.append(diagnostics.destroy)
        for period_s, callback in (
            (_TICK_S, driver.advance),
            (_STATE_S, driver.report),
            (_STATE_S, diagnostics.refresh),
        ):
            timer = node.create_timer(period_s, callback)
            self._undo.append(lambda timer=timer: node.destroy_timer(timer))
        specification, config = self._loaded.policy.specification, self._loaded.config
        node.get_logger().info(f"policy '{specification.policy_id}' is ready, scheduled by '{config.strategy}'")

    def deactivate(self) -> None:
        """Undo ``activate`` in reverse order; the run ends with it."""
        while self._undo:
            self._undo.pop()()

    def cleanup(self) -> None:
        """Release the policy."""
        self._driver.destroy()
        self._loaded.release.close()
        del self._driver, self._loaded

    def _subscribe(self, key: str, message_type: Any, callback: Callable[[Any], None]) -> None:
        subscription = self._node.create_subscription(message_type, interface(key).name, callback, interface_qos(key))
        self._undo.append(lambda: self._node.destroy_subscription(subscription))

    def _on_observation(self, message: ObservationMessage) -> None:
        if message.contract_hash != self._loaded.contract.hash:
            self._refuse("ingestion runs another contract than the policy; give both the same file, robot and target")
            return
        try:
            observation = observation_from_message(message)
        except VlaError as error:
            self._refuse(str(error))
            return
        self._driver.complaint = ""
        self._driver.observe(observation)

    def _refuse(self, reason: str) -> None:
        if reason != self._driver.complaint:
            self._node.get_logger().error(f"an observation is refused: {reason}")
        self._driver.complaint = reason

    def _on_latent(self, message: LatentMessage) -> None:
        try:
            latent = latent_from_message(message)
        except VlaError as error:
            self._node.get_logger().error(f"a latent is refused: {error}")
            return
        self._driver.session.instruct(lambda instruction: replace(instruction, latent=latent))

    def _on_language_motion(self, message: String) -> None:
        self._driver.session.instruct(lambda instruction: replace(instruction, motion=message.data))

    def _on_safety_state(self, message: SafetyState) -> None:
        away = message.grade == SafetyState.HOLDING and message.refused.startswith(_STARTS_AWAY)
        self._driver.follow_safety(int(message.epoch), estopped=bool(message.estop_latched), away=away)
