# SPDX-License-Identifier: Apache-2.0
"""A closed loop of the safety filter and a robot that follows exactly. No physics."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vla_safety import Reference, ReferenceKind, RobotState, SafetyConfig, SafetyFilter, SafetyOutput

ROOT = Path(__file__).resolve().parents[2]
URDF = ROOT / "src" / "vla_sim" / "description" / "panda_description" / "urdf" / "panda.urdf"
CONFIGS = ROOT / "config" / "safety"
HOME = np.array([0.0, -0.6, 0.0, -2.4, 0.0, 1.8, 0.785398])
PERIOD_NS = 50_000_000


@dataclass
class Loop:
    """A filter whose commands a robot follows exactly."""

    filter: SafetyFilter
    now_ns: int = 0
    outputs: list[SafetyOutput] = field(default_factory=list)

    @classmethod
    def at(cls, config: SafetyConfig, urdf: str, position: np.ndarray = HOME) -> Loop:
        """Return a loop at rest at ``position``."""
        loop = cls(SafetyFilter.from_config(config, urdf))
        loop.filter.reset(0, RobotState(0, position.copy(), np.zeros(len(position))))
        return loop

    def state(self) -> RobotState:
        """Return what a robot that follows exactly measures."""
        command = self.filter.held.command(self.now_ns)
        return RobotState(self.now_ns, command[0], command[1])

    def run(self, reference: Reference | None, steps: int) -> list[SafetyOutput]:
        """Step ``steps`` times with one reference and return the outputs."""
        out = []
        for _ in range(steps):
            out.append(self.filter.step(self.now_ns, self.state(), reference))
            self.now_ns += self.filter.config.period_ns
        self.outputs += out
        return out


def joint_reference(rows: np.ndarray, stamp_ns: int = 0, **named: object) -> Reference:
    """Return joint rows 50 ms apart."""
    return Reference(ReferenceKind.JOINT_POSITION, stamp_ns, PERIOD_NS, np.asarray(rows, dtype=float), **named)
