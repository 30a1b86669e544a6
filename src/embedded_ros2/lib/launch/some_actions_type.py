# SPDX-License-Identifier: Apache-2.0
"""Type of an argument that may be one action or a sequence of them."""

from __future__ import annotations

from collections.abc import Iterable

from launch.action import Action

SomeActionsType = Action | Iterable[Action]
SomeActionsType_types_tuple = (Action, Iterable)
