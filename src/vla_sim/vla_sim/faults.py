# SPDX-License-Identifier: Apache-2.0
"""Faults that can be planted in a simulation: which hold, until when. What they do is done by those who ask here.

Times are the simulation's, in nanoseconds. No ROS, no clock.
"""

from collections.abc import Sequence
from enum import Enum

from vla_sim.errors import SimulationError

NEVER_NS = 1 << 62


class Fault(Enum):
    """What can go wrong."""

    CAMERA_DROP = "camera_drop"  # frames of a camera are not published
    CAMERA_FREEZE = "camera_freeze"  # the same picture with new stamps
    CAMERA_DELAY = "camera_delay"  # frames come late
    KICK_OBJECT = "kick_object"  # an impulse
    DROP_OBJECT = "drop_object"  # the gripper is forced open
    BLOCK_ARM = "block_arm"  # an invisible obstacle holds the arm
    CUT_COMMANDS = "cut_commands"  # commands are ignored
    REFLEX = "reflex"  # the arm reflexes at once
    CLEAR = "clear"  # ends all faults


CAMERA_FAULTS = (Fault.CAMERA_DROP, Fault.CAMERA_FREEZE, Fault.CAMERA_DELAY)


def fault_named(name: str) -> Fault:
    """Return the fault called ``name``.

    Raises:
        SimulationError: There is none; the message names all.
    """
    try:
        return Fault(name)
    except ValueError:
        raise SimulationError(f"unknown fault {name!r}; there are {[fault.value for fault in Fault]}") from None


class Faults:
    """The faults that hold. Those of cameras last until cleared, the others until their time is over."""

    def __init__(self) -> None:
        self._cameras: dict[tuple[Fault, str], float] = {}
        self._until_ns: dict[Fault, int] = {}

    def clear(self) -> None:
        """End all."""
        self._cameras.clear()
        self._until_ns.clear()

    def set_camera(self, fault: Fault, camera: str, value: float = 0.0) -> None:
        """Begin a fault of a camera; ``value`` is a delay's duration [s]."""
        self._cameras[fault, camera] = value

    def begin(self, fault: Fault, now_ns: int, duration_s: float) -> None:
        """Begin a fault that ends by itself; a duration of 0 lasts until cleared."""
        self._until_ns[fault] = now_ns + round(duration_s * 1e9) if duration_s > 0.0 else NEVER_NS

    def holds(self, fault: Fault, now_ns: int) -> bool:
        """Whether ``fault`` is there at ``now_ns``."""
        return now_ns < self._until_ns.get(fault, -1)

    def sort_cameras(self, cameras: Sequence[str]) -> tuple[list[str], list[tuple[str, float]]]:
        """Return the cameras whose frames are published at once, and those that are delayed with their delay [s]."""
        there = [name for name in cameras if (Fault.CAMERA_DROP, name) not in self._cameras]
        delayed = [
            (name, self._cameras[Fault.CAMERA_DELAY, name])
            for name in there
            if (Fault.CAMERA_DELAY, name) in self._cameras
        ]
        late = {name for name, _ in delayed}
        return [name for name in there if name not in late], delayed

    def frozen_cameras(self, cameras: Sequence[str]) -> tuple[str, ...]:
        """Return the cameras that show their last picture again."""
        return tuple(name for name in cameras if (Fault.CAMERA_FREEZE, name) in self._cameras)

    def names(self, now_ns: int) -> tuple[str, ...]:
        """Return what holds, for displays."""
        own = [fault.value for fault in self._until_ns if self.holds(fault, now_ns)]
        return (*own, *(f"{fault.value}/{camera}" for fault, camera in self._cameras))
