# SPDX-License-Identifier: Apache-2.0
"""Validation of a topic or service name as users write it."""

from rclpy._name_rules import check_topic_name
from rclpy.exceptions import InvalidServiceNameException, InvalidTopicNameException


def validate_topic_name(name: str, *, is_service: bool = False) -> bool:
    """Return True for a valid name.

    Raises:
        InvalidTopicNameException: The topic name breaks a rule.
        InvalidServiceNameException: The service name breaks a rule.
    """
    violation = check_topic_name(name, "service name" if is_service else "topic name")
    if violation is not None:
        raise (InvalidServiceNameException if is_service else InvalidTopicNameException)(name, *violation)
    return True
