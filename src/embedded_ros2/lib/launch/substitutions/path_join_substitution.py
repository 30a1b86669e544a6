# SPDX-License-Identifier: Apache-2.0
"""Paths made of parts."""

from __future__ import annotations

import os
from collections.abc import Iterable

from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.substitution import Substitution
from launch.utilities import normalize_to_list_of_substitutions, substitute


class PathJoinSubstitution(Substitution):
    """Parts joined by the separator of the system; a part may itself be a list, whose texts are joined without it."""

    def __init__(self, substitutions: Iterable[SomeSubstitutionsType]) -> None:
        self._parts = [normalize_to_list_of_substitutions(part) for part in substitutions]

    @property
    def substitutions(self) -> list[list[Substitution]]:
        """The parts."""
        return self._parts

    def describe(self) -> str:
        """Return a short form for people."""
        return f"PathJoin('{' + '.join(sub.describe() for part in self._parts for sub in part)}')"

    def perform(self, context: LaunchContext) -> str:
        """Return the path."""
        return os.path.join("", *[substitute(context, part) for part in self._parts])

    def __truediv__(self, additional: SomeSubstitutionsType) -> PathJoinSubstitution:
        """Return this path with one more part."""
        return PathJoinSubstitution([*self._parts, additional])


class PathSubstitution(PathJoinSubstitution):
    """One substitution that may be extended by ``/``."""

    def __init__(self, path: SomeSubstitutionsType) -> None:
        super().__init__([path])
