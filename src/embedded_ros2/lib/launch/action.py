# SPDX-License-Identifier: Apache-2.0
"""Base of the actions: an entity with an optional condition. The actions themselves are in ``launch.actions``."""

from __future__ import annotations

from collections.abc import Iterable

from launch.condition import Condition
from launch.launch_context import LaunchContext
from launch.launch_description_entity import LaunchDescriptionEntity


class Action(LaunchDescriptionEntity):
    """Something that a launch does, if its condition holds when it is visited."""

    def __init__(self, *, condition: Condition | None = None) -> None:
        self._condition = condition

    @property
    def condition(self) -> Condition | None:
        """Condition under which the action is done; None means always."""
        return self._condition

    def describe(self) -> str:
        """Return one line for people."""
        return f"Action({type(self).__name__})"

    def get_sub_entities(self) -> list[LaunchDescriptionEntity]:
        """Return the contained entities without executing anything."""
        return []

    def describe_sub_entities(self) -> list[LaunchDescriptionEntity]:
        """Return the contained entities when they are unconditional."""
        return self.get_sub_entities() if self._condition is None else []

    def describe_conditional_sub_entities(self) -> list[tuple[str, Iterable[LaunchDescriptionEntity]]]:
        """Return the contained entities when a condition guards them."""
        entities = self.get_sub_entities()
        return [("Conditionally included by " + self.describe(), entities)] if self._condition and entities else []

    def visit(self, context: LaunchContext) -> Iterable[LaunchDescriptionEntity] | None:
        """Execute the action if its condition holds."""
        if self._condition is None or self._condition.evaluate(context):
            return self.execute(context)
        return None

    def execute(self, context: LaunchContext) -> Iterable[LaunchDescriptionEntity] | None:
        """Do the work and return the entities to visit next."""
        raise NotImplementedError(f"{type(self).__name__}.execute is not defined")
