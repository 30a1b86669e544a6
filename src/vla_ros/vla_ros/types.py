# SPDX-License-Identifier: Apache-2.0
"""Value types that the cores exchange. No ROS, no behaviour beyond validation and time arithmetic.

Shapes are named by letter throughout the suite: ``T`` rows of a chunk, ``A`` width of an action, ``J`` joints,
``C`` cameras, ``S`` state entries, ``H`` and ``W`` image height and width. Times are integer nanoseconds of one clock
(``*_ns``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from vla_ros.errors import VlaError

__all__ = ["ActionChunk", "ActionSpace", "Observation", "Provenance", "StreamCondition", "StreamReport"]

Float64Array = npt.NDArray[np.float64]
ImageArray = npt.NDArray[np.uint8] | npt.NDArray[np.float32]


class ActionSpace(IntEnum):
    """Meaning of the rows of a chunk; values equal the constants of ``vla_msgs/ActionChunk``."""

    JOINT_POSITION = 1  # [rad], absolute
    JOINT_VELOCITY = 2  # [rad/s]
    JOINT_DELTA = 3  # [rad], relative to the joint state at the observation
    TOOL_POSE = 4  # x y z [m], qx qy qz qw, absolute in the base frame
    TOOL_DELTA = 5  # x y z [m], rotation vector [rad], relative to the tool pose at the observation
    TOOL_TWIST = 6  # linear [m/s], angular [rad/s] in the base frame


class StreamCondition(IntEnum):
    """Condition of one stream; values equal the constants of ``vla_msgs/StreamStatus``."""

    OK = 0  # fresh, well formed, inside its limits
    MISSING = 1  # never arrived
    STALE = 2  # newest sample older than the contract allows
    MALFORMED = 3  # wrong size, encoding, names or a non-finite value
    SKEWED = 4  # too far in time from the reference stream
    BAD_CLOCK = 5  # stamp is zero, in the future or from another clock


@dataclass(frozen=True, slots=True)
class StreamReport:
    """What ingestion knows about one stream at one moment.

    Attributes:
        key: Key of the stream in the contract.
        condition: Why it can or cannot be used.
        age_ns: Reference time minus the stamp of the sample; -1 where there is none.
        rate_hz: Measured rate; 0 where it is not known yet.
        detail: One sentence naming the cause; empty when OK.
    """

    key: str
    condition: StreamCondition
    age_ns: int = -1
    rate_hz: float = 0.0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """One synchronised observation.

    Attributes:
        stamp_ns: Reference time of the alignment.
        images: ``(H, W, 3)`` uint8 RGB or ``(H, W)`` float32 depth [m] by key.
        image_stamps_ns: Stamp of each image by key.
        state_names: ``(S,)`` names with their unit as suffix, e.g. ``fr3_joint1.position``.
        state: ``(S,)`` values in the order of ``state_names``.
        streams: Report of every stream of the contract.
        skew_ns: Largest difference between the stamps of the samples used.
        sequence: Counts up since activation.
        contract_hash: SHA-256 of the contract that made it, hex.
    """

    stamp_ns: int
    images: Mapping[str, ImageArray]
    image_stamps_ns: Mapping[str, int]
    state_names: tuple[str, ...]
    state: Float64Array
    streams: tuple[StreamReport, ...] = ()
    skew_ns: int = 0
    sequence: int = 0
    contract_hash: str = ""

    def values(self, names: tuple[str, ...]) -> Float64Array:
        """Return ``(len(names),)`` state values by name.

        Raises:
            VlaError: a name is not in the observation.
        """
        index = {name: i for i, name in enumerate(self.state_names)}
        missing = [name for name in names if name not in index]
        if missing:
            raise VlaError(f"the observation has no state '{missing[0]}'; it has {', '.join(self.state_names)}")
        return self.state[[index[name] for name in names]]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a chunk comes from, as published in ``vla_msgs/ActionChunk``.

    Attributes:
        observation_stamp_ns: Stamp of the observation that the chunk was inferred from.
        policy_id: Registry name of the policy.
        checkpoint_hash: SHA-256 of the checkpoint, hex; empty where there is none.
        chunk_id: Counts up within an epoch.
        epoch: Bumped by every reset, e-stop and new task; older epochs are refused downstream.
        inference_ns: Duration of the inference.
        delay_ns: Measured observation-to-publication delay.
        decode_ok: False where the decoder rejected the model's output; such a chunk never becomes motion.
        confidence: 0..1, -1 where the policy gives none.
        disagreement: Distance to the previous chunk over shared times in in-chunk steps, -1 where there is none.
        strategy: Scheduler that merged the chunk; empty for a raw one.
        source: Lease under which safety accepts it: policy, recovery or teleop.
    """

    observation_stamp_ns: int = 0
    policy_id: str = ""
    checkpoint_hash: str = ""
    chunk_id: int = 0
    epoch: int = 0
    inference_ns: int = 0
    delay_ns: int = 0
    decode_ok: bool = True
    confidence: float = -1.0
    disagreement: float = -1.0
    strategy: str = ""
    source: str = "policy"


@dataclass(frozen=True, slots=True)
class ActionChunk:
    """Consecutive actions on the absolute time axis: row ``i`` is due at ``stamp_ns + i * period_ns``.

    Attributes:
        stamp_ns: Due time of row 0.
        period_ns: Time between rows, > 0.
        space: Meaning and unit of the rows.
        names: ``(A,)`` column names, joint names for joint spaces.
        rows: ``(T, A)`` actions.
        gripper_m: ``(T,)`` opening width [m]; empty where the gripper is not commanded.
        frame: Frame of tool actions; empty for joint actions.
        provenance: Where it comes from.

    Raises:
        VlaError: the shapes do not fit each other, or the period is not positive.
    """

    stamp_ns: int
    period_ns: int
    space: ActionSpace
    names: tuple[str, ...]
    rows: Float64Array
    gripper_m: Float64Array = field(default_factory=lambda: np.zeros(0))
    frame: str = ""
    provenance: Provenance = Provenance()

    def __post_init__(self) -> None:
        if self.period_ns <= 0:
            raise VlaError(f"the chunk's period must be > 0 ns, got {self.period_ns}")
        if self.rows.ndim != 2 or self.rows.shape[1] != len(self.names):
            raise VlaError(f"the chunk's rows have shape {self.rows.shape}, expected (T, {len(self.names)})")
        if self.gripper_m.shape not in ((0,), (len(self.rows),)):
            expected = f"(0,) or ({len(self.rows)},)"
            raise VlaError(f"the chunk's gripper has shape {self.gripper_m.shape}, expected {expected}")

    @property
    def times_ns(self) -> npt.NDArray[np.int64]:
        """``(T,)`` due time of every row."""
        return self.stamp_ns + self.period_ns * np.arange(len(self.rows), dtype=np.int64)

    @property
    def end_ns(self) -> int:
        """Due time of the last row."""
        return self.stamp_ns + self.period_ns * (len(self.rows) - 1)
