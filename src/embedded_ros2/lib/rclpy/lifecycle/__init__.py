# SPDX-License-Identifier: Apache-2.0
"""Nodes with a managed life cycle."""

from rclpy.lifecycle.managed_entity import ManagedEntity, SimpleManagedEntity
from rclpy.lifecycle.node import LifecycleNode, LifecycleNodeMixin
from rclpy.lifecycle.publisher import LifecyclePublisher
from rclpy.lifecycle.state_machine import LifecycleState, TransitionCallbackReturn

Node = LifecycleNode
Publisher = LifecyclePublisher

__all__ = [
    "LifecycleNode",
    "LifecycleNodeMixin",
    "LifecyclePublisher",
    "LifecycleState",
    "ManagedEntity",
    "Node",
    "Publisher",
    "SimpleManagedEntity",
    "TransitionCallbackReturn",
]
