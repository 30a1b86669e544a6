# SPDX-License-Identifier: Apache-2.0
"""Which names a node really uses: expansion and the remap rules of its command lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rclpy._arguments import RemapRule
from rclpy.expand_topic_name import expand_topic_name
from rclpy.validate_namespace import validate_namespace
from rclpy.validate_node_name import validate_node_name
from rclpy.validate_topic_name import validate_topic_name


@dataclass(frozen=True, slots=True)
class NodeNames:
    """A node's name and namespace after remapping, and the rules for its topics and services."""

    name: str
    namespace: str
    rules: Sequence[RemapRule] = field(default_factory=tuple)

    @classmethod
    def resolve(cls, name: str, namespace: str, rules: Sequence[RemapRule]) -> NodeNames:
        """Apply the first rule that fits to each of the two.

        Raises:
            InvalidNodeNameException: The name, given or remapped, breaks a rule.
            InvalidNamespaceException: The namespace, given or remapped, breaks a rule.
        """
        validate_node_name(name)
        own = [rule for rule in rules if rule.node in ("", name)]
        namespace = _first(own, "namespace", namespace or "/")
        new_name = _first(own, "node", name)
        namespace = namespace if namespace.startswith("/") else f"/{namespace}"
        validate_node_name(new_name)
        validate_namespace(namespace)
        return cls(new_name, namespace, tuple(own))

    @property
    def fully_qualified(self) -> str:
        """The name with its namespace."""
        return f"{self.namespace.rstrip('/')}/{self.name}"

    def resolve_topic(self, topic: str, *, only_expand: bool = False) -> str:
        """Return the fully qualified name of a topic.

        Raises:
            InvalidTopicNameException: The name breaks a rule.
        """
        return self._resolve(topic, "topic", only_expand=only_expand)

    def resolve_service(self, service: str, *, only_expand: bool = False) -> str:
        """Return the fully qualified name of a service.

        Raises:
            InvalidServiceNameException: The name breaks a rule.
        """
        validate_topic_name(service, is_service=True)
        return self._resolve(service, "service", only_expand=only_expand)

    def _resolve(self, given: str, kind: str, *, only_expand: bool) -> str:
        expanded = self._expand(given)
        if only_expand:
            return expanded
        for rule in self.rules:
            if rule.kind in ("", kind) and self._expand(rule.left) == expanded:
                return self._expand(rule.right)
        return expanded

    def _expand(self, name: str) -> str:
        return expand_topic_name(name, self.name, self.namespace)


def _first(rules: Sequence[RemapRule], kind: str, otherwise: str) -> str:
    return next((rule.right for rule in rules if rule.kind == kind), otherwise)
