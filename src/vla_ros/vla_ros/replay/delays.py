# SPDX-License-Identifier: Apache-2.0
"""How long an inference takes in a replay: not at all, a fixed time, or as long as it took when it was recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from vla_ros.types import ActionChunk

__all__ = ["Delay", "fixed_delay", "recorded_delay"]

Delay = Callable[[int], int]  # from the observation's stamp to the inference's duration, both [ns]


def fixed_delay(delay_ns: int) -> Delay:
    """Return a delay that is always the same."""
    return lambda observation_ns: delay_ns


def recorded_delay(chunks: Sequence[tuple[int, ActionChunk]], default_ns: int) -> Delay:
    """Return the delay of the recorded inference whose observation is nearest in time.

    Args:
        chunks: Time of arrival and raw chunk of the recording.
        default_ns: Where nothing was recorded.
    """
    if not chunks:
        return fixed_delay(default_ns)
    stamps = np.array([chunk.provenance.observation_stamp_ns for _, chunk in chunks], np.int64)
    # Chunks without their inference time (other people's) give the time from observation to arrival.
    delays = np.array([chunk.provenance.inference_ns or at - s for (at, chunk), s in zip(chunks, stamps, strict=True)])
    return lambda observation_ns: int(max(0, delays[np.argmin(np.abs(stamps - observation_ns))]))
