# SPDX-License-Identifier: Apache-2.0
"""What can go wrong between a policy server and us, each with a name. Values only."""

from __future__ import annotations

from enum import Enum

from vla_ros.errors import PolicyError

__all__ = ["Fault", "RemoteError"]


class Fault(Enum):
    """Name of a fault, as diagnostics and counters show it."""

    UNREACHABLE = "unreachable"  # nobody answers at that address
    REFUSED = "refused"  # the server answers, but not to this request: handshake, status, token
    TIMEOUT = "timeout"  # no complete answer before the deadline
    CLOSED = "closed"  # the connection ended before the answer was complete
    MALFORMED = "malformed"  # bytes that are not of this protocol
    TOO_LARGE = "too large"  # more bytes, items or nesting than are allowed
    SERVER_ERROR = "server error"  # the server says in its protocol's way that it failed
    WRONG_SHAPE = "wrong shape"  # well formed, but not the actions that the adapter describes
    NOT_FINITE = "not finite"  # an action is NaN or infinite
    OUTDATED = "outdated"  # the epoch changed while the server worked: a late reply, dropped


class RemoteError(PolicyError):
    """No usable answer of a policy server.

    Attributes:
        fault: What kind.
    """

    def __init__(self, fault: Fault, sentence: str) -> None:
        """Say ``sentence`` with the fault's name before it."""
        super().__init__(f"{fault.value}: {sentence}")
        self.fault = fault
