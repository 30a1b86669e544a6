# SPDX-License-Identifier: Apache-2.0
"""Success of the simulation's expert with the safety filter in its way and without it, over the same scenes.

    python -m benchmarks.safety_support.episodes --episodes 200 --json benchmarks/results/safety_episodes.json

One process, no ROS, simulated time. *Off*: the expert's own servo drives the arm, at 50 Hz. *On*: the same law is
rolled out to chunks of 16 tool poses 100 ms apart, anew every 100 ms and 20 ms after it was observed, as a policy would
be; the filter follows them at its rate and the trajectory controller plays what it sends. Reflexes are on in both.
Episodes are numbered: a run that was interrupted goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.report import Report
from benchmarks.safety_support.kills import CONFIGS, EARLY_NS, LEAD_NS, MS
from vla_safety import Reference, ReferenceKind, RobotState, SafetyConfig, SafetyFilter
from vla_safety.gripper import GripperGate, width_at
from vla_safety.kernels.kinematics import forward
from vla_safety.splice import spliced
from vla_safety.types import SafeTrajectory
from vla_sim import JointTrajectory, Simulation, SimulationConfig
from vla_sim.controllers.hand_controller import HandCommand
from vla_sim.controllers.reflex import Reflex
from vla_sim.description import robot_description
from vla_sim.errors import SceneError
from vla_sim.experts.episode import SUCCESS_HOLD_S, Outcome, run_expert
from vla_sim.experts.measure import DEFAULT_SCENE, MAX_REDRAWS
from vla_sim.experts.observe import handling, observe
from vla_sim.experts.rollout import roll_out
from vla_sim.experts.situation import Situation
from vla_sim.limits import joint_names
from vla_sim.tasks.sample import sample_task
from vla_sim.tasks.success import succeeded
from vla_sim.tasks.task import Skill, Task

SKILLS = (Skill.PLACE_IN_BIN, Skill.PICK, Skill.STACK, Skill.PUSH_TO_ZONE)
ROWS, ROW_NS = 16, 100 * MS
INFERENCE_NS = 20 * MS
CHUNK_NS = 100 * MS
CONFIDENCE = 1.959964  # of 95 %


@dataclass
class Filtered:
    """Expert, filter and arm on one time axis."""

    simulation: Simulation
    safety: SafetyFilter
    task: Task
    speed: float = 1.0  # share of the expert's own
    epoch: int = 0  # rises from episode to episode: chunks are numbered anew

    def __post_init__(self) -> None:
        state = self.simulation.state()
        self.safety.reset(self.simulation.time_ns, RobotState(state.time_ns, state.position, state.velocity))
        self.gate = GripperGate(self.safety.config.gripper)
        self.constants = handling(self.simulation.layout, self.task)
        self.reference: Reference | None = None
        self.grades: Counter[str] = Counter()
        self.limits: Counter[str] = Counter()
        self.detour_m = 0.0  # farthest from the line of the chunk that is followed
        self._waiting: tuple[int, Reference] | None = None
        self._sent: SafeTrajectory | None = None
        self._chunks = 0
        self._seen: dict[int, np.ndarray] = {}  # where the tool was when a chunk was made

    def period(self) -> None:
        """Let one control period pass."""
        simulation, now_ns = self.simulation, self.simulation.time_ns
        if now_ns % CHUNK_NS < self.safety.config.period_ns:
            self._infer(now_ns)
        if self._waiting is not None and now_ns >= self._waiting[0]:
            self.reference, self._waiting = self._waiting[1], None
        state = simulation.state()
        output = self.safety.step(
            now_ns + LEAD_NS, RobotState(state.time_ns, state.position, state.velocity), self.reference
        )
        self.grades[output.report.grade.value] += 1
        self.limits[output.report.active_limit.name.lower()] += 1
        self._watch_detour(output.trajectory.positions[0])
        self._sent = spliced(self._sent, output.trajectory, now_ns - EARLY_NS)
        rows = (self._sent.positions, self._sent.velocities, self._sent.accelerations)
        names = joint_names(simulation.config.arm_id)
        simulation.accept(JointTrajectory(names, self._sent.stamp_ns, self._sent.times_ns, *rows))
        if self.reference is not None:
            goal = self.gate.step(now_ns, width_at(self.reference, now_ns - output.report.lag_ns))
            if goal is not None:
                simulation.command_hand(HandCommand(goal.width_m, goal.speed_m_s, goal.force_n))
        simulation.advance(self.safety.config.period_ns // MS)

    def _watch_detour(self, position: np.ndarray) -> None:
        """Measure from the tool's commanded place to the line through the rows that the arm follows."""
        current = self.safety.followed
        if current is None:
            return
        joints = len(position)
        rotation, origin = np.empty((joints + 1, 3, 3)), np.empty((joints + 1, 3))
        forward(self.safety.model.chain, position, rotation, origin)
        points = np.vstack([self._seen[current.chunk_id], current.rows[:, :3]])
        start, along = points[:-1], np.diff(points, axis=0)
        share = np.einsum("ij,ij->i", origin[-1] - start, along) / np.maximum(
            np.einsum("ij,ij->i", along, along), 1e-12
        )
        nearest = start + np.clip(share, 0.0, 1.0)[:, None] * along
        self.detour_m = max(self.detour_m, float(np.linalg.norm(nearest - origin[-1], axis=1).min()))

    def _infer(self, now_ns: int) -> None:
        situation = self._situation()
        chunk = roll_out(self.task.skill, situation, self.constants, ROWS, ROW_NS * 1e-9 * self.speed)
        half = chunk.yaw[0] / 2.0  # pointing down with that yaw: Rz(yaw) · Rx(pi)
        rows = np.column_stack([chunk.position[0], np.cos(half), np.sin(half), 0.0 * half, 0.0 * half])
        width = np.append(chunk.width[0, 1:], chunk.width[0, -1])
        self._chunks += 1
        self._seen[self._chunks] = situation.tool_position[0]
        kind, number = ReferenceKind.TOOL_POSE, self._chunks
        reference = Reference(kind, now_ns + ROW_NS, ROW_NS, rows, width, epoch=self.epoch, chunk_id=number)
        self._waiting = now_ns + INFERENCE_NS, reference

    def _situation(self) -> Situation:
        situation = observe(self.simulation, self.task)
        situation.tool_velocity[:] /= self.speed
        return situation


def run_filtered(filtered: Filtered) -> Outcome:
    """Run until the task has succeeded for a moment, a reflex stops the arm, or time is up."""
    simulation, task = filtered.simulation, filtered.task
    period_s, held_s = filtered.safety.config.period_ns * 1e-9, 0.0
    while simulation.time_ns * 1e-9 < task.time_limit_s / filtered.speed and held_s < SUCCESS_HOLD_S:
        filtered.period()
        held_s = held_s + period_s if succeeded(simulation, task) else 0.0
        reflex = simulation.state().reflex
        if reflex is not Reflex.NONE:
            return Outcome(success=False, duration_s=simulation.time_ns * 1e-9, reflex=reflex)
    return Outcome(held_s >= SUCCESS_HOLD_S, simulation.time_ns * 1e-9, Reflex.NONE)


def begin(simulation: Simulation, skill: Skill, seed: int) -> Task:
    """Reset to the first scene after ``seed`` that allows ``skill`` and return its task."""
    for redraw in range(MAX_REDRAWS):
        draw = seed + redraw * 1_000_003
        layout = simulation.reset(draw)
        task = sample_task(layout, np.random.default_rng([draw, 1]), [skill])
        if task is not None:
            simulation.reset(draw, layout, task.start_width_m)
            return task
    raise SceneError(f"no scene of {MAX_REDRAWS} allows {skill.value!r}")


@dataclass(frozen=True)
class Pair:
    """One episode, off and on."""

    skill: str
    off: bool
    on: bool
    off_s: float
    on_s: float
    on_reflex: str
    detour_m: float
    grades: dict[str, int]
    limits: dict[str, int]


def run_pair(simulation: Simulation, safety: SafetyFilter, number: int, speed: float) -> Pair:
    """Run episode ``number`` without and with the filter."""
    skill = SKILLS[number % len(SKILLS)]
    off = run_expert(simulation, begin(simulation, skill, number))
    filtered = Filtered(simulation, safety, begin(simulation, skill, number), speed, epoch=number)
    on = run_filtered(filtered)
    return Pair(
        skill.value,
        off.success,
        on.success,
        off.duration_s,
        on.duration_s,
        on.reflex.value,
        filtered.detour_m,
        dict(filtered.grades),
        dict(filtered.limits),
    )


def interval(successes: int, count: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share."""
    z2 = CONFIDENCE**2
    share, spread = successes / count, count + z2
    middle = (successes + z2 / 2.0) / spread
    half = CONFIDENCE * np.sqrt(count * share * (1.0 - share) + z2 / 4.0) / spread
    return float(middle - half), float(middle + half)


def figures(pairs: list[Pair]) -> dict[str, float]:
    """Return the figures over all episodes."""
    count = len(pairs)
    off, on = sum(pair.off for pair in pairs), sum(pair.on for pair in pairs)
    only_off = sum(pair.off and not pair.on for pair in pairs)
    only_on = sum(pair.on and not pair.off for pair in pairs)
    grades: Counter[str] = Counter()
    for pair in pairs:
        grades.update(pair.grades)
    (off_low, off_high), (on_low, on_high) = interval(off, count), interval(on, count)
    both = [pair for pair in pairs if pair.off and pair.on]
    out = {
        "episodes": count,
        "success_off": off / count,
        "success_off_low": off_low,
        "success_off_high": off_high,
        "success_on": on / count,
        "success_on_low": on_low,
        "success_on_high": on_high,
        "only_off": only_off,
        "only_on": only_on,
        "detour_p50_m": float(np.median([pair.detour_m for pair in pairs])),
        "detour_max_m": max(pair.detour_m for pair in pairs),
        "reflexes_on": sum(pair.on_reflex != Reflex.NONE.value for pair in pairs),
    }
    if both:
        out["duration_ratio"] = float(np.mean([p.on_s for p in both]) / np.mean([p.off_s for p in both]))
    return out | {f"share_{name}": value / grades.total() for name, value in sorted(grades.items())}


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--episodes", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after so long; run again to go on")
    parser.add_argument("--speed", type=float, default=1.0, help="share of the expert's speed")
    parser.add_argument("--json", type=Path, help="results, from which a run goes on")
    options = parser.parse_args()
    done: list[Pair] = []
    if options.json and options.json.exists():
        done = [Pair(**pair) for pair in json.loads(options.json.read_text(encoding="utf-8"))["episodes"]]
    simulation = Simulation(SimulationConfig(scene=DEFAULT_SCENE))
    config = SafetyConfig.from_yaml(CONFIGS / "fr3.yaml")
    safety = SafetyFilter.from_config(config, robot_description("fr3"))
    end = time.monotonic() + options.seconds
    while len(done) < options.episodes and time.monotonic() < end:
        done.append(run_pair(simulation, safety, len(done), options.speed))
        last = done[-1]
        if not (last.off and last.on):
            print(f"{len(done) - 1} {last.skill}: off {last.off} on {last.on} {last.on_reflex}", flush=True)
        if options.json:
            report = Report.now("safety_episodes", figures(done)).as_dict()
            text = json.dumps(report | {"episodes": [asdict(pair) for pair in done]}, indent=1)
            options.json.write_text(text + "\n", encoding="utf-8")
    print(json.dumps(figures(done), indent=1))


if __name__ == "__main__":
    main()
