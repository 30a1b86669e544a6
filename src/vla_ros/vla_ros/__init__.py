# SPDX-License-Identifier: Apache-2.0
"""Vision-language-action policies on a real arm: contract, ingestion, policy, planner, executor, replay.

The cores in here are pure Python over numpy: they import no ROS, read no clock and do not log. The nodes that wire
them to a ROS graph are in ``vla_ros.nodes``.
"""
