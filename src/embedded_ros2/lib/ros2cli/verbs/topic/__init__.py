# SPDX-License-Identifier: Apache-2.0
"""ros2 topic."""

DESCRIPTION = "Show topics, listen to them and publish on them"
