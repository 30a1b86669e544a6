# SPDX-License-Identifier: Apache-2.0
"""Conversion between ROS images and OpenCV arrays."""

from cv_bridge.core import CvBridge
from cv_bridge.encodings import CvBridgeError

__all__ = ["CvBridge", "CvBridgeError"]
