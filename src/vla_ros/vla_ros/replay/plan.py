# SPDX-License-Identifier: Apache-2.0
"""What is to be replayed, as data that can travel to another process. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vla_ros.errors import ConfigError

__all__ = ["Mode", "ReplayPlan", "VariantPlan"]


class Mode(Enum):
    """How much time an inference takes."""

    OPEN_LOOP = "open-loop"  # none: what the policy says at the recorded observations
    SHADOW = "shadow"  # as long as the recorded ones took, and at the same observations
    FIXED = "fixed"  # a given time


@dataclass(frozen=True, slots=True)
class VariantPlan:
    """One policy, scheduler and safety configuration.

    Attributes:
        name: In the report.
        policy: ``recorded`` (the bag's own chunks), ``demonstration`` (what was commanded next), a policy's YAML file,
            or the folder of a checkpoint.
        strategy: Of the scheduler; empty: the policy's own.
        safety: Safety configuration; empty: none.
        urdf: Robot description for safety.
    """

    name: str
    policy: str = "recorded"
    strategy: str = ""
    safety: str = ""
    urdf: str = ""

    def __post_init__(self) -> None:
        if bool(self.safety) != bool(self.urdf):
            raise ConfigError("a safety configuration needs a robot description and the other way round")


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """How bags are replayed.

    Attributes:
        contract: Path of the contract.
        robot, target: Its variant; empty: its defaults.
        namespace: Of the topics in the bags.
        variants: Run side by side over the same observations.
        mode: How much time an inference takes.
        delay_s: For ``FIXED``, and for ``SHADOW`` where nothing was recorded.
        instruction: Where the bag does not say.
        device: For policies.
        samples: Chunks that a stochastic policy draws at each observation, for the metrics of its distribution.
        seed: For policies; -1: each one's own, as live.
    """

    contract: str
    variants: tuple[VariantPlan, ...]
    robot: str = ""
    target: str = ""
    namespace: str = ""
    mode: Mode = Mode.OPEN_LOOP
    delay_s: float = 0.1
    instruction: str = ""
    device: str = "cpu"
    samples: int = 1
    seed: int = -1

    def __post_init__(self) -> None:
        names = [variant.name for variant in self.variants]
        if not names or len(set(names)) != len(names):
            raise ConfigError(f"variants need different names, got: {', '.join(names) or 'none'}")
        if self.delay_s < 0.0:
            raise ConfigError(f"delay_s must be >= 0, got {self.delay_s}")
        if self.samples < 1:
            raise ConfigError(f"samples must be >= 1, got {self.samples}")
