# SPDX-License-Identifier: Apache-2.0
"""Base of everything that can stand in a launch description. No execution: that is the launch service's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from launch.launch_context import LaunchContext


class LaunchDescriptionEntity:
    """One node of the tree that a launch visits, depth first."""

    def visit(self, context: LaunchContext) -> Iterable[LaunchDescriptionEntity] | None:
        """Do this entity's work and return the entities to visit next, in order."""
        raise NotImplementedError(f"{type(self).__name__} does not say what visiting it means")

    def describe(self) -> str:
        """Return one line for people."""
        return repr(self)

    def describe_sub_entities(self) -> list[LaunchDescriptionEntity]:
        """Return the entities that are visited in every case."""
        return []

    def describe_conditional_sub_entities(self) -> list[tuple[str, Iterable[LaunchDescriptionEntity]]]:
        """Return ``(reason, entities)`` for what is visited in some cases only."""
        return []

    def get_asyncio_future(self) -> asyncio.Future[None] | None:
        """Return a future that is done when the entity is; the launch stays up until then."""
        return None
