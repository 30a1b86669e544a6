# SPDX-License-Identifier: Apache-2.0
"""Safety: time of a full step next to pink and mink on one task, loop jitter, and what an independent oracle finds.

The filter's step includes every limit, all collision pairs, torques, the search for a speed and the verified stop; new
chunks arrive at 10 Hz and are inverted within the step that receives them. pink and mink solve one inverse kinematics
step with the limits that they have (no jerk, no torque, no stop).
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks.safety_support.campaign import RESULT, load, run_block, total, wild_config
from benchmarks.safety_support.loop import CONFIGS, HOME, URDF
from benchmarks.safety_support.peers import Step, mink_step, pink_step
from vla_safety import Reference, ReferenceKind, RobotState, SafetyConfig, SafetyFilter
from vla_safety.kernels.kinematics import forward

CHUNK_STEPS = 25  # 10 Hz at 250 Hz
ROWS, PERIOD_NS = 16, 50_000_000
WARM_UP = 100


def tool_pose(safety: SafetyFilter, time_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Return rotation and point of a tool that sweeps over the table."""
    joints = len(HOME)
    rotation, origin = np.empty((joints + 1, 3, 3)), np.empty((joints + 1, 3))
    forward(safety.model.chain, HOME, rotation, origin)
    blend = min(time_s, 1.0) ** 3
    sweep = np.array([0.08 * np.sin(1.3 * time_s), 0.15 * np.sin(1.7 * time_s), 0.06 * np.sin(2.1 * time_s)])
    return rotation[-1], origin[-1] + blend * sweep


def chunk(safety: SafetyFilter, now_ns: int, number: int) -> Reference:
    """Return 0.8 s of the task from ``now_ns`` on."""
    poses = [tool_pose(safety, (now_ns + k * PERIOD_NS) * 1e-9) for k in range(ROWS)]
    rows = [np.concatenate([point, rotation.ravel()]) for rotation, point in poses]
    return Reference(ReferenceKind.TOOL_POSE, now_ns, PERIOD_NS, np.array(rows), chunk_id=number)


def clock(spent: dict[str, list[float]], name: str, call: Callable[[], object]) -> None:
    """Append the wall time and the processor time [s] of a call."""
    begin, begin_cpu = time.perf_counter(), time.thread_time()
    call()
    spent[f"{name}_cpu"].append(time.thread_time() - begin_cpu)
    spent[name].append(time.perf_counter() - begin)


def time_steps(config: SafetyConfig, urdf: str, steps: int) -> dict[str, np.ndarray]:
    """Return the durations [µs] of steps of the filter, pink and mink, in turns; ``_cpu`` is processor time."""
    safety = SafetyFilter.from_config(config, urdf)
    safety.reset(0, RobotState(0, HOME, np.zeros(7)))
    peers: dict[str, Step] = {"pink": pink_step(config, urdf), "mink": mink_step(config, urdf)}
    spent: dict[str, list[float]] = {name + kind: [] for name in ("step", *peers) for kind in ("", "_cpu")}
    now_ns, reference = 0, chunk(safety, 0, 0)
    gc.collect()
    gc.disable()
    for k in range(WARM_UP + steps):
        if k % CHUNK_STEPS == 0:
            reference = chunk(safety, now_ns, k)
        command = safety.held.command(now_ns)
        state = RobotState(now_ns, command[0], command[1])
        clock(spent, "step", partial(safety.step, now_ns, state, reference))
        rotation, point = tool_pose(safety, now_ns * 1e-9)
        for name, step in peers.items():
            clock(spent, name, partial(step, rotation, point))
        now_ns += config.period_ns
    gc.enable()
    return {name: np.array(values[WARM_UP:]) * 1e6 for name, values in spent.items()}


def loop_jitter(config: SafetyConfig, urdf: str, seconds: float) -> tuple[float, float]:
    """Return 99th percentile [µs] and share [%] of late cycles of a paced loop: how late its steps are done."""
    safety = SafetyFilter.from_config(config, urdf)
    safety.reset(0, RobotState(0, HOME, np.zeros(7)))
    period_s, now_ns, late = config.period_ns * 1e-9, 0, []
    reference = chunk(safety, 0, 0)
    begin = time.perf_counter()
    for k in range(round(seconds / period_s)):
        due = begin + k * period_s
        time.sleep(max(due - time.perf_counter(), 0.0))
        if k % (CHUNK_STEPS * 4) == 0:
            reference = chunk(safety, now_ns, k)
        command = safety.held.command(now_ns)
        safety.step(now_ns, RobotState(now_ns, command[0], command[1]), reference)
        late.append(time.perf_counter() - due)
        now_ns += config.period_ns
    values = np.array(late)
    return float(np.quantile(values, 0.99) * 1e6), float(100.0 * np.mean(values > period_s))


def oracle(urdf: str, *, quick: bool) -> dict[str, float]:
    """Return steps and violations of a short run in every mode, or of the kept campaign."""
    blocks = load(RESULT)
    if quick or not blocks:
        blocks = {
            f"{robot} {rate} {tool}": run_block(wild_config(robot, rate), urdf, 99, 200, tool=tool)
            for robot in ("panda", "fr3")
            for rate in (100, 250, 1000)
            for tool in (False, True)
        }
    found = total(blocks)
    return {
        "oracle_steps": float(found.steps),
        "oracle_samples": float(found.samples),
        "violations": float(sum(found.violations.values())),
    }


def run(quick: bool) -> dict[str, float]:  # noqa: FBT001 - the signature that all benchmarks share
    """Return the figures."""
    urdf = URDF.read_text(encoding="utf-8")
    config = SafetyConfig.from_yaml(CONFIGS / "panda.yaml")
    spent = time_steps(config, urdf, 1500 if quick else 10_000)
    figures = {
        f"{name}_p{share}_us": float(np.percentile(values, share))
        for name, values in spent.items()
        for share in (50, 99)
    }
    for share in (50, 99):
        figures[f"ratio_p{share}"] = figures[f"pink_p{share}_us"] / figures[f"step_p{share}_us"]
        figures[f"ratio_cpu_p{share}"] = figures[f"pink_cpu_p{share}_us"] / figures[f"step_cpu_p{share}_us"]
        figures[f"ratio_mink_p{share}"] = figures[f"mink_p{share}_us"] / figures[f"step_p{share}_us"]
    seconds = 3.0 if quick else 20.0
    figures["loop_jitter_p99_us"], figures["loop_late_percent"] = loop_jitter(config, urdf, seconds)
    fast = wild_config("panda", 1000)
    figures["loop_jitter_1khz_p99_us"], figures["loop_late_1khz_percent"] = loop_jitter(fast, urdf, seconds)
    return figures | oracle(urdf, quick=quick)


if __name__ == "__main__":
    print(json.dumps(run(quick=True), indent=1))
