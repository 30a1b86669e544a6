# SPDX-License-Identifier: Apache-2.0
"""Errors of the suite and the near-match sentence that they share. No ROS, no logging."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["ConfigError", "ContractError", "PolicyError", "VlaError", "nearest_hint", "unknown_name"]


class VlaError(Exception):
    """Base of every error that the suite raises on purpose; its text is one sentence for a person."""


class ConfigError(VlaError):
    """A configuration value is missing, unknown or out of range."""


class ContractError(ConfigError):
    """A robot contract is malformed or does not match what it is compared with."""


class PolicyError(VlaError):
    """A checkpoint or policy back end cannot be used."""


def nearest_hint(name: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the closest known name, or an empty text where none is close."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean '{matches[0]}'?" if matches else ""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> str:
    """Return the sentence for an unknown name: what it is, the nearest one, and every known one."""
    names = sorted(known)
    return f"unknown {kind} '{name}'.{nearest_hint(name, names)} Known: {', '.join(names) or 'none'}."
