# SPDX-License-Identifier: Apache-2.0
"""Private implementation of the embedded ROS 2 runtime. Programs import ``rclpy``, ``launch`` and the like instead."""
