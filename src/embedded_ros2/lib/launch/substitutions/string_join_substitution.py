# SPDX-License-Identifier: Apache-2.0
"""Text made of parts with a delimiter."""

from __future__ import annotations

from collections.abc import Iterable

from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.substitution import Substitution
from launch.utilities import normalize_to_list_of_substitutions, substitute


class StringJoinSubstitution(Substitution):
    """Parts joined by ``delimiter``."""

    def __init__(self, substitutions: Iterable[SomeSubstitutionsType], delimiter: SomeSubstitutionsType = "") -> None:
        self._parts = [normalize_to_list_of_substitutions(part) for part in substitutions]
        self._delimiter = normalize_to_list_of_substitutions(delimiter)

    def perform(self, context: LaunchContext) -> str:
        """Return the text."""
        return substitute(context, self._delimiter).join(substitute(context, part) for part in self._parts)
