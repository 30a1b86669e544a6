# SPDX-License-Identifier: Apache-2.0
"""The simulation as a ROS 2 node. Wiring only: the robot, its controllers and its cameras are in the core."""
