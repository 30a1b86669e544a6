# SPDX-License-Identifier: Apache-2.0
"""What goes into and comes out of one inference. Value types only.

A scheduler that conditions the model on what is already being executed (real-time chunking, VLASH) says so in the
:class:`InferenceContext`; a policy that offers several samples or a second head says so in the :class:`Prediction`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.types import ActionChunk

__all__ = ["InferenceContext", "Prediction"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class InferenceContext:
    """What the scheduler knows when an inference starts.

    Attributes:
        epoch: Epoch that the prediction belongs to.
        prefix: ``(P, A)`` rows of the running timeline on the grid of the new chunk (row 0 at the observation);
            empty where nothing runs or the strategy does not condition.
        frozen_rows: Rows that will have been executed before the prediction arrives (``d`` of arXiv 2506.07339).
        soft_end_row: First row that is free of the prefix (``H - s`` there).
        future_state_rows: Row of ``prefix`` that stands for the robot's state on arrival (VLASH); -1: not used.
        samples: Number of samples to draw.
    """

    epoch: int = 0
    prefix: Array | None = None
    frozen_rows: int = 0
    soft_end_row: int = 0
    future_state_rows: int = -1
    samples: int = 1


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one inference gave, in absolute physical units.

    Attributes:
        chunk: The prediction; with several samples, the first of them.
        samples: ``(N, T, A)`` all samples; None for one.
        companion: ``(T, A)`` prediction of a second head (HybridVLA's tokens); None where there is none.
    """

    chunk: ActionChunk
    samples: Array | None = None
    companion: Array | None = None
