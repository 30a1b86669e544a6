# SPDX-License-Identifier: Apache-2.0
"""Validation of a node name."""

from rclpy._name_rules import check_node_name
from rclpy.exceptions import InvalidNodeNameException


def validate_node_name(node_name: str) -> bool:
    """Return True for a valid node name.

    Raises:
        InvalidNodeNameException: The name breaks a rule.
    """
    violation = check_node_name(node_name)
    if violation is not None:
        raise InvalidNodeNameException(node_name, *violation)
    return True
