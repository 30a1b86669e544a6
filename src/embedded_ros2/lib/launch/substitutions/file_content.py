# SPDX-License-Identifier: Apache-2.0
"""The text of a file."""

from __future__ import annotations

from pathlib import Path

from launch.errors import SubstitutionFailure
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.substitution import Substitution
from launch.utilities import normalize_to_list_of_substitutions, substitute


class FileContent(Substitution):
    """Text of the file at ``path``."""

    def __init__(self, path: SomeSubstitutionsType) -> None:
        self._path = normalize_to_list_of_substitutions(path)

    def perform(self, context: LaunchContext) -> str:
        """Return the text.

        Raises:
            SubstitutionFailure: the file cannot be read.
        """
        path = substitute(context, self._path)
        try:
            return Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SubstitutionFailure(f"cannot read file '{path}': {error}") from error
