# SPDX-License-Identifier: Apache-2.0
"""Decoders from tokens to normalised actions. Numpy only; what cannot be decoded is a named failure, never zeros."""

from vla_ros.policy.decoders.bins import BinTokens
from vla_ros.policy.decoders.decoded import Decoded
from vla_ros.policy.decoders.fast import FastTokens
from vla_ros.policy.decoders.mu_law import MuLawTokens

__all__ = ["BinTokens", "Decoded", "FastTokens", "MuLawTokens"]
