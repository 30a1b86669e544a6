# SPDX-License-Identifier: Apache-2.0
"""A remap for all nodes that follow in the scope."""

from __future__ import annotations

from typing import Any

from launch.action import Action
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.utilities import substitute

_KEY = "ros_remaps"


def global_remaps(context: LaunchContext) -> list[tuple[str, str]]:
    """Return the remaps set so far."""
    configurations: dict[str, Any] = context.launch_configurations
    return list(configurations.get(_KEY, []))


class SetRemap(Action):
    """Remaps a name in all nodes that follow in the scope."""

    def __init__(self, src: SomeSubstitutionsType, dst: SomeSubstitutionsType, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.src = src
        self.dst = dst

    def execute(self, context: LaunchContext) -> None:
        """Set it."""
        configurations: dict[str, Any] = context.launch_configurations
        pair = (substitute(context, self.src), substitute(context, self.dst))
        configurations[_KEY] = [*global_remaps(context), pair]
