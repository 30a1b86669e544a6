# SPDX-License-Identifier: Apache-2.0
"""Checks that a class is a ROS interface."""

from __future__ import annotations

from typing import Any

from embedded_ros2.dds.service import ServiceTypes
from embedded_ros2.interfaces.type_support import TypeSupport, typesupport
from rclpy.exceptions import NoTypeSupportImportedException


def message_support(msg_type: Any) -> TypeSupport:
    """Return the type support of a message class.

    Raises:
        NoTypeSupportImportedException: The class is not a message.
    """
    try:
        return typesupport(msg_type)
    except TypeError as error:
        raise NoTypeSupportImportedException(str(error)) from error


def service_types(srv_type: Any) -> ServiceTypes:
    """Return the DDS types of a service class.

    Raises:
        NoTypeSupportImportedException: The class is not a service.
    """
    check_is_valid_srv_type(srv_type)
    request, response = message_support(srv_type.Request), message_support(srv_type.Response)
    return ServiceTypes(request.dds_name, response.dds_name, request.rihs01, response.rihs01)


def check_for_type_support(msg_or_srv_type: Any) -> None:
    """Raise unless the class is a message, service or action.

    Raises:
        NoTypeSupportImportedException: It is none of them.
    """
    parts = ("Request", "Response"), ("Goal", "Result", "Feedback")
    if any(all(hasattr(msg_or_srv_type, part) for part in kind) for kind in parts):
        return
    message_support(msg_or_srv_type)


def check_is_valid_msg_type(msg_type: Any) -> None:
    """Raise unless the class is a message.

    Raises:
        NoTypeSupportImportedException: It is not.
    """
    message_support(msg_type)


def check_is_valid_srv_type(srv_type: Any) -> None:
    """Raise unless the class is a service.

    Raises:
        NoTypeSupportImportedException: It is not.
    """
    if not all(hasattr(srv_type, part) for part in ("Request", "Response")):
        raise NoTypeSupportImportedException(f"{srv_type!r} is not a service")
