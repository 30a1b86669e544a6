# SPDX-License-Identifier: Apache-2.0
"""ros2 node."""

DESCRIPTION = "Show nodes of the graph"
