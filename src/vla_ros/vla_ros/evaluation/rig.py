# SPDX-License-Identifier: Apache-2.0
"""What a worker loads once: contract, policy, safety model, simulation. Attempts are made on it one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from vla_ros.contract import Contract, load_contract
from vla_ros.evaluation.camera_roll import CameraRoll, Darkroom
from vla_ros.evaluation.plan import EvaluationPlan
from vla_ros.evaluation.sensors import camera_names
from vla_ros.policy.backends.scripted import TruthSnapshot
from vla_ros.policy.checkpoint import Checkpoint, open_checkpoint
from vla_ros.policy.configuration import PolicyConfig, find_policy
from vla_ros.policy.interface import Policy, PolicyResources
from vla_ros.policy.registry import backend, load_policy
from vla_ros.policy.session import PolicySession, require_observed
from vla_safety import SafetyConfig, SafetyFilter
from vla_safety.arm_model import ArmModel, build_arm_model
from vla_sim.description import robot_description
from vla_sim.simulation import Simulation, SimulationConfig

__all__ = ["Rig", "policy_of"]


def policy_of(plan: EvaluationPlan) -> tuple[PolicyConfig, Checkpoint | None]:
    """Return the policy's configuration and checkpoint.

    Raises:
        VlaError: there is none of that name, or it is damaged.
    """
    config = find_policy(plan.policy, Path(plan.policies))
    if plan.strategy:
        config = replace(config, strategy=plan.strategy)
    if plan.device:
        config = replace(config, device=plan.device)
    return config, open_checkpoint(config.checkpoint) if config.checkpoint else None


@dataclass(slots=True)
class _Parts:
    contract: Contract
    config: PolicyConfig
    policy: Policy
    safety: SafetyConfig
    arm: ArmModel


class Rig:
    """Everything but the attempt."""

    def __init__(self, plan: EvaluationPlan, clock_ns: Callable[[], int]) -> None:
        """Load.

        Args:
            plan: What is evaluated.
            clock_ns: Measures how long an inference takes.

        Raises:
            VlaError: contract, policy or safety configuration cannot be loaded, or do not fit each other.
            vla_safety.ConfigError: the safety configuration is wrong.
        """
        self.plan, self.clock_ns = plan, clock_ns
        contract = load_contract(plan.contract, plan.robot, "sim")
        safety = SafetyConfig.from_yaml(plan.safety)
        model = build_arm_model(safety, robot_description(safety.robot))
        config, checkpoint = policy_of(plan)
        self.simulation = Simulation(SimulationConfig(arm_id=safety.robot, timestep_s=plan.timestep_s))
        self._darkroom, self._cameras = Darkroom(self.simulation), camera_names(contract)
        self._roll: CameraRoll | None = None
        self._parts = _Parts(contract, config, self._load(contract, config, checkpoint), safety, model)

    @property
    def contract(self) -> Contract:
        """The robot."""
        return self._parts.contract

    @property
    def policy(self) -> Policy:
        """What is evaluated."""
        return self._parts.policy

    def roll(self) -> CameraRoll:
        """Begin a new camera roll; what the scripted policy is told of the scene comes from it."""
        self._roll = CameraRoll(self.simulation, self._darkroom, self._cameras)
        return self._roll

    def session(self) -> PolicySession:
        """Return a new session."""
        return PolicySession(self.policy.specification, self._parts.config)

    def safety(self) -> SafetyFilter:
        """Return a new filter."""
        return SafetyFilter(self._parts.safety, self._parts.arm)

    def _truth(self, at_ns: int) -> TruthSnapshot | None:
        return self._roll.at(at_ns).truth if self._roll is not None and self._roll.exposures else None

    def _load(self, contract: Contract, config: PolicyConfig, checkpoint: Checkpoint | None) -> Policy:
        if checkpoint is not None:
            checkpoint.require_robot(contract)
        chosen = backend(config.backend or (checkpoint.backend if checkpoint is not None else ""))
        resources = PolicyResources(
            contract=contract,
            now_ns=lambda: 0,  # deadlines are the simulation's, see the pilot
            device=config.device,
            seed=config.seed,
            options=config.options,
            feeds={"ground_truth": self._truth},
        )
        policy = load_policy(chosen, checkpoint, resources)
        require_observed(policy.specification, contract)
        policy.warm_up()
        return policy
