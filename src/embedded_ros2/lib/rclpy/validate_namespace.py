# SPDX-License-Identifier: Apache-2.0
"""Validation of a namespace."""

from rclpy._name_rules import check_namespace
from rclpy.exceptions import InvalidNamespaceException


def validate_namespace(namespace: str) -> bool:
    """Return True for a valid namespace.

    Raises:
        InvalidNamespaceException: The name breaks a rule.
    """
    violation = check_namespace(namespace)
    if violation is not None:
        raise InvalidNamespaceException(namespace, *violation)
    return True
