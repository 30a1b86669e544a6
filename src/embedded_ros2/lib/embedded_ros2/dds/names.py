# SPDX-License-Identifier: Apache-2.0
"""How ROS names and types are written on DDS, and back. Pure functions; no validation of the names."""

from __future__ import annotations

_TOPIC_PREFIX = "rt"
_REQUEST_PREFIX, _REQUEST_SUFFIX = "rq", "Request"
_REPLY_PREFIX, _REPLY_SUFFIX = "rr", "Reply"


def topic(name: str, *, avoid_ros_namespace_conventions: bool = False) -> str:
    """Return the DDS topic of the fully qualified ROS topic ``name``."""
    return name if avoid_ros_namespace_conventions else _TOPIC_PREFIX + name


def request_topic(service_name: str) -> str:
    """Return the DDS topic on which requests to the service travel."""
    return f"{_REQUEST_PREFIX}{service_name}{_REQUEST_SUFFIX}"


def reply_topic(service_name: str) -> str:
    """Return the DDS topic on which the service's replies travel."""
    return f"{_REPLY_PREFIX}{service_name}{_REPLY_SUFFIX}"


def ros_topic(dds_topic: str) -> str | None:
    """Return the ROS topic of a DDS topic, or None where it carries none."""
    return dds_topic[2:] if dds_topic.startswith(_TOPIC_PREFIX + "/") else None


def ros_request_service(dds_topic: str) -> str | None:
    """Return the service whose requests the DDS topic carries, else None."""
    return _between(dds_topic, _REQUEST_PREFIX, _REQUEST_SUFFIX)


def ros_reply_service(dds_topic: str) -> str | None:
    """Return the service whose replies the DDS topic carries, else None."""
    return _between(dds_topic, _REPLY_PREFIX, _REPLY_SUFFIX)


def ros_service(dds_topic: str) -> str | None:
    """Return the service that the DDS topic belongs to, else None."""
    return ros_request_service(dds_topic) or ros_reply_service(dds_topic)


def ros_type(dds_type: str) -> str:
    """Return "std_msgs/msg/String" for "std_msgs::msg::dds_::String_"; other names unchanged."""
    package, marker, name = dds_type.partition("::dds_::")
    if not marker or not name.endswith("_"):
        return dds_type
    return f"{package.replace('::', '/')}/{name[:-1]}"


def ros_service_type(dds_type: str) -> str:
    """Return "std_srvs/srv/Empty" for the DDS type of its request or response."""
    name = ros_type(dds_type)
    return name.removesuffix("_Request").removesuffix("_Response")


def _between(dds_topic: str, prefix: str, suffix: str) -> str | None:
    if dds_topic.startswith(prefix + "/") and dds_topic.endswith(suffix):
        return dds_topic[len(prefix) : -len(suffix)]
    return None
