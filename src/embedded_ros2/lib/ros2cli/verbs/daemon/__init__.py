# SPDX-License-Identifier: Apache-2.0
"""ros2 daemon."""

DESCRIPTION = "Tell about the daemon, which the embedded runtime has not"
