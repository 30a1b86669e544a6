# SPDX-License-Identifier: Apache-2.0
"""Adversarial references: jumps, square waves at the limits, into the table and the arm itself, NaN, late, singular."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from vla_safety import Reference, ReferenceKind, SafetyConfig

TOOL_SHAPES = ("line", "down", "far", "near", "turn", "broken", "twist", "quaternion", "rot6d")


@dataclass(frozen=True)
class _JointScene:
    """What the rows of a joint reference are made of."""

    random: np.random.Generator
    position: np.ndarray  # (J,), where the arm is [rad]
    anywhere: np.ndarray  # (J,), a little beyond the limits too [rad]
    limits: tuple[np.ndarray, np.ndarray]  # (J,) each, lower and upper [rad]
    velocity: np.ndarray  # (J,), limits [rad/s]
    period_ns: int

    def times(self, count: int) -> np.ndarray:
        """Return the times of the rows ``(T, 1)`` [s] after the first."""
        return np.arange(count)[:, None] * self.period_ns * 1e-9


def _walk(scene: _JointScene, count: int) -> np.ndarray:
    spread = scene.random.choice([1e-3, 1e-2, 0.1])
    return scene.position + np.cumsum(scene.random.normal(0, spread, (count, len(scene.position))), axis=0)


def _jump(scene: _JointScene, count: int) -> np.ndarray:
    return np.where(scene.random.random((count, 1)) < 0.5, scene.position, scene.anywhere)


def _square(scene: _JointScene, count: int) -> np.ndarray:
    size = scene.random.uniform(0.01, 0.5)
    return scene.position + size * np.sign(np.sin(scene.times(count) * scene.random.uniform(5, 200) + 0.1))


def _sine(scene: _JointScene, count: int) -> np.ndarray:
    rate = scene.random.uniform(0.5, 20, len(scene.position))
    return scene.position + scene.velocity / rate * np.sin(rate * scene.times(count)) * scene.random.uniform(0.2, 1.5)


def _to_limits(scene: _JointScene, count: int) -> np.ndarray:
    corner = np.where(scene.random.random(len(scene.position)) < 0.5, *scene.limits)
    return scene.position + (corner - scene.position) * np.linspace(0, scene.random.uniform(0.2, 1.2), count)[:, None]


def _fold(scene: _JointScene, count: int) -> np.ndarray:
    folded = np.array([0.0, -1.7, 0.0, -3.0, 0.0, 0.5, 0.0]) + scene.random.normal(0, 0.3, len(scene.position))
    return scene.position + (folded - scene.position) * np.linspace(0, 1, count)[:, None]


def _still(scene: _JointScene, count: int) -> np.ndarray:
    return np.tile(scene.position, (count, 1))


def _smooth(scene: _JointScene, count: int) -> np.ndarray:
    blend = 0.5 - 0.5 * np.cos(np.pi * np.linspace(0, 1, count))[:, None]
    return scene.position + blend * np.clip(scene.anywhere - scene.position, -0.4, 0.4)


def _broken(scene: _JointScene, count: int) -> np.ndarray:
    rows = _still(scene, count)
    value = scene.random.choice([np.nan, np.inf, 1e308, -1e9])
    rows[scene.random.integers(count), scene.random.integers(len(scene.position))] = value
    return rows


def _velocity(scene: _JointScene, count: int) -> np.ndarray:
    return scene.velocity * scene.random.uniform(-1.3, 1.3, (count, len(scene.position)))


JOINT_SHAPES: dict[str, Callable[[_JointScene, int], np.ndarray]] = {
    "walk": _walk,
    "jump": _jump,
    "square": _square,
    "sine": _sine,
    "limits": _to_limits,
    "fold": _fold,
    "still": _still,
    "smooth": _smooth,
    "broken": _broken,
    "velocity": _velocity,
}


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
        joints = self.config.joints
        low, high = np.array(joints.lower_rad), np.array(joints.upper_rad)
        anywhere = self.random.uniform(low - 0.2, high + 0.2)
        shape = self.random.choice(tuple(JOINT_SHAPES))
        scene = _JointScene(self.random, position, anywhere, (low, high), np.array(joints.velocity_rad_s), period_ns)
        kind = ReferenceKind.JOINT_VELOCITY if shape == "velocity" else ReferenceKind.JOINT_POSITION
        return kind, JOINT_SHAPES[shape](scene, count)

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
