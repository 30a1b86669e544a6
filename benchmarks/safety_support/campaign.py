# SPDX-License-Identifier: Apache-2.0
"""Runs the filter against adversaries under the oracle, scenario by scenario; results are kept and a run resumes.

Command: ``python -m benchmarks.safety_support.campaign --steps 1000000``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks.safety_support.adversary import Adversary
from benchmarks.safety_support.loop import CONFIGS, HOME, URDF
from benchmarks.safety_support.oracle import Oracle, quintic_samples
from vla_safety import Grade, RobotState, SafeTrajectory, SafetyConfig, SafetyFilter
from vla_safety.config import Cone

RESULT = Path(__file__).resolve().parents[1] / "results" / "safety_oracle.json"
RATES_HZ = (100, 250, 1000)
BLOCK = 5_000  # steps of one scenario from one seed
SKIPPED = 0.01  # share of ticks at which the filter is not called for a while, as if it hung


@dataclass
class Tally:
    """What one or many scenarios gave."""

    steps: int = 0
    samples: int = 0
    violations: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    grades: dict[str, int] = field(default_factory=dict)

    def add(self, other: Tally) -> None:
        """Add the counts of another one."""
        self.steps += other.steps
        self.samples += other.samples
        for mine, its in ((self.violations, other.violations), (self.grades, other.grades)):
            for name, count in its.items():
                mine[name] = mine.get(name, 0) + count
        self.examples.update(other.examples)


def wild_config(robot: str, rate_hz: float, *, cone: bool = False) -> SafetyConfig:
    """Return the shipped configuration at a rate, taking references that start anywhere, perhaps with a cone."""
    config = SafetyConfig.from_yaml(CONFIGS / f"{robot}.yaml")
    tracking = replace(config.tracking, max_start_distance_rad=10.0)
    tool = replace(config.tool, cone=Cone((0.0, 0.0, 1.0), (0.0, 0.0, -1.0), 0.8)) if cone else config.tool
    return replace(config, rate_hz=float(rate_hz), tracking=tracking, tool=tool)


def run_block(config: SafetyConfig, urdf: str, seed: int, steps: int, *, tool: bool) -> Tally:
    """Return the tally of ``steps`` steps of one arm against one adversary."""
    safety, oracle = SafetyFilter.from_config(config, urdf), Oracle.make(config, urdf)
    adversary = Adversary(config, seed, tool)
    random = adversary.random
    now_ns, period_ns = 0, config.period_ns
    safety.reset(0, RobotState(0, HOME, np.zeros(7)))
    oracle.start(HOME)
    trajectory: SafeTrajectory | None = None
    reference, until, grades, samples, position, velocity = None, 0, Counter(), 0, HOME, np.zeros(7)
    step = 0
    while step < steps:
        if step >= until:
            point = oracle.data.site_xpos[oracle.tool].copy() if step else np.array([0.4, 0.0, 0.4])
            reference = None if random.random() < 0.03 else adversary.reference(now_ns, position, point)
            until = step + int(random.integers(1, max(2, round(1.0 / (period_ns * 1e-9)))))
        output = safety.step(now_ns, RobotState(now_ns, position, velocity), reference)
        trajectory = output.trajectory
        grades[output.report.grade.value] += 1
        ticks = 1 if random.random() > SKIPPED else int(random.integers(2, 30))
        times = np.arange(now_ns + 1_000_000, now_ns + ticks * period_ns + 1, 1_000_000)
        played = quintic_samples(trajectory, times)
        oracle.check(played)
        samples += len(played)
        now_ns += ticks * period_ns
        position, velocity = played[-1], (played[-1] - (played[-2] if len(played) > 1 else position)) / 1e-3
        step += 1
        if output.report.grade is Grade.ESTOPPED:
            raise RuntimeError(f"latched with ideal tracking: {output.report.reason}")
    return Tally(steps, samples, oracle.violations, oracle.examples, dict(grades))


def load(path: Path) -> dict[str, Tally]:
    """Return the blocks that are done, by name."""
    if not path.exists():
        return {}
    return {name: Tally(**block) for name, block in json.loads(path.read_text(encoding="utf-8"))["blocks"].items()}


def total(blocks: dict[str, Tally]) -> Tally:
    """Return the sum of all blocks."""
    out = Tally()
    for block in blocks.values():
        out.add(block)
    return out


def save(path: Path, blocks: dict[str, Tally]) -> None:
    """Write blocks and their sum."""
    text = json.dumps({"total": asdict(total(blocks)), "blocks": {k: asdict(v) for k, v in blocks.items()}}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def scenarios(blocks: dict[str, Tally], steps: int) -> Iterator[tuple[str, str, int, int, bool]]:
    """Yield name, arm, rate [Hz], seed and kind of the blocks that are missing up to ``steps`` in all."""
    planned, seed = total(blocks).steps, 0
    while planned < steps:
        for robot, rate_hz, tool in product(("panda", "fr3"), RATES_HZ, (False, True)):
            name = f"{robot} {rate_hz} Hz {'tool' if tool else 'joint'} seed {seed}"
            if name not in blocks:
                planned += BLOCK
                yield name, robot, rate_hz, seed, tool
        seed += 1


def run_scenario(scenario: tuple[str, str, int, int, bool]) -> tuple[str, Tally]:
    """Run one block; every other seed with an orientation cone."""
    name, robot, rate_hz, seed, tool = scenario
    urdf = URDF.read_text(encoding="utf-8")
    return name, run_block(wild_config(robot, rate_hz, cone=seed % 2 == 1), urdf, seed, BLOCK, tool=tool)


def main() -> None:
    """Run until the wanted number of steps is reached, from where the last run ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args()
    blocks, end = load(options.out), time.monotonic() + options.seconds
    with get_context("spawn").Pool(options.workers) as pool:
        for name, tally in pool.imap_unordered(run_scenario, list(scenarios(blocks, options.steps))):
            blocks[name] = tally
            save(options.out, blocks)
            done = total(blocks)
            print(f"{done.steps} steps, {sum(done.violations.values())} violations, {name}", flush=True)
            if time.monotonic() > end:
                break


if __name__ == "__main__":
    main()
