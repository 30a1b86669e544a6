# SPDX-License-Identifier: Apache-2.0
"""The path of a program."""

from __future__ import annotations

import shutil

from launch.errors import SubstitutionFailure
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.substitution import Substitution
from launch.utilities import normalize_to_list_of_substitutions, substitute


class FindExecutable(Substitution):
    """Path of a program that is on the PATH."""

    def __init__(self, *, name: SomeSubstitutionsType) -> None:
        self._name = normalize_to_list_of_substitutions(name)

    def describe(self) -> str:
        """Return a short form for people."""
        return f"FindExec({' + '.join(sub.describe() for sub in self._name)})"

    def perform(self, context: LaunchContext) -> str:
        """Return the path.

        Raises:
            SubstitutionFailure: there is no such program.
        """
        name = substitute(context, self._name)
        path = shutil.which(name, path=context.environment.get("PATH"))
        if path is None:
            raise SubstitutionFailure(f"executable '{name}' not found on the PATH")
        return path
