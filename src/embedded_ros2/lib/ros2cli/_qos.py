# SPDX-License-Identifier: Apache-2.0
"""Quality of service on the command line: the options, and the profile that fits what is on the graph."""

from __future__ import annotations

import argparse
from typing import Any

from ros2cli.errors import CliError

POLICIES = {
    "reliability": ("reliable", "best_effort", "system_default"),
    "durability": ("volatile", "transient_local", "system_default"),
    "history": ("keep_last", "keep_all", "system_default"),
    "liveliness": ("automatic", "manual_by_topic", "system_default"),
}


def add_qos_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--qos-profile``, ``--qos-depth`` and one option per policy."""
    parser.add_argument("--qos-profile", help="preset such as sensor_data or services_default")
    parser.add_argument("--qos-depth", type=int, help="how many samples are kept")
    for policy, choices in POLICIES.items():
        parser.add_argument(f"--qos-{policy}", choices=choices, help=f"{policy} policy")


def profile(args: argparse.Namespace, default: Any) -> Any:
    """Return the default with what the command line says put in.

    Raises:
        CliError: an unknown preset.
    """
    import copy

    from rclpy import qos

    chosen = copy.copy(default)
    if args.qos_profile is not None:
        known = qos.QoSPresetProfiles.short_keys()
        if args.qos_profile not in known:
            raise CliError(f"--qos-profile must be one of {', '.join(known)}, got '{args.qos_profile}'")
        chosen = copy.copy(qos.QoSPresetProfiles.get_from_short_key(args.qos_profile))
    if args.qos_depth is not None:
        chosen.depth = args.qos_depth
    kinds = {
        "reliability": qos.ReliabilityPolicy,
        "durability": qos.DurabilityPolicy,
        "history": qos.HistoryPolicy,
        "liveliness": qos.LivelinessPolicy,
    }
    for policy, kind in kinds.items():
        value = getattr(args, f"qos_{policy}")
        if value is not None:
            setattr(chosen, policy, kind[value.upper()])
    return chosen


def matching_profile(node: Any, topic: str) -> Any:
    """Return a profile that hears all publishers of a topic, and their latched samples where all of them latch."""
    from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

    offered = [info.qos_profile for info in node.get_publishers_info_by_topic(topic)]
    reliable = offered and all(entry.reliability == ReliabilityPolicy.RELIABLE for entry in offered)
    latched = offered and all(entry.durability == DurabilityPolicy.TRANSIENT_LOCAL for entry in offered)
    return QoSProfile(
        depth=10,
        reliability=ReliabilityPolicy.RELIABLE if reliable or not offered else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
    )
