# SPDX-License-Identifier: Apache-2.0
"""System 1: policies, decoders, samplers and the time axis on which their chunks are scheduled. No ROS, no clock."""
