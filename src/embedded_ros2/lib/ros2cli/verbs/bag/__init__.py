# SPDX-License-Identifier: Apache-2.0
"""ros2 bag."""

DESCRIPTION = "Record, play and describe bags"
