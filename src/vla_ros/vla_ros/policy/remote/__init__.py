# SPDX-License-Identifier: Apache-2.0
"""Policies that run in other programs: clients of the published policy servers, under deadlines, without pickle."""

from vla_ros.policy.remote.client import PolicyClient
from vla_ros.policy.remote.endpoint import Endpoint, Token, endpoint_of, token_of
from vla_ros.policy.remote.faults import Fault, RemoteError
from vla_ros.policy.remote.transports.transport import Link

__all__ = ["Endpoint", "Fault", "Link", "PolicyClient", "RemoteError", "Token", "endpoint_of", "token_of"]
