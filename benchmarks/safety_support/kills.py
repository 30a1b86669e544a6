# SPDX-License-Identifier: Apache-2.0
"""Kills each component of the control chain at random phases of random motion, and looks at how the arm comes to rest.

    python -m benchmarks.safety_support.kills --trials 200 --arms fr3 panda --json benchmarks/results/kills.json

One process, no ROS: the real filter in front of the real simulation with its trajectory controller and reflexes, on
simulated time. Messages take a random time, and one that is on its way when its sender dies may be lost. What is
killed:

- ``policy``: no reference any more, in the middle of the chunk that was sent last;
- ``executor``: the policy goes on until its bounded skill is over, up to 0.5 s, then as above;
- ``safety``: no command any more; the controller has what it was sent last.

A trial fails if the arm reflexes, if a commanded derivative exceeds the robot's limits (differentiated here, from what
the servo was given), if it does not come to rest, or rests elsewhere than where its held stop ends. After the death of
``safety`` it also fails if the arm goes farther, or moves longer, than what had been sent announced. (While safety
lives, references that still run are followed to their ends first.)
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

import numpy as np

from benchmarks.report import Report
from vla_safety import Reference, ReferenceKind, RobotState, SafetyConfig, SafetyFilter
from vla_safety.splice import spliced
from vla_safety.types import SafeTrajectory
from vla_sim import JointTrajectory, SceneConfig, Simulation, SimulationConfig
from vla_sim.controllers.reflex import Reflex
from vla_sim.description import robot_description
from vla_sim.limits import joint_names, limits_of
from vla_sim.scene.config import ObjectsConfig, TargetsConfig

CONFIGS = Path(__file__).resolve().parents[2] / "config" / "safety"
MS = 1_000_000
LEAD_NS = 20 * MS  # the node's default
EARLY_NS = 4 * MS  # how far a message reaches back, as in the node
CHUNK_NS, ROW_NS, ROWS = 100 * MS, 50 * MS, 16
TRANSPORT_MS = (0.3, 15.0)
SKILL_S = 0.5
NEVER_NS = 1 << 62
LONGEST_NS = 10_000 * MS
REST_STEPS = 100
REST_RAD_S = 1e-3
ROUNDING = 1.0 + 1e-3  # third differences of double precision at 1 kHz
TRACKING_RAD = 2e-3  # between command and measured position at rest
COMPONENTS = ("policy", "executor", "safety")


@dataclass(frozen=True)
class _Motion:
    """From rest to sums of sines around a posture, faded in over a second."""

    since_ns: int
    start: np.ndarray  # (J,) [rad]
    home: np.ndarray  # (J,) [rad]
    amplitude: np.ndarray  # (J,) [rad]
    rate: np.ndarray  # (J,) [rad/s]

    def rows(self, seconds: np.ndarray) -> np.ndarray:
        """Return positions ``(T, J)`` [rad] at ``seconds (T,)`` after the start."""
        fade = np.clip(seconds / 1.0, 0.0, 1.0)[:, None]
        rows = self.start + fade * (self.home - self.start)
        return rows + self.amplitude * fade * np.sin(self.rate * seconds[:, None])


@dataclass
class Chain:
    """Policy, safety and arm on one time axis; each may be dead."""

    simulation: Simulation
    filter: SafetyFilter
    rng: np.random.Generator
    policy_ends_ns: int = NEVER_NS
    safety_ends_ns: int = NEVER_NS
    sent: SafeTrajectory | None = None
    delivered: SafeTrajectory | None = None
    reference: Reference | None = None
    in_flight: list[tuple[int, SafeTrajectory]] = field(default_factory=list)
    commands: list[np.ndarray] = field(default_factory=list)
    chunk: int = 0

    def begin(self) -> None:
        """Rest, and choose a motion: sums of sines around the present position, faster than the arm may move."""
        self.filter.reset(self.simulation.time_ns, self._measured())
        self.sent = self.delivered = self.reference = None
        self.policy_ends_ns = self.safety_ends_ns = NEVER_NS
        self.in_flight.clear()
        self.commands.clear()
        self._motion = _Motion(
            self.simulation.time_ns,
            self.simulation.state().position,
            np.array(self.filter.config.tool.posture_rad),
            amplitude=self.rng.uniform(0.1, 0.6, 7),
            rate=self.rng.uniform(1.0, 5.0, 7),
        )
        self._next_ns = self.simulation.time_ns + LEAD_NS
        self._chunk_ns = self.simulation.time_ns

    def step(self) -> None:
        """Let one millisecond pass."""
        now_ns = self.simulation.time_ns
        if now_ns >= self._chunk_ns and now_ns < self.policy_ends_ns:
            self._chunk_ns += CHUNK_NS
            self._infer(now_ns)
        if now_ns >= self._next_ns - LEAD_NS and now_ns < self.safety_ends_ns:
            self._tick(now_ns)
        for message in [item for item in self.in_flight if item[0] <= now_ns]:
            self.in_flight.remove(message)
            self._deliver(message[1])
        self.simulation.advance(1)
        self.commands.append(self.simulation.arm.reference.positions)

    def _infer(self, now_ns: int) -> None:
        stamp_ns = now_ns + int(self.rng.uniform(10.0, 60.0) * MS)
        seconds = (stamp_ns - self._motion.since_ns + ROW_NS * np.arange(ROWS)) * 1e-9
        rows = self._motion.rows(seconds)
        self.chunk += 1
        self.reference = Reference(ReferenceKind.JOINT_POSITION, stamp_ns, ROW_NS, rows, chunk_id=self.chunk)

    def _tick(self, now_ns: int) -> None:
        output = self.filter.step(self._next_ns, self._measured(), self.reference)
        self._next_ns += self.filter.config.period_ns
        self.sent = spliced(self.sent, output.trajectory, now_ns - EARLY_NS)
        after_ns = int(self.rng.uniform(*TRANSPORT_MS) * MS)
        arrival_ns = max(now_ns + after_ns, max((item[0] for item in self.in_flight), default=0))  # in order
        self.in_flight.append((arrival_ns, self.sent))

    def _deliver(self, sent: SafeTrajectory) -> None:
        names = joint_names(self.simulation.config.arm_id)
        rows = (sent.positions, sent.velocities, sent.accelerations)
        self.simulation.accept(JointTrajectory(names, sent.stamp_ns, sent.times_ns, *rows))
        self.delivered = sent

    def kill(self, component: str) -> None:
        """End a component now."""
        now_ns = self.simulation.time_ns
        if component == "policy":
            self.policy_ends_ns = now_ns
        elif component == "executor":
            self.policy_ends_ns = now_ns + int(self.rng.uniform(0.0, SKILL_S) * 1e9)
        else:
            self.safety_ends_ns = now_ns
            if self.in_flight and self.rng.random() < 0.5:
                self.in_flight.pop()  # it died while it sent

    def _measured(self) -> RobotState:
        state = self.simulation.state()
        return RobotState(state.time_ns, state.position, state.velocity)

    def due_ns(self) -> int:
        """When the last reference is over."""
        if self.safety_ends_ns != NEVER_NS and self.delivered is not None:
            return self.delivered.end_ns
        return self.reference.end_ns if self.reference is not None else 0


@dataclass(frozen=True)
class Stop:
    """How one trial ended."""

    faults: tuple[str, ...]
    distance_rad: float  # from where the arm was commanded to be when the component died
    announced_rad: float  # the same, known before
    duration_s: float


def trial(chain: Chain, component: str) -> Stop:
    """Move, kill, wait for rest, judge."""
    chain.begin()
    simulation = chain.simulation
    kill_ns = simulation.time_ns + int(chain.rng.uniform(0.4, 2.0) * 1e9)
    while simulation.time_ns < kill_ns:
        chain.step()
    chain.kill(component)
    while chain.in_flight and component == "safety":
        chain.step()
    begin, begin_ns = chain.commands[-1], simulation.time_ns
    announced = _announced(chain, begin)
    while not _is_over(chain) and simulation.time_ns < begin_ns + LONGEST_NS:
        chain.step()
    for _ in range(REST_STEPS):
        chain.step()
    return _judge(chain, component, begin_ns, announced)


def _is_over(chain: Chain) -> bool:
    """Whether nobody wants motion any more, and the command stands still."""
    if chain.simulation.time_ns < max(chain.policy_ends_ns if chain.safety_ends_ns == NEVER_NS else 0, 0):
        return False
    last = chain.commands[-1]
    still = all(np.abs(row - last).max() < 1e-9 for row in chain.commands[-REST_STEPS:])
    return still and chain.simulation.time_ns > chain.due_ns()


def _announced(chain: Chain, begin: np.ndarray) -> float:
    """Return how far the arm goes by what the controller has [rad]; a stop on a path may turn with the path."""
    held = chain.delivered or chain.sent
    later = held.stamp_ns + held.times_ns >= chain.simulation.time_ns
    return float(np.abs(held.positions[later] - begin).max())


def _judge(chain: Chain, component: str, begin_ns: int, announced_rad: float) -> Stop:
    simulation, limits = chain.simulation, limits_of(chain.simulation.config.arm_id)
    state, line, faults = simulation.state(), np.array(chain.commands), []
    if state.reflex is not Reflex.NONE:
        faults.append(f"reflex: {state.reflex.value}")
    derivatives = (("velocity", limits.velocity), ("acceleration", limits.acceleration), ("jerk", limits.jerk))
    for order, (name, limit) in enumerate(derivatives, start=1):
        rates = np.abs(np.diff(line, n=order, axis=0)) / simulation.config.timestep_s**order
        if (rates / limit).max() > ROUNDING:
            faults.append(f"{name} at {(rates / limit).max():.2f} of its limit")
    if np.abs(state.velocity).max() > REST_RAD_S:
        faults.append(f"not at rest: {np.abs(state.velocity).max():.4f} rad/s")
    end = chain.delivered.positions[-1] if component == "safety" else chain.filter.held.states[-1, 0]
    if np.abs(state.position - end).max() > TRACKING_RAD:
        faults.append(f"rests {np.abs(state.position - end).max():.4f} rad from where its stop ends")
    after = line[-((simulation.time_ns - begin_ns) // MS) - 1 :]
    distance = float(np.abs(after - after[0]).max())
    if component == "safety" and distance > announced_rad + TRACKING_RAD:
        faults.append(f"went {distance:.4f} rad, {announced_rad:.4f} were announced")
    moving = np.flatnonzero(np.abs(np.diff(after, axis=0)).max(axis=1) > 1e-9)
    duration_s = (int(moving[-1]) + 1) * 1e-3 if len(moving) else 0.0
    if component == "safety" and begin_ns + duration_s * 1e9 > chain.delivered.end_ns + 2 * MS:
        faults.append(f"moved {begin_ns + duration_s * 1e9 - chain.delivered.end_ns:.0f} ns longer than announced")
    return Stop(tuple(faults), distance, announced_rad, duration_s)


def make_chain(arm: str, seed: int) -> Chain:
    """Return a chain at rest over an empty table."""
    scene = SceneConfig(
        objects=replace(ObjectsConfig(), count=(0, 0)), targets=replace(TargetsConfig(), bins_present=False)
    )
    simulation = Simulation(SimulationConfig(scene=scene, arm_id=arm), seed)
    config = SafetyConfig.from_yaml(CONFIGS / f"{arm}.yaml")
    return Chain(simulation, SafetyFilter.from_config(config, robot_description(arm)), np.random.default_rng(seed))


def run(arm: str, component: str, trials: int, seed: int) -> dict[str, float]:
    """Return figures over ``trials`` kills of one component."""
    seed += COMPONENTS.index(component)
    chain, stops = make_chain(arm, seed), []
    for number in range(trials):
        stop = trial(chain, component)
        stops.append(stop)
        for fault in stop.faults:
            print(f"{arm} {component} {number}: {fault}")
        if stop.faults:  # begin anew, so that one fault is counted once
            chain = make_chain(arm, seed + 1000 * (number + 1))
    failures = sum(bool(stop.faults) for stop in stops)
    print(f"{arm} {component}: {trials} kills, {failures} failures", flush=True)
    return {
        f"{arm}_{component}_kills": trials,
        f"{arm}_{component}_failures": failures,
        f"{arm}_{component}_distance_max_rad": max(stop.distance_rad for stop in stops),
        f"{arm}_{component}_duration_max_s": max(stop.duration_s for stop in stops),
    }


def main() -> int:
    """Run the command line; exit 1 if a trial failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--arms", nargs="+", default=["fr3"], choices=["fr3", "panda"])
    parser.add_argument("--json", type=Path, help="results, from which a run goes on by component")
    arguments = parser.parse_args()
    figures: dict[str, float] = {}
    if arguments.json and arguments.json.exists():
        figures = json.loads(arguments.json.read_text(encoding="utf-8"))["figures"]
    for arm, component in product(arguments.arms, COMPONENTS):
        if figures.get(f"{arm}_{component}_kills") == arguments.trials:
            continue
        figures |= run(arm, component, arguments.trials, arguments.seed)
        if arguments.json:
            report = Report.now("kills", figures)
            arguments.json.write_text(json.dumps(report.as_dict(), indent=2) + "\n", encoding="utf-8")
    return int(any(value for key, value in figures.items() if key.endswith("failures")))


if __name__ == "__main__":
    sys.exit(main())
