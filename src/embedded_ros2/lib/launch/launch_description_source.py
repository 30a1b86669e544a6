# SPDX-License-Identifier: Apache-2.0
"""Where a launch description comes from: a location, and how the file there is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from launch.errors import InvalidLaunchFileError, LaunchError
from launch.launch_context import LaunchContext
from launch.launch_description import LaunchDescription
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.utilities import nearest_names, normalize_to_list_of_substitutions, perform_substitutions


class LaunchDescriptionSource:
    """Reads a launch description once, from text that may hold substitutions."""

    def __init__(
        self,
        launch_description: LaunchDescription | None = None,
        location: SomeSubstitutionsType = "",
        method: str = "unspecified mechanism from a script",
        read: Callable[[str], LaunchDescription] | None = None,
    ) -> None:
        self._descriptions = {} if launch_description is None else {"": launch_description}
        self._location = normalize_to_list_of_substitutions(location)
        self._expanded_location: str | None = None
        self._method = method
        self._read = read

    @property
    def location(self) -> str:
        """Path of the file, or a description of it before it is known."""
        return self._expanded_location or "".join(sub.describe().strip("'") for sub in self._location)

    @property
    def method(self) -> str:
        """How the file is read, for people."""
        return self._method

    def get_launch_description(self, context: LaunchContext) -> LaunchDescription:
        """Return the description; a file is read once.

        Raises:
            InvalidLaunchFileError: no such file, or it is not valid.
        """
        location = perform_substitutions(context, self._location)
        if location not in self._descriptions:
            self._descriptions[location] = self._get_launch_description(location)
        self._expanded_location = location
        return self._descriptions[location]

    def try_get_launch_description_without_context(self) -> LaunchDescription | None:
        """Return the description if its place does not depend on the launch, else None."""
        try:
            return self.get_launch_description(LaunchContext())
        except (LaunchError, AttributeError, LookupError):
            return None

    def _get_launch_description(self, location: str) -> LaunchDescription:
        path = Path(location)
        if not path.is_file():
            near = nearest_names(path.name, [p.name for p in path.parent.glob("*launch*")])
            raise InvalidLaunchFileError(f"launch file '{location}' does not exist{near}")
        if self._read is None:
            raise InvalidLaunchFileError(f"there is no reader for launch file '{location}'")
        return self._read(str(path.resolve()))
