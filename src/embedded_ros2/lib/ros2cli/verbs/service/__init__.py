# SPDX-License-Identifier: Apache-2.0
"""ros2 service."""

DESCRIPTION = "Show services and call them"
