# SPDX-License-Identifier: Apache-2.0
"""What people see of a running robot: transcripts, film strips, and the operator console's contents. No ROS."""
