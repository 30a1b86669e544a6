# SPDX-License-Identifier: Apache-2.0
"""Ingestion: two 640x480 cameras at 30 Hz and joint states at 1 kHz through one node; CPU, latency and rate.

Three processes: one sends (messages serialised beforehand, only stamps are written), the node under test, and one
listens. Latency runs from the stamp of the scene image, taken just before it is sent, to the listener's callback.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
CONTRACT = ROOT / "config" / "robots" / "franka.yaml"
WARM_UP_S = 3.0  # discovery and the first frames
FRAME_S, JOINTS_S = 1.0 / 30.0, 0.001
STAMP_OFFSET = 4  # header.stamp comes first, after the four bytes of the CDR encapsulation


def run(quick: bool) -> dict[str, float]:  # noqa: FBT001 (the benchmarks' interface)
    """Measure for 10 s (quick) or 60 s."""
    duration_s = 10.0 if quick else 60.0
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    environment.setdefault("ROS_DOMAIN_ID", str(30 + os.getpid() % 70))  # apart from whatever else runs here
    with tempfile.TemporaryDirectory() as folder:
        arrivals = Path(folder) / "arrivals.json"
        node_words = ["-m", "vla_ros.nodes.ingestion_node", "--ros-args", "-p", f"contract:={CONTRACT}"]
        node = _start(node_words, environment)
        listener = _start(["-m", "benchmarks.ingestion", "listen", str(arrivals)], environment)
        sender = _start(["-m", "benchmarks.ingestion", "send", str(WARM_UP_S + duration_s + 2.0)], environment)
        try:
            time.sleep(WARM_UP_S)
            begin_ns, begin_cpu_s = time.time_ns(), _cpu_s(node.pid)
            time.sleep(duration_s)
            end_ns, end_cpu_s = time.time_ns(), _cpu_s(node.pid)
        finally:
            for process in (sender, listener, node):
                process.send_signal(signal.SIGINT)
            for process in (sender, listener, node):
                process.wait(30)
        rows = np.array(json.loads(arrivals.read_text()), np.int64).reshape(-1, 2)
    return _figures(rows, (begin_ns, end_ns), end_cpu_s - begin_cpu_s)


def _figures(rows: np.ndarray, window_ns: tuple[int, int], cpu_s: float) -> dict[str, float]:
    """Figures of the observations (stamp, arrival) whose image was sent inside the window."""
    inside = rows[(rows[:, 0] >= window_ns[0]) & (rows[:, 0] < window_ns[1])]
    if not len(inside):
        raise RuntimeError("no observation arrived: run `ros2 run vla_ros preflight` beside it to see why")
    latency_ms = (inside[:, 1] - inside[:, 0]) / 1e6
    span_s = (window_ns[1] - window_ns[0]) / 1e9
    return {
        "cpu_cores": cpu_s / span_s,
        "latency_p50_ms": float(np.percentile(latency_ms, 50)),
        "latency_p99_ms": float(np.percentile(latency_ms, 99)),
        "rate_hz": len(inside) / span_s,
    }


def _start(words: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, *words], cwd=ROOT, env=environment)


def _cpu_s(pid: int) -> float:
    """User and system time of a process, all threads [s] (proc(5), fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _listen(target: Path) -> None:
    from vla_msgs.msg import Observation

    import rclpy
    from rclpy.executors import ExternalShutdownException
    from vla_ros.nodes.qos import interface_qos

    rows: list[tuple[int, int]] = []

    def on_observation(message: Observation) -> None:
        now_ns = time.time_ns()
        stamp = message.header.stamp
        rows.append((stamp.sec * 1_000_000_000 + stamp.nanosec, now_ns))

    rclpy.init()
    node = rclpy.create_node("listener")
    node.create_subscription(Observation, "vla/observation", on_observation, interface_qos("observation"))
    with suppress(KeyboardInterrupt, ExternalShutdownException):
        rclpy.spin(node)
    target.write_text(json.dumps(rows))


def _send(duration_s: float) -> None:
    from sensor_msgs.msg import Image, JointState

    import rclpy
    from rclpy.serialization import serialize_message
    from vla_ros.interfaces import QosKind
    from vla_ros.nodes.qos import qos_profile

    rclpy.init()
    node = rclpy.create_node("sender")
    qos = qos_profile(QosKind.SENSOR)
    pixels = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
    image = Image(height=480, width=640, encoding="rgb8", step=1920)
    image.data.frombytes(pixels.tobytes())
    arm = JointState(name=[f"fr3_joint{i}" for i in range(1, 8)], position=[0.1] * 7, velocity=[0.0] * 7)
    hand = JointState(name=["fr3_finger_joint1", "fr3_finger_joint2"], position=[0.02, 0.02])
    streams = [
        (_Channel(node.create_publisher(Image, "scene/image_raw", qos), serialize_message(image)), FRAME_S),
        (_Channel(node.create_publisher(Image, "wrist/image_raw", qos), serialize_message(image)), FRAME_S),
        (_Channel(node.create_publisher(JointState, "joint_states", qos), serialize_message(arm)), JOINTS_S),
        (
            _Channel(node.create_publisher(JointState, "franka_gripper/joint_states", qos), serialize_message(hand)),
            FRAME_S,
        ),
    ]
    begin = time.monotonic()
    due = [begin + period for _, period in streams]
    while time.monotonic() < begin + duration_s:
        index = min(range(len(due)), key=due.__getitem__)
        time.sleep(max(0.0, due[index] - time.monotonic()))
        # Both cameras are triggered together, as hardware-synchronised ones are: one stamp.
        stamp_ns = time.time_ns() if index != 1 else streams[0][0].stamp_ns
        streams[index][0].send(stamp_ns)
        due[index] += streams[index][1]


class _Channel:
    """A publisher and one serialised message whose stamp is rewritten."""

    def __init__(self, publisher, data: bytes) -> None:
        self._publisher = publisher
        self._data = bytearray(data)
        self.stamp_ns = 0

    def send(self, stamp_ns: int) -> None:
        """Publish with this stamp."""
        self.stamp_ns = stamp_ns
        struct.pack_into("<iI", self._data, STAMP_OFFSET, *divmod(stamp_ns, 1_000_000_000))
        self._publisher.publish(bytes(self._data))


if __name__ == "__main__":
    if sys.argv[1] == "listen":
        _listen(Path(sys.argv[2]))
    else:
        with suppress(KeyboardInterrupt):
            _send(float(sys.argv[2]))
