# SPDX-License-Identifier: Apache-2.0
"""Matchers for nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def matches_node_name(node_name: str) -> Callable[[Any], bool]:
    """Match the node action with this full name."""
    wanted = node_name if node_name.startswith("/") else "/" + node_name
    return lambda action: getattr(action, "node_name", None) == wanted
