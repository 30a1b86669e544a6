# SPDX-License-Identifier: Apache-2.0
"""The inclusion of another launch description."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from launch.action import Action
from launch.actions.launch_configurations import SetLaunchConfiguration
from launch.actions.opaque_function import OpaqueFunction
from launch.errors import LaunchError
from launch.launch_context import LaunchContext
from launch.launch_description import LaunchDescription
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.launch_description_source import LaunchDescriptionSource
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.utilities import normalize_to_list_of_substitutions, substitute

_FILE_LOCALS = ("current_launch_file_path", "current_launch_file_directory")


class IncludeLaunchDescription(Action):
    """Includes a description, with arguments. They stay set behind it: put it in a group to keep them inside."""

    def __init__(
        self,
        launch_description_source: LaunchDescriptionSource | SomeSubstitutionsType,
        *,
        launch_arguments: Iterable[tuple[SomeSubstitutionsType, SomeSubstitutionsType]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._source = _as_source(launch_description_source)
        self._arguments = list(launch_arguments or [])

    @property
    def launch_description_source(self) -> LaunchDescriptionSource:
        """Where the description comes from."""
        return self._source

    @property
    def launch_arguments(self) -> list[tuple[SomeSubstitutionsType, SomeSubstitutionsType]]:
        """Arguments given to it."""
        return self._arguments

    @property
    def launch_argument_names(self) -> list[str]:
        """Names of the arguments given to it, for people."""
        return [
            "".join(sub.describe().strip("'") for sub in normalize_to_list_of_substitutions(name))
            for name, _ in self._arguments
        ]

    def describe(self) -> str:
        """Return one line for people."""
        return f"IncludeLaunchDescription({self._source.location})"

    def get_sub_entities(self) -> list[LaunchDescriptionEntity]:
        """Return the included description where it can be read without running the launch."""
        description = self._source.try_get_launch_description_without_context()
        return [] if description is None else [description]

    def execute(self, context: LaunchContext) -> Iterable[LaunchDescriptionEntity] | None:
        """Set the arguments, then visit the included description with its own file as the current one.

        Raises:
            LaunchError: a required argument of it has no value.
        """
        description = self._source.get_launch_description(context)
        before = {name: context.get_locals_as_dict().get(name) for name in _FILE_LOCALS}
        location = self._source.location
        if location:
            values = (location, os.path.dirname(location))
            context.extend_locals(dict(zip(_FILE_LOCALS, values, strict=True)))
        given = [(substitute(context, name), value) for name, value in self._arguments]
        self._check_required(context, description, {name for name, _ in given})

        def restore(context: LaunchContext) -> None:
            context.extend_locals(before)

        assignments = [SetLaunchConfiguration(name, value) for name, value in given]
        return [*assignments, description, OpaqueFunction(function=restore)]

    def _check_required(self, context: LaunchContext, description: LaunchDescription, given: set[str]) -> None:
        from launch.actions.declare_launch_argument import DeclareLaunchArgument

        for entity in description.entities:
            if not isinstance(entity, DeclareLaunchArgument) or entity.condition is not None:
                continue
            known = entity.name in given or entity.name in context.launch_configurations
            if entity.default_value is None and not known:
                place = f" of '{self._source.location}'" if self._source.location else ""
                raise LaunchError(
                    f"launch argument '{entity.name}'{place} ({entity.description}) is required: "
                    f"add {entity.name}:=VALUE"
                )


def _as_source(source: Any) -> LaunchDescriptionSource:
    if isinstance(source, LaunchDescriptionSource):
        return source
    from launch.launch_description_sources.any_launch_description_source import AnyLaunchDescriptionSource

    return AnyLaunchDescriptionSource(source)
