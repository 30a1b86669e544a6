# SPDX-License-Identifier: Apache-2.0
"""What goes wrong in the first run of the policy: it sees the object beside where it is, or the object is moved away.

The policy under test is the expert, which would notice either and correct itself. So that a run fails as a policy fails
that plans from one look, its eyes are wrong for that run: ``missed`` shows the object on a free place beside it, and
``moved`` goes on showing it where it was before somebody took it. What a run has grasped is seen where it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from vla_ros.evaluation.camera_roll import CameraRoll
from vla_ros.policy.backends.scripted import TruthSnapshot
from vla_sim.simulation import Simulation

__all__ = ["KINDS", "Glitch"]

KINDS = ("missed", "moved")
_ASIDE_M = (0.08, 0.12)  # beyond the open hand, so that the fingers close on nothing
_WHEN_S = (0.4, 1.2)  # before the first grasp of the expert
_CLEARANCE_M = 0.09  # between that place and the middle of anything else
_TABLE_M = ((0.36, 0.62), (-0.26, 0.26))  # x and y that every arm pose of the scenes reaches
_TRIES = 200

Array = npt.NDArray[np.float64]


@dataclass
class Glitch:
    """One planted failure.

    Attributes:
        kind: One of ``KINDS``, or empty: nothing goes wrong.
        simulation: Reset to its scene.
        name: The object.
        rng: Decides direction and time.
        run: Which run of the policy it is; 1 for the first, the only one with the failure.
        roll: Where the truth comes from.
    """

    kind: str
    simulation: Simulation
    name: str
    rng: np.random.Generator
    roll: CameraRoll
    run: int = 0
    happened: bool = False

    def __post_init__(self) -> None:
        self._index = self.simulation.layout.object_index(self.name)
        self._first = self._position()
        self._beside = self._elsewhere()
        self._when_s = float(self.rng.uniform(*_WHEN_S))

    def truth(self, at_ns: int) -> TruthSnapshot | None:
        """Return what the policy is shown of the moment ``at_ns``."""
        if not self.roll.exposures:
            return None
        snapshot = self.roll.at(at_ns).truth
        held = self.simulation.truth.held_object() == self._index
        if self.run != 1 or not self.kind or held:
            return snapshot
        shown = self._beside if self.kind == "missed" else self._first
        things = tuple(
            replace(thing, position_m=shown) if thing.name == self.name else thing for thing in snapshot.things
        )
        return replace(snapshot, things=things)

    def disturb(self, run_s: float) -> None:
        """Do what happens ``run_s`` seconds after the run began; called now and again."""
        if self.kind == "missed" and self.run == 1:
            self.happened = True
        if self.kind != "moved" or self.happened or self.run != 1 or run_s < self._when_s:
            return
        if self.simulation.truth.held_object() != self._index:
            self.happened = True
            self.simulation.truth.move_object(self._index, self._beside)

    def _position(self) -> Array:
        return np.array(self.simulation.truth.object_state(self._index).position)

    def _elsewhere(self) -> Array:
        """Return a free place on the table, a little away; of many the freest where none is free."""
        layout, here = self.simulation.layout, self._first
        others = [item.position[:2] for i, item in enumerate(self.simulation.truth.objects()) if i != self._index]
        others += [np.asarray(centre) for _, centre in layout.bins_m]
        best, room = here, -1.0
        for _ in range(_TRIES):
            angle, length = self.rng.uniform(-np.pi, np.pi), self.rng.uniform(*_ASIDE_M)
            there = here + length * np.array([np.cos(angle), np.sin(angle), 0.0])
            free = min((float(np.linalg.norm(there[:2] - other)) for other in others), default=1.0)
            on_table = all(low <= value <= high for value, (low, high) in zip(there[:2], _TABLE_M, strict=True))
            if on_table and free > room:
                best, room = there, free
            if room > _CLEARANCE_M:
                break
        return best
