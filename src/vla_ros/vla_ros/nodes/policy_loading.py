# SPDX-License-Identifier: Apache-2.0
"""From the parameters of the policy node to a loaded policy. What can be wrong is said here, at configure."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
from rclpy.node import Node
from vla_ros.contract import Contract, load_contract
from vla_ros.errors import ConfigError
from vla_ros.nodes.ground_truth_feed import GroundTruthFeed
from vla_ros.policy.calibration import calibrated
from vla_ros.policy.checkpoint import open_checkpoint
from vla_ros.policy.configuration import PolicyConfig, find_policy
from vla_ros.policy.gated import GatedPolicy
from vla_ros.policy.interface import Policy, PolicyResources
from vla_ros.policy.isolated import IsolatedPolicy, IsolatedSource
from vla_ros.policy.registry import Backend, backend, load_policy
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
    """A policy with its configuration, the robot's contract, the hash of its checkpoint, and what releases it."""

    policy: Policy
    config: PolicyConfig
    contract: Contract
    checkpoint_hash: str
    release: ExitStack


def load(node: Node, parameters: PolicyParameters) -> LoadedPolicy:
    """Load the policy that the parameters name, and the one behind its gate where it has one.

    Raises:
        VlaError: the sentence says what is wrong: contract, configuration, checkpoint, or a mismatch between them.
    """
    contract = load_contract(parameters.contract, parameters.robot, parameters.target)
    config = _config(parameters)
    undo = ExitStack()
    try:
        loaded = _loaded(node, contract, config, undo)
        policy = loaded.policy
        if config.gate is not None:
            other = _loaded(node, contract, find_policy(config.gate.policy, policy_folder()), undo)
            policy = GatedPolicy(policy, other.policy, config.gate)
        require_observed(policy.specification, contract)
    except Exception:
        undo.close()
        raise
    return replace(loaded, policy=policy)


def _loaded(node: Node, contract: Contract, config: PolicyConfig, undo: ExitStack) -> LoadedPolicy:
    """Load one policy; ``undo`` gets what has to be released with it."""
    checkpoint = open_checkpoint(config.checkpoint) if config.checkpoint else None
    chosen = backend(config.backend or (checkpoint.backend if checkpoint else ""))
    checkpoint_hash = checkpoint.hash if checkpoint else ""
    if checkpoint is not None:
        config = calibrated(config, checkpoint)

    def now_ns() -> int:
        return int(node.get_clock().now().nanoseconds)

    if config.isolation == "process":
        isolated = IsolatedPolicy(_source(chosen, config, contract), now_ns)
        undo.callback(isolated.close)
        return LoadedPolicy(isolated, config, contract, checkpoint_hash, undo)
    feeds = {name: _FEEDS[name](node) for name in chosen.feeds}
    for feed in feeds.values():
        undo.callback(feed.destroy)
    resources = PolicyResources(contract, now_ns, config.device, config.seed, config.options, feeds)
    return LoadedPolicy(load_policy(chosen, checkpoint, resources), config, contract, checkpoint_hash, undo)


def _source(chosen: Backend, config: PolicyConfig, contract: Contract) -> IsolatedSource:
    if chosen.feeds:
        raise ConfigError(f"the policy backend '{chosen.name}' reads '{chosen.feeds[0]}' and cannot be isolated")
    checkpoint = Path(config.checkpoint) if config.checkpoint else None
    return IsolatedSource(chosen.name, checkpoint, contract, config.device, config.seed, dict(config.options))


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
