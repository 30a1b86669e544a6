# SPDX-License-Identifier: Apache-2.0
"""The declaration of a launch argument."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from launch.action import Action
from launch.errors import LaunchError
from launch.launch_context import LaunchContext
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.substitution import Substitution
from launch.utilities import nearest_names, normalize_to_list_of_substitutions, perform_substitutions


class DeclareLaunchArgument(Action):
    """Declares an argument of the launch file: ``name:=value`` on the command line or in an include sets it."""

    def __init__(
        self,
        name: str,
        *,
        default_value: SomeSubstitutionsType | None = None,
        description: str | None = None,
        choices: Iterable[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.name = name
        self.description = description or "no description given"
        self.choices = None if choices is None else choices if isinstance(choices, tuple) else list(choices)
        self.default_value = None if default_value is None else normalize_to_list_of_substitutions(default_value)
        if self.choices is not None and not self.choices:
            raise ValueError(f"launch argument '{name}' is given no choices")
        self._check_plain_default()

    def describe(self) -> str:
        """Return one line for people."""
        default = "" if self.default_value is None else f", default: {self.default_text()}"
        return f"DeclareLaunchArgument('{self.name}'{default})"

    def default_text(self) -> str | None:
        """Return the default value for people."""
        return None if self.default_value is None else " + ".join(sub.describe() for sub in self.default_value)

    def execute(self, context: LaunchContext) -> Iterable[LaunchDescriptionEntity] | None:
        """Set the default unless there is a value, then check the choices.

        Raises:
            LaunchError: no value, or one that is not among the choices.
        """
        configurations = context.launch_configurations
        if self.name not in configurations:
            if self.default_value is None:
                raise LaunchError(
                    f"launch argument '{self.name}' ({self.description}) is required: add {self.name}:=VALUE"
                )
            configurations[self.name] = perform_substitutions(context, self.default_value)
        self._check(configurations[self.name])
        return None

    def _check(self, value: str) -> None:
        if self.choices is not None and value not in self.choices:
            choices = ", ".join(f"'{choice}'" for choice in self.choices)
            near = nearest_names(value, self.choices)
            raise LaunchError(f"launch argument '{self.name}' must be one of {choices}; got '{value}'{near}")

    def _check_plain_default(self) -> None:
        from launch.substitutions.text_substitution import TextSubstitution

        parts: list[Substitution] = self.default_value or []
        if parts and all(isinstance(part, TextSubstitution) for part in parts):
            self._check(perform_substitutions(LaunchContext(), parts))
