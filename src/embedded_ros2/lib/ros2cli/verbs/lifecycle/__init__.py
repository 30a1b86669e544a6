# SPDX-License-Identifier: Apache-2.0
"""ros2 lifecycle."""

DESCRIPTION = "Show and change the state of lifecycle nodes"
