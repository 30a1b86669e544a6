# SPDX-License-Identifier: Apache-2.0
"""ros2 param."""

DESCRIPTION = "Show and set parameters of nodes"
