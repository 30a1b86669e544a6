# SPDX-License-Identifier: Apache-2.0
"""A launch description: a list of entities. It is data: it can be shown or run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from launch.launch_context import LaunchContext
from launch.launch_description_entity import LaunchDescriptionEntity

if TYPE_CHECKING:
    from launch.actions.declare_launch_argument import DeclareLaunchArgument

MAX_INCLUDE_DEPTH = 32  # a file that includes itself is found by this


class LaunchDescription(LaunchDescriptionEntity):
    """Entities in the order in which they are visited."""

    def __init__(
        self,
        initial_entities: Iterable[LaunchDescriptionEntity] | None = None,
        *,
        deprecated_reason: str | None = None,
    ) -> None:
        self._entities = list(initial_entities or [])
        self._deprecated_reason = deprecated_reason

    @property
    def entities(self) -> list[LaunchDescriptionEntity]:
        """The entities."""
        return self._entities

    @property
    def deprecated(self) -> bool:
        """Whether the author advises against this description."""
        return self._deprecated_reason is not None

    @property
    def deprecated_reason(self) -> str | None:
        """Why, if so."""
        return self._deprecated_reason

    def add_entity(self, entity: LaunchDescriptionEntity) -> None:
        """Append an entity."""
        self._entities.append(entity)

    def add_action(self, action: LaunchDescriptionEntity) -> None:
        """Append an action."""
        self.add_entity(action)

    def visit(self, context: LaunchContext) -> Iterable[LaunchDescriptionEntity] | None:
        """Return the entities."""
        return self._entities

    def describe_sub_entities(self) -> list[LaunchDescriptionEntity]:
        """Return the entities."""
        return self._entities

    def get_launch_arguments(self, conditional_inclusion: bool = False) -> list[DeclareLaunchArgument]:
        """Return the declared arguments of this description and of the files that it includes, each name once."""
        found: dict[str, DeclareLaunchArgument] = {}
        for argument in _walk_arguments(self._entities, MAX_INCLUDE_DEPTH):
            found.setdefault(argument.name, argument)
        return list(found.values())


def _walk_arguments(entities: Iterable[LaunchDescriptionEntity], depth: int) -> Iterator[DeclareLaunchArgument]:
    from launch.actions.declare_launch_argument import DeclareLaunchArgument
    from launch.actions.include_launch_description import IncludeLaunchDescription

    if depth == 0:
        return
    for entity in entities:
        if isinstance(entity, DeclareLaunchArgument):
            yield entity
        inner = list(entity.describe_sub_entities())
        for _, conditional in entity.describe_conditional_sub_entities():
            inner += conditional
        given = set(entity.launch_argument_names) if isinstance(entity, IncludeLaunchDescription) else set()
        yield from (argument for argument in _walk_arguments(inner, depth - 1) if argument.name not in given)
