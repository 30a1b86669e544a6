# SPDX-License-Identifier: Apache-2.0
"""ros2 action."""

DESCRIPTION = "Show actions and send goals"
