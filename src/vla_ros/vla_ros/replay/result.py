# SPDX-License-Identifier: Apache-2.0
"""What a replay of one bag gives, before any metric: plain arrays and counts, the same for every run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from vla_ros.policy.prediction import Prediction
from vla_ros.recording.actions import ActionTrack
from vla_ros.replay.safety_loop import SafetyTally
from vla_ros.replay.truth import Truth
from vla_ros.types import ActionChunk, ImageArray

__all__ = ["EpisodeResult", "Observed", "VariantResult"]

Array = npt.NDArray[np.float64]


@dataclass(slots=True)
class Observed:
    """The streams of a bag as ingestion saw them.

    Attributes:
        times_ns: Stamp of each observation.
        states: ``(S,)`` each, in the order of ``state_names``.
        state_names: Names of the state entries.
        rejections: Observations that were refused, by bad stream and condition.
        reports: Observations by stream and condition.
        lag_ns: By stream: arrival minus stamp of each sample.
        frames: By image: stamp of each new frame.
        changes: By image: mean absolute change to the frame before [grey levels].
        thumbnails: By image: a few small pictures with their times.
        faults: Malformed messages, by stream and sentence.
    """

    times_ns: list[int] = field(default_factory=list)
    states: list[Array] = field(default_factory=list)
    state_names: tuple[str, ...] = ()
    rejections: Counter[str] = field(default_factory=Counter)
    reports: dict[str, Counter[str]] = field(default_factory=dict)
    lag_ns: dict[str, list[int]] = field(default_factory=dict)
    frames: dict[str, list[int]] = field(default_factory=dict)
    changes: dict[str, list[float]] = field(default_factory=dict)
    thumbnails: dict[str, list[tuple[int, ImageArray]]] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)

    def column(self, names: tuple[str, ...]) -> Array | None:
        """Return ``(N, len(names))`` state entries over time; None where the bag lacks one."""
        index = {name: i for i, name in enumerate(self.state_names)}
        if not self.states or any(name not in index for name in names):
            return None
        return np.array([state[[index[name] for name in names]] for state in self.states])


@dataclass(slots=True)
class VariantResult:
    """What one policy, scheduler and safety configuration made of a bag.

    Attributes:
        name: Of the variant.
        policy_id: Of its policy.
        strategy: Of its scheduler.
        predictions: With their context: epoch, observation.
        references: Time and merged reference.
        merges: Predictions by what became of them.
        delays_ns: Observation to arrival, of merged predictions.
        ages_ns: Observation's stamp to start of inference.
        disagreements: Of successive chunks, in in-chunk steps.
        starvations: How often the timeline ran out.
        errors: Inferences without answer, by sentence.
        ends: Runs that ended before the bag, by code.
        safety: None where no safety configuration was given.
    """

    name: str
    policy_id: str
    strategy: str
    predictions: list[Prediction] = field(default_factory=list)
    references: list[tuple[int, ActionChunk]] = field(default_factory=list)
    merges: Counter[str] = field(default_factory=Counter)
    delays_ns: list[int] = field(default_factory=list)
    ages_ns: list[int] = field(default_factory=list)
    disagreements: list[float] = field(default_factory=list)
    starvations: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    safety: SafetyTally | None = None


@dataclass(slots=True)
class EpisodeResult:
    """One bag: what was observed, what was commanded then, and what each variant did now."""

    bag: str
    instruction: str
    outcome: str
    start_ns: int
    end_ns: int
    observed: Observed
    actions: ActionTrack
    recorded_chunks: list[tuple[int, ActionChunk]]
    variants: list[VariantResult]
    truths: dict[str, Truth | None] = field(default_factory=dict)  # by variant, in the columns of its predictions
