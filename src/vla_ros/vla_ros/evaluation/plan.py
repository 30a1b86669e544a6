# SPDX-License-Identifier: Apache-2.0
"""What is evaluated and how, as data that can travel to another process. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.errors import ConfigError

__all__ = ["AttemptJob", "EvaluationPlan"]


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    """One policy with its scheduling behind one safety configuration.

    Attributes:
        policy: Name of a policy, path of its YAML file, or a checkpoint folder.
        policies: Folder of named policies.
        contract: Path of the robot's contract.
        safety: Path of the safety configuration.
        robot: Which robot of the contract; empty: its default.
        strategy: Of the scheduler; empty: the policy's own.
        device: For the policy; empty: its own.
        delay_s: Time that an inference takes in simulated time; None: as long as it really took.
        camera_delay_s: From exposure to observation.
        lead_s: How long before it takes effect a motion is computed: the safety node's.
        timestep_s: Of the physics.
        film: Whether attempts keep pictures.
    """

    policy: str
    policies: str
    contract: str
    safety: str
    robot: str = ""
    strategy: str = ""
    device: str = ""
    delay_s: float | None = 0.1
    camera_delay_s: float = 0.01
    lead_s: float = 0.04
    timestep_s: float = 0.001
    film: bool = True

    def __post_init__(self) -> None:
        for name in ("delay_s", "camera_delay_s", "lead_s"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value <= 10.0:
                raise ConfigError(f"{name} must be in 0 .. 10 s, got {value}")


@dataclass(frozen=True, slots=True)
class AttemptJob:
    """One attempt: what is done under which condition in which scene."""

    plan: EvaluationPlan
    condition: str
    skill: str
    seed: int
    film: bool  # keep its film strip even if it succeeds

    @property
    def key(self) -> tuple[str, str, int]:
        """Return what tells it from the others of its plan."""
        return self.condition, self.skill, self.seed
