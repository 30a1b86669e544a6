# SPDX-License-Identifier: Apache-2.0
"""ros2 bag play: the messages of a bag onto their topics, in the rhythm in which they were recorded."""

from __future__ import annotations

import argparse
import time
from typing import Any

from ros2cli._bag import from_bag_qos, open_bag
from ros2cli._graph import absolute, graph_node, nearest, wait_until
from ros2cli.errors import CliError

DESCRIPTION = "Play back ROS data from a bag"
_CLOCK_HZ = 40.0  # as upstream
_SUBSCRIPTION_WAIT_S = 0.5  # time for subscriptions to be found before the first message


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("bag_path", help="folder of the bag")
    parser.add_argument("-r", "--rate", type=float, default=1.0, help="how many times as fast as it was recorded")
    parser.add_argument("-l", "--loop", action="store_true", help="begin again at the end")
    parser.add_argument("--topics", nargs="+", default=[], help="play only these topics")
    parser.add_argument(
        "--clock",
        nargs="?",
        type=float,
        const=_CLOCK_HZ,
        default=0.0,
        metavar="HZ",
        help="publish the bag's time on /clock",
    )
    parser.add_argument("--start-offset", type=float, default=0.0, help="begin this long after the start [s]")
    parser.add_argument("-d", "--delay", type=float, default=0.0, help="wait before playing [s]")
    parser.add_argument(
        "-m", "--remap", nargs="+", default=[], metavar="OLD:=NEW", help="play topics under other names"
    )
    parser.add_argument("--disable-keyboard-controls", action="store_true", help="without effect: there are none")


def main(args: argparse.Namespace) -> int:
    """Play."""
    for name, value, low in (
        ("--rate", args.rate, 1e-9),
        ("--start-offset", args.start_offset, 0),
        ("--delay", args.delay, 0),
    ):
        if value < low:
            raise CliError(f"{name} must be {'> 0' if low else '>= 0'}, got {value:g}")
    args.use_sim_time = False
    with open_bag(args.bag_path) as reader, graph_node(args, discover=False) as node:
        connections = _chosen(reader, args.topics)
        player = Player(node, connections, _remaps(args.remap), args)
        time.sleep(args.delay)
        start_ns = reader.start_time + int(args.start_offset * 1e9)
        while True:
            player.play(reader, start_ns)
            if not args.loop:
                break
        player.wait_for_acknowledgments()
    return 0


def _chosen(reader: Any, topics: list[str]) -> list[Any]:
    if not topics:
        return list(reader.connections)
    known = {connection.topic for connection in reader.connections}
    for topic in map(absolute, topics):
        if topic not in known:
            raise CliError(f"the bag has no topic '{topic}'{nearest(topic, known)}")
    wanted = set(map(absolute, topics))
    return [connection for connection in reader.connections if connection.topic in wanted]


def _remaps(rules: list[str]) -> dict[str, str]:
    pairs = [rule.partition(":=") for rule in rules]
    bad = [rule for rule, (old, mark, new) in zip(rules, pairs, strict=True) if not (old and mark and new)]
    if bad:
        raise CliError(f"--remap takes OLD:=NEW, got '{bad[0]}'")
    return {absolute(old): absolute(new) for old, _, new in pairs}


class Player:
    """Publishers for the connections of a bag, and the clock."""

    def __init__(self, node: Any, connections: list[Any], remaps: dict[str, str], args: argparse.Namespace) -> None:
        self._connections = connections
        self._rate = args.rate
        self._clock = self._clock_publisher(node) if args.clock else None
        self._clock_step_ns = int(1e9 / args.clock * args.rate) if args.clock else 0
        self._publishers = {item.id: self._publisher(node, item, remaps) for item in connections}
        found = [publisher for publisher in self._publishers.values() if publisher]
        wait_until(lambda: all(item.get_subscription_count() for item in found), _SUBSCRIPTION_WAIT_S)

    @staticmethod
    def _clock_publisher(node: Any) -> Any:
        from rosgraph_msgs.msg import Clock

        return node.create_publisher(Clock, "/clock", 10)

    @staticmethod
    def _publisher(node: Any, connection: Any, remaps: dict[str, str]) -> Any:
        from rosidl_runtime_py.utilities import get_message

        try:
            type_ = get_message(connection.msgtype)
        except Exception as error:
            reason = " ".join(str(error).split())
            node.get_logger().warning(f"Ignoring topic '{connection.topic}', its type cannot be used: {reason}")
            return None
        name = remaps.get(connection.topic, connection.topic)
        return node.create_publisher(type_, name, from_bag_qos(connection.ext.offered_qos_profiles))

    def play(self, reader: Any, start_ns: int) -> None:
        """Publish all messages from a time of the bag on, once."""
        began_s = time.monotonic()
        clock_ns = start_ns
        for connection, stamp_ns, data in reader.messages(self._connections, start=start_ns):
            while self._clock and clock_ns <= stamp_ns:
                self._sleep_until(began_s, clock_ns - start_ns)
                self._tell_time(clock_ns)
                clock_ns += self._clock_step_ns
            self._sleep_until(began_s, stamp_ns - start_ns)
            if publisher := self._publishers[connection.id]:
                publisher.publish(bytes(data))

    def wait_for_acknowledgments(self) -> None:
        """Let the last messages arrive before the publishers go."""
        from rclpy.duration import Duration

        for publisher in self._publishers.values():
            if publisher:
                publisher.wait_for_all_acked(Duration(seconds=1))

    def _sleep_until(self, began_s: float, elapsed_ns: int) -> None:
        time.sleep(max(0.0, began_s + elapsed_ns / 1e9 / self._rate - time.monotonic()))

    def _tell_time(self, now_ns: int) -> None:
        from rosgraph_msgs.msg import Clock

        message = Clock()
        message.clock.sec, message.clock.nanosec = divmod(now_ns, 10**9)
        self._clock.publish(message)
