# SPDX-License-Identifier: Apache-2.0
"""Parts of rclpy that its public modules are made of."""
