# SPDX-License-Identifier: Apache-2.0
"""From the parameters of the policy node to a loaded policy. What can be wrong is said here, at configure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
from rclpy.node import Node
from vla_ros.contract import Contract, load_contract
from vla_ros.errors import ConfigError
from vla_ros.nodes.ground_truth_feed import GroundTruthFeed
from vla_ros.policy.checkpoint import open_checkpoint
from vla_ros.policy.configuration import PolicyConfig, find_policy
from vla_ros.policy.interface import Policy, PolicyResources
from vla_ros.policy.registry import backend, load_policy
from vla_ros.policy.session import require_observed

__all__ = ["LoadedPolicy", "PolicyParameters", "load", "policy_folder"]

_FEEDS: dict[str, Callable[[Node], Any]] = {"ground_truth": GroundTruthFeed}


@dataclass(frozen=True, slots=True)
class PolicyParameters:
    """Parameters of the policy node."""

    contract: str = field(metadata={"description": "path of the robot contract"})
    policy: str = field(metadata={"description": "name of a policy, path of its YAML file, or a checkpoint folder"})
    robot: str = field(default="", metadata={"description": "which robot of the contract; empty: its default"})
    target: str = field(default="", metadata={"description": "sim or real; empty: the contract's default"})
    strategy: str = field(default="", metadata={"description": "chunk scheduling strategy; empty: the policy's own"})
    device: str = field(default="", metadata={"description": "cpu, cuda or auto; empty: the policy's own"})
    autostart: bool = field(default=True, metadata={"description": "configure and activate at the start"})

    def __post_init__(self) -> None:
        for name in ("contract", "policy"):
            if not getattr(self, name):
                raise ConfigError(f"the parameter '{name}' must not be empty")


@dataclass(frozen=True, slots=True)
class LoadedPolicy:
    """A policy with its configuration, the robot's contract, the hash of its checkpoint, and the feeds to destroy."""

    policy: Policy
    config: PolicyConfig
    contract: Contract
    checkpoint_hash: str
    feeds: tuple[Any, ...]


def load(node: Node, parameters: PolicyParameters) -> LoadedPolicy:
    """Load the policy that the parameters name.

    Raises:
        VlaError: the sentence says what is wrong: contract, configuration, checkpoint, or a mismatch between them.
    """
    contract = load_contract(parameters.contract, parameters.robot, parameters.target)
    config = _config(parameters)
    checkpoint = open_checkpoint(config.checkpoint) if config.checkpoint else None
    chosen = backend(config.backend or (checkpoint.backend if checkpoint else ""))
    feeds = {name: _FEEDS[name](node) for name in chosen.feeds}
    resources = PolicyResources(
        contract=contract,
        now_ns=lambda: int(node.get_clock().now().nanoseconds),
        device=config.device,
        seed=config.seed,
        options=config.options,
        feeds=feeds,
    )
    try:
        policy = load_policy(chosen, checkpoint, resources)
        require_observed(policy.specification, contract)
    except Exception:
        for feed in feeds.values():
            feed.destroy()
        raise
    return LoadedPolicy(policy, config, contract, checkpoint.hash if checkpoint else "", tuple(feeds.values()))


def _config(parameters: PolicyParameters) -> PolicyConfig:
    config = find_policy(parameters.policy, policy_folder())
    if parameters.strategy:
        config = replace(config, strategy=parameters.strategy)
    return replace(config, device=parameters.device) if parameters.device else config


def policy_folder() -> Path:
    """Return where named policies are kept."""
    try:
        return Path(get_package_share_directory("vla_bringup")) / "config" / "policies"
    except PackageNotFoundError:  # a policy can still be given by path
        return Path("config") / "policies"
