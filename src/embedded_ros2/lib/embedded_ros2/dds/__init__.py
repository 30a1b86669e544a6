# SPDX-License-Identifier: Apache-2.0
"""The transport under the embedded rclpy: serialised data over Cyclone DDS, as rmw_cyclonedds_cpp puts it on the wire.

Ten methods of ``Participant`` and its products are all that the layers above use. No rclpy and no message classes.
"""

from .config import NetworkConfig, NetworkConfigError
from .endpoints import Reader, SampleOrigin, Writer
from .native import DdsError
from .participant import NetworkError, Participant
from .qos import EndpointQos
from .wait_set import GuardCondition, WaitSet

__all__ = [
    "DdsError",
    "EndpointQos",
    "GuardCondition",
    "NetworkConfig",
    "NetworkConfigError",
    "NetworkError",
    "Participant",
    "Reader",
    "SampleOrigin",
    "WaitSet",
    "Writer",
]
