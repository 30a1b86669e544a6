# SPDX-License-Identifier: Apache-2.0
"""What the ``ros2 bag`` verbs share: opening bags, quality of service to and from them. No topics and no formats."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ros2cli.errors import CliError

# "Infinite" in a bag: the largest time that the middleware writes, in ns.
_INFINITE_NS = 2**63 - 1


@contextlib.contextmanager
def open_bag(path: str) -> Iterator[Any]:
    """Yield a reader of a bag folder, or of the folder of a bag file.

    Raises:
        CliError: there is no bag, or it is damaged.
    """
    from rosbags.rosbag2 import Reader, ReaderError

    folder = Path(path)
    if folder.is_file():
        folder = folder.parent
    if not (folder / "metadata.yaml").is_file():
        raise CliError(
            f"no bag at '{path}': {'there is no metadata.yaml in it' if folder.is_dir() else 'no such folder'}"
        )
    try:
        with Reader(folder) as reader:
            yield reader
    except ReaderError as error:
        raise CliError(f"the bag '{path}' cannot be read: {' '.join(str(error).split())}") from error


def to_bag_qos(profile: Any) -> Any:
    """Return an rclpy profile in the form of the rosbags library."""
    from rosbags.interfaces import Qos, QosDurability, QosHistory, QosLiveliness, QosReliability, QosTime

    def time(duration: Any) -> Any:
        nanoseconds = duration.nanoseconds or _INFINITE_NS
        return QosTime(nanoseconds // 10**9, nanoseconds % 10**9)

    return Qos(
        history=QosHistory(int(profile.history)),
        depth=profile.depth,
        reliability=QosReliability(int(profile.reliability)),
        durability=QosDurability(int(profile.durability)),
        deadline=time(profile.deadline),
        lifespan=time(profile.lifespan),
        liveliness=QosLiveliness(int(profile.liveliness)),
        liveliness_lease_duration=time(profile.liveliness_lease_duration),
        avoid_ros_namespace_conventions=False,
    )


def from_bag_qos(offered: list[Any]) -> Any:
    """Return an rclpy profile with which a recorded topic is played: reliable and latched if its publishers were."""
    from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

    def all_were(policy: str, value: int) -> bool:
        return bool(offered) and all(getattr(qos, policy).value == value for qos in offered)

    latched = all_were("durability", DurabilityPolicy.TRANSIENT_LOCAL)
    best_effort = all_were("reliability", ReliabilityPolicy.BEST_EFFORT)
    keep_all = all_were("history", HistoryPolicy.KEEP_ALL)
    return QoSProfile(
        history=HistoryPolicy.KEEP_ALL if keep_all else HistoryPolicy.KEEP_LAST,
        depth=max([qos.depth for qos in offered] + [10]),
        reliability=ReliabilityPolicy.BEST_EFFORT if best_effort else ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
    )
