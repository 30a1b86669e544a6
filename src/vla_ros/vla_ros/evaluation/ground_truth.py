# SPDX-License-Identifier: Apache-2.0
"""The scene as the scripted policy is told it, straight from the simulation. No messages."""

from __future__ import annotations

import numpy as np

from vla_ros.policy.backends.scene_task import BIN, ZONE, SceneObject
from vla_sim.scene.model import BIN_HALF_M, BIN_HEIGHT_M
from vla_sim.simulation import Simulation

__all__ = ["scene_of"]


def scene_of(simulation: Simulation) -> tuple[SceneObject, ...]:
    """Return objects, bins and zones as they are now."""
    layout = simulation.layout
    things = [
        SceneObject.seen(
            name=state.name,
            shape=thing.shape.value,
            half_size_m=np.asarray(thing.half_size_m, np.float64),
            position_m=state.position,
            quaternion_wxyz=state.quaternion_wxyz,
        )
        for state, thing in zip(simulation.truth.objects(), layout.objects, strict=True)
    ]
    bins = [
        SceneObject(
            f"{side} bin", BIN, np.array([*BIN_HALF_M, BIN_HEIGHT_M / 2]), np.array([*centre, BIN_HEIGHT_M / 2])
        )
        for side, centre in layout.bins_m
    ]
    zones = [
        SceneObject(zone.name, ZONE, np.array([zone.half_size_m] * 2 + [0.0]), np.array([*zone.position_m, 0.0]))
        for zone in layout.zones
    ]
    return (*things, *bins, *zones)
