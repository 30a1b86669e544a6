# SPDX-License-Identifier: Apache-2.0
"""Whole tasks in lock step: executor, planner, policy and safety filter on simulated time, with planted failures."""
