# SPDX-License-Identifier: Apache-2.0
"""A launch description as a tree of lines, without running it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from launch.launch_description import LaunchDescription
from launch.launch_description_entity import LaunchDescriptionEntity

_INDENT = "    "


class LaunchIntrospector:
    """Shows what a launch description contains."""

    def format_launch_description(self, launch_description: LaunchDescription) -> str:
        """Return one line per entity, indented by depth."""
        return "\n".join(["LaunchDescription", *_lines(launch_description.entities, 1)])


def _lines(entities: Iterable[LaunchDescriptionEntity], depth: int) -> Iterator[str]:
    for entity in entities:
        if isinstance(entity, LaunchDescription):
            yield _INDENT * depth + "LaunchDescription"
        else:
            yield _INDENT * depth + entity.describe()
        yield from _lines(entity.describe_sub_entities(), depth + 1)
        for reason, conditional in entity.describe_conditional_sub_entities():
            yield _INDENT * (depth + 1) + f"({reason})"
            yield from _lines(conditional, depth + 2)
