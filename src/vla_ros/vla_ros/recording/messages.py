# SPDX-License-Identifier: Apache-2.0
"""Values out of recorded messages of the suite. Works on any object with the message's fields; no ROS import."""

from __future__ import annotations

from typing import Any

import numpy as np

from vla_ros.errors import VlaError
from vla_ros.types import ActionChunk, ActionSpace, Provenance

__all__ = ["chunk_of", "time_ns"]

NS_PER_S = 1_000_000_000


def time_ns(stamp: Any) -> int:
    """Return a ``builtin_interfaces`` time or duration in nanoseconds."""
    return int(stamp.sec) * NS_PER_S + int(stamp.nanosec)


def chunk_of(message: Any) -> ActionChunk:
    """Return the chunk of a recorded ``vla_msgs/ActionChunk``.

    Raises:
        VlaError: sizes do not fit, or the action space is unknown.
    """
    names, rows = tuple(message.names), int(message.rows)
    data = np.array(message.data, np.float64)
    if data.size != rows * len(names) or int(message.action_space) not in set(ActionSpace):
        raise VlaError(f"a recorded chunk of {rows} rows of {len(names)} columns holds {data.size} values")
    return ActionChunk(
        stamp_ns=time_ns(message.header.stamp),
        period_ns=time_ns(message.period),
        space=ActionSpace(int(message.action_space)),
        names=names,
        rows=data.reshape(rows, len(names)),
        gripper_m=np.array(message.gripper, np.float64),
        frame=str(message.header.frame_id),
        provenance=Provenance(
            observation_stamp_ns=time_ns(message.observation_stamp),
            policy_id=str(message.policy_id),
            checkpoint_hash=str(message.checkpoint_hash),
            chunk_id=int(message.chunk_id),
            epoch=int(message.epoch),
            inference_ns=round(float(message.inference_s) * NS_PER_S),
            delay_ns=round(float(message.delay_s) * NS_PER_S),
            decode_ok=bool(message.decode_ok),
            confidence=float(message.confidence),
            disagreement=float(message.disagreement),
            strategy=str(message.strategy),
            source=str(message.source),
        ),
    )
