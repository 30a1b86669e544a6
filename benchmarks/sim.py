# SPDX-License-Identifier: Apache-2.0
"""Simulation: two 224x224 cameras at 30 Hz beside 1 kHz physics in real time, steps a second, demonstrations a minute.

The node runs as users start it, with both its processes; a listener here takes its pictures and diagnostics. A step
is late when it begins more than one slice (2 ms) after its time; time that a busy machine makes it give up is apart.
"""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from vla_sim.controllers.trajectory import JointTrajectory
from vla_sim.demonstration import DemonstrationConfig
from vla_sim.generate import generate, shards_of
from vla_sim.limits import joint_names
from vla_sim.scene.config import load_scene
from vla_sim.simulation import Simulation, SimulationConfig

ROOT = Path(__file__).resolve().parents[1]
SCENE = ROOT / "config" / "scenes" / "tabletop.yaml"
TABLE = Path(__file__).parent / "results" / "sim.md"
CAMERAS = ("scene", "wrist")
START_S, WARM_UP_S = 90.0, 3.0
STAMP_OFFSET = 4  # header.stamp comes first, after the four bytes of the CDR encapsulation
ROWS = {
    "camera_hz": "pictures of each camera, 224 x 224 [Hz]",
    "camera_delay_p50_ms": "stamp to arrival of a picture, median [ms]",
    "camera_delay_p99_ms": "the same, 99 % [ms]",
    "camera_dropped_percent": "pictures left out because the last was not done [%]",
    "physics_hz": "physics steps [Hz]",
    "late_percent": "steps begun more than 2 ms late [%]",
    "worst_late_ms": "the latest [ms]",
    "given_up_ms": "simulated time given up [ms]",
    "cpu_cores": "processor, both processes [cores]",
    "camera_cpu_cores": "of this the cameras' [cores]",
    "steps_per_second": "physics steps with control as fast as they go [1/s]",
    "demonstrations_per_minute": "demonstrations as bags and arrays, 2 workers, 96 x 96 [1/min]",
    "demonstrations_success_percent": "of these successful, disturbances included [%]",
}


def run(quick: bool) -> dict[str, float]:  # noqa: FBT001 (the benchmarks' interface)
    """Measure for 10 s and 32 episodes (quick), or 60 s and 256 episodes; a full run also writes the table."""
    figures = _live(10.0 if quick else 60.0)
    figures["steps_per_second"] = _steps_per_second(1.0 if quick else 5.0)
    figures |= _demonstrations(32 if quick else 256)
    if not quick:
        lines = [f"| {text} | {figures[key]:.4g} |" for key, text in ROWS.items()]
        TABLE.write_text("\n".join(["| figure | value |", "|---|---|", *lines, ""]), encoding="utf-8")
    return figures


def _live(duration_s: float) -> dict[str, float]:
    os.environ.setdefault("ROS_DOMAIN_ID", str(30 + os.getpid() % 70))  # apart from whatever else runs here
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    words = ["-m", "vla_sim.nodes.sim_node", "--ros-args", "-p", f"scene:={SCENE}"]
    node = subprocess.Popen([sys.executable, *words], cwd=ROOT, env=environment)
    try:
        listener = _Listener()
        try:
            listener.spin(START_S, until=lambda: all(listener.arrivals[camera] for camera in CAMERAS))
            listener.spin(WARM_UP_S)
            before, cpu_s = listener.clear(), _cpu_by_process(node.pid)
            listener.spin(duration_s)
            used_s = {pid: now_s - cpu_s.get(pid, 0.0) for pid, now_s in _cpu_by_process(node.pid).items()}
            return _live_figures(listener, before, used_s, node.pid)
        finally:
            listener.close()
    finally:
        node.send_signal(signal.SIGINT)
        node.wait(30)


def _live_figures(listener: _Listener, before: _Health, used_s: dict[int, float], physics: int) -> dict[str, float]:
    after, span_s = listener.health, listener.elapsed_s
    if after.stamp_ns <= before.stamp_ns:
        raise RuntimeError("the simulation published no diagnostics")
    delays_ms = 1e-6 * np.concatenate([np.diff(np.array(rows), axis=1)[:, 0] for rows in listener.arrivals.values()])
    steps, sent = after.value("steps") - before.value("steps"), after.value("frames") - before.value("frames")
    dropped = after.value("dropped") - before.value("dropped")
    return {
        "camera_hz": min(len(rows) for rows in listener.arrivals.values()) / span_s,
        "camera_delay_p50_ms": float(np.percentile(delays_ms, 50)),
        "camera_delay_p99_ms": float(np.percentile(delays_ms, 99)),
        "camera_dropped_percent": 100.0 * dropped / (sent + dropped),
        "physics_hz": steps / ((after.stamp_ns - before.stamp_ns) * 1e-9),
        "late_percent": 100.0 * (after.value("late_steps") - before.value("late_steps")) / steps,
        "worst_late_ms": after.value("worst_late_ms"),
        "given_up_ms": 1e3 * (after.value("dropped_s") - before.value("dropped_s")),
        "cpu_cores": sum(used_s.values()) / span_s,
        "camera_cpu_cores": sum(seconds for pid, seconds in used_s.items() if pid != physics) / span_s,
    }


class _Health:
    """One diagnostics message of the simulation: all values by key, and its stamp."""

    def __init__(self, message: Any = None) -> None:
        stamp = message.header.stamp if message else None
        self.stamp_ns = stamp.sec * 10**9 + stamp.nanosec if stamp else 0
        status = message.status if message else ()
        self._values = {value.key: value.value for part in status for value in part.values}

    def value(self, key: str) -> float:
        """Return a figure."""
        return float(self._values[key])


class _Listener:
    """Takes arrival times of the pictures, and the newest diagnostics."""

    def __init__(self) -> None:
        from diagnostic_msgs.msg import DiagnosticArray
        from sensor_msgs.msg import Image

        import rclpy
        from rclpy.executors import SingleThreadedExecutor
        from rclpy.qos import qos_profile_sensor_data

        rclpy.init(args=[])
        self.arrivals: dict[str, list[tuple[int, int]]] = {camera: [] for camera in CAMERAS}  # stamp, arrival [ns]
        self.health = _Health()
        self.elapsed_s = 0.0
        self._node = rclpy.create_node("listener")
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self._node)
        for camera, rows in self.arrivals.items():
            take = lambda data, rows=rows: rows.append((_stamp_ns(data), time.time_ns()))  # noqa: E731
            self._node.create_subscription(Image, f"{camera}/image_raw", take, qos_profile_sensor_data, raw=True)
        self._node.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 10)

    def spin(self, duration_s: float, until: Any = lambda: False) -> None:
        """Listen for so long, or until a condition holds."""
        begin_s = time.monotonic()
        while (passed_s := time.monotonic() - begin_s) < duration_s and not until():
            self._executor.spin_once(timeout_sec=min(0.1, duration_s - passed_s))
        self.elapsed_s = time.monotonic() - begin_s

    def clear(self) -> _Health:
        """Forget the pictures; return the health of now."""
        for rows in self.arrivals.values():
            rows.clear()
        return self.health

    def close(self) -> None:
        """Leave the graph."""
        import rclpy

        self._executor.shutdown()
        self._node.destroy_node()
        rclpy.try_shutdown()

    def _on_diagnostics(self, message: Any) -> None:
        self.health = _Health(message)


def _stamp_ns(data: bytes) -> int:
    seconds, nanoseconds = struct.unpack_from("<iI", data, STAMP_OFFSET)
    return int(seconds * 10**9 + nanoseconds)


def _cpu_by_process(pid: int) -> dict[int, float]:
    """Return user and system time [s] of a process and its children (proc(5), fields 14 and 15 of stat)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = {}
    for each in [pid, *map(int, children)]:
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        found[each] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return found


def _steps_per_second(duration_s: float) -> float:
    simulation = Simulation(SimulationConfig(scene=load_scene(SCENE)))
    home, still = np.asarray(simulation.layout.home_rad), np.zeros((1, 7))
    steps, begin_s = 0, time.perf_counter()
    while (passed_s := time.perf_counter() - begin_s) < duration_s:
        sign = 1.0 if steps // 2000 % 2 else -1.0
        goal = (home + 0.1 * sign)[None]
        simulation.accept(JointTrajectory(joint_names("fr3"), 0, np.array([2 * 10**9]), goal, still, still))
        for _ in range(100):  # the control period of the experts
            simulation.advance(20)
        steps += 2000
    return steps / passed_s


def _demonstrations(episodes: int) -> dict[str, float]:
    config = DemonstrationConfig(scene=load_scene(SCENE))
    with tempfile.TemporaryDirectory() as folder:
        begin_s = time.perf_counter()
        made = generate(config, shards_of(Path(folder), episodes), workers=min(2, os.cpu_count() or 1))
        minutes = (time.perf_counter() - begin_s) / 60.0
    return {
        "demonstrations_per_minute": made.made / minutes,
        "demonstrations_success_percent": 100.0 * made.good / made.made,
    }
