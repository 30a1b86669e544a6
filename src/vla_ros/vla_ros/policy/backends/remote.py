# SPDX-License-Identifier: Apache-2.0
"""A policy on a server, by any protocol of ``vla_ros.policy.remote.protocols``."""

from __future__ import annotations

from vla_ros.policy.checkpoint import Checkpoint
from vla_ros.policy.interface import PolicyResources
from vla_ros.policy.remote.options import remote_options
from vla_ros.policy.remote.policy import RemotePolicy, remote_policy

__all__ = ["load"]


def load(checkpoint: Checkpoint | None, resources: PolicyResources) -> RemotePolicy:
    """Return the policy that the options describe, on the robot of ``resources``.

    Raises:
        ConfigError: the options are wrong or do not fit the robot, or the address is not a safe one.
        PolicyError: the token's variable is not set.
    """
    options = remote_options(resources.options)
    return remote_policy(options, resources.contract, resources.now_ns, resources.seed)
