# SPDX-License-Identifier: Apache-2.0
"""Replay of bags through ingestion, policy, scheduler and safety in lock step: no ROS, no clock, equal bytes twice."""

from vla_ros.replay.delays import fixed_delay, recorded_delay
from vla_ros.replay.evaluation import evaluate
from vla_ros.replay.lockstep import LockStep, Variant
from vla_ros.replay.plan import Mode, ReplayPlan, VariantPlan
from vla_ros.replay.recorded_policy import RecordedPolicy
from vla_ros.replay.replayer import replay_bag
from vla_ros.replay.result import EpisodeResult, Observed, VariantResult
from vla_ros.replay.safety_loop import SafetyLoop

__all__ = [
    "EpisodeResult",
    "LockStep",
    "Mode",
    "Observed",
    "RecordedPolicy",
    "ReplayPlan",
    "SafetyLoop",
    "Variant",
    "VariantPlan",
    "VariantResult",
    "evaluate",
    "fixed_delay",
    "recorded_delay",
    "replay_bag",
]
