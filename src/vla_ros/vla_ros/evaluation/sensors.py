# SPDX-License-Identifier: Apache-2.0
"""The robot's sensors and ingestion in lock step: samples at their rates, observations as the live graph makes them.

Samples enter ingestion behind its decoders: the simulation's values are what a decoded message would hold. Pictures are
exposed, not drawn; what stands for them until a policy looks is blank (see ``camera_roll``).
"""

from __future__ import annotations

from collections import deque

import numpy as np

from vla_ros.contract import Contract
from vla_ros.contract.streams import ImageSpec
from vla_ros.errors import ContractError, unknown_name
from vla_ros.evaluation.camera_roll import CameraRoll
from vla_ros.ingest import Arrival, Ingestor
from vla_ros.ingest.sample import Sample, Value
from vla_ros.types import ImageArray, Observation
from vla_sim.limits import joint_names
from vla_sim.state import RobotState

__all__ = ["Sensors", "camera_names"]

JOINT_RATE_HZ = 200.0  # of the simulation's joint states
SIMULATED = ("scene", "wrist")


def camera_names(contract: Contract) -> dict[str, str]:
    """Return the simulation's camera of each image key.

    Raises:
        ContractError: an image comes from a camera that the simulation has not.
    """
    names = {camera.stream: camera.name for camera in contract.cameras}
    for key in contract.image_keys:
        if names.get(key) not in SIMULATED:
            raise ContractError(unknown_name("simulated camera", str(names.get(key, key)), SIMULATED))
    return {key: names[key] for key in contract.image_keys}


class Sensors:
    """Feeds one ingestor."""

    def __init__(self, contract: Contract, roll: CameraRoll, camera_delay_ns: int) -> None:
        """Begin.

        Raises:
            ContractError: the contract observes something that the simulation does not measure.
        """
        self._ingestor, self._roll, self._delay_ns = Ingestor(contract), roll, camera_delay_ns
        self._blank = {key: _blank(contract, key) for key in contract.image_keys}
        self._states = [stream for stream in contract.streams if not stream.is_image]
        self._period_ns = contract.timing.period_ns
        self._due_ns: dict[str, int] = {}
        self._under_way: deque[int] = deque()  # stamps of exposures that have not arrived

    def see(self, now_ns: int, state: RobotState) -> Observation | None:
        """Take what is measured at ``now_ns``; return the observation that it completes, if it does."""
        measured = _measured(state)
        for stream in self._states:
            rate_hz = JOINT_RATE_HZ if len(stream.state_names) > 1 else stream.rate_hz or JOINT_RATE_HZ
            if self._is_due(stream.key, now_ns, round(1e9 / rate_hz)):
                missing = [name for name in stream.state_names if name not in measured]
                if missing:
                    raise ContractError(unknown_name("simulated state", missing[0], measured))
                self._store(stream.key, now_ns, now_ns, tuple(measured[name] for name in stream.state_names))
        if self._is_due("cameras", now_ns, self._period_ns):
            self._roll.expose(now_ns)
            self._under_way.append(now_ns)
        while self._under_way and self._under_way[0] + self._delay_ns <= now_ns:
            stamp_ns = self._under_way.popleft()
            for key, blank in self._blank.items():
                self._store(key, stamp_ns, now_ns, blank)
        result = self._ingestor.poll(now_ns)
        return result if isinstance(result, Observation) else None

    def _is_due(self, key: str, now_ns: int, period_ns: int) -> bool:
        due_ns = self._due_ns.setdefault(key, now_ns)
        if now_ns < due_ns:
            return False
        self._due_ns[key] = due_ns + period_ns
        return True

    def _store(self, key: str, stamp_ns: int, now_ns: int, value: Value) -> None:
        self._ingestor.store(Arrival(key, now_ns, Sample(stamp_ns, value)))


def _measured(state: RobotState) -> dict[str, float]:
    """Return what the robot measures by the name of its state entry, for any arm that the simulation can be."""
    values = {"gripper.width": state.gripper_width_m}
    for arm in ("fr3", "panda"):
        for index, joint in enumerate(joint_names(arm)):
            values[f"{joint}.position"] = float(state.position[index])
            values[f"{joint}.velocity"] = float(state.velocity[index])
            values[f"{joint}.effort"] = float(state.effort[index])
    return values


def _blank(contract: Contract, key: str) -> ImageArray:
    image = contract.stream(key).payload
    shape = (image.height, image.width, 3) if isinstance(image, ImageSpec) else (0, 0, 3)
    return np.zeros(shape, np.uint8)
