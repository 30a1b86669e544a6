# SPDX-License-Identifier: Apache-2.0
"""What a hand from outside does to a running simulation: other scenes, other objects, kicks, obstacles. No ROS.

Nothing of it is part of the robot's interface.
"""

from dataclasses import replace

import numpy as np

from vla_sim.controllers.reflex import Reflex
from vla_sim.controllers.trajectory import Float64
from vla_sim.errors import SimulationError
from vla_sim.kinematics import ARM_DOF
from vla_sim.scene.apply import apply_object
from vla_sim.scene.config import SceneConfig
from vla_sim.scene.layout import ObjectLayout, SceneLayout
from vla_sim.scene.loading import nearest
from vla_sim.scene.palette import COLOURS, SHAPES, Shape
from vla_sim.scene.sample import shade_of
from vla_sim.simulation import Simulation

BLOCK_DAMPING = 5000.0  # [Nm s/rad]: what holds a joint that runs into an obstacle
SIZE_M = (0.005, 0.06)  # half extents that the hand and the table allow


class Interventions:
    """Acts on one simulation, between its steps."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._damping: Float64 | None = None  # of the joints, while the arm is not blocked

    @property
    def is_blocked(self) -> bool:
        """Whether an obstacle holds the arm."""
        return self._damping is not None

    def use_scene(self, scene: SceneConfig) -> None:
        """Draw from ``scene`` from the next reset on."""
        self._simulation.config = replace(self._simulation.config, scene=scene)

    def change_object(self, name: str, shape: str, colour: str, half_size_m: tuple[float, ...]) -> None:
        """Give an object another shape, colour or size; empty or zero values leave it as it is.

        Raises:
            SimulationError: A name is not known or a size is out of range.
        """
        index, thing = self._find(name)
        changed = _changed(thing, shape, colour, half_size_m)
        if changed == thing:
            return
        objects = list(self._simulation.layout.objects)
        objects[index] = changed
        layout: SceneLayout = replace(self._simulation.layout, objects=tuple(objects))
        self._simulation.layout = layout
        self._simulation.truth.names = tuple(item.name for item in objects)
        apply_object(self._simulation.model, self._simulation.data, index, changed)

    def place_object(self, name: str, position: Float64, quaternion_wxyz: Float64) -> None:
        """Put an object at ``position (3,)`` [m] in the base, at rest.

        Raises:
            SimulationError: There is no such object, or the place is not finite.
        """
        index, _ = self._find(name)
        if not np.isfinite(position).all():
            raise SimulationError(f"{name}: the position is not finite")
        self._simulation.truth.move_object(index, position, quaternion_wxyz)

    def kick_object(self, name: str, impulse_n_s: float) -> None:
        """Give an object an impulse away from the robot's base.

        Raises:
            SimulationError: There is no such object.
        """
        index, thing = self._find(name)
        away = self._simulation.truth.object_state(index).position * (1.0, 1.0, 0.0)
        away = away / max(float(np.linalg.norm(away)), 1e-6)
        self._simulation.truth.kick_object(index, away * impulse_n_s / thing.mass_kg)

    def block_arm(self) -> None:
        """Hold the arm where it is, as something that it ran into."""
        if self._damping is None:
            self._damping = self._linear_damping().copy()
            self._linear_damping()[:] = BLOCK_DAMPING

    def release_arm(self) -> None:
        """Take the obstacle away."""
        if self._damping is not None:
            self._linear_damping()[:] = self._damping
            self._damping = None

    def force_reflex(self) -> None:
        """Let the arm stop as on a collision."""
        if self._simulation.arm.reflex is Reflex.NONE:
            self._simulation.arm.begin_reflex(Reflex.COLLISION, self._simulation.time_ns)

    def _linear_damping(self) -> Float64:
        """Return a view of the arm's joint damping; the model has one column per polynomial order."""
        model = self._simulation.model
        return np.asarray(model.dof_damping).reshape(model.nv, -1)[:ARM_DOF, 0]

    def _find(self, name: str) -> tuple[int, ObjectLayout]:
        names = self._simulation.truth.names
        if name not in names:
            raise SimulationError(f"no object {name!r} in the scene; {nearest(name, names)}")
        index = names.index(name)
        return index, self._simulation.layout.objects[index]


def _changed(thing: ObjectLayout, shape: str, colour: str, half_size_m: tuple[float, ...]) -> ObjectLayout:
    if shape and shape not in SHAPES:
        raise SimulationError(f"unknown shape {shape!r}; {nearest(shape, SHAPES)}")
    if colour and colour not in COLOURS:
        raise SimulationError(f"unknown colour {colour!r}; {nearest(colour, COLOURS)}")
    if any(half_size_m):
        if not all(SIZE_M[0] <= extent <= SIZE_M[1] for extent in half_size_m):
            raise SimulationError(f"half extents must be in {list(SIZE_M)} m, got {list(half_size_m)}")
        thing = replace(thing, half_size_m=(half_size_m[0], half_size_m[1], half_size_m[2]))
    if shape:
        thing = replace(thing, shape=Shape(shape))
    if colour and colour != thing.colour:
        thing = replace(thing, colour=colour, rgba=shade_of(colour, 0.0, np.random.default_rng(0)))
    return thing
