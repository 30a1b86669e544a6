# SPDX-License-Identifier: Apache-2.0
"""The whole graph in real time: start-up, camera to command, jitter, seams, stops, success, CPU, memory.

``franka.launch.py`` as a user starts it, without console, and an observer beside it. Camera to command runs from the
stamp of the observation's pictures to the first trajectory that leaves safety after the reference that was inferred
from them; the lead with which safety sends (see its parameters) comes on top before the arm feels it.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.report import Report

RESULTS = Path(__file__).parent / "results" / "end_to_end.md"
TASKS = (("red cube", "left"), ("blue cube", "right"), ("green cube", "left"))
GAP_S = 0.05  # a longer pause between two trajectories is rest, not jitter
ROWS = {
    "ready_s": "start-up: launch to ready [s]",
    "camera_to_command_p50_ms": "camera to command, p50 [ms]",
    "camera_to_command_p99_ms": "camera to command, p99 [ms]",
    "command_jitter_p99_ms": "jitter of commands, p99 [ms]",
    "command_rate_hz": "commands while moving [Hz]",
    "seam_ratio": "jump where references join, over the step inside them, mean",
    "stop_time_max_s": "stop while moving, to rest, longest [s]",
    "stop_distance_max_rad": "stop while moving, way of a joint, longest [rad]",
    "success": "tasks done, share",
    "success_low": "lower end of its 95 % interval (Clopper–Pearson)",
    "attempts": "tasks tried",
    "task_p50_s": "time of a task that is done, p50 [s]",
    "cpu_cores": "processor while a task runs [cores]",
    "rss_mb": "memory of all processes [MB]",
}


@dataclass(slots=True)
class Record:
    """What was seen of the graph."""

    references: list[tuple[int, object]] = field(default_factory=list)  # arrival [ns], ActionChunk
    commands_ns: list[int] = field(default_factory=list)
    stops: list[tuple[float, float]] = field(default_factory=list)  # [s], [rad]
    task_s: list[float] = field(default_factory=list)
    attempts: int = 0
    cpu_s: float = 0.0
    busy_s: float = 0.0


def run(quick: bool) -> dict[str, float]:  # noqa: FBT001 (the benchmarks' interface)
    """Do 3 tasks and 1 stop (quick), or 12 tasks and 6 stops."""
    os.environ.setdefault("ROS_DOMAIN_ID", str(30 + os.getpid() % 70))  # apart from whatever else runs here
    from benchmarks.end_to_end_support.graph import Launch, Observer

    tasks, stops = (3, 1) if quick else (12, 6)
    record, observer = Record(), Observer()
    with tempfile.TemporaryDirectory() as folder:
        began_s = time.monotonic()
        launch = Launch("console:=false", folder=Path(folder))
        try:
            observer.wait_for(lambda: observer.ready, "the robot is ready", 120.0)
            ready_s = time.monotonic() - began_s
            _listen(observer, record)
            for index in range(tasks):
                _task(observer, launch, record, index)
            for index in range(stops):
                _stop(observer, record, index)
            memory_mb = launch.memory_mb()
        finally:
            launch.close()
            observer.close()
    figures = {"ready_s": ready_s, **_figures(record), "rss_mb": memory_mb}
    if not quick:
        RESULTS.write_text(table(Report.now("end_to_end", figures)), encoding="utf-8")
    return figures


def _listen(observer, record: Record) -> None:
    from trajectory_msgs.msg import JointTrajectory
    from vla_msgs.msg import ActionChunk

    from vla_ros.interfaces import interface

    observer.listen(
        JointTrajectory,
        "fr3_arm_controller/joint_trajectory",
        lambda _: record.commands_ns.append(time.time_ns()),
        qos_profile=50,
        raw=True,
    )
    observer.listen(
        ActionChunk,
        interface("reference").name,
        lambda message: record.references.append((time.time_ns(), message)),
        qos_profile=50,
    )


def _task(observer, launch, record: Record, index: int) -> None:
    from vla_msgs.msg import TaskState

    name, side = TASKS[index % len(TASKS)]
    observer.wait_for(observer.rests, "the arm at rest")
    observer.reset_scene(index)
    cpu_s, began_s = launch.cpu_s(), time.monotonic()
    observer.instruct(f"put the {name} in the {side} bin")
    ended = (TaskState.SUCCEEDED, TaskState.FAILED, TaskState.ASKING)
    took_s = observer.wait_for(lambda: observer.state() in ended, "the end of a task", 120.0)
    record.cpu_s += launch.cpu_s() - cpu_s
    record.busy_s += time.monotonic() - began_s
    record.attempts += 1
    if observer.state() == TaskState.SUCCEEDED and observer.is_inside(name, f"{side} bin"):
        record.task_s.append(took_s)
    elif observer.state() == TaskState.ASKING:
        observer.instruct("stop")


def _stop(observer, record: Record, index: int) -> None:
    from std_srvs.srv import SetBool, Trigger

    from vla_ros.interfaces import interface

    observer.wait_for(observer.rests, "the arm at rest")
    observer.reset_scene(100 + index)
    observer.instruct("put the red cube in the left bin")
    observer.wait_for(observer.moves, "motion")
    time.sleep(0.3 + 0.35 * index)  # at different places of the motion
    where, began_s = observer.position_rad.copy(), time.monotonic()
    observer.call(SetBool, interface("estop").name, data=True)
    observer.wait_for(observer.rests, "the arm at rest", 5.0)
    record.stops.append((time.monotonic() - began_s, float(np.abs(observer.position_rad - where).max())))
    _until(lambda: observer.call(Trigger, interface("safety_reset").name).success, 5.0)


def _until(condition: Callable[[], bool], timeout_s: float) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"not within {timeout_s:g} s")
        time.sleep(0.1)


def _figures(record: Record) -> dict[str, float]:
    from vla_ros.nodes.conversions import chunk_from_message
    from vla_ros.replay.metrics import seam_jumps
    from vla_ros.training.evaluate import clopper_pearson

    latency_ms = camera_to_command_ms(record.references, record.commands_ns)
    gaps_s = np.diff(np.array(record.commands_ns)) * 1e-9
    gaps_s = gaps_s[gaps_s < GAP_S]
    jumps = seam_jumps([(at_ns, chunk_from_message(message)) for at_ns, message in record.references]).position
    low, _ = clopper_pearson(len(record.task_s), record.attempts)
    return {
        "camera_to_command_p50_ms": float(np.percentile(latency_ms, 50)),
        "camera_to_command_p99_ms": float(np.percentile(latency_ms, 99)),
        "command_jitter_p99_ms": float(np.percentile(np.abs(gaps_s - np.median(gaps_s)), 99) * 1e3),
        "command_rate_hz": float(1.0 / gaps_s.mean()),
        "seam_ratio": float(jumps.mean()),
        "stop_time_max_s": max(time_s for time_s, _ in record.stops),
        "stop_distance_max_rad": max(way for _, way in record.stops),
        "success": len(record.task_s) / record.attempts,
        "success_low": low,
        "attempts": float(record.attempts),
        "task_p50_s": float(np.median(record.task_s)) if record.task_s else 0.0,
        "cpu_cores": record.cpu_s / record.busy_s,
    }


def camera_to_command_ms(references: list[tuple[int, object]], commands_ns: list[int]) -> np.ndarray:
    """Return ``(N,)`` [ms] from the observation of each policy reference to the first command behind its arrival."""
    commands = np.array(sorted(commands_ns))
    found = []
    for arrival_ns, message in references:
        place = int(np.searchsorted(commands, arrival_ns))
        if message.source == "policy" and place < len(commands) and commands[place] - arrival_ns < GAP_S * 1e9:
            stamp = message.observation_stamp
            found.append((commands[place] - (stamp.sec * 1_000_000_000 + stamp.nanosec)) * 1e-6)
    if not found:
        raise RuntimeError("no reference of the policy led to a command")
    return np.array(found)


def table(report: Report) -> str:
    """Return the figures as Markdown, with what made them."""
    lines = ["| figure | value |", "|---|---|"]
    lines += [f"| {text} | {report.figures[key]:.3g} |" for key, text in ROWS.items()]
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    head = "Made by `./run python -m benchmarks end_to_end`: `franka.launch.py`, scripted policy, grammar planner."
    return "\n".join([head, "", *lines, "", f"{report.date}, {report.machine}; {versions}.", ""])
