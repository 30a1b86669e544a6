# SPDX-License-Identifier: Apache-2.0
"""Runs a filter once through its paths, so that all kernels are compiled before the arm is taken.

``python -m vla_safety.warm_up CONFIG.yaml ARM.urdf`` fills the compiler's cache: the first time takes a minute, which
the set-up spends and not the first launch.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vla_safety.config import SafetyConfig
from vla_safety.errors import SafetyError
from vla_safety.filter import SafetyFilter
from vla_safety.kernels.kinematics import forward
from vla_safety.types import Reference, ReferenceKind, RobotState

__all__ = ["main", "warm_filter"]

STEPS = 60
ROWS = 20


def warm_filter(config: SafetyConfig, urdf: str) -> None:
    """Follow a joint reference and a tool reference with a filter that is thrown away, then stop it."""
    trial = SafetyFilter.from_config(config, urdf)
    home = np.array(config.tool.posture_rad)
    rotation, origin = np.empty((len(home) + 1, 3, 3)), np.empty((len(home) + 1, 3))
    forward(trial.model.chain, home, rotation, origin)
    ramp = np.linspace(0.0, 0.02, ROWS)[:, None]
    tool = np.concatenate([np.tile(origin[-1], (ROWS, 1)), np.tile(rotation[-1].ravel(), (ROWS, 1))], axis=1)
    tool[:, 2:3] += ramp
    rows = ((ReferenceKind.JOINT_POSITION, home + ramp), (ReferenceKind.TOOL_POSE, tool))
    now_ns = 1
    for chunk, (kind, values) in enumerate(rows):
        trial.reset(now_ns, RobotState(now_ns, home, np.zeros(len(home))))
        reference = Reference(kind, now_ns, 10_000_000, values, chunk_id=chunk)
        for _ in range(STEPS):
            command = trial.held.command(now_ns)
            trial.step(now_ns, RobotState(now_ns, command[0], command[1]), reference)
            now_ns += config.period_ns
    trial.latch.set("warm")
    trial.step(now_ns, RobotState(now_ns, command[0], command[1]), None)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fill the cache for the configuration and description that ``arguments`` name."""
    parser = argparse.ArgumentParser(description="Compiles the kernels of the safety filter into the cache.")
    parser.add_argument("config", type=Path, help="limits, e.g. config/safety/fr3.yaml")
    parser.add_argument("urdf", type=Path, help="description of the arm")
    options = parser.parse_args(arguments)
    try:
        warm_filter(SafetyConfig.from_yaml(options.config), options.urdf.read_text(encoding="utf-8"))
    except (OSError, SafetyError) as error:
        parser.exit(2, f"error: {error}\n")


if __name__ == "__main__":
    main()
