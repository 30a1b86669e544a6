# SPDX-License-Identifier: Apache-2.0
"""Configuration of the executor: budgets, thresholds of the signals, words that stop. Data only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from vla_ros.errors import ConfigError, unknown_name

__all__ = ["Alternative", "Budgets", "ExecutorConfig", "Expectation", "RecoveryConfig", "SignalConfig", "WordConfig"]


def _require_positive(config: object, names: tuple[str, ...]) -> None:
    for name in names:
        value = getattr(config, name)
        if not value > 0:
            raise ConfigError(f"{type(config).__name__}.{name} must be > 0, got {value}")


@dataclass(frozen=True, slots=True)
class Budgets:
    """How long everything may take [s]."""

    task_s: float = 300.0
    plan_s: float = 10.0
    check_s: float = 3.0
    check_period_s: float = 1.0  # between two checks while a skill runs
    ready_s: float = 15.0  # for a policy that is started again by its launch file
    answer_s: float = 60.0
    rest_s: float = 3.0  # to come to rest at the end of a task, before the safety stop is latched instead
    robot_s: float = 10.0  # for an error recovery or a reset

    def __post_init__(self) -> None:
        _require_positive(self, tuple(item.name for item in fields(self)))


@dataclass(frozen=True, slots=True)
class SignalConfig:
    """Thresholds of the robot's own signals."""

    held_margin_m: float = 0.004  # fingers this far wider than commanded hold something
    open_m: float = 0.070
    closed_m: float = 0.006
    settle_s: float = 0.3  # how long a width must stay before it counts
    rest_rad_s: float = 0.02  # slower than this in every joint is at rest
    pose_rad: float = 0.05
    observation_s: float = 1.0  # older observations are lost
    state_s: float = 1.0  # older joint, safety and policy states are lost
    clear_s: float = 0.5  # how long a fault must have been gone before anything moves again
    stall_s: float = 6.0  # no motion for so long while a skill runs is a blocked arm

    def __post_init__(self) -> None:
        _require_positive(self, tuple(item.name for item in fields(self)))


@dataclass(frozen=True, slots=True)
class RecoveryConfig:
    """Motions of the recovery.

    Attributes:
        home_rad: Known pose ``(J,)`` [rad].
        speed_rad_s: Fastest joint of a recovery motion.
        retreat_rad: How far back along the travelled path, summed over the motion of the fastest joint.
        perturbation_rad: Largest change of the known pose before another attempt, different for each one.
        period_s: Between two rows of a recovery reference.
        open_m: Width of the open hand.
        resettable: Beginnings of the reasons of a latched stop that recovery may reset; a person's stop never is.
    """

    home_rad: tuple[float, ...]
    speed_rad_s: float = 0.5
    retreat_rad: float = 0.4
    perturbation_rad: float = 0.04
    period_s: float = 0.05
    open_m: float = 0.08
    resettable: tuple[str, ...] = ("tracking_error", "controller", "reflex")

    def __post_init__(self) -> None:
        _require_positive(self, ("speed_rad_s", "retreat_rad", "period_s", "open_m"))


@dataclass(frozen=True, slots=True)
class WordConfig:
    """Words that stop at once, words that release such a stop, and bounds of the input."""

    stop: tuple[str, ...] = ("stop", "halt", "freeze")
    resume: tuple[str, ...] = ("resume", "continue")
    max_length: int = 500

    def __post_init__(self) -> None:
        if not self.stop:
            raise ConfigError("WordConfig.stop must name at least one word: a person must be able to stop the robot")


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another skill that reaches what a skill could not.

    Attributes:
        skill: Its name.
        sentence: What the policy is told; ``{0}``, ``{1}`` are the objects of the subtask in their order.
        timeout_s: Budget of one attempt.
    """

    skill: str
    sentence: str
    timeout_s: float = 20.0

    def __post_init__(self) -> None:
        _require_positive(self, ("timeout_s",))
        try:
            self.said(("object", "target"))
        except (IndexError, KeyError, ValueError) as error:
            raise ConfigError(f"the sentence '{self.sentence}' may hold {{0}} and {{1}} only") from error

    def said(self, objects: Sequence[str]) -> str:
        """Return the sentence for these objects."""
        return self.sentence.format(*objects)


class Expectation:
    """Names of what the signals show when a skill is done."""

    HOLDING = "holding"  # the fingers hold something
    RELEASED = "released"  # something was held and was let go by a command
    OPEN = "open"
    CLOSED = "closed"
    HOME = "home"
    NAMES = (HOLDING, RELEASED, OPEN, CLOSED, HOME)


@dataclass(frozen=True, slots=True)
class ExecutorConfig:
    """Everything that the executor needs beside the tree."""

    recovery: RecoveryConfig
    budgets: Budgets = Budgets()
    signals: SignalConfig = SignalConfig()
    words: WordConfig = WordConfig()
    expectations: Mapping[str, str] = field(default_factory=dict)  # what the signals show, by skill
    alternatives: Mapping[str, Alternative] = field(default_factory=dict)  # another way, by skill
    sure: float = 0.8  # the planner's confidence from which its verdict counts

    def __post_init__(self) -> None:
        for skill, name in self.expectations.items():
            if name not in Expectation.NAMES:
                raise ConfigError(f"expectations.{skill}: {unknown_name('signal', name, Expectation.NAMES)}")
        if not 0.0 <= self.sure <= 1.0:
            raise ConfigError(f"sure must lie in 0 .. 1, got {self.sure}")
