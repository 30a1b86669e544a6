# SPDX-License-Identifier: Apache-2.0
"""What goes into and comes out of one inference. Value types only.

A scheduler that conditions the model on what is already being executed (real-time chunking, VLASH) says so in the
:class:`InferenceContext`; a policy that offers several samples or a second head says so in the :class:`Prediction`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.policy.specification import Conditioning
from vla_ros.types import ActionChunk, Observation

__all__ = ["GroundedPoint", "InferenceContext", "Instruction", "Latent", "Prediction"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Latent:
    """A vector from a slow planner: name of its space, stamp of its observation, and how long it holds."""

    latent_id: str
    stamp_ns: int
    time_to_live_ns: int
    values: npt.NDArray[np.float32]

    def expired(self, now_ns: int) -> bool:
        """Whether it is too old to be used."""
        return now_ns - self.stamp_ns > self.time_to_live_ns


@dataclass(frozen=True, slots=True)
class GroundedPoint:
    """Where the planner sees an object: label, image key, and ``u, v`` [px] with the origin top left."""

    label: str
    image_key: str
    u: float
    v: float


@dataclass(frozen=True, slots=True)
class Instruction:
    """What the policy is asked to do.

    Attributes:
        text: Sentence of the subtask.
        skill: Name in the skill library; empty where the planner gives none.
        objects: Labels of the objects that take part, the moved one first.
        points: Where the planner sees them.
        motion: Language motion that overrides how it is done (RT-H); empty: none.
        latent: Newest latent of the planner; None where there is none that still holds.
    """

    text: str
    skill: str = ""
    objects: tuple[str, ...] = ()
    points: tuple[GroundedPoint, ...] = ()
    motion: str = ""
    latent: Latent | None = None


@dataclass(frozen=True, slots=True)
class InferenceContext:
    """What the scheduler knows when an inference starts.

    Attributes:
        epoch: Epoch that the prediction belongs to.
        past: Observations before the newest one, oldest first, for policies with a history.
        conditioning: What the prefix is for.
        prefix: ``(P, A)`` rows of the running timeline: row ``i`` is due when row ``i`` of the new chunk will be due;
            None where nothing runs or the strategy does not condition.
        prefix_gripper_m: ``(P,)`` gripper openings of the same rows; None where the chunks have none.
        frozen_rows: Rows that will have been due before the prediction arrives (``d`` of arXiv 2506.07339).
        soft_end_row: First row that is free of the prefix (``H - s`` there).
        arrival_row: Row of ``prefix`` that stands for the robot's state on arrival (VLASH); -1: not used.
        samples: Number of samples to draw.
    """

    epoch: int = 0
    past: tuple[Observation, ...] = ()
    conditioning: Conditioning = Conditioning.NONE
    prefix: Array | None = None
    prefix_gripper_m: Array | None = None
    frozen_rows: int = 0
    soft_end_row: int = 0
    arrival_row: int = -1
    samples: int = 1


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one inference gave, in absolute physical units.

    Attributes:
        chunk: The prediction; with several samples, the first of them.
        samples: ``(N, T, A)`` all samples; None for one.
        contrast: ``(N, T, A)`` samples of a weaker policy, for bidirectional decoding; None where there are none.
        companion: ``(T, A)`` prediction of a second head (HybridVLA's tokens); None where there is none.
        progress: 0..1 where the policy predicts how far the subtask is, else -1.
        done: Probability that the subtask is done, -1 where the policy does not predict it.
    """

    chunk: ActionChunk
    samples: Array | None = None
    contrast: Array | None = None
    companion: Array | None = None
    progress: float = -1.0
    done: float = -1.0
