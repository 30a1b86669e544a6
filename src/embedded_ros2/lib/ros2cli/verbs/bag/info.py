# SPDX-License-Identifier: Apache-2.0
"""ros2 bag info: what a bag holds."""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path
from typing import Any

from ros2cli._bag import open_bag

DESCRIPTION = "Print information about a bag to the screen"
_INDENT = " " * 19
_UNITS = ("B", "KiB", "MiB", "GiB")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("bag_path", help="folder of the bag")
    parser.add_argument("-t", "--topic-name", action="store_true", help="show only the names of the topics")


def main(args: argparse.Namespace) -> int:
    """Print it."""
    with open_bag(args.bag_path) as reader:
        topics = sorted(reader.connections, key=lambda connection: connection.topic)
        if args.topic_name:
            print("\n".join(connection.topic for connection in topics))
            return 0
        _print_summary(reader, _metadata(reader.path), topics)
    return 0


def _metadata(path: Path) -> dict[str, Any]:
    import yaml

    text = (path / "metadata.yaml").read_text(encoding="utf-8")
    return dict(yaml.load(text, yaml.CSafeLoader)["rosbag2_bagfile_information"])


def _print_summary(reader: Any, metadata: dict[str, Any], topics: list[Any]) -> None:
    files = metadata["relative_file_paths"]
    size = sum((reader.path / name).stat().st_size for name in files)
    lines = [
        ("Files", f"\n{_INDENT}".join(files)),
        ("Bag size", _size(size)),
        ("Storage id", metadata["storage_identifier"]),
        ("ROS Distro", metadata.get("ros_distro", "")),
        ("Duration", f"{reader.duration / 1e9:.9f}s"),
        ("Start", _moment(reader.start_time)),
        ("End", _moment(reader.end_time)),
        ("Messages", str(reader.message_count)),
        ("Topic information", f"\n{_INDENT}".join(_topic(connection) for connection in topics)),
        ("Service", "0"),
        ("Service information", ""),
    ]
    print()
    for name, value in lines:
        # As upstream: the last two titles are wider than the column.
        print(f"{name + ':':<18} {value}")
    print()


def _topic(connection: Any) -> str:
    encoding = connection.ext.serialization_format
    return (
        f"Topic: {connection.topic} | Type: {connection.msgtype} | Count: {connection.msgcount} | "
        f"Serialization Format: {encoding}"
    )


def _size(size_bytes: float) -> str:
    unit = 0
    while size_bytes >= 1024 and unit < len(_UNITS) - 1:
        size_bytes /= 1024
        unit += 1
    return f"{size_bytes:.1f} {_UNITS[unit]}" if unit else f"{size_bytes} B"


def _moment(stamp_ns: int) -> str:
    seconds, nanoseconds = divmod(stamp_ns, 10**9)
    local = datetime.datetime.fromtimestamp(seconds).astimezone()
    return f"{local:%b %e %Y %H:%M:%S}.{nanoseconds:09d} ({seconds}.{nanoseconds:09d})"
