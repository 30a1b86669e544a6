# SPDX-License-Identifier: Apache-2.0
"""Expansion of relative and private names."""

import re

from rclpy.exceptions import InvalidTopicNameException
from rclpy.validate_namespace import validate_namespace
from rclpy.validate_node_name import validate_node_name
from rclpy.validate_topic_name import validate_topic_name


def expand_topic_name(topic_name: str, node_name: str, node_namespace: str) -> str:
    """Return the fully qualified name that a node means by ``topic_name``.

    Raises:
        InvalidTopicNameException: The topic name breaks a rule or holds an unknown {substitution}.
        InvalidNodeNameException: The node name breaks a rule.
        InvalidNamespaceException: The namespace breaks a rule.
    """
    namespace = node_namespace if node_namespace.startswith("/") else f"/{node_namespace}"
    validate_topic_name(topic_name)
    validate_node_name(node_name)
    validate_namespace(namespace)
    return _expand(topic_name, node_name, namespace)


def _expand(name: str, node_name: str, namespace: str) -> str:
    prefix = "" if namespace == "/" else namespace
    values = {"node": node_name, "ns": namespace, "namespace": namespace}

    def substitute(match: "re.Match[str]") -> str:
        if match[1] not in values:
            known = ", ".join(f"{{{key}}}" for key in values)
            raise InvalidTopicNameException(name, f"unknown substitution {match[0]}, known are {known}", match.start())
        return values[match[1]]

    if name.startswith("~"):
        name = f"{prefix}/{node_name}{name[1:]}"
    expanded = re.sub(r"\{(\w+)\}", substitute, name)
    return (expanded if expanded.startswith("/") else f"{prefix}/{expanded}").replace("//", "/")
