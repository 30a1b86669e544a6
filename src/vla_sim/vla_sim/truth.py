# SPDX-License-Identifier: Apache-2.0
"""Ground truth of a running simulation: where objects are, what touches what, what the hand holds.

Reads and moves objects only.
"""

import mujoco
import numpy as np

from vla_sim.controllers.trajectory import Float64
from vla_sim.scene.model import object_body
from vla_sim.state import Contact, ObjectState

FINGER_BODIES = ("panda_leftfinger", "panda_rightfinger")
GRIP_N = 0.5  # each finger must press at least this for "held"


class GroundTruth:
    """A view into one model's data; ``names`` are those of the scene's objects, by pool slot."""

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        """Look at ``data``."""
        self._model = model
        self._data = data
        self.names: tuple[str, ...] = ()
        self._fingers = {model.body(name).id for name in FINGER_BODIES}

    def object_state(self, index: int) -> ObjectState:
        """Return pool slot ``index``."""
        joint = self._data.joint(object_body(index))
        return ObjectState(self.names[index], joint.qpos[:3].copy(), joint.qpos[3:].copy(), joint.qvel.copy())

    def objects(self) -> tuple[ObjectState, ...]:
        """Return every object of the scene."""
        return tuple(self.object_state(index) for index in range(len(self.names)))

    def move_object(self, index: int, position: Float64, quaternion_wxyz: Float64 | None = None) -> None:
        """Put object ``index`` at ``position (3,)`` [m] in the base, at rest."""
        joint = self._data.joint(object_body(index))
        joint.qpos[:3] = position
        if quaternion_wxyz is not None:
            joint.qpos[3:] = quaternion_wxyz
        joint.qvel[:] = 0.0
        mujoco.mj_forward(self._model, self._data)

    def kick_object(self, index: int, velocity: Float64) -> None:
        """Give object ``index`` the velocity ``(3,)`` [m/s] on top of its own."""
        self._data.joint(object_body(index)).qvel[:3] += velocity

    def contacts(self) -> tuple[Contact, ...]:
        """Return all touching pairs by body name, with the normal force [N]."""
        return tuple(
            Contact(self._model.body(a).name, self._model.body(b).name, force) for a, b, force in self._pairs()
        )

    def held_object(self) -> int | None:
        """Return the pool slot that both fingers press, if any."""
        pressed: dict[int, dict[int, float]] = {}
        for first, second, force in self._pairs():
            for finger, thing in ((first, second), (second, first)):
                if finger in self._fingers:
                    pressed.setdefault(thing, {}).setdefault(finger, 0.0)
                    pressed[thing][finger] += force
        for index in range(len(self.names)):
            grip = pressed.get(self._model.body(object_body(index)).id, {})
            if len(grip) == len(FINGER_BODIES) and min(grip.values()) >= GRIP_N:
                return index
        return None

    def _pairs(self) -> list[tuple[int, int, float]]:
        bodies, force, pairs = self._model.geom_bodyid, np.zeros(6), []
        for index in range(self._data.ncon):
            mujoco.mj_contactForce(self._model, self._data, index, force)
            geoms = self._data.contact.geom[index]
            pairs.append((int(bodies[geoms[0]]), int(bodies[geoms[1]]), float(force[0])))
        return pairs
