# SPDX-License-Identifier: Apache-2.0
"""Latency of topics between two processes: JointState at 1 kHz and a 640x480 colour image at 30 Hz together.

The same program runs on the embedded runtime and, where ``VLA_ROS2_SETUP`` names the setup script of a real ROS 2, on
that; each figure of the latter has the prefix ``rclpy_``.
"""

import json
import os
import resource
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

JOINT_RATE_HZ, IMAGE_RATE_HZ = 1000, 30
_JOINTS = 9
_IMAGE_BYTES = 640 * 480 * 3
# Latencies of the first second hold imports and discovery.
_WARM_UP_S = 1.0


def run(quick: bool) -> dict[str, float]:  # noqa: FBT001 (the interface of all benchmarks)
    """Return latencies [µs], the subscriber's processor time [% of one core] and the number of lost messages."""
    duration_s = 5.0 if quick else 15.0
    figures = _measure(duration_s, [sys.executable], dict(os.environ))
    real = _real_rclpy()
    if real is not None:
        figures |= {f"rclpy_{key}": value for key, value in _measure(duration_s, *real).items()}
    return figures


def _real_rclpy() -> tuple[list[str], dict[str, str]] | None:
    """Return how to start Python with a real rclpy: the ROS 2 that VLA_ROS2_SETUP names, or the sourced one."""
    setup = os.environ.get("VLA_ROS2_SETUP")
    if setup:
        script = f'source {shlex.quote(setup)} && exec python3 "$@"'
        kept = ("HOME", "ROS_DOMAIN_ID", "ROS_AUTOMATIC_DISCOVERY_RANGE")
        environment = {key: os.environ[key] for key in kept if key in os.environ}
        return ["bash", "-c", script, "bash"], {**environment, "PATH": "/usr/local/bin:/usr/bin:/bin"}
    for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep):
        for found in Path(prefix or os.devnull).glob("lib/python*/site-packages/rclpy/_rclpy_pybind11*.so"):
            path = os.pathsep.join((str(found.parents[1]), os.environ.get("PYTHONPATH", "")))
            return [sys.executable], {**os.environ, "PYTHONPATH": path}
    return None


def _measure(duration_s: float, python: list[str], environment: dict[str, str]) -> dict[str, float]:
    environment = {**environment, "RMW_IMPLEMENTATION": "rmw_cyclonedds_cpp"}
    command = [*python, str(Path(__file__).resolve())]
    subscriber = subprocess.Popen([*command, "subscribe"], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        subprocess.run([*command, "publish", str(duration_s)], env=environment, check=True, timeout=duration_s + 60)
        output, _ = subscriber.communicate(timeout=60)
    finally:
        subscriber.kill()
    return json.loads(output.splitlines()[-1])


class _Statistics:
    """Latencies of one topic, and the messages that are missing."""

    def __init__(self) -> None:
        self.latencies_us: list[float] = []
        self._first_ns = 0
        self._last_number = -1
        self.lost = 0

    def add(self, sent_ns: int, number: int) -> None:
        now_ns = time.time_ns()
        self._first_ns = self._first_ns or now_ns
        if self._last_number >= 0:
            self.lost += number - self._last_number - 1
        self._last_number = number
        if now_ns - self._first_ns > _WARM_UP_S * 1e9:
            self.latencies_us.append((now_ns - sent_ns) / 1000)

    def percentile(self, percent: int) -> float:
        return statistics.quantiles(self.latencies_us, n=100, method="inclusive")[percent - 1]


def _subscribe() -> None:
    from sensor_msgs.msg import Image, JointState
    from std_msgs.msg import Empty

    import rclpy

    rclpy.init()
    node = rclpy.create_node("benchmark_subscriber")
    joints, images, ends = _Statistics(), _Statistics(), []

    def recorder(statistics_: _Statistics) -> Callable:
        # The number of the message travels in the frame name, for both types have a header.
        return lambda message: statistics_.add(
            message.header.stamp.sec * 10**9 + message.header.stamp.nanosec, int(message.header.frame_id)
        )

    node.create_subscription(JointState, "benchmark_joints", recorder(joints), 100)
    node.create_subscription(Image, "benchmark_image", recorder(images), 10)
    node.create_subscription(Empty, "benchmark_end", ends.append, 1)
    started_s, busy_s = time.monotonic(), _processor_s()
    while not ends:
        rclpy.spin_once(node)
        if not images.latencies_us:
            started_s, busy_s = time.monotonic(), _processor_s()
    share = (_processor_s() - busy_s) / (time.monotonic() - started_s)
    figures = {
        "joint_state_p50_us": joints.percentile(50),
        "joint_state_p99_us": joints.percentile(99),
        "image_p50_us": images.percentile(50),
        "image_p99_us": images.percentile(99),
        "subscriber_cpu_percent": 100 * share,
        "lost": joints.lost + images.lost,
    }
    print(json.dumps(figures), flush=True)
    rclpy.shutdown()


def _processor_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _publish(duration_s: float) -> None:
    from sensor_msgs.msg import Image, JointState
    from std_msgs.msg import Empty

    import rclpy

    rclpy.init()
    node = rclpy.create_node("benchmark_publisher")
    joint_publisher = node.create_publisher(JointState, "benchmark_joints", 100)
    image_publisher = node.create_publisher(Image, "benchmark_image", 10)
    end_publisher = node.create_publisher(Empty, "benchmark_end", 1)
    publishers = (joint_publisher, image_publisher, end_publisher)
    while not all(publisher.get_subscription_count() for publisher in publishers):
        time.sleep(0.01)
    names, values = [f"joint_{i}" for i in range(_JOINTS)], [0.5] * _JOINTS
    joints = JointState(name=names, position=values, velocity=values, effort=values)
    image = Image(height=480, width=640, step=1920, encoding="rgb8", data=bytes(_IMAGE_BYTES))
    start_s, every = time.monotonic(), JOINT_RATE_HZ // IMAGE_RATE_HZ
    for number in range(int(duration_s * JOINT_RATE_HZ)):
        time.sleep(max(start_s + number / JOINT_RATE_HZ - time.monotonic(), 0))
        _send(joint_publisher, joints, number)
        if number % every == 0:
            _send(image_publisher, image, number // every)
    end_publisher.publish(Empty())
    time.sleep(0.5)  # the last samples leave the writers' histories
    rclpy.shutdown()


def _send(publisher: object, message: object, number: int) -> None:
    message.header.frame_id = str(number)
    seconds, nanoseconds = divmod(time.time_ns(), 10**9)
    message.header.stamp.sec, message.header.stamp.nanosec = seconds, nanoseconds
    publisher.publish(message)


if __name__ == "__main__":
    _subscribe() if sys.argv[1] == "subscribe" else _publish(float(sys.argv[2]))
