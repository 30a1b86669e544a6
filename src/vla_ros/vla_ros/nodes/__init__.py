# SPDX-License-Identifier: Apache-2.0
"""The ROS nodes of vla_ros and the plumbing that they share: the only place in the package that imports rclpy."""
