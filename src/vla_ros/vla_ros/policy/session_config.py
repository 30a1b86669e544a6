# SPDX-License-Identifier: Apache-2.0
"""Deadlines and bounds of a policy's run. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.errors import ConfigError

__all__ = ["SessionConfig"]

NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """Bounds of a run.

    Attributes:
        max_observation_age_s: Older observations start no inference: the policy is blind.
        blind_timeout_s: A run ends after being blind that long.
        deadline_s: An inference that takes longer is a failure.
        max_failures: Failures in a row (no answer, undecoded, not finite, late) after which a run ends.
        done_probability: A prediction at least this sure counts as done.
        done_count: Predictions in a row that must count as done.
        disagreement_threshold: Calibrated alarm level; 0: not calibrated, no alarm.
        cancel_s: Longest time in which a run that ends comes to its seam.
        largest_width_m: Opening of the gripper, for the stop conditions that look at it.
    """

    max_observation_age_s: float = 0.25
    blind_timeout_s: float = 2.0
    deadline_s: float = 1.0
    max_failures: int = 5
    done_probability: float = 0.9
    done_count: int = 2
    disagreement_threshold: float = 0.0
    cancel_s: float = 0.5
    largest_width_m: float = 0.08

    def __post_init__(self) -> None:
        for name in (
            "max_observation_age_s",
            "blind_timeout_s",
            "deadline_s",
            "cancel_s",
            "done_probability",
            "largest_width_m",
        ):
            if not getattr(self, name) > 0.0:
                raise ConfigError(f"{name} must be > 0, got {getattr(self, name)}")
        for name in ("max_failures", "done_count"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be >= 1, got {getattr(self, name)}")
        if self.disagreement_threshold < 0.0:
            raise ConfigError(f"disagreement_threshold must be >= 0, got {self.disagreement_threshold}")

    @property
    def max_observation_age_ns(self) -> int:
        """``max_observation_age_s`` in nanoseconds."""
        return round(self.max_observation_age_s * NS_PER_S)

    @property
    def blind_timeout_ns(self) -> int:
        """``blind_timeout_s`` in nanoseconds."""
        return round(self.blind_timeout_s * NS_PER_S)

    @property
    def deadline_ns(self) -> int:
        """``deadline_s`` in nanoseconds."""
        return round(self.deadline_s * NS_PER_S)

    @property
    def cancel_ns(self) -> int:
        """``cancel_s`` in nanoseconds."""
        return round(self.cancel_s * NS_PER_S)
