# SPDX-License-Identifier: Apache-2.0
"""The safety filter as a ROS 2 node. Wiring only: what may move is decided by the core."""
