# SPDX-License-Identifier: Apache-2.0
"""ros2 pkg."""

DESCRIPTION = "Create a package or show information about packages"
