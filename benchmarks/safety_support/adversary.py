# SPDX-License-Identifier: Apache-2.0
"""Adversarial references: jumps, square waves at the limits, into the table and the arm itself, NaN, late, singular."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from vla_safety import Reference, ReferenceKind, SafetyConfig

JOINT_SHAPES = ("walk", "jump", "square", "sine", "limits", "fold", "still", "smooth", "broken", "velocity")
TOOL_SHAPES = ("line", "down", "far", "near", "turn", "broken", "twist", "quaternion", "rot6d")


@dataclass
class Adversary:
    """Makes one reference after the other from a seed."""

    config: SafetyConfig
    seed: int
    tool: bool
    chunk: int = 0
    random: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)

    def reference(self, now_ns: int, position: np.ndarray, point: np.ndarray) -> Reference:
        """Return the next reference.

        Args:
            now_ns: Now; rows begin a little before, at, or after it.
            position: Where the arm is ``(J,)`` [rad].
            point: Where its tool is ``(3,)`` [m].
        """
        random = self.random
        count = int(random.choice([1, 2, 3, 8, 16, 50]))
        period_ns = int(random.choice([2, 4, 10, 20, 33, 50, 100])) * 1_000_000
        stamp_ns = now_ns + int(random.integers(-100, 100)) * 1_000_000
        self.chunk += 1
        if self.tool:
            kind, rows = self._tool_rows(count, point)
        else:
            kind, rows = self._joint_rows(count, period_ns, position)
        return Reference(kind, stamp_ns, period_ns, rows, chunk_id=self.chunk)

    def _joint_rows(self, count: int, period_ns: int, position: np.ndarray) -> tuple[ReferenceKind, np.ndarray]:
        random, joints = self.random, self.config.joints
        low, high = np.array(joints.lower_rad), np.array(joints.upper_rad)
        size, time = len(position), np.arange(count)[:, None] * period_ns * 1e-9
        anywhere = random.uniform(low - 0.2, high + 0.2)
        shape = random.choice(JOINT_SHAPES)
        kind = ReferenceKind.JOINT_POSITION
        if shape == "walk":
            rows = position + np.cumsum(random.normal(0, random.choice([1e-3, 1e-2, 0.1]), (count, size)), axis=0)
        elif shape == "jump":
            rows = np.where(random.random((count, 1)) < 0.5, position, anywhere)
        elif shape == "square":
            rows = position + random.uniform(0.01, 0.5) * np.sign(np.sin(time * random.uniform(5, 200) + 0.1))
        elif shape == "sine":
            rate = random.uniform(0.5, 20, size)
            rows = position + np.array(joints.velocity_rad_s) / rate * np.sin(rate * time) * random.uniform(0.2, 1.5)
        elif shape == "limits":
            corner = np.where(random.random(size) < 0.5, low, high)
            rows = position + (corner - position) * np.linspace(0, random.uniform(0.2, 1.2), count)[:, None]
        elif shape == "fold":
            folded = np.array([0.0, -1.7, 0.0, -3.0, 0.0, 0.5, 0.0]) + random.normal(0, 0.3, size)
            rows = position + (folded - position) * np.linspace(0, 1, count)[:, None]
        elif shape == "smooth":
            blend = 0.5 - 0.5 * np.cos(np.pi * np.linspace(0, 1, count))[:, None]
            rows = position + blend * np.clip(anywhere - position, -0.4, 0.4)
        elif shape == "broken":
            rows = np.tile(position, (count, 1))
            rows[random.integers(count), random.integers(size)] = random.choice([np.nan, np.inf, 1e308, -1e9])
        elif shape == "velocity":
            kind = ReferenceKind.JOINT_VELOCITY
            rows = np.array(joints.velocity_rad_s) * random.uniform(-1.3, 1.3, (count, size))
        else:
            rows = np.tile(position, (count, 1))
        return kind, rows

    def _tool_rows(self, count: int, point: np.ndarray) -> tuple[ReferenceKind, np.ndarray]:
        random = self.random
        shape = random.choice(TOOL_SHAPES)
        share = np.linspace(0, 1, count)[:, None]
        down = np.array([np.pi, 0.0, 0.0])
        target = random.uniform([0.2, -0.6, 0.0], [0.8, 0.6, 0.9])
        if shape == "down":
            target = np.array([point[0], point[1], random.uniform(-0.3, 0.02)])
        elif shape == "far":
            target = point + random.normal(0, 2.0, 3)
        elif shape == "near":
            target = random.normal([0.0, 0.0, 0.4], 0.15)
        points = point + share * (target - point)
        turns = np.tile(down, (count, 1)) + (share * random.normal(0, 1.5, 3) if shape == "turn" else 0.0)
        if shape == "twist":
            return ReferenceKind.TOOL_TWIST, random.normal(0, 0.5, (count, 6))
        if shape == "quaternion":
            turns = random.normal([1, 0, 0, 0], 0.05, (count, 4))
        elif shape == "rot6d":
            turns = random.normal([1, 0, 0, 0, -1, 0], 0.05, (count, 6))
        elif shape == "broken":
            turns = np.zeros((count, 4)) if random.random() < 0.5 else np.full((count, 3), np.nan)
        return ReferenceKind.TOOL_POSE, np.concatenate([points, turns], axis=1)
