# SPDX-License-Identifier: Apache-2.0
"""Actions in a scope of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from launch.action import Action
from launch.actions.environment import PopEnvironment, PushEnvironment, ResetEnvironment
from launch.actions.launch_configurations import (
    PopLaunchConfigurations,
    PushLaunchConfigurations,
    ResetLaunchConfigurations,
    SetLaunchConfiguration,
)
from launch.launch_context import LaunchContext
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.some_substitutions_type import SomeSubstitutionsType


class GroupAction(Action):
    """Actions whose settings end with the group when it is ``scoped``; without ``forwarding`` they begin anew too."""

    def __init__(
        self,
        actions: Iterable[LaunchDescriptionEntity],
        *,
        scoped: bool = True,
        forwarding: bool = True,
        launch_configurations: Mapping[str, SomeSubstitutionsType] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._actions = list(actions)
        self._scoped = scoped
        self._forwarding = forwarding
        self._configurations = dict(launch_configurations or {})

    def describe(self) -> str:
        """Return one line for people."""
        return f"GroupAction({'scoped' if self._scoped else 'not scoped'})"

    def get_sub_entities(self) -> list[LaunchDescriptionEntity]:
        """Return the actions."""
        return self._actions

    def execute(self, context: LaunchContext) -> Iterable[LaunchDescriptionEntity] | None:
        """Return the actions with what opens and closes the scope around them."""
        settings = [SetLaunchConfiguration(name, value) for name, value in self._configurations.items()]
        if not self._scoped:
            return [*settings, *self._actions]
        opening: list[LaunchDescriptionEntity] = [PushLaunchConfigurations(), PushEnvironment()]
        if self._forwarding:
            opening += settings
        else:
            opening += [ResetEnvironment(), ResetLaunchConfigurations(self._configurations)]
        return [*opening, *self._actions, PopEnvironment(), PopLaunchConfigurations()]
