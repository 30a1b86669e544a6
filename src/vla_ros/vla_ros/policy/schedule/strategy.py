# SPDX-License-Identifier: Apache-2.0
"""The catalogue of chunk scheduling strategies, as data. Adding one is one row here and its vectors in the tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from vla_ros.errors import ConfigError, unknown_name
from vla_ros.policy.schedule.combination import (
    AdaptiveEnsemble,
    Aggregate,
    CombinationRule,
    ConfidenceFusion,
    Newest,
    TemporalEnsemble,
    TrajectoryVoting,
)
from vla_ros.policy.specification import Conditioning

__all__ = ["STRATEGIES", "Strategy", "Trigger", "strategy"]


class Trigger(Enum):
    """When the next inference starts."""

    EXHAUSTED = "exhausted"  # the timeline has run out: the arm waits
    COMMITTED = "committed"  # the rows that were committed to are executed
    BEFORE_END = "before end"  # one measured delay before the timeline runs out


@dataclass(frozen=True, slots=True)
class Strategy:
    """One way of turning predictions into a timeline.

    Attributes:
        name: Short name.
        summary: One sentence with the source.
        trigger: When the next inference starts.
        rule: How predictions of the same instant are combined.
        conditioning: What the model is told.
        blend: Whether the seam is faded within the bounds.
        pairwise: Whether the rule combines the running timeline with the newest prediction instead of all predictions.
        companion: Whether the rule combines two heads of one prediction.
        samples: Samples that the model draws per inference.
    """

    name: str
    summary: str
    trigger: Trigger = Trigger.COMMITTED
    rule: CombinationRule = field(default_factory=Newest)
    conditioning: Conditioning = Conditioning.NONE
    blend: bool = False
    pairwise: bool = False
    companion: bool = False
    samples: int = 1


_ROWS = (
    Strategy("sync", "Execute a chunk, stop, infer the next.", trigger=Trigger.EXHAUSTED),
    Strategy("replace", "Newest chunk wins, seams as they fall."),
    Strategy("lerobot", "LeRobot's weighted average of old and new (0.3/0.7).", rule=Aggregate(), pairwise=True),
    Strategy("act", "Temporal ensemble of ACT (arXiv 2304.13705).", rule=TemporalEnsemble()),
    Strategy("aae", "Adaptive ensemble of CogACT (arXiv 2411.19650).", rule=AdaptiveEnsemble()),
    Strategy("tev", "Trajectory voting of VOTE (arXiv 2507.05116).", rule=TrajectoryVoting()),
    Strategy("hybrid", "Token/diffusion fusion of HybridVLA.", rule=ConfidenceFusion(), companion=True),
    Strategy("bid", "Bidirectional decoding (arXiv 2408.17355): the most coherent of 16 samples.", samples=16),
    Strategy("rtc", "Real-time chunking, guided (arXiv 2506.07339).", conditioning=Conditioning.GUIDED, blend=True),
    Strategy("rtc_inpaint", "Real-time chunking by in-painting.", conditioning=Conditioning.INPAINT, blend=True),
    Strategy(
        "rtc_trained",
        "Training-time real-time chunking (arXiv 2512.05964).",
        conditioning=Conditioning.TRAINED,
        blend=True,
    ),
    Strategy(
        "vlash",
        "Future-state inference of VLASH.",
        trigger=Trigger.BEFORE_END,
        conditioning=Conditioning.FUTURE_STATE,
    ),
    Strategy(
        "streaming",
        "Streaming diffusion (arXiv 2406.04806): a few steps per answer on rows that get clean as they fall due.",
        conditioning=Conditioning.STREAMING,
    ),
    Strategy("blend", "Newest chunk wins, seams faded within velocity, acceleration and jerk bounds.", blend=True),
)

STRATEGIES: dict[str, Strategy] = {row.name: row for row in _ROWS}


def strategy(name: str) -> Strategy:
    """Return the strategy called ``name``.

    Raises:
        ConfigError: there is none of that name.
    """
    if name not in STRATEGIES:
        raise ConfigError(unknown_name("chunk scheduling strategy", name, STRATEGIES))
    return STRATEGIES[name]
